#include "events/particle.h"

#include <cstdlib>

namespace trigstone {

namespace {

// Quarks 1..8 alternate between down type and up type.
int quark_charge_times_three(int quark) { return quark == 0 ? 0 : (quark % 2 == 0 ? 2 : -1); }

int hadron_charge_times_three(int code) {
  const int first = code / 1000 % 10, second = code / 100 % 10, third = code / 10 % 10;
  if (first != 0) {
    return quark_charge_times_three(first) + quark_charge_times_three(second) +
           quark_charge_times_three(third);
  }
  // A meson's positive code names the state that contains the heavier quark if that is up type,
  // the heavier antiquark otherwise.
  const int difference = quark_charge_times_three(second) - quark_charge_times_three(third);
  return second % 2 == 0 ? difference : -difference;
}

}  // namespace

int charge_times_three(int pdg) {
  const int sign = pdg < 0 ? -1 : 1, code = std::abs(pdg);
  if (code > 1'000'000'000) return sign * 3 * (code / 10'000 % 1000);  // nuclei: 10LZZZAAAI
  if (code == 11 || code == 13 || code == 15) return -3 * sign;
  if (code == 24 || code == 37) return 3 * sign;
  if (code <= 8) return sign * quark_charge_times_three(code);
  if (code <= 100 || code > 1'000'000) return 0;
  return sign * hadron_charge_times_three(code);
}

bool is_neutrino(int pdg) {
  const int code = std::abs(pdg);
  return code == 12 || code == 14 || code == 16;
}

ParticleClass classify_particle(int pdg) {
  const int code = std::abs(pdg);
  if (code == 22) return ParticleClass::kPhoton;
  if (code == 11) return ParticleClass::kElectron;
  if (code == 13) return ParticleClass::kMuon;
  if (code == 310 || code == 3122) return ParticleClass::kStrange;
  const bool hadron = (code > 100 && code < 1'000'000) || code > 1'000'000'000;
  if (!hadron) return ParticleClass::kInvisible;
  return charge_times_three(pdg) != 0 ? ParticleClass::kChargedHadron
                                      : ParticleClass::kNeutralHadron;
}

}  // namespace trigstone
