#include "lower/stage_assignment.h"

#include <algorithm>
#include <queue>

#include "lower/minimum_cut.h"

namespace trigstone {

namespace {

constexpr double kRounding = 1e-9;              // of sums of delays
constexpr int64_t kMostPathSteps = 20'000'000;  // half a second

size_t at(int index) { return static_cast<size_t>(index); }

class StageSolver {
 public:
  explicit StageSolver(const StageProblem& problem)
      : problem_(problem), readers_(problem.operations.size()), limits_(readers_.size()) {
    for (const StageProblem::Value& value : problem.values) {
      auto& readers = readers_[at(value.source)];
      readers.insert(readers.end(), value.readers.begin(), value.readers.end());
    }
    for (std::vector<int>& readers : readers_) {
      std::sort(readers.begin(), readers.end());
      readers.erase(std::unique(readers.begin(), readers.end()), readers.end());
    }
  }

  std::vector<int> run() {
    if (!sort() || !find_limits() || !start_early()) return {};
    while (move_later()) {
    }
    return std::move(stages_);
  }

 private:
  bool sort();
  bool find_limits();
  void follow_paths(int from, std::vector<std::vector<int>>& too_far);
  bool start_early();
  bool move_later();
  int room(const std::vector<bool>& moved) const;
  int last_reading(const StageProblem::Value& value) const;
  int stage(int operation) const { return stages_[at(operation)]; }
  const StageProblem::Operation& operation(int id) const { return problem_.operations[at(id)]; }

