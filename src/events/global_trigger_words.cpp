#include "events/global_trigger_words.h"

#include "fixed/quantize.h"

namespace trigstone {

namespace {

constexpr Format kPt{16, 11, false, Rounding::kRND_CONV, Overflow::kSAT};
constexpr Format kPhi{13, 13, true, Rounding::kRND_CONV, Overflow::kWRAP};
constexpr Format kEta{14, 14, true, Rounding::kRND_CONV, Overflow::kSAT};
constexpr Format kZ0{10, 9, true, Rounding::kRND_CONV, Overflow::kSAT};
constexpr Format kIsolation{11, 9, false, Rounding::kTRN, Overflow::kSAT};
constexpr Format kSeedPt{10, 8, false, Rounding::kTRN, Overflow::kSAT};
constexpr Format kMass2{17, 15, false, Rounding::kRND_CONV, Overflow::kSAT};
constexpr Format kVertexZ0{15, 6, true, Rounding::kTRN, Overflow::kSAT};
constexpr Format kVertexPt{12, 10, false, Rounding::kTRN, Overflow::kSAT};
constexpr Format kAngleScale{18, 5, true, Rounding::kRND_CONV, Overflow::kSAT};

uint32_t unsigned_steps(double value, const Format& format) {
  return static_cast<uint32_t>(quantize_real(value, format));
}
int32_t signed_steps(double value, const Format& format) {
  return static_cast<int32_t>(quantize_real(value, format));
}

int32_t rescaled(int32_t correlator_steps, const Format& format) {
  static const int64_t kScale = quantize_real(4096.0 / 720, kAngleScale);
  return static_cast<int32_t>(
      quantize(Int128{correlator_steps} * kScale, kAngleScale.fraction_bits(), format));
}

constexpr uint64_t kLowHalf = 0xffffffff;

}  // namespace

GlobalStandaloneMuonWord standalone_muon_word(const StandaloneMuon& muon) {
  GlobalStandaloneMuonWord word;
  word.momentum = {true, global_pt(muon.pt_gev), global_phi(muon.phi), global_eta(muon.eta)};
  word.z0 = nearest_steps(muon.z0_cm, kMuonZ0StepCm, 5);
  word.d0 = nearest_steps(muon.d0_cm, kMuonD0StepCm, 7);
  word.charge = muon.charge < 0 ? 1 : 0;
  word.quality = static_cast<uint32_t>(muon.quality) & 15U;
  return word;
}

uint32_t global_pt(double pt_gev) { return unsigned_steps(pt_gev, kPt); }
int32_t global_phi(double phi) { return signed_steps(phi / kGlobalAngleStep, kPhi); }
int32_t global_eta(double eta) { return signed_steps(eta / kGlobalAngleStep, kEta); }
int32_t global_z0(double z0_cm) { return signed_steps(10 * z0_cm, kZ0); }
uint32_t global_isolation(double pt_gev) { return unsigned_steps(pt_gev, kIsolation); }
uint32_t global_seed_pt(double pt_gev) { return unsigned_steps(pt_gev, kSeedPt); }
uint32_t global_mass2(double mass_gev) { return unsigned_steps(mass_gev * mass_gev, kMass2); }
int32_t vertex_z0(double z0_cm) { return signed_steps(z0_cm, kVertexZ0); }
uint32_t vertex_sum_pt(double pt_gev) { return unsigned_steps(pt_gev, kVertexPt); }

int32_t global_phi_of_correlator(int32_t phi) { return rescaled(phi, kPhi); }
int32_t global_eta_of_correlator(int32_t eta) { return rescaled(eta, kEta); }

std::array<uint64_t, 3> pack_pair(const WideWord& first, const WideWord& second, OddLayout layout) {
  const uint64_t first_high = first[1] & kLowHalf;
  switch (layout) {
    case OddLayout::kGlobal:
      return {first[0], first_high | second[1] << 32, second[0]};
    case OddLayout::kTracks:
      return {first[0], first_high | second[0] << 32, second[0] >> 32 | second[1] << 32};
  }
  return {};
}

std::array<WideWord, 2> unpack_pair(const std::array<uint64_t, 3>& frames, OddLayout layout) {
  const WideWord first = {frames[0], frames[1] & kLowHalf};
  switch (layout) {
    case OddLayout::kGlobal:
      return {first, WideWord{frames[2], frames[1] >> 32}};
    case OddLayout::kTracks:
      return {first, WideWord{frames[1] >> 32 | frames[2] << 32, frames[2] >> 32}};
  }
  return {};
}

}  // namespace trigstone
