#include "events/crossing.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "base/error.h"
#include "events/tokens.h"

namespace trigstone {

namespace {

// Streams of events count up from 0; these lie far above.
constexpr uint64_t kOrientationStream = uint64_t{1} << 63, kQualityStream = uint64_t{1} << 62,
                   kMuonStream = uint64_t{1} << 61;

double truncated_normal(double sigma, double limit, Random& random) {
  if (sigma <= 0 || limit <= 0) return 0;
  double value = sigma * random.normal();
  while (std::fabs(value) > limit) value = sigma * random.normal();
  return value;
}

// Every row is as likely.
int64_t draw_row(const Collisions& library, Random& random) {
  return random.integer(0, library.size() - 1);
}

}  // namespace

CrossingMaker::CrossingMaker(const DetectorConfig& config, const CrossingOptions& options,
                             std::shared_ptr<const PreparedCollisions> minimum_bias)
    : config_(config),
      options_(options),
      minimum_bias_(std::move(minimum_bias)),
      detector_(config) {}

CrossingMaker::CrossingMaker(const DetectorConfig& config, const CrossingOptions& options,
                             const Collisions* minimum_bias)
    : CrossingMaker(config, options,
                    minimum_bias == nullptr
                        ? std::shared_ptr<const PreparedCollisions>()
                        : std::make_shared<const PreparedCollisions>(*minimum_bias, config)) {}

CrossingMaker::Streams CrossingMaker::streams(int64_t id) const {
  const auto stream = 3 * static_cast<uint64_t>(id);
  return {Random(options_.seed, stream), Random(options_.seed, stream + 1),
          Random(options_.seed, stream + 2),
          Random(options_.seed, kQualityStream + static_cast<uint64_t>(id)),
          Random(options_.seed, kMuonStream + static_cast<uint64_t>(id))};
}

Placement CrossingMaker::draw_placement(Random& random, bool turned) const {
  Placement placement;
  placement.z_cm = static_cast<float>(
      truncated_normal(config_.vertex.sigma_z_cm, config_.vertex.max_z_cm, random));
  placement.t_ns = static_cast<float>(
      truncated_normal(config_.vertex.sigma_t_ns, config_.vertex.max_t_ns, random));
  if (turned) {
    placement.rotation = static_cast<float>(random.uniform(-std::numbers::pi, std::numbers::pi));
    placement.mirrored = random.chance(0.5);
  }
  return placement;
}

std::vector<CrossingMaker::Drawn> CrossingMaker::draw_collisions(int64_t count,
                                                                 Random& random) const {
  std::vector<Drawn> drawn;
  drawn.reserve(static_cast<size_t>(count));
  for (int64_t i = 0; i < count; ++i) {
    const int64_t row = draw_row(minimum_bias_->library(), random);
    drawn.push_back({row, draw_placement(random, true)});
  }
  return drawn;
}

void CrossingMaker::add_pileup(Event& event, int64_t count, Streams& streams) {
  if (count == 0) return;
  ensure(minimum_bias_ != nullptr, "pile-up without a minimum-bias library");
  const std::vector<Drawn> drawn = draw_collisions(count, streams.crossing);
  for (auto chosen = drawn.begin(); chosen != drawn.end(); ++chosen) {
    if (chosen + 1 != drawn.end()) minimum_bias_->prefetch(chosen[1].row);
    Placement placement = chosen->placement;
    placement.is_pileup = true;
    detector_.add(minimum_bias_->collision(chosen->row), placement, streams.response,
                  streams.timing);
    event.library_id.push_back(static_cast<int32_t>(chosen->row));
  }
  event.pileup = static_cast<int16_t>(count);
}

void CrossingMaker::add_hard(Event& event, const Collision& collision, const Placement& placement,
                             Streams& streams) {
  event.vertex_z_cm = placement.z_cm;
  event.vertex_t_ns = placement.t_ns;
  event.truth = *collision.truth;
  for (TruthObject& parton : event.truth.partons) parton = placed(parton, placement);
  for (TruthObject& jet : event.truth.jets) jet = placed(jet, placement);
  const float cosine = std::cos(placement.rotation), sine = std::sin(placement.rotation);
  event.truth.missing_x_gev =
      collision.truth->missing_x_gev * cosine - collision.truth->missing_y_gev * sine;
  event.truth.missing_y_gev =
      collision.truth->missing_x_gev * sine + collision.truth->missing_y_gev * cosine;
  detector_.add(collision, placement, streams.response, streams.timing);
}

void CrossingMaker::read_out(Event& event, Streams& streams) {
  const TokenCut cut{config_.max_tokens, config_.calorimeter.forward_eta,
                     config_.forward_pt_min_gev};
  event.standalone_muons = detector_.read_out_muons(streams.muons);
  event.tokens = select_tokens(detector_.read_out(streams.response, streams.quality), cut);
}

Event CrossingMaker::signal(int64_t id, const Collisions& library, int64_t hard_id,
                            std::optional<uint64_t> orientation, int64_t view) {
  return signal(id, library.collision(hard_id, view), library.process(), hard_id,
                library.weight_pb(hard_id), orientation);
}

Event CrossingMaker::signal(int64_t id, const Collision& collision, Process process,
                            int64_t hard_id, float weight, std::optional<uint64_t> orientation) {
  Streams random = streams(id);
  Event event;
  event.id = id;
  event.hard_id = static_cast<int32_t>(hard_id);
  event.process = process;
  event.weight = weight;
  Placement placement = draw_placement(random.crossing, true);
  if (orientation) {
    Random shared(options_.seed, kOrientationStream + *orientation);
    const Placement common = draw_placement(shared, true);
    placement.rotation = common.rotation;
    placement.mirrored = common.mirrored;
  }
  add_hard(event, collision, placement, random);
  add_pileup(event, random.crossing.poisson(options_.pileup_mean), random);
  read_out(event, random);
  return event;
}

Event CrossingMaker::minimum_bias(int64_t id) {
  ensure(minimum_bias_ != nullptr, "minimum bias without its library");
  const Collisions& library = minimum_bias_->library();
  Streams random = streams(id);
  Event event;
  event.id = id;
  event.process = Process::kMinimumBias;
  const int64_t count =
      options_.pileup_mean > 0 ? random.crossing.poisson(options_.pileup_mean) : 1;
  std::vector<Drawn> drawn = draw_collisions(count, random.crossing);
  const auto hardest =
      std::max_element(drawn.begin(), drawn.end(), [&](const auto& a, const auto& b) {
        return library.track_activity_gev2(a.row) < library.track_activity_gev2(b.row);
      });
  for (auto chosen = drawn.begin(); chosen != drawn.end(); ++chosen) {
    if (chosen + 1 != drawn.end()) minimum_bias_->prefetch(chosen[1].row);
    if (chosen == hardest) {
      event.hard_id = static_cast<int32_t>(chosen->row);
      add_hard(event, library.collision(chosen->row), chosen->placement, random);
      continue;
    }
    chosen->placement.is_pileup = true;
    detector_.add(minimum_bias_->collision(chosen->row), chosen->placement, random.response,
                  random.timing);
    event.library_id.push_back(static_cast<int32_t>(chosen->row));
  }
  event.pileup = static_cast<int16_t>(event.library_id.size());
  read_out(event, random);
  return event;
}

Event CrossingMaker::imported(int64_t id, const Collision& collision, float weight) {
  Streams random = streams(id);
  Event event;
  event.id = id;
  event.process = Process::kImported;
  event.weight = weight;
  add_hard(event, collision, draw_placement(random.crossing, false), random);
  add_pileup(event, random.crossing.poisson(options_.pileup_mean), random);
  read_out(event, random);
  return event;
}

}  // namespace trigstone
