#include "events/track_quality.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <numbers>

#include "events/tracker.h"

namespace trigstone {

namespace {

constexpr int kFittedParameters = 2;  // in each view
// Fakes are measured up to here: the curvature of nothing real is smaller.
constexpr double kFakePtMaxGev = 1000;

// The mean square of `degrees` standard normal numbers: two of them are one exponential.
float mean_square(int degrees, Random& random) {
  double product = 1;
  for (int pair = 0; pair < degrees / 2; ++pair) product *= 1 - random.uniform();
  double sum = -2 * std::log(product);
  if (degrees % 2 != 0) {
    const double single = random.normal();
    sum += single * single;
  }
  return static_cast<float>(sum / degrees);
}

// Four layers of six, each choice as likely, and others by chance.
unsigned fake_layers(double other_probability, Random& random) {
  unsigned pattern = 0;
  for (int layer = 0, needed = kStubsMin; layer < kStubLayers; ++layer) {
    if (random.integer(1, kStubLayers - layer) > needed) continue;
    pattern |= 1U << layer;
    --needed;
  }
  for (int layer = 0; layer < kStubLayers; ++layer) {
    if ((pattern >> layer & 1U) == 0 && random.chance(other_probability)) pattern |= 1U << layer;
  }
  return pattern;
}

Token fake_track(const DetectorConfig& config, Random& random) {
  const DetectorConfig::Tracker& tracker = config.tracker;
  Token token;
  token.kind = static_cast<int8_t>(TokenKind::kTrack);
  token.is_pileup = token.is_fake = 1;
  const double curvature = random.uniform(1 / kFakePtMaxGev, 1 / tracker.pt_min_gev);
  token.pt_gev =
      std::max(static_cast<float>(1 / curvature), static_cast<float>(tracker.pt_min_gev));
  token.charge = static_cast<int8_t>(random.chance(0.5) ? 1 : -1);
  constexpr float kPi = std::numbers::pi_v<float>;
  token.phi = std::min(static_cast<float>(random.uniform(-kPi, kPi)), std::nextafter(kPi, 0.0F));
  const double tan_lambda = std::sinh(random.uniform(-tracker.eta_max, tracker.eta_max));
  const double z0_cm = random.uniform(-tracker.fake_z0_max_cm, tracker.fake_z0_max_cm);
  const double dxy_cm = tracker.fake_residual_scale * tracker.dxy_resolution_cm * random.normal();
  set_track_position(token, tan_lambda, z0_cm, dxy_cm);
  const unsigned hits = fake_layers(tracker.fake_stub_probability, random);
  token.hit_pattern = static_cast<int8_t>(hits);
  token.quality = static_cast<int8_t>(std::popcount(hits));
  measure_chi2(token, random, tracker.fake_residual_scale);
  return token;
}

}  // namespace

void measure_chi2(Token& track, Random& random, double residual_scale) {
  const int stubs = track.quality;
  if (stubs <= kFittedParameters) return;
  const auto square = static_cast<float>(residual_scale * residual_scale);
  track.chi2_rphi = square * mean_square(stubs - kFittedParameters, random);
  track.chi2_rz = square * mean_square(stubs - kFittedParameters, random);
  track.bend_chi2 = square * mean_square(stubs, random);
}

void add_fake_tracks(const DetectorConfig& config, std::vector<Token>& tracks, Random& random) {
  const auto real = static_cast<double>(tracks.size());
  if (tracks.size() < 2) return;
  const double a_track = std::min(1.0, config.tracker.fakes_per_track_pair * (real - 1));
  const int64_t fakes = random.poisson(a_track * real);
  tracks.reserve(tracks.size() + static_cast<size_t>(fakes));
  const size_t first = tracks.size();
  for (int64_t i = 0; i < fakes; ++i) tracks.push_back(fake_track(config, random));
  if (!config.timing) return;  // last, so that timing changes no other number
  const double sigma_ns = std::hypot(config.vertex.sigma_t_ns, config.tracker.time_resolution_ns);
  for (size_t i = first; i < tracks.size(); ++i) {
    tracks[i].time_ns = static_cast<float>(sigma_ns * random.normal());
  }
}

}  // namespace trigstone
