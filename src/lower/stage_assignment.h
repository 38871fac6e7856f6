// At which clock every operation of a pipeline runs, so that values wait in as few register bits as
// possible while no path between two registers grows longer than a clock.
//
//   x (8 bits) ─► a ─► b (20 bits) ── read at clock 5   =>   a and b move to clocks 4 and 5,
//   a at 0, b at 1: 4 x 20 bits wait                          8 bits of x wait instead
//
// Leiserson and Saxe, Retiming synchronous circuitry (Algorithmica 6, 1991), with the clocks of
// inputs and outputs given. A value has one chain of registers that all its readers share, so the
// cost is bits · (latest reader - value), summed over values. Both that and the rules (differences
// of two clocks) make the sum L-natural-convex: where no set of operations can move by one clock
// together and gain, the sum is the least there is (Murota, Discrete Convex Analysis, 2003). The
// best set is a cut of least capacity.
#pragma once

#include <cstdint>
#include <vector>

namespace trigstone {

struct StageProblem {
  struct Operation {
    double delay = 0;  // from the last operand to the result, in the unit of `budget`
    int first = 0;     // the clocks at which it may run
    int last = INT32_MAX;
  };
  // The result of `source` waits for every reader; readers run in its clock or later. One register
  // behind the other, `bits` each.
  struct Value {
    int source = 0;
    int64_t bits = 0;
    std::vector<int> readers;
  };
  std::vector<Operation> operations;
  std::vector<Value> values;
  double budget = 0;  // the longest path between two registers
};

// Of all the assignments in which no path in one clock is longer than the budget, one with the
// fewest register bits. Empty when there is none, when values run in a circle, or when clocks hold
// so many operations that the paths in them are too many to be listed.
std::vector<int> fewest_registers(const StageProblem& problem);

int64_t register_bits(const StageProblem& problem, const std::vector<int>& stages);

}  // namespace trigstone
