// How the terms of one sum are added up, two or three at a time, and what that costs.
#pragma once

#include <array>
#include <cstdint>
#include <utility>
#include <vector>

#include "fixed/format.h"

namespace trigstone {

// One term of a sum: (negative ? -1 : 1) * value * 2^power, of a value with this interval.
struct SumTerm {
  int value = 0, power = 0;
  bool negative = false;
  Interval range;  // of the value
  int depth = 0;   // of the value
  int top = 0;     // the first bit beyond the term, its sign left out
};
// Fills in `top`.
SumTerm sum_term(int value, int power, bool negative, Interval range, int depth);

// The steps of a sum: step k joins two or three terms into term `terms + k`.
struct SumPlan {
  struct Step {
    std::array<int, 3> terms = {-1, -1, -1};
    SumTerm result;  // its value is left open
  };
  std::vector<Step> steps;
  int64_t luts = 0;
};

// What adding these two or three costs, and the sum. Three count, after alkaid, as w + ceil(w / 8)
// for w bits of the result; low bits that one positive operand alone covers are wires.
struct Addition {
  SumTerm result;
  int64_t luts = 0;
};
Addition addition_of(const std::array<const SumTerm*, 3>& terms, int count, bool positive);

// Makes plans one after the other; each is valid until the next. The last step's depth stays within
// `depth_limit`, which the terms must allow. The last step gives a positive sum when `positive` and
// a term is, unless a negation afterwards costs less and is within the limit, too; the others take
// whatever sign keeps their low bits wires.
class SumPlanner {
 public:
  // Two at a time, those first that end at the lowest bit: a chain of ever longer sums would pay
  // for its top bits again and again.
  const SumPlan& binary(const std::vector<SumTerm>& terms, int depth_limit, bool positive);
  // The same with three; when the number of terms is even, the first step takes two.
  const SumPlan& ternary(const std::vector<SumTerm>& terms, int depth_limit, bool positive);

 private:
  void start(const std::vector<SumTerm>& terms);
  uint64_t key_of(size_t index) const;
  void insert(size_t index);
  // The term at a place of the order, the lowest one at 0.
  size_t waiting(size_t place) const;
  void join(const std::array<size_t, 3>& places, int count, bool positive);
  std::array<size_t, 3> next_pair(uint64_t limit, uint64_t used) const;
  std::array<size_t, 3> least_deep(size_t count) const;
  std::pair<int, int> low_bits(const SumPlan::Step& step) const;
  void find_turns();
  void turn_positive(int depth_limit);

  SumPlan plan_;
  std::vector<int64_t> luts_;  // of the steps
  // How a negative step becomes positive: the wires of low bits that this takes, and the term that
  // must become positive first (-1: one is).
  struct Turn {
    int64_t wires = 0;
    int through = -1;
  };
  std::vector<Turn> turns_;     // of the steps
  std::vector<SumTerm> terms_;  // the sums appended
  // Those still to be added, sorted by top, depth, power, index; the lowest, which go first, last.
  std::vector<uint64_t> order_;
};

}  // namespace trigstone
