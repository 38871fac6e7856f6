#include "trigger/decisions.h"

#include <set>

#include "base/progress.h"
#include "base/threads.h"
#include "events/event_shards.h"
#include "physics/classical.h"
#include "trigger/heads.h"

namespace trigstone {

namespace {

constexpr int64_t kReadBlock = 2048;  // events in memory at a time
constexpr int64_t kThreadBlock = 64;

// Which library collisions the minimum-bias crossings are made of.
class ReuseCounter {
 public:
  void add(const Event& event) {
    if (event.process != Process::kMinimumBias) return;
    if (event.hard_id >= 0) add(event.hard_id);
    for (const int32_t row : event.library_id) add(row);
  }
  double reuse() const {
    return different_.empty()
               ? 0
               : static_cast<double>(drawn_) / static_cast<double>(different_.size());
  }

 private:
  void add(int32_t row) {
    ++drawn_;
    different_.insert(row);
  }
  int64_t drawn_ = 0;
  std::set<int32_t> different_;
};

}  // namespace

Decisions decide(const Menu& menu, const std::filesystem::path& events, int threads,
                 const std::function<bool(const Event&)>& keep) {
  const EventShards reader(events);
  std::vector<HeadRunner> heads;
  for (const HeadSource& source : menu.heads) heads.emplace_back(source, threads);
  Decisions decisions;
  decisions.seeds = menu.seeds.size();
  ReuseCounter reuse;
  Progress progress("trigger", reader.size(), "events");
  for (int64_t begin = 0; begin < reader.size(); begin += kReadBlock) {
    const int64_t end = std::min(reader.size(), begin + kReadBlock);
    std::vector<Event> block = reader.read(begin, end);
    if (keep) std::erase_if(block, [&](const Event& event) { return !keep(event); });
    std::vector<std::vector<double>> values;  // [head][event]
    values.reserve(heads.size());
    for (const HeadRunner& head : heads) values.push_back(head.run(block));
    const size_t first = decisions.answers.size();
    decisions.answers.resize(first + block.size() * decisions.seeds);
    parallel_blocks(std::ssize(block), kThreadBlock, threads, [&](int64_t from, int64_t to) {
      std::vector<double> of_event(heads.size());
      for (auto i = static_cast<size_t>(from); i < static_cast<size_t>(to); ++i) {
        const ClassicalObjects objects = classical_objects(block[i]);
        for (size_t h = 0; h < heads.size(); ++h) of_event[h] = values[h][i];
        for (size_t s = 0; s < decisions.seeds; ++s) {
          decisions.answers[first + i * decisions.seeds + s] =
              evaluate_seed(menu.seeds[s], objects, of_event);
        }
      }
    });
    for (const Event& event : block) {
      decisions.id.push_back(event.id);
      decisions.process.push_back(event.process);
      decisions.hard_id.push_back(event.hard_id);
      decisions.weight.push_back(event.weight);
      reuse.add(event);
    }
    progress.update(end);
  }
  decisions.collision_reuse = reuse.reuse();
  return decisions;
}

}  // namespace trigstone
