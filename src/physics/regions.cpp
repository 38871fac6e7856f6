#include "physics/regions.h"

#include <algorithm>
#include <cmath>

#include "events/solenoid.h"
#include "physics/kinematics.h"
#include "physics/puppi_fixed.h"

namespace trigstone {

namespace {

constexpr int kPhiSlices = 9;
constexpr double kExtra = 0.25;  // overlap in eta and phi

// Multiples of two, so that the middle of two of them is a step (makeGlbEtaRoundEven).
int even_steps(double eta) {
  return 2 * static_cast<int>(std::lround(eta / kCorrelatorAngleStep / 2));
}

void add_ring(RegionKind kind, const RegionLimits& limits, double eta_low, double eta_high,
              std::vector<Region>& regions) {
  const int low = even_steps(eta_low), high = even_steps(eta_high);
  for (int slice = 0; slice < kPhiSlices; ++slice) {
    Region region{kind, limits};
    region.eta_centre = (low + high) / 2;
    region.eta_half_width = region.eta_centre - low;
    region.phi_centre = wrapped_correlator_phi(slice * kCorrelatorTurn / kPhiSlices);
    region.phi_half_width = kCorrelatorTurn / kPhiSlices / 2;
    region.eta_extra = region.phi_extra =
        static_cast<int>(std::lround(kExtra / kCorrelatorAngleStep));
    regions.push_back(region);
  }
}

std::vector<Region> make_regions() {
  std::vector<Region> regions;
  constexpr RegionLimits kBarrel{25, 18, 12, 2, 18}, kEndcap{30, 20, 10, 4, 18};
  constexpr RegionLimits kNoTracks{0, 12, 12, 0, 12}, kForward{0, 18, 18, 0, 10};
  for (int i = 0; i < 6; ++i) {
    add_ring(RegionKind::kBarrel, kBarrel, -1.5 + 0.5 * i, -1.0 + 0.5 * i, regions);
  }
  add_ring(RegionKind::kEndcap, kEndcap, -2.5, -1.5, regions);
  add_ring(RegionKind::kEndcap, kEndcap, 1.5, 2.5, regions);
  add_ring(RegionKind::kEndcapNoTracks, kNoTracks, -3.0, -2.5, regions);
  add_ring(RegionKind::kEndcapNoTracks, kNoTracks, 2.5, 3.0, regions);
  add_ring(RegionKind::kForward, kForward, -5.5, -3.0, regions);
  add_ring(RegionKind::kForward, kForward, 3.0, 5.5, regions);
  return regions;
}

// A direction at the calorimeter, less (vertex) and in steps.
struct Place {
  int eta = 0, phi = 0;
  int vertex_eta = 0, vertex_phi = 0;
};

Place place_at_vertex(const PtEtaPhi& momentum) {
  const int eta = correlator_angle(momentum.eta), phi = correlator_phi(momentum.phi);
  return {eta, phi, eta, phi};
}

// Of what flies there as a track does.
Place place_of_flight(const PtEtaPhi& momentum, int8_t charge, float z0_cm) {
  Place place = place_at_vertex(momentum);
  Particle particle;
  particle.pt_gev = momentum.pt_gev;
  particle.eta = momentum.eta;
  particle.phi = momentum.phi;
  particle.charge = charge;
  const float z_cm = std::isfinite(z0_cm) ? std::clamp(z0_cm, -50.F, 50.F) : 0;
  const CalorimeterEntry entry =
      propagate(particle, std::sinh(momentum.eta), z_cm, DetectorConfig::Solenoid());
  place.eta = correlator_angle(entry.eta);
  place.phi = correlator_phi(entry.phi);
  return place;
}

Place place_of(const Token& token) {
  const PtEtaPhi momentum = momentum_of(token);
  if (!has_track(token)) return place_at_vertex(momentum);
  return place_of_flight(momentum, token.charge, token.z0_cm);
}

Place place_of(const StandaloneMuon& muon) {
  return place_of_flight(momentum_of(muon), muon.charge, muon.z0_cm);
}

// Falling pT, in quarters of a GeV as the firmware compares; equal ones stay in order.
template <class Measured>
void sort_and_cut(std::span<const Measured> objects, int limit, std::vector<int>& places) {
  const auto pt_of = [&](int i) {
    return correlator_pt(momentum_of(objects[static_cast<size_t>(i)]).pt_gev);
  };
  std::stable_sort(places.begin(), places.end(), [&](int a, int b) { return pt_of(a) > pt_of(b); });
  if (places.size() > static_cast<size_t>(limit)) places.resize(static_cast<size_t>(limit));
}

void add_token(const Token& token, int place, const Region& region, RegionInputs& inputs) {
  const bool barrel = region.kind == RegionKind::kBarrel;
  switch (token.token_kind()) {
    case TokenKind::kMuon:
    case TokenKind::kTrack:
    case TokenKind::kElectron:
      inputs.tracks.push_back(place);
      return;
    case TokenKind::kPhoton:
      inputs.em_clusters.push_back(place);
      if (!barrel) inputs.clusters.push_back(place);
      return;
    case TokenKind::kHadron:
      inputs.clusters.push_back(place);
      return;
  }
}

// Every token that a region reads, once, in the order of the event.
std::vector<int> all_of(const RegionInputs& inputs) {
  std::vector<int> all = inputs.tracks;
  all.insert(all.end(), inputs.clusters.begin(), inputs.clusters.end());
  all.insert(all.end(), inputs.em_clusters.begin(), inputs.em_clusters.end());
  std::sort(all.begin(), all.end());
  all.erase(std::unique(all.begin(), all.end()), all.end());
  return all;
}

PuppiWord candidate_word(const Token& token, const Place& place, int32_t pt, int32_t weight) {
  PuppiWord word;
  word.pt = static_cast<uint32_t>(pt);
  word.eta = place.vertex_eta;
  word.phi = place.vertex_phi;
  word.id = particle_id(token);
  if (is_charged(word.id)) {
    word.z0 = correlator_z0(token.z0_cm);
    word.dxy = correlator_dxy(token.dxy_cm);
    word.quality = static_cast<uint32_t>(token.quality) & 7U;
  } else {
    word.weight = static_cast<uint32_t>(weight);
    word.em_id = word.id == ParticleId::kPhoton ? 1 : 0;
  }
  return word;
}

// The share of a cluster's energy behind its electromagnetic part, as H over E of ufixed<10,5>.
uint32_t hadronic_over_em(const Token& token) {
  const double depth = std::clamp<double>(token.depth, 0, 1);
  return nearest_unsigned_steps(depth < 1 ? depth / (1 - depth) : INFINITY, 1.0 / 32, 10);
}

// `Measured` is a token with a track or a stand-alone muon.
template <class Measured, class Word>
void fill_flight(const Measured& measured, const Place& place, float dxy_cm, Word& word) {
  word.pt = correlator_pt(momentum_of(measured).pt_gev);
  word.delta_eta = std::clamp(place.vertex_eta - place.eta, -32, 31);
  word.delta_phi = static_cast<uint32_t>(
      std::min(std::abs(wrapped_correlator_phi(place.vertex_phi - place.phi)), 127));
  word.positive = measured.charge > 0;
  word.z0 = correlator_z0(measured.z0_cm);
  word.dxy = correlator_dxy(dxy_cm);
}

template <class Word>
void fill_cluster(const Token& token, const Region& region, Word& word) {
  const Place place = place_of(token);
  word.pt = correlator_pt(momentum_of(token).pt_gev);
  word.eta = std::clamp(region.local_eta(place.eta), -512, 511);
  word.phi = std::clamp(region.local_phi(place.phi), -512, 511);
  word.em_id = token.token_kind() == TokenKind::kPhoton ? 1 : 0;
  word.hadronic_over_em = hadronic_over_em(token);
}

}  // namespace

bool Region::owns(int eta, int phi) const {
  return eta <= eta_half_width && eta > -eta_half_width && phi <= phi_half_width &&
         phi > -phi_half_width;
}

bool Region::sees(int eta, int phi) const {
  return std::abs(eta) <= eta_half_width + eta_extra && std::abs(phi) <= phi_half_width + phi_extra;
}

const std::vector<Region>& correlator_regions() {
  static const std::vector<Region> kRegions = make_regions();
  return kRegions;
}

std::vector<RegionInputs> region_inputs(std::span<const Token> tokens,
                                        std::span<const StandaloneMuon> muons) {
  const std::vector<Region>& regions = correlator_regions();
  std::vector<RegionInputs> inputs(regions.size());
  for (size_t i = 0; i < tokens.size(); ++i) {
    if (tokens[i].is_remainder() || momentum_of(tokens[i]).pt_gev == 0) continue;
    const Place place = place_of(tokens[i]);
    for (size_t r = 0; r < regions.size(); ++r) {
      if (!regions[r].sees(regions[r].local_eta(place.eta), regions[r].local_phi(place.phi))) {
        continue;
      }
      add_token(tokens[i], static_cast<int>(i), regions[r], inputs[r]);
    }
  }
  for (size_t i = 0; i < muons.size(); ++i) {
    if (momentum_of(muons[i]).pt_gev == 0) continue;
    const Place place = place_of(muons[i]);
    for (size_t r = 0; r < regions.size(); ++r) {
      if (!regions[r].sees(regions[r].local_eta(place.eta), regions[r].local_phi(place.phi))) {
        continue;
      }
      inputs[r].muons.push_back(static_cast<int>(i));
    }
  }
  for (size_t r = 0; r < regions.size(); ++r) {
    sort_and_cut(tokens, regions[r].limits.tracks, inputs[r].tracks);
    sort_and_cut(tokens, regions[r].limits.clusters, inputs[r].clusters);
    sort_and_cut(tokens, regions[r].limits.em_clusters, inputs[r].em_clusters);
    sort_and_cut(muons, regions[r].limits.muons, inputs[r].muons);
  }
  return inputs;
}

RegionTrackWord region_track_word(const Token& token, const Region& region) {
  const Place place = place_of(token);
  RegionTrackWord word;
  fill_flight(token, place, token.dxy_cm, word);
  word.eta = std::clamp(region.local_eta(place.eta), -512, 511);
  word.phi = std::clamp(region.local_phi(place.phi), -512, 511);
  word.stubs = word.quality = static_cast<uint32_t>(token.quality) & 7U;
  return word;
}

RegionMuonWord region_muon_word(const StandaloneMuon& muon, const Region& region) {
  const Place place = place_of(muon);
  RegionMuonWord word;
  fill_flight(muon, place, muon.d0_cm, word);
  word.eta = region.local_eta(place.eta);
  word.phi = region.local_phi(place.phi);
  word.quality = static_cast<uint32_t>(muon.quality) >> 1U & 7U;  // the upper three bits of four
  return word;
}

HadronClusterWord hadron_cluster_word(const Token& token, const Region& region) {
  HadronClusterWord word;
  fill_cluster(token, region, word);
  return word;
}

EmClusterWord em_cluster_word(const Token& token, const Region& region) {
  EmClusterWord word;
  fill_cluster(token, region, word);
  return word;
}

std::vector<std::vector<PuppiWord>> region_candidates(std::span<const Token> tokens,
                                                      const Vertex& vertex,
                                                      const PuppiConfig& config) {
  const std::vector<Region>& regions = correlator_regions();
  const std::vector<RegionInputs> inputs = region_inputs(tokens);
  std::vector<std::vector<PuppiWord>> candidates(regions.size());
  for (size_t r = 0; r < regions.size(); ++r) {
    std::vector<Token> seen;
    for (const int i : all_of(inputs[r])) seen.push_back(tokens[static_cast<size_t>(i)]);
    const FixedPuppiWeights puppi = puppi_fixed(seen, vertex, config);
    for (size_t i = 0; i < seen.size(); ++i) {
      const Place place = place_of(seen[i]);
      const bool own =
          regions[r].owns(regions[r].local_eta(place.eta), regions[r].local_phi(place.phi));
      if (puppi.pt[i] == 0 || !own) continue;
      candidates[r].push_back(candidate_word(seen[i], place, puppi.pt[i], puppi.weight[i]));
    }
    std::stable_sort(candidates[r].begin(), candidates[r].end(),
                     [](const PuppiWord& a, const PuppiWord& b) { return a.pt > b.pt; });
    const auto limit = static_cast<size_t>(regions[r].limits.candidates);
    if (candidates[r].size() > limit) candidates[r].resize(limit);
  }
  return candidates;
}

}  // namespace trigstone
