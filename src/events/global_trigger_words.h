// Words that the Global Trigger receives. Integers of firmware; widths, order and formats are those
// of CMSSW: DataFormats/L1TParticleFlow/gt_datatypes.h, L1Trigger/Phase2L1GMT, VertexWord.h.
#pragma once

#include <array>
#include <cstdint>

#include "events/event.h"
#include "events/word_bits.h"

namespace trigstone {

inline constexpr double kGlobalPtStepGev = 1.0 / 32;
inline constexpr double kGlobalAngleStep = 3.14159265358979323846 / 4096;
inline constexpr double kGlobalZ0StepCm = 0.05;
inline constexpr double kGlobalIsolationStepGev = 0.25;
// Of stand-alone muons: DataFormats/L1TMuonPhase2/interface/Constants.h, LSBSAz0 and LSBSAd0.
inline constexpr double kMuonZ0StepCm = 1.6, kMuonD0StepCm = 3.84;
inline constexpr double kVertexZ0StepCm = 1.0 / 512;  // fixed<15,6>
inline constexpr double kVertexPtStepGev = 0.25;      // ufixed<12,10>

// What most objects begin with.
struct GlobalMomentum {
  bool valid = false;
  uint32_t pt = 0;  // 1/32 GeV
  int32_t phi = 0, eta = 0;

  template <class Word, class Visit>
  static void fields(Word& word, Visit&& visit) {
    visit(word.valid, 1);
    visit(word.pt, 16);
    visit(word.phi, 13);
    visit(word.eta, 14);
  }
  bool operator==(const GlobalMomentum&) const = default;
};

// Jet of radius 0.4: 126 of 128 bits.
struct GlobalJetWord {
  GlobalMomentum momentum;
  int32_t z0 = 0;
  std::array<uint32_t, 9> tag_scores = {};  // ufixed<8,1>

  template <class Word, class Visit>
  static void fields(Word& word, Visit&& visit) {
    GlobalMomentum::fields(word.momentum, visit);
    visit(word.z0, 10);
    for (auto& score : word.tag_scores) visit(score, 8);
  }
  bool operator==(const GlobalJetWord&) const = default;
};

// Jet of radius 0.8: the square of the mass stands in the second frame.
struct GlobalWideJetWord {
  GlobalMomentum momentum;
  int32_t z0 = 0;
  uint32_t prong_score = 0;  // ufixed<10,1>
  uint32_t mass2 = 0;        // ufixed<17,15>: quarters of GeV^2

  template <class Word, class Visit>
  static void fields(Word& word, Visit&& visit) {
    GlobalMomentum::fields(word.momentum, visit);
    visit(word.z0, 10);
    visit(word.prong_score, 10);
    visit.skip_to(64);
    visit(word.mass2, 17);
  }
  bool operator==(const GlobalWideJetWord&) const = default;
};

// Missing momentum and scalar sum: 46 of 64 bits.
struct GlobalSumWord {
  bool valid = false;
  uint32_t vector_pt = 0;
  int32_t vector_phi = 0;
  uint32_t scalar_pt = 0;

  template <class Word, class Visit>
  static void fields(Word& word, Visit&& visit) {
    visit(word.valid, 1);
    visit(word.vector_pt, 16);
    visit(word.vector_phi, 13);
    visit(word.scalar_pt, 16);
  }
  bool operator==(const GlobalSumWord&) const = default;
};

struct GlobalTauWord {
  GlobalMomentum momentum;
  uint32_t seed_pt = 0;  // ufixed<10,8>
  int32_t seed_z0 = 0;
  uint32_t charge = 0, type = 0, quality = 0, id0 = 0, id1 = 0;

  template <class Word, class Visit>
  static void fields(Word& word, Visit&& visit) {
    GlobalMomentum::fields(word.momentum, visit);
    visit(word.seed_pt, 10);
    visit(word.seed_z0, 10);
    visit(word.charge, 1);
    visit(word.type, 2);
    visit(word.quality, 10);
    visit(word.id0, 2);
    visit(word.id1, 2);
  }
  bool operator==(const GlobalTauWord&) const = default;
};

// 96 bits.
struct GlobalElectronWord {
  GlobalMomentum momentum;
  uint32_t quality = 0, isolation = 0, charge = 0;
  int32_t z0 = 0;