  const StageProblem& problem_;
  std::vector<std::vector<int>> readers_;  // not in an earlier clock
  std::vector<std::vector<int>> limits_;   // in a later clock: too far for one clock
  std::vector<int> order_, rank_;
  std::vector<double> longest_;  // paths from the operation at work; 0 where none has come
  int64_t steps_ = 0;
  std::vector<int> stages_;
};

bool StageSolver::sort() {
  std::vector<int> waiting(readers_.size(), 0);
  for (const auto& readers : readers_) {
    for (const int reader : readers) ++waiting[at(reader)];
  }
  for (size_t i = 0; i < waiting.size(); ++i) {
    if (waiting[i] == 0) order_.push_back(static_cast<int>(i));
  }
  for (size_t i = 0; i < order_.size(); ++i) {
    for (const int reader : readers_[at(order_[i])]) {
      if (--waiting[at(reader)] == 0) order_.push_back(reader);
    }
  }
  rank_.resize(readers_.size());
  for (size_t i = 0; i < order_.size(); ++i) rank_[at(order_[i])] = static_cast<int>(i);
  return order_.size() == readers_.size();
}

// The longest path to each operation within reach of a clock, in the order of the data. Where it is
// longer than a clock a register must stand before the operation; what lies behind comes no
// earlier.
void StageSolver::follow_paths(int from, std::vector<std::vector<int>>& too_far) {
  std::priority_queue<int, std::vector<int>, std::greater<>> ranks;
  const auto reach = [&](int id, double length) {
    double& known = longest_[at(id)];
    if (known == 0) ranks.push(rank_[at(id)]);
    known = std::max(known, length);
  };
  reach(from, operation(from).delay);
  while (!ranks.empty()) {
    const int id = order_[at(ranks.top())];
    ranks.pop();
    ++steps_;
    const double length = longest_[at(id)];
    longest_[at(id)] = 0;
    if (id != from && length > problem_.budget + kRounding) {
      too_far[at(from)].push_back(id);
      continue;
    }
    for (const int reader : readers_[at(id)]) reach(reader, length + operation(reader).delay);
  }
}

// A pair follows from the same with a reader of `from`, and then need not be kept.
bool StageSolver::find_limits() {
  longest_.assign(readers_.size(), 0);
  std::vector<std::vector<int>> too_far(readers_.size());
  std::vector<int> follows(readers_.size(), -1);
  for (size_t i = order_.size(); i-- > 0;) {
    const int from = order_[i];
    for (const int reader : readers_[at(from)]) {
      for (const int end : too_far[at(reader)]) follows[at(end)] = from;
    }
    if (operation(from).delay == 0) {  // its paths are those of its readers
      for (const int reader : readers_[at(from)]) {
        for (const int end : too_far[at(reader)]) {
          if (follows[at(end)] != from) continue;
          follows[at(end)] = -1;
          too_far[at(from)].push_back(end);
        }
      }
      continue;
    }
    follow_paths(from, too_far);
    if (steps_ > kMostPathSteps) return false;
    for (const int end : too_far[at(from)]) {
      if (follows[at(end)] != from) limits_[at(from)].push_back(end);
    }
  }
  return true;
}

bool StageSolver::start_early() {
  for (const StageProblem::Operation& op : problem_.operations) stages_.push_back(op.first);
  for (const int id : order_) {
    if (stage(id) > operation(id).last) return false;
    for (const int reader : readers_[at(id)]) {
      stages_[at(reader)] = std::max(stage(reader), stage(id));
    }
    for (const int end : limits_[at(id)]) {
      stages_[at(end)] = std::max(stage(end), stage(id) + 1);
    }
  }
  return true;
}

int StageSolver::last_reading(const StageProblem::Value& value) const {
  int last = stage(value.source);
  for (const int reader : value.readers) last = std::max(last, stage(reader));
  return last;
}

// An operation that moves gains the bits of its values, one clock each, and takes along what may
// not come before it; a value's last reader that moves costs the value's bits.
bool StageSolver::move_later() {
  const size_t operations = stages_.size();
  ClosureProblem closure(operations + problem_.values.size());
  for (size_t i = 0; i < operations; ++i) {
    const auto id = static_cast<int>(i);
    if (stages_[i] >= problem_.operations[i].last) closure.forbid(id);
    for (const int reader : readers_[i]) {
      if (stage(reader) == stages_[i]) closure.needs(id, reader);
    }
    for (const int end : limits_[i]) {
      if (stage(end) == stages_[i] + 1) closure.needs(id, end);
    }
  }
  for (size_t k = 0; k < problem_.values.size(); ++k) {
    const StageProblem::Value& value = problem_.values[k];
    if (value.bits == 0 || value.readers.empty()) continue;
    const auto wait = static_cast<int>(operations + k);
    closure.add_worth(value.source, value.bits);
    closure.add_worth(wait, -value.bits);
    const int last = last_reading(value);
    for (const int reader : value.readers) {
      if (stage(reader) == last) closure.needs(reader, wait);
    }
  }
  const std::vector<bool> moved = closure.best();
  const auto end = moved.begin() + static_cast<ptrdiff_t>(operations);
  if (std::find(moved.begin(), end, true) == end) return false;
  const int clocks = room(moved);
  for (size_t i = 0; i < operations; ++i) stages_[i] += moved[i] ? clocks : 0;
  return true;
}

// For how many clocks the same move gains the same.
int StageSolver::room(const std::vector<bool>& moved) const {
  int clocks = INT32_MAX;
  for (size_t i = 0; i < stages_.size(); ++i) {
    if (!moved[i]) continue;
    clocks = std::min(clocks, problem_.operations[i].last - stages_[i]);
    for (const int reader : readers_[i]) {
      if (!moved[at(reader)]) clocks = std::min(clocks, stage(reader) - stages_[i]);
    }
    for (const int end : limits_[i]) {
      if (!moved[at(end)]) clocks = std::min(clocks, stage(end) - stages_[i] - 1);
    }
  }
  for (size_t k = 0; k < problem_.values.size(); ++k) {
    const StageProblem::Value& value = problem_.values[k];
    if (value.bits == 0 || moved[stages_.size() + k]) continue;
    const int last = last_reading(value);
    for (const int reader : value.readers) {
      if (moved[at(reader)]) clocks = std::min(clocks, last - stage(reader));
    }
  }
  return clocks;
}

}  // namespace

std::vector<int> fewest_registers(const StageProblem& problem) {
  return StageSolver(problem).run();
}

int64_t register_bits(const StageProblem& problem, const std::vector<int>& stages) {
  int64_t bits = 0;
  for (const StageProblem::Value& value : problem.values) {
    int last = stages[at(value.source)];
    for (const int reader : value.readers) last = std::max(last, stages[at(reader)]);
    bits += value.bits * (last - stages[at(value.source)]);
  }
  return bits;
}

}  // namespace trigstone
