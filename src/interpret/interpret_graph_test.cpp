// Operations on hand-computed numbers: the oracle itself must be checked by something simpler.
#include "interpret/interpret_graph.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "base/random.h"
#include "fixed/quantize.h"

namespace trigstone {
namespace {

Format fixed(const char* text) { return parse_format(text, "test"); }

Tensor mantissas(Shape shape, const char* format, std::vector<int64_t> values) {
  return {std::move(shape), fixed(format), std::move(values), {}};
}
Tensor reals(Shape shape, std::vector<double> values) {
  return {std::move(shape), std::nullopt, {}, std::move(values)};
}
TensorPtr shared(Tensor tensor) { return std::make_shared<const Tensor>(std::move(tensor)); }

// A graph with inputs of the given types, one op and one output.
struct OneOp {
  Graph graph;
  std::vector<Tensor> inputs;

  ValueId input(const Tensor& value) {
    Attributes attributes{{"shape", value.shape}};
    if (value.format) attributes["format"] = FormatMap(*value.format);
    inputs.push_back(value);
    return graph.add(Op::kInput, {}, attributes);
  }
  Tensor run(Op op, std::vector<ValueId> operands, Attributes attributes = {}) {
    graph.add_output("y", graph.add(op, std::move(operands), std::move(attributes)));
    return interpret(graph, inputs).front();
  }
};

TEST(Interpret, LinearIsExactWithAFinerBias) {
  OneOp test;
  const ValueId x = test.input(mantissas({2}, "<4,2>", {3, -8}));  // 0.75, -2
  const ValueId w =
      test.graph.add_data(Op::kConstant, shared(mantissas({2, 2}, "<3,3>", {1, -4, 2, 3})));
  const ValueId b = test.graph.add_data(Op::kConstant, shared(mantissas({2}, "<5,1>", {-1, 15})));
  const Tensor y = test.run(Op::kLinear, {x, w, b});
  EXPECT_EQ(y.format->fraction_bits(), 4);
  // 0.75*1 - 2*2 - 1/16 = -3.3125;  0.75*-4 - 2*3 + 15/16 = -8.0625
  EXPECT_EQ(y.mantissas, (std::vector<int64_t>{-53, -129}));
}

TEST(Interpret, AddAlignsGrids) {
  OneOp test;
  const ValueId a = test.input(mantissas({2, 1}, "<4,4>", {-8, 7}));
  const ValueId b = test.input(mantissas({3}, "u<2,0>", {0, 1, 3}));
  const Tensor y = test.run(Op::kAdd, {a, b});
  EXPECT_EQ(y.shape, (Shape{2, 3}));
  EXPECT_EQ(y.mantissas, (std::vector<int64_t>{-32, -31, -29, 28, 29, 31}));
  EXPECT_EQ(to_string(*y.format), "<6,4>");
}

TEST(Interpret, ReluLosesItsSign) {
  OneOp test;
  const Tensor y = test.run(Op::kRelu, {test.input(mantissas({2}, "<4,2>", {-8, 7}))});
  EXPECT_EQ(to_string(*y.format), "u<3,1>");
  EXPECT_EQ(y.mantissas, (std::vector<int64_t>{0, 7}));
}

TEST(Interpret, QuantRoundsEachElementToItsOwnFormat) {
  OneOp test;
  const ValueId x = test.input(mantissas({2}, "<8,4>", {0x2b, 0x2b}));  // 2.6875 twice
  FormatMap map;
  map.shape = {2};
  map.formats = {fixed("<4,4,RND_CONV,SAT>"), fixed("<4,2,TRN,SAT>")};
  const Tensor y = test.run(Op::kQuant, {x}, {{"formats", map}});
  EXPECT_EQ(y.format->fraction_bits(), 2);
  EXPECT_EQ(y.mantissas, (std::vector<int64_t>{12, 7}));  // 3 and the largest 1.75
}

TEST(Interpret, MaskedReductionsIgnoreInvalidSlots) {
  const Tensor x = mantissas({3, 1}, "<4,4>", {5, -3, 7}),
               valid = mantissas({3}, "u<1,1>", {1, 1, 0});
  const Tensor none = mantissas({3}, "u<1,1>", {0, 0, 0});
  const Attributes axes{{"axes", std::vector<int64_t>{0}}};
  const auto reduce = [&](Op op, const Tensor& mask) {
    OneOp test;
    const ValueId a = test.input(x), v = test.input(mask);
    return test.run(op, {a, v}, axes).mantissas.at(0);
  };
  EXPECT_EQ(reduce(Op::kReduceSum, valid), 2);
  EXPECT_EQ(reduce(Op::kReduceMax, valid), 5);
  EXPECT_EQ(reduce(Op::kReduceMin, valid), -3);
  EXPECT_EQ(reduce(Op::kReduceSum, none), 0);
  EXPECT_EQ(reduce(Op::kReduceMax, none), -8);
  EXPECT_EQ(reduce(Op::kReduceMin, none), 7);
}

TEST(Interpret, ArgMaxTakesTheFirstOfEquals) {
  OneOp test;
  const Tensor y = test.run(Op::kArgMax, {test.input(mantissas({4}, "<4,4>", {1, 7, 7, -8}))},
                            {{"axis", int64_t{0}}});
  EXPECT_EQ(y.mantissas, std::vector<int64_t>{1});
}

TEST(Interpret, TopKFallsAndSortRises) {
  OneOp top, sort;
  const Tensor x = mantissas({4}, "<4,4>", {1, 7, -8, 3});
  EXPECT_EQ(top.run(Op::kTopK, {top.input(x)}, {{"axis", int64_t{0}}, {"k", int64_t{2}}}).mantissas,
            (std::vector<int64_t>{7, 3}));
  EXPECT_EQ(sort.run(Op::kSort, {sort.input(x)}, {{"axis", int64_t{0}}}).mantissas,
            (std::vector<int64_t>{-8, 1, 3, 7}));
}

TEST(Interpret, NumbersOutOfOrderInARunCountAsTheSmallestBeforeThem) {
  OneOp top, sort, equal;
  const Tensor x = mantissas({6}, "<4,4>", {5, 2, 4, -8, 7, 6});
  const Attribute runs = std::vector<int64_t>{3, 1, 2};  // 5 2 2, -8, 7 6
  EXPECT_EQ(
      top.run(Op::kTopK, {top.input(x)}, {{"axis", int64_t{0}}, {"k", int64_t{5}}, {"runs", runs}})
          .mantissas,
      (std::vector<int64_t>{7, 6, 5, 2, 2}));
  EXPECT_EQ(sort.run(Op::kSort, {sort.input(x)}, {{"axis", int64_t{0}}, {"runs", runs}}).mantissas,
            (std::vector<int64_t>{-8, 2, 2, 5, 6, 7}));
  EXPECT_EQ(equal
                .run(Op::kSort, {equal.input(x)},
                     {{"axis", int64_t{0}}, {"runs", std::vector<int64_t>{2}}})
                .mantissas,
            (std::vector<int64_t>{-8, 2, 4, 5, 6, 7}));
}

TEST(Interpret, ThresholdsCountStepsPassed) {
  OneOp test;
  const ValueId x = test.input(mantissas({2, 2}, "<4,4>", {-8, 2, 3, 7}));
  const ValueId t =
      test.graph.add_data(Op::kConstant, shared(mantissas({2, 2}, "<5,5>", {0, 3, 2, 7})));
  const Tensor y = test.run(Op::kThresholds, {x, t},
                            {{"axis", int64_t{1}},
                             {"base", std::vector<int64_t>{0, 2}},
                             {"direction", std::vector<int64_t>{1, -1}},
                             {"format", FormatMap(fixed("u<2,2>"))}});
  EXPECT_EQ(y.mantissas, (std::vector<int64_t>{0, 1, 2, 0}));
}

TEST(Interpret, TableIsIndexedFromTheSmallestMantissa) {
  OneOp test;
  const Tensor y = test.run(
      Op::kTable, {test.input(mantissas({4}, "<2,2>", {-2, -1, 0, 1}))},
      {{"entries", std::vector<int64_t>{4, 5, 6, 7}}, {"format", FormatMap(fixed("u<3,3>"))}});
  EXPECT_EQ(y.mantissas, (std::vector<int64_t>{4, 5, 6, 7}));
}

TEST(Interpret, LeadingOneAndShift) {
  OneOp one, shift;
  EXPECT_EQ(one.run(Op::kLeadingOne, {one.input(mantissas({4}, "u<4,2>", {0, 1, 7, 8}))}).mantissas,
            (std::vector<int64_t>{0, 0, 2, 3}));
  const ValueId x = shift.input(mantissas({2}, "<3,1>", {-4, 3}));
  const ValueId n = shift.input(mantissas({2}, "u<2,2>", {3, 1}));
  EXPECT_EQ(shift.run(Op::kShiftLeft, {x, n}).mantissas, (std::vector<int64_t>{-32, 6}));
}

TEST(Interpret, TreesSumTheirLeaves) {
  OneOp test;
  const ValueId x = test.input(mantissas({2}, "<4,4>", {3, -1}));
  const std::vector<int64_t> lists[] = {{0, 3},
                                        {0, -1, -1, 1, -1, -1},
                                        {3, 0, 0, -2, 0, 0},
                                        {1, 0, 0, 4, 0, 0},
                                        {2, 0, 0, 5, 0, 0},
                                        {0, 0, 0, 0, 0, 0},
                                        {0, 10, 20, 0, 1, 2},
                                        {100}};
  const Tensor y = test.run(Op::kTreeEnsemble, {x},
                            {{"outputs", int64_t{1}},
                             {"roots", lists[0]},
                             {"feature", lists[1]},
                             {"threshold", lists[2]},
                             {"left", lists[3]},
                             {"right", lists[4]},
                             {"target", lists[5]},
                             {"leaf", lists[6]},
                             {"base", lists[7]},
                             {"format", FormatMap(fixed("<8,8>"))}});
  EXPECT_EQ(y.mantissas, std::vector<int64_t>{112});  // 100 + 10 (3 <= 3) + 2 (-1 > -2)
}

TEST(Interpret, ConvWithPadsEqualsTheSumByHand) {
  OneOp test;
  const ValueId x = test.input(mantissas({3, 1}, "<4,4>", {1, 2, 3}));
  const ValueId w =
      test.graph.add_data(Op::kConstant, shared(mantissas({3, 1, 1}, "<4,4>", {1, 2, 3})));
  const Tensor y =
      test.run(Op::kConv, {x, w},
               {{"strides", std::vector<int64_t>{2}}, {"pads", std::vector<int64_t>{1, 1}}});
  EXPECT_EQ(y.mantissas, (std::vector<int64_t>{0 + 2 + 6, 2 + 6 + 0}));
}

TEST(Interpret, MaskedSoftmaxOfAnEmptyEventIsZero) {
  OneOp test;
  const ValueId x = test.input(reals({2}, {1.0, 2.0}));
  const ValueId v = test.input(mantissas({2}, "u<1,1>", {0, 0}));
  EXPECT_EQ(test.run(Op::kSoftmax, {x, v}, {{"axis", int64_t{0}}}).reals,
            (std::vector<double>{0, 0}));
}

TEST(Interpret, RefusesInputsOutsideTheirFormat) {
  Graph graph;
  const ValueId x =
      graph.add(Op::kInput, {}, {{"shape", Shape{1}}, {"format", FormatMap(fixed("<4,4>"))}}, "x");
  graph.add_output("y", x);
  EXPECT_THROW(interpret(graph, {mantissas({1}, "<4,4>", {8})}), Error);
  EXPECT_THROW(interpret(graph, {mantissas({2}, "<4,4>", {1, 1})}), Error);
  EXPECT_THROW(interpret(graph, {mantissas({1}, "<5,4>", {1})}), Error);
  EXPECT_THROW(interpret(graph, {}), Error);
}

// Fixed-point results of exact operations are the real ones: they must agree with doubles exactly
// while these are exact too.
TEST(Interpret, ExactOperationsAgreeWithDoubles) {
  Random random(7);
  for (int trial = 0; trial < 50; ++trial) {
    const auto pick = [&](Shape shape) {
      Tensor t = mantissas(std::move(shape), random.chance(0.5) ? "<6,2>" : "u<5,7>", {});
      for (int64_t i = 0; i < t.size(); ++i) {
        t.mantissas.push_back(random.integer(t.format->min_mantissa(), t.format->max_mantissa()));
      }
      return t;
    };
    const auto as_reals = [&](const Tensor& t) {
      Tensor r = reals(t.shape, {});
      for (const int64_t m : t.mantissas) r.reals.push_back(t.format->to_real(m));
      return r;
    };
    for (const Op op : {Op::kMatMul, Op::kMul, Op::kAdd, Op::kSub}) {
      const Tensor a = pick({3, 3}), b = pick({3, 3});
      OneOp exact, real;
      const ValueId xa = exact.input(a), xb = exact.input(b);
      const ValueId ra = real.input(as_reals(a)), rb = real.input(as_reals(b));
      EXPECT_EQ(as_reals(exact.run(op, {xa, xb})).reals, real.run(op, {ra, rb}).reals)
          << traits_of(op).text;
    }
  }
}

}  // namespace
}  // namespace trigstone
