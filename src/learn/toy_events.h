// For tests of this room: events whose signal is easy to see, written as an event file.
#pragma once

#include <cmath>
#include <filesystem>

#include "base/random.h"
#include "events/event_file.h"

namespace trigstone {

// Background: 5 to 25 soft tokens. Signal: the same and three hard ones close together, which what
// is missing balances. For masked particles to be learnable, the tracks of an event share a vertex,
// and where a token lies tells most of its kind and quality.
inline Event toy_event(int64_t id, uint64_t seed) {
  Random random(seed, static_cast<uint64_t>(id));
  Event event;
  event.id = id;
  const bool signal = id % 2 == 1;
  event.process = signal ? Process::kTopPairs : Process::kMinimumBias;
  event.hard_id = signal ? static_cast<int32_t>(id / 2) : -1;
  const double vertex_z_cm = 5 * random.normal();
  const auto add = [&](bool hard, double pt_gev, double eta, double phi) {
    Token token;
    const bool central = std::abs(eta) < 1.5;
    constexpr int kHalf = kTokenKinds / 2;
    token.kind = static_cast<int8_t>(central ? random.integer(0, kHalf - 1)
                                             : random.integer(kHalf, kTokenKinds - 1));
    const bool is_track =
        token.token_kind() != TokenKind::kPhoton && token.token_kind() != TokenKind::kHadron;
    token.pt_gev = static_cast<float>(pt_gev);
    token.eta = static_cast<float>(eta);
    token.phi = static_cast<float>(std::remainder(phi, 2 * M_PI));
    if (is_track) token.z0_cm = static_cast<float>(vertex_z_cm + 0.2 * random.normal());
    if (!is_track) token.depth = static_cast<float>(random.uniform());
    token.is_pileup = hard ? 0 : 1;
    token.quality = static_cast<int8_t>(central ? random.integer(4, 6) : random.integer(0, 2));
    event.tokens.push_back(token);
    if (!hard) return;
    event.truth.missing_x_gev -= token.pt_gev * std::cos(token.phi);
    event.truth.missing_y_gev -= token.pt_gev * std::sin(token.phi);
  };
  const double eta = random.uniform(-2, 2), phi = random.uniform(-3, 3);
  for (int i = 0; signal && i < 3; ++i) {
    add(true, random.uniform(15, 40), eta + 0.1 * random.normal(), phi + 0.1 * random.normal());
  }
  for (int64_t i = random.integer(5, 25); i > 0; --i) {
    add(false, 2 - 6 * std::log(1 - random.uniform()), random.uniform(-3, 3),
        random.uniform(-3, 3));
  }
  std::stable_sort(event.tokens.begin(), event.tokens.end(),
                   [](const Token& a, const Token& b) { return a.pt_gev > b.pt_gev; });
  return event;
}

inline void write_toy_events(const std::filesystem::path& path, int64_t count, uint64_t seed = 1) {
  EventFileInfo info;
  info.generator = "toy";
  EventWriter writer(path, info);
  std::vector<Event> events;
  for (int64_t id = 0; id < count; ++id) events.push_back(toy_event(id, seed));
  writer.append(events);
  writer.commit();
}

}  // namespace trigstone
