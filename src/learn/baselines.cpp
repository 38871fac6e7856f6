#include "learn/baselines.h"

#include <algorithm>

#include "base/progress.h"
#include "base/threads.h"
#include "events/event_shards.h"
#include "physics/classical.h"

namespace trigstone {

namespace {

constexpr int64_t kBlock = 256;  // events read at once

void fill(Baselines& baselines, size_t at, const Event& event, size_t slots) {
  const ClassicalObjects objects = classical_objects(event);
  baselines.raw_missing[at] = objects.raw_missing;
  baselines.puppi_missing[at] = objects.missing;
  baselines.ht_gev[at] = objects.ht.scalar_gev;
  baselines.leading_jet_gev[at] = objects.jets.empty() ? 0.0 : objects.jets[0].momentum.pt_gev;
  baselines.kept_tokens[at] =
      static_cast<double>(std::count_if(objects.puppi.pt_gev.begin(), objects.puppi.pt_gev.end(),
                                        [](float pt_gev) { return pt_gev > 0; }));
  size_t slot = 0;  // as make_batch fills them
  for (size_t i = 0; i < event.tokens.size(); ++i) {
    if (event.tokens[i].is_remainder()) continue;
    if (slot == slots) continue;
    baselines.puppi_weight[at * slots + slot] = objects.puppi.weight[i];
    ++slot;
  }
}

}  // namespace

Baselines baselines_of(const std::filesystem::path& events, const std::vector<int64_t>& rows,
                       int64_t slots) {
  const size_t count = rows.size();
  Baselines baselines;
  baselines.raw_missing.resize(count);
  baselines.puppi_missing.resize(count);
  for (auto* list : {&baselines.ht_gev, &baselines.leading_jet_gev, &baselines.kept_tokens}) {
    list->assign(count, 0.0);
  }
  baselines.puppi_weight.assign(count * static_cast<size_t>(slots), 0.0F);
  const EventShards reader(events);
  Progress progress("today's trigger", std::ssize(rows), "events");
  for (size_t next = 0; next < count;) {
    const int64_t first = rows[next];
    const std::vector<Event> block = reader.read(first, std::min(reader.size(), first + kBlock));
    const auto end = std::upper_bound(rows.begin() + static_cast<int64_t>(next), rows.end(),
                                      first + std::ssize(block) - 1);
    const int64_t taken = end - rows.begin() - static_cast<int64_t>(next);
    parallel_blocks(taken, 16, hardware_threads(), [&](int64_t begin, int64_t stop) {
      for (int64_t i = begin; i < stop; ++i) {
        const size_t at = next + static_cast<size_t>(i);
        fill(baselines, at, block[static_cast<size_t>(rows[at] - first)],
             static_cast<size_t>(slots));
      }
    });
    next += static_cast<size_t>(taken);
    progress.update(static_cast<int64_t>(next));
  }
  return baselines;
}

}  // namespace trigstone
