// The answers of all seeds of a menu on the events of a file: what rates and efficiencies are
// counted from.
#pragma once

#include <filesystem>
#include <functional>
#include <vector>

#include "events/event.h"
#include "trigger/menu.h"
#include "trigger/seeds.h"

namespace trigstone {

struct Decisions {
  size_t seeds = 0;
  // One entry an event, in the order of the file.
  std::vector<int64_t> id;
  std::vector<Process> process;
  std::vector<int32_t> hard_id;
  std::vector<double> weight;       // pb
  std::vector<SeedAnswer> answers;  // [events, seeds]
  double collision_reuse = 0;       // of minimum bias: collisions drawn over different ones

  size_t size() const { return id.size(); }
  const SeedAnswer& answer(size_t event, size_t seed) const {
    return answers[event * seeds + seed];
  }
};

// Events for which `keep` is false are left out; an empty `keep` takes all.
Decisions decide(const Menu& menu, const std::filesystem::path& events, int threads,
                 const std::function<bool(const Event&)>& keep);

}  // namespace trigstone
