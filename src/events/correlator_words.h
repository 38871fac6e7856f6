// Words between the parts of the Level-1 correlator: inputs local to a region, PUPPI candidates of
// the whole detector. Integers of firmware; widths, order and steps are those of CMSSW
// DataFormats/L1TParticleFlow (datatypes.h, layer1_objs.h, puppi.h).
#pragma once

#include <cstdint>
#include <numbers>

#include "events/event.h"
#include "events/word_bits.h"

namespace trigstone {

inline constexpr double kCorrelatorPtStepGev = 0.25;
inline constexpr double kCorrelatorAngleStep = std::numbers::pi / 720;  // eta and phi
inline constexpr int32_t kCorrelatorTurn = 1440;
inline constexpr double kCorrelatorZ0StepCm = 0.05;
inline constexpr double kCorrelatorDxyStep = 1.0 / 64;  // of sqrt(|dxy| / cm)

// Bit 0 is the charge: 1 positive.
enum class ParticleId : uint32_t {
  kNeutralHadron,
  kPhoton,
  kNegativeHadron,
  kPositiveHadron,
  kElectron,
  kPositron,
  kNegativeMuon,
  kPositiveMuon
};
inline bool is_charged(ParticleId id) { return id >= ParticleId::kNegativeHadron; }

// Hadronic cluster (barrel) or any cluster (endcap): 54 bits, 82 with the shape of the shower.
struct HadronClusterWord {
  uint32_t pt = 0;
  int32_t eta = 0, phi = 0;  // from the middle of the region
  uint32_t em_pt = 0, em_id = 0;
  uint32_t width = 0, mean_z = 0, hadronic_over_em = 0;

  template <class Word, class Visit>
  static void fields(Word& word, Visit&& visit) {
    visit(word.pt, 14);
    visit(word.eta, 10);
    visit(word.phi, 10);
    visit(word.em_pt, 14);
    visit(word.em_id, 6);
    visit(word.width, 10);
    visit(word.mean_z, 8);
    visit(word.hadronic_over_em, 10);
  }
  bool operator==(const HadronClusterWord&) const = default;
};

// Electromagnetic cluster: 54 bits, 82 with the shape of the shower.
struct EmClusterWord {
  uint32_t pt = 0;
  int32_t eta = 0, phi = 0;  // from the middle of the region
  uint32_t pt_error = 0, em_id = 0;
  uint32_t width = 0, mean_z = 0, hadronic_over_em = 0;

  template <class Word, class Visit>
  static void fields(Word& word, Visit&& visit) {
    visit(word.pt, 14);
    visit(word.eta, 10);
    visit(word.phi, 10);
    visit(word.pt_error, 14);
    visit(word.em_id, 6);
    visit(word.width, 10);
    visit(word.mean_z, 8);
    visit(word.hadronic_over_em, 10);
  }
  bool operator==(const EmClusterWord&) const = default;
};

// Track at the calorimeter: 69 bits, 84 with stubs and chi^2.
struct RegionTrackWord {
  uint32_t pt = 0;
  int32_t eta = 0, phi = 0;  // at the calorimeter, from the middle of the region
  int32_t delta_eta = 0;     // vertex less calorimeter
  uint32_t delta_phi = 0;    // its size; the charge tells the side
  bool positive = false;
  int32_t z0 = 0;
  uint32_t dxy = 0, quality = 0, stubs = 0, chi2_rz = 0, chi2_rphi = 0, chi2_bend = 0;

  template <class Word, class Visit>
  static void fields(Word& word, Visit&& visit) {
    visit(word.pt, 14);
    visit(word.eta, 10);
    visit(word.phi, 10);
    visit(word.delta_eta, 6);
    visit(word.delta_phi, 7);
    visit(word.positive, 1);
    visit(word.z0, 10);
    visit(word.dxy, 8);
    visit(word.quality, 3);
    visit(word.stubs, 3);
    visit(word.chi2_rz, 4);
    visit(word.chi2_rphi, 4);
    visit(word.chi2_bend, 4);
  }
  bool operator==(const RegionTrackWord&) const = default;
};

// Muon: 72 bits.
struct RegionMuonWord {
  uint32_t pt = 0;
  int32_t eta = 0, phi = 0;  // at the calorimeter, from the middle of the region
  int32_t delta_eta = 0;
  uint32_t delta_phi = 0;
  bool positive = false;
  int32_t z0 = 0;
  uint32_t dxy = 0, quality = 0;

  template <class Word, class Visit>
  static void fields(Word& word, Visit&& visit) {
    visit(word.pt, 14);
    visit(word.eta, 12);
    visit(word.phi, 11);
    visit(word.delta_eta, 6);
    visit(word.delta_phi, 7);
    visit(word.positive, 1);
    visit(word.z0, 10);
    visit(word.dxy, 8);
    visit(word.quality, 3);
  }
  bool operator==(const RegionMuonWord&) const = default;
};

// Primary vertex: 10 bits.
struct RegionVertexWord {
  int32_t z0 = 0;

  template <class Word, class Visit>
  static void fields(Word& word, Visit&& visit) {
    visit(word.z0, 10);
  }
  bool operator==(const RegionVertexWord&) const = default;
};

// PUPPI candidate in coordinates of the whole detector: 61 bits of a 64-bit frame. Charged ones
// carry the track's numbers, neutral ones their weight, in the same bits.
struct PuppiWord {
  uint32_t pt = 0;
  int32_t eta = 0, phi = 0;
  ParticleId id = ParticleId::kNeutralHadron;
  int32_t z0 = 0;                  // charged
  uint32_t dxy = 0, quality = 0;   // charged
  uint32_t weight = 0, em_id = 0;  // neutral; the weight in 1/256

  bool operator==(const PuppiWord&) const = default;
};
uint64_t pack_puppi(const PuppiWord& word);
PuppiWord unpack_puppi(uint64_t frame);

// Quarters of a GeV, cut off and saturated at 14 bits.
uint32_t correlator_pt(double pt_gev);
// Nearest steps of an angle; of phi brought into (-720, 720].
int32_t correlator_angle(double angle);
int32_t correlator_phi(double phi);
int32_t wrapped_correlator_phi(int32_t phi);
int32_t correlator_z0(double z0_cm);
uint32_t correlator_dxy(double dxy_cm);
// By kind and charge; a charge that is not known counts as negative.
ParticleId particle_id(const Token& token);

}  // namespace trigstone
