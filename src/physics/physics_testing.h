// For tests only: random crossings of tokens, and crossings of the embedded sample.
#pragma once

#include <map>
#include <numbers>

#include "base/random.h"
#include "events/crossing.h"
#include "events/event_testing.h"

namespace trigstone {

// Tokens of every kind over the whole detector, falling pT, with one remainder at the end.
inline Event random_crossing(uint64_t seed, int tokens = 100) {
  Random random(seed);
  Event event;
  for (int i = 0; i < tokens; ++i) {
    Token token;
    token.kind = static_cast<int8_t>(random.integer(0, kTokenKinds - 1));
    token.pt_gev = static_cast<float>(1 / random.uniform(0.005, 0.5));
    token.eta = static_cast<float>(random.uniform(-4.9, 4.9));
    token.phi = static_cast<float>(random.uniform(-std::numbers::pi, std::numbers::pi));
    token.z0_cm = static_cast<float>(random.chance(0.5) ? 1.0 : random.uniform(-15, 15));
    token.depth = static_cast<float>(random.uniform());
    event.tokens.push_back(token);
  }
  std::sort(event.tokens.begin(), event.tokens.end(),
            [](const Token& a, const Token& b) { return a.pt_gev > b.pt_gev; });
  event.tokens.push_back({.kind = 4 | kRemainderFlag, .pt_gev = 30, .eta = 1, .phi = 2});
  return event;
}

// `count` crossings of `process` at 200 pile-up collisions, made once for the whole program.
inline const std::vector<Event>& sample_crossings(Process process, int64_t count) {
  static std::map<Process, std::vector<Event>> made;
  auto& events = made[process];
  if (static_cast<int64_t>(events.size()) >= count) return events;
  const auto file = std::string(process_name(process)) + ".h5";
  const Collisions hard(sample_folder() / file);
  CrossingMaker crossings({}, {.pileup_mean = 200, .seed = 11}, &minimum_bias_library());
  for (auto i = static_cast<int64_t>(events.size()); i < count; ++i) {
    events.push_back(process == Process::kMinimumBias ? crossings.minimum_bias(i)
                                                      : crossings.signal(i, hard, i));
  }
  return events;
}

}  // namespace trigstone
