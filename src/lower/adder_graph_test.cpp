#include "lower/adder_graph.h"

#include <gtest/gtest.h>

#include <array>
#include <ctime>
#include <filesystem>
#include <tuple>

#include "base/npy.h"
#include "base/random.h"
#include "base/testing.h"
#include "cost/adder_luts.h"
#include "lower/adder_sharing.h"
#include "lower/signed_digits.h"
#include "lower/solved_products.h"
#include "lower/sum_plan.h"
#include "lower/ternary_graph.h"

namespace trigstone {
namespace {

IntegerMatrix random_matrix(int64_t rows, int64_t columns, int64_t most, uint64_t seed) {
  Random random(seed);
  IntegerMatrix matrix{rows, columns, {}};
  for (int64_t i = 0; i < rows * columns; ++i)
    matrix.entries.push_back(random.integer(-most, most));
  return matrix;
}

std::vector<Interval> eight_bits(int64_t rows) {
  return std::vector<Interval>(static_cast<size_t>(rows), {-128, 127});
}

// Numbers at the corners and inside, and every adder inside its interval.
void expect_products(const IntegerMatrix& matrix, const std::vector<Interval>& inputs,
                     const AdderGraphOptions& options = {}) {
  const AdderGraph graph = solve(matrix, inputs, options);
  const TernaryGraph ternary = ternary_of(graph);
  Random random(1);
  for (int trial = 0; trial < 20; ++trial) {
    std::vector<int64_t> x;
    for (const Interval& range : inputs) {
      const auto low = static_cast<int64_t>(range.low), high = static_cast<int64_t>(range.high);
      x.push_back(trial == 0 ? low : trial == 1 ? high : random.integer(low, high));
    }
    std::vector<Int128> y(static_cast<size_t>(matrix.columns), 0);
    for (int64_t i = 0; i < matrix.rows; ++i) {
      for (int64_t j = 0; j < matrix.columns; ++j) {
        y[static_cast<size_t>(j)] +=
            static_cast<Int128>(matrix.at(i, j)) * x[static_cast<size_t>(i)];
      }
    }
    EXPECT_EQ(evaluate(graph, x), y);
    EXPECT_EQ(evaluate(ternary, x), y);
  }
  EXPECT_LE(cost_of(ternary).depth, cost_of(graph).depth);
  if (options.depth_limit != 0) {
    EXPECT_LE(cost_of(graph).depth, options.depth_limit);
  }
}

TEST(SignedDigits, AreTheNumberAndNeverNeighbours) {
  for (int64_t value = -3000; value <= 3000; ++value) {
    int64_t sum = 0;
    int last = -2;
    for (const SignedDigit digit : canonical_signed_digits(value)) {
      sum += digit.sign * (int64_t{1} << digit.power);
      EXPECT_GT(digit.power, last + 1);
      last = digit.power;
    }
    EXPECT_EQ(sum, value);
  }
  EXPECT_EQ(canonical_signed_digits(INT64_MIN).size(), 1U);
  EXPECT_EQ(canonical_signed_digits(INT64_MAX).size(), 2U);
}

TEST(AdderGraph, ComputesTheProductsOfRandomMatrices) {
  for (uint64_t seed = 0; seed < 40; ++seed) {
    Random random(seed);
    const int64_t rows = random.integer(1, 12), columns = random.integer(1, 12);
    const IntegerMatrix matrix =
        random_matrix(rows, columns, int64_t{1} << random.integer(0, 12), seed);
    std::vector<Interval> inputs;
    for (int64_t i = 0; i < rows; ++i) {
      const int64_t low = random.integer(-40, 40);
      inputs.push_back({low, low + random.integer(0, 90)});
    }
    for (const Effort effort : {Effort::kFast, Effort::kDefault, Effort::kBest}) {
      if (effort == Effort::kBest && seed % 4 != 0) continue;  // takes a hundred times as long
      const int room = static_cast<int>(random.integer(0, 3));
      expect_products(matrix, inputs, {effort, std::max(least_depth(matrix) + room, 1)});
    }
    expect_products(matrix, inputs);
  }
}

TEST(AdderGraph, SharesWhatTwoOutputsNeed) {
  // y0 = 5 x0 + x1, y1 = 5 x0 - x1: three adders, not four.
  const AdderGraph graph = solve({2, 2, {5, 5, 1, -1}}, eight_bits(2));
  EXPECT_EQ(graph.adders.size(), 3U);
  EXPECT_EQ(cost_of(graph).depth, 2);
}

TEST(AdderGraph, EmptyAndTrivialColumnsTakeNoAdder) {
  const AdderGraph graph = solve({1, 3, {0, -4, 8}}, eight_bits(1));
  EXPECT_TRUE(graph.adders.empty());
  EXPECT_EQ(graph.outputs[0].value, -1);
  EXPECT_TRUE(graph.outputs[1].negative);
  EXPECT_EQ(graph.outputs[2].shift, 3);
  EXPECT_EQ(cost_of(graph).lut, 9);  // the negation: 8 bits and its sign
}

TEST(AdderGraph, DifferencesAreTakenTheOtherWayRoundRatherThanNegated) {
  // -(a - b) - (c - d) is (b - a) + (d - c).
  const AdderGraph graph = solve({4, 1, {-1, 1, -1, 1}}, eight_bits(4));
  EXPECT_FALSE(graph.outputs[0].negative);
  EXPECT_EQ(graph.adders.size(), 3);
  EXPECT_TRUE(solve({2, 1, {-1, -2}}, eight_bits(2)).outputs[0].negative);
}

// Every step has the sign of one of its terms and costs what is said, whatever was turned.
void expect_consistent(const SumPlan& plan, std::vector<SumTerm> terms) {
  int64_t luts = 0;
  for (const SumPlan::Step& step : plan.steps) {
    std::array<const SumTerm*, 3> joined = {};
    int count = 0;
    bool one_has_the_sign = false;
    for (const int term : step.terms) {
      if (term < 0) continue;
      joined.at(static_cast<size_t>(count++)) = &terms.at(static_cast<size_t>(term));
      one_has_the_sign |= terms.at(static_cast<size_t>(term)).negative == step.result.negative;
    }
    ASSERT_TRUE(one_has_the_sign);
    Addition addition = addition_of(joined, count, false);
    if (addition.result.negative != step.result.negative) {
      addition = addition_of(joined, count, true);
    }
    EXPECT_EQ(addition.result.negative, step.result.negative);
    EXPECT_EQ(addition.result.range, step.result.range);
    EXPECT_EQ(addition.result.depth, step.result.depth);
    EXPECT_EQ(addition.result.power, step.result.power);
    luts += addition.luts;
    terms.push_back(step.result);
  }
  EXPECT_EQ(plan.luts, luts);
}

TEST(SumPlanner, OnlySumsOfNegativeTermsAreNegative) {
  Random random(3);
  SumPlanner planner;
  for (int trial = 0; trial < 400; ++trial) {
    const bool shifted = trial % 2 == 1;  // then wires may cost more than a negation
    std::vector<SumTerm> terms;
    bool all_negative = true;
    for (int64_t n = random.integer(2, 9); n > 0; --n) {
      const Interval range = random.integer(0, 1) == 0 ? Interval{-128, 127} : Interval{0, 255};
      const bool negative = random.integer(0, 3) != 0;
      const auto power = static_cast<int>(shifted ? random.integer(0, 6) : 0);
      terms.push_back(sum_term(static_cast<int>(n), power, negative, range, 0));
      all_negative &= negative;
    }
    for (const bool ternary : {false, true}) {
      SCOPED_TRACE(trial);
      const SumPlan& plan =
          ternary ? planner.ternary(terms, 5, true) : planner.binary(terms, 5, true);
      expect_consistent(plan, terms);
      if (shifted && !all_negative) continue;
      EXPECT_EQ(plan.steps.back().result.negative, all_negative);
    }
  }
}

TEST(AdderGraph, CostsAreTheFormulas) {
  // x0 + 4 x1 of 8 bits each: bits 2 to 9, below them wires.
  const AdderGraph one = solve({2, 1, {1, 4}}, eight_bits(2));
  EXPECT_EQ(cost_of(one).lut, 8);
  EXPECT_EQ(binary_adder_luts({-128, 127}, {-128, 127}, -2), 8);
  EXPECT_EQ(binary_adder_luts({0, 255}, {-128, 127}, 0), 9);  // 8 bits and a sign
  EXPECT_EQ(binary_adder_luts({0, 255}, {0, 255}, 12), 8);
  EXPECT_EQ(negation_luts({-128, 127}), 9);
  // x0 + x1 + x2: two binary adders, or one ternary with a result of 10 bits:
  // 10 + ceil(10 / 8).
  const AdderGraph three = solve({3, 1, {1, 1, 1}}, eight_bits(3));
  EXPECT_EQ(cost_of(three).adders, 2);
  EXPECT_EQ(cost_of(three).lut, 8 + 9);
  EXPECT_EQ(cost_of(three).lut_ternary, 10 + 2);
}

TEST(AdderGraph, CoefficientsMayUseAll64Bits) {
  Random random(5);
  IntegerMatrix matrix{4, 4, {INT64_MIN, INT64_MAX, INT64_MIN + 1, -1, INT64_MAX, INT64_MIN}};
  while (matrix.entries.size() < 16) matrix.entries.push_back(random.integer(INT64_MIN, INT64_MAX));
  expect_products(matrix, eight_bits(4));
  expect_products(matrix, eight_bits(4), {Effort::kBest});
}

TEST(AdderGraph, RefusesADepthThatCannotBeMet) {
  // 64 digits take six levels.
  const IntegerMatrix ones{64, 1, std::vector<int64_t>(64, 1)};
  EXPECT_EQ(cost_of(solve(ones, eight_bits(64), {Effort::kDefault, 6})).depth, 6);
  EXPECT_EQ(message_of([&] {
              solve(ones, eight_bits(64), {Effort::kDefault, 5});
            }),
            "adder graph: error: a depth of 5 adders cannot be met — this "
            "matrix needs 6");
}

TEST(AdderGraph, IsTheSameEachTime) {
  const IntegerMatrix matrix = random_matrix(16, 16, 127, 7);
  const AdderGraph a = solve(matrix, eight_bits(16)), b = solve(matrix, eight_bits(16));
  ASSERT_EQ(a.adders.size(), b.adders.size());
  for (size_t i = 0; i < a.adders.size(); ++i) {
    EXPECT_EQ(std::tie(a.adders[i].a, a.adders[i].b, a.adders[i].shift),
              std::tie(b.adders[i].a, b.adders[i].b, b.adders[i].shift));
  }
}

TEST(AdderGraph, BestEffortCostsNoMore) {
  for (uint64_t seed = 0; seed < 2; ++seed) {
    const IntegerMatrix matrix = random_matrix(12, 12, 127, seed);
    const AdderGraph best = solve(matrix, eight_bits(12), {Effort::kBest});
    EXPECT_LE(cost_of(best).lut, cost_of(solve(matrix, eight_bits(12))).lut);
    const std::vector<int64_t> x = {1, -2, 3, -128, 127, 0, 50, 7, -9, 99, -100, 12};
    EXPECT_EQ(evaluate(best, x), evaluate(solve(matrix, eight_bits(12)), x));
  }
}

TEST(AdderGraph, LargeMatricesTakeSeconds) {
  const std::clock_t begin = std::clock();
  expect_products(random_matrix(64, 64, 128, 3), eight_bits(64));
  const double seconds = static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC;
  EXPECT_LT(seconds, 10) << "of processor time; half a second on a quiet machine";
}

IntegerMatrix named_matrix(const char* name) {
  const NpyArray array = read_matrix_text(interop_path("data/matrices") / name);
  return {array.shape[0], array.shape[1], array.integers};
}

TEST(AdderGraph, BestEffortKeepsItsLeadOnNamedMatrices) {
  if (interop_path("data").empty()) GTEST_SKIP() << "TRIGSTONE_INTEROP is not set";
  struct Measured {
    const char* name;
    int64_t binary, ternary, depth;
  };
  // da4ml 0.6 and alkaid 0.8: 4356 and 3486 at depth 7; 9103 and 7050 at 7; 4395 and 3408 at 6.
  for (const Measured& most :
       {Measured{"r16x16_8b.txt", 3710, 2890, 7}, Measured{"dense_w2.txt", 8370, 6360, 7},
        Measured{"sp70_w2.txt", 4030, 3020, 6}}) {
    const IntegerMatrix matrix = named_matrix(most.name);
    const AdderGraphs graphs = solve_both(matrix, eight_bits(matrix.rows), {Effort::kBest});
    EXPECT_LE(cost_of(graphs.binary).lut, most.binary) << most.name;
    EXPECT_LE(cost_of(graphs.ternary).lut, most.ternary) << most.name;
    EXPECT_LE(cost_of(graphs.binary).depth, most.depth) << most.name;
    EXPECT_LE(cost_of(graphs.ternary).depth, most.depth) << most.name;
  }
}

TEST(SolvedProducts, CostsAreThoseOfTheCheapestGraphsWhicheverIsWritten) {
  const IntegerMatrix matrix = random_matrix(12, 9, 60, 31);
  for (const Effort effort : {Effort::kFast, Effort::kDefault, Effort::kBest}) {
    const AdderGraphs graphs = solve_both(matrix, eight_bits(matrix.rows), {effort});
    for (const bool ternary : {false, true}) {
      const AdderGraphCost cost =
          SolvedProducts(matrix, eight_bits(matrix.rows), {effort}, ternary).cost();
      EXPECT_EQ(cost.lut, cost_of(graphs.binary).lut);
      EXPECT_EQ(cost.lut_ternary, cost_of(graphs.ternary).lut);
      EXPECT_EQ(cost.adders,
                ternary ? cost_of(graphs.ternary).adders : cost_of(graphs.binary).adders);
    }
  }
}

TEST(AdderGraph, NamedMatricesCostNoMoreThanMeasured) {
  if (interop_path("data").empty()) GTEST_SKIP() << "TRIGSTONE_INTEROP is not set";
  const auto cost = [](const char* name) {
    const IntegerMatrix matrix = named_matrix(name);
    return cost_of(solve(matrix, eight_bits(matrix.rows)));
  };
  // da4ml 0.6 after its search: 4356, 22911, 15758, 4061; depth 7, 9, 8, 5.
  EXPECT_LE(cost("r16x16_8b.txt").lut, 3840);
  EXPECT_LE(cost("r64x32_6b.txt").lut, 21000);
  EXPECT_LE(cost("dense_w1.txt").lut, 14800);
  EXPECT_LE(cost("r64x32_6b.txt").lut_ternary, 16250);  // alkaid 0.8.1: 17767
  EXPECT_LE(cost("sp70_w0.txt").depth, 5);
}

TEST(SignedDigits, EveryShortestFormIsSeen) {
  const DigitChoices three = every_choice(3);  // 2 + 1 = 4 - 1
  EXPECT_EQ(three.count, 2);
  EXPECT_EQ(three.plus, 0b111U);
  EXPECT_EQ(three.minus, 0b001U);
  for (int64_t value = -3000; value <= 3000; ++value) {
    const DigitChoices every = every_choice(value), canonical = canonical_choices(value);
    EXPECT_EQ(every.count, static_cast<int>(canonical_signed_digits(value).size()));
    EXPECT_EQ(every.plus & canonical.plus, canonical.plus);
    EXPECT_EQ(every.minus & canonical.minus, canonical.minus);
  }
}

TEST(Effort, IsReadByName) {
  EXPECT_EQ(effort_named("best"), Effort::kBest);
  EXPECT_EQ(message_of([] { effort_named("much"); }),
            "--effort: error: effort 'much' is not known — fast, default or best");
}

}  // namespace
}  // namespace trigstone
