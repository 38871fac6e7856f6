#include "lower/first_sharing.h"

#include <gtest/gtest.h>

#include "base/random.h"
#include "lower/adder_graph.h"
#include "lower/sharing.h"

namespace trigstone {
namespace {

// Entries below 2^bits in size, the given part of them zero.
IntegerMatrix random_matrix(Random& random, int64_t rows, int64_t columns, int bits, double zeros) {
  IntegerMatrix matrix{rows, columns, {}};
  const int64_t most = int64_t{1} << bits;
  for (int64_t i = 0; i < rows * columns; ++i) {
    matrix.entries.push_back(random.uniform() < zeros ? 0 : random.integer(-most, most));
  }
  return matrix;
}

std::vector<Interval> random_inputs(Random& random, int64_t rows) {
  std::vector<Interval> inputs;
  for (int64_t i = 0; i < rows; ++i) {
    const int64_t most = int64_t{1} << random.integer(1, 12);
    inputs.push_back({random.uniform() < 0.5 ? -most : 0, most - 1});
  }
  return inputs;
}

bool equal(const SharedSums::Sum& a, const SharedSums::Sum& b) {
  if (a.terms.size() != b.terms.size() || a.depth_limit != b.depth_limit) return false;
  for (size_t i = 0; i < a.terms.size(); ++i) {
    const Addend &x = a.terms[i], &y = b.terms[i];
    if (x.value != y.value || x.power != y.power || x.negative != y.negative) return false;
  }
  return true;
}

bool equal(const std::vector<SharedSums::Sum>& a, const std::vector<SharedSums::Sum>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](const auto& x, const auto& y) { return equal(x, y); });
}

// Few and many columns (a plane has a bit for each), long and short values, digits up to 2^21.
TEST(FirstSharing, TakesWhatSharingTakesOutOfCanonicalDigits) {
  for (uint64_t seed = 0; seed < 30; ++seed) {
    Random random(seed, 3);
    const int64_t rows = random.integer(1, 40),
                  columns = random.integer(1, seed % 3 == 0 ? 150 : 30);
    const IntegerMatrix matrix = random_matrix(
        random, rows, columns, static_cast<int>(random.integer(0, 21)), random.uniform(0, 0.8));
    const std::vector<Interval> inputs = random_inputs(random, rows);
    SharingOptions options;
    options.every_form = false;
    options.depth_limit = usual_depth(matrix);
    SumTable fast = table_of(matrix, inputs, options), slow = fast;
    share_outputs(fast, options);
    Sharing sharing(slow, options);
    sharing.count_everything();
    sharing.share();
    const SharedSums a = sums_in(fast), b = sums_in(slow);
    EXPECT_TRUE(equal(a.shared, b.shared))
        << seed << ": " << a.shared.size() << " and " << b.shared.size();
    EXPECT_TRUE(equal(a.outputs, b.outputs)) << seed;
  }
}

// Enough digits for the planes to be used with several forms of a number, too.
TEST(FirstSharing, ManyDigitsInEveryFormGiveTheProducts) {
  Random random(5);
  const IntegerMatrix matrix = random_matrix(random, 64, 130, 7, 0.1);
  const std::vector<Interval> inputs = random_inputs(random, 64);
  const AdderGraph graph = solve(matrix, inputs);
  for (int trial = 0; trial < 5; ++trial) {
    std::vector<int64_t> x;
    std::vector<Int128> y(130, 0);
    for (const Interval& range : inputs) {
      x.push_back(
          random.integer(static_cast<int64_t>(range.low), static_cast<int64_t>(range.high)));
      for (int64_t j = 0; j < matrix.columns; ++j) {
        y[static_cast<size_t>(j)] +=
            static_cast<Int128>(matrix.at(static_cast<int64_t>(x.size()) - 1, j)) * x.back();
      }
    }
    EXPECT_EQ(evaluate(graph, x), y);
  }
  EXPECT_LE(cost_of(graph).depth, usual_depth(matrix));
}

}  // namespace
}  // namespace trigstone