  template <class Word, class Visit>
  static void fields(Word& word, Visit&& visit) {
    GlobalMomentum::fields(word.momentum, visit);
    visit(word.quality, 4);
    visit(word.isolation, 11);
    visit(word.charge, 1);
    visit(word.z0, 10);
  }
  bool operator==(const GlobalElectronWord&) const = default;
};

// 96 bits.
struct GlobalPhotonWord {
  GlobalMomentum momentum;
  uint32_t quality = 0, isolation = 0;

  template <class Word, class Visit>
  static void fields(Word& word, Visit&& visit) {
    GlobalMomentum::fields(word.momentum, visit);
    visit(word.quality, 4);
    visit(word.isolation, 11);
  }
  bool operator==(const GlobalPhotonWord&) const = default;
};

// Two frames of 64 bits.
struct GlobalTrackMuonWord {
  GlobalMomentum momentum;
  int32_t z0 = 0, d0 = 0;
  uint32_t charge = 0, quality = 0, isolation = 0, beta = 0;

  template <class Word, class Visit>
  static void fields(Word& word, Visit&& visit) {
    GlobalMomentum::fields(word.momentum, visit);
    visit(word.z0, 10);
    visit(word.d0, 10);
    visit.skip_to(64);
    visit(word.charge, 1);
    visit(word.quality, 8);
    visit(word.isolation, 4);
    visit(word.beta, 4);
  }
  bool operator==(const GlobalTrackMuonWord&) const = default;
};

// 61 of 64 bits. Comes from the muon trigger, not through the correlator.
struct GlobalStandaloneMuonWord {
  GlobalMomentum momentum;
  int32_t z0 = 0, d0 = 0;
  uint32_t charge = 0;  // 1 negative (SAMuon.h: phCharge)
  uint32_t quality = 0;

  template <class Word, class Visit>
  static void fields(Word& word, Visit&& visit) {
    GlobalMomentum::fields(word.momentum, visit);
    visit(word.z0, 5);
    visit(word.d0, 7);
    visit(word.charge, 1);
    visit(word.quality, 4);
  }
  bool operator==(const GlobalStandaloneMuonWord&) const = default;
};

// 49 of 64 bits.
struct GlobalVertexWord {
  bool valid = false;
  int32_t z0 = 0;
  uint32_t tracks = 0, sum_pt = 0, quality = 0, tracks_outside = 0;

  template <class Word, class Visit>
  static void fields(Word& word, Visit&& visit) {
    visit(word.valid, 1);
    visit(word.z0, 15);
    visit(word.tracks, 8);
    visit(word.sum_pt, 12);
    visit(word.quality, 3);
    visit(word.tracks_outside, 10);
  }
  bool operator==(const GlobalVertexWord&) const = default;
};

// Steps of z0 and d0: nearest, saturated.
GlobalStandaloneMuonWord standalone_muon_word(const StandaloneMuon& muon);

uint32_t global_pt(double pt_gev);         // ufixed<16,11,RND_CONV,SAT>
int32_t global_phi(double phi);            // fixed<13,13,RND_CONV>: pi wraps to -pi
int32_t global_eta(double eta);            // fixed<14,14,RND_CONV,SAT>
int32_t global_z0(double z0_cm);           // fixed<10,9,RND_CONV,SAT> of millimetres
uint32_t global_isolation(double pt_gev);  // ufixed<11,9>, cut off and saturated
uint32_t global_seed_pt(double pt_gev);    // ufixed<10,8>, cut off and saturated
uint32_t global_mass2(double mass_gev);    // ufixed<17,15,RND_CONV,SAT>
int32_t vertex_z0(double z0_cm);           // fixed<15,6>, cut off and saturated
uint32_t vertex_sum_pt(double pt_gev);     // ufixed<12,10>, cut off and saturated

// Correlator steps (pi / 720) as the Global Trigger's: times 4096/720 held in fixed<18,5>, rounded
// to even.
int32_t global_phi_of_correlator(int32_t phi);
int32_t global_eta_of_correlator(int32_t eta);

// Two objects of 96 bits in three frames. `first` keeps the lowest 64 bits in frame 0 and the rest
// in the low half of frame 1.
enum class OddLayout {
  kGlobal,  // second object: lowest 64 bits in frame 2, the rest in the high half of frame 1
  kTracks   // second object: lowest 32 bits in the high half of frame 1, the rest in frame 2
};
std::array<uint64_t, 3> pack_pair(const WideWord& first, const WideWord& second, OddLayout layout);
std::array<WideWord, 2> unpack_pair(const std::array<uint64_t, 3>& frames, OddLayout layout);

}  // namespace trigstone
