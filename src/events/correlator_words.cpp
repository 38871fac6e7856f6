#include "events/correlator_words.h"

#include "fixed/quantize.h"

namespace trigstone {

namespace {

constexpr Format kPtFormat{14, 12, false, Rounding::kTRN, Overflow::kSAT};

// The part that all candidates share.
template <class Word, class Visit>
void common_fields(Word& word, Visit&& visit) {
  visit(word.pt, 14);
  visit(word.eta, 12);
  visit(word.phi, 11);
}
template <class Word, class Visit>
void charged_fields(Word& word, Visit&& visit) {
  visit(word.z0, 10);
  visit(word.dxy, 8);
  visit(word.quality, 3);
}
template <class Word, class Visit>
void neutral_fields(Word& word, Visit&& visit) {
  visit(word.weight, 9);
  visit(word.em_id, 6);
}

}  // namespace

uint64_t pack_puppi(const PuppiWord& word) {
  BitWriter bits;
  common_fields(word, bits);
  bits(static_cast<uint32_t>(word.id), 3);
  if (is_charged(word.id)) {
    charged_fields(word, bits);
  } else {
    neutral_fields(word, bits);
  }
  return bits.word()[0];
}

PuppiWord unpack_puppi(uint64_t frame) {
  BitReader bits({frame, 0});
  PuppiWord word;
  uint32_t id = 0;
  common_fields(word, bits);
  bits(id, 3);
  word.id = static_cast<ParticleId>(id);
  if (is_charged(word.id)) {
    charged_fields(word, bits);
  } else {
    neutral_fields(word, bits);
  }
  return word;
}

uint32_t correlator_pt(double pt_gev) {
  return static_cast<uint32_t>(quantize_real(pt_gev, kPtFormat));
}

int32_t correlator_angle(double angle) { return nearest_steps(angle, kCorrelatorAngleStep, 12); }

int32_t wrapped_correlator_phi(int32_t phi) {
  if (phi > kCorrelatorTurn / 2) return phi - kCorrelatorTurn;
  if (phi <= -kCorrelatorTurn / 2) return phi + kCorrelatorTurn;
  return phi;
}

int32_t correlator_phi(double phi) {
  if (!std::isfinite(phi)) return 0;
  return wrapped_correlator_phi(correlator_angle(std::remainder(phi, 2 * std::numbers::pi)));
}

int32_t correlator_z0(double z0_cm) { return nearest_steps(z0_cm, kCorrelatorZ0StepCm, 10); }

uint32_t correlator_dxy(double dxy_cm) {
  return nearest_unsigned_steps(std::sqrt(std::fabs(dxy_cm)), kCorrelatorDxyStep, 8);
}

ParticleId particle_id(const Token& token) {
  const bool positive = token.charge > 0;
  switch (token.token_kind()) {
    case TokenKind::kTrack:
      return positive ? ParticleId::kPositiveHadron : ParticleId::kNegativeHadron;
    case TokenKind::kElectron:
      return positive ? ParticleId::kPositron : ParticleId::kElectron;
    case TokenKind::kMuon:
      return positive ? ParticleId::kPositiveMuon : ParticleId::kNegativeMuon;
    case TokenKind::kPhoton:
      return ParticleId::kPhoton;
    case TokenKind::kHadron:
      return ParticleId::kNeutralHadron;
  }
  return ParticleId::kNeutralHadron;
}

}  // namespace trigstone
