// Reductions, places of extremes, sorting and trees, against the interpreter.
#include "engine/equality.h"

namespace trigstone {
namespace {

using test::expect_equal;
using test::fixed;
using test::real_numbers;
using test::Sketch;

const char* const kFormats[] = {"<3,3>", "u<8,2>", "<16,4>", "<30,4>", "<50,4>"};

TEST(EngineOrder, ReductionsWithAndWithoutMask) {
  for (const char* format : kFormats) {
    Sketch sketch;
    const ValueId x = sketch.input({3, 4, 2}, format), valid = sketch.input({4}, "u<1,1>");
    for (const Op op : {Op::kReduceSum, Op::kReduceMax, Op::kReduceMin}) {
      for (const int64_t keep : {0, 1}) {
        sketch.show(op, {x, valid}, {{"axes", std::vector<int64_t>{1}}, {"keepdims", keep}});
        sketch.show(op, {x}, {{"axes", std::vector<int64_t>{0, 2}}, {"keepdims", keep}});
        sketch.show(op, {x}, {{"axes", std::vector<int64_t>{-2}}, {"keepdims", keep}});
      }
    }
    expect_equal(sketch.graph);
  }
}

TEST(EngineOrder, SumsOf64Bits) {
  Sketch sketch;
  sketch.show(Op::kReduceSum, {sketch.input({2}, "<63,63>")}, {{"axes", std::vector<int64_t>{0}}});
  const ValueId x = sketch.input({3}, "<64,64>"), v = sketch.input({3}, "u<1,1>");
  sketch.show(Op::kReduceMax, {x, v}, {{"axes", std::vector<int64_t>{0}}});
  sketch.show(Op::kArgMin, {x, v}, {{"axis", int64_t{0}}});
  sketch.show(Op::kSort, {x}, {{"axis", int64_t{0}}});
  expect_equal(sketch.graph);
}

TEST(EngineOrder, PlacesOfExtremes) {
  for (const char* format : kFormats) {
    Sketch sketch;
    const ValueId x = sketch.input({2, 5}, format), valid = sketch.input({5}, "u<1,1>");
    for (const Op op : {Op::kArgMax, Op::kArgMin}) {
      sketch.show(op, {x}, {{"axis", int64_t{1}}});
      sketch.show(op, {x, valid}, {{"axis", int64_t{1}}, {"keepdims", int64_t{1}}});
      sketch.show(op, {x}, {{"axis", int64_t{0}}});
    }
    expect_equal(sketch.graph);
  }
}

TEST(EngineOrder, PlaceAmongConstantRealsUnderAMask) {
  Sketch sketch;
  const ValueId x = sketch.graph.add_data(Op::kConstant, real_numbers({4}, {0.5, 2.5, -1.0, 2.5}));
  const ValueId valid = sketch.input({4}, "u<1,1>");
  sketch.show(Op::kArgMax, {x, valid}, {{"axis", int64_t{0}}});
  sketch.show(Op::kArgMin, {x, valid}, {{"axis", int64_t{0}}});
  expect_equal(sketch.graph);
}

TEST(EngineOrder, SortsAnyNumberOfKeys) {
  for (const int64_t keys : {1, 2, 3, 5, 8, 13}) {
    for (const char* format : kFormats) {
      Sketch sketch;
      const ValueId x = sketch.input({keys, 2}, format);
      sketch.show(Op::kSort, {x}, {{"axis", int64_t{0}}});
      sketch.show(Op::kSort, {x}, {{"axis", int64_t{1}}, {"descending", int64_t{1}}});
      sketch.show(Op::kTopK, {x}, {{"axis", int64_t{0}}, {"k", (keys + 1) / 2}});
      expect_equal(sketch.graph);
    }
  }
}

TEST(EngineOrder, RunsFallWhateverArrives) {
  for (const char* format : kFormats) {
    Sketch sketch;
    const ValueId x = sketch.input({7, 2}, format);
    sketch.show(Op::kSort, {x}, {{"axis", int64_t{0}}, {"runs", std::vector<int64_t>{4, 1, 2}}});
    sketch.show(Op::kTopK, {x},
                {{"axis", int64_t{0}}, {"k", int64_t{3}}, {"runs", std::vector<int64_t>{7}}});
    sketch.show(
        Op::kSort, {x},
        {{"axis", int64_t{1}}, {"descending", int64_t{1}}, {"runs", std::vector<int64_t>{1}}});
    expect_equal(sketch.graph);
  }
}

// Three trees of unequal depth, a lone leaf among them, thresholds inside and outside the range.
TEST(EngineOrder, Trees) {
  for (const char* format : {"<4,4>", "u<8,8>", "<16,6>", "<64,20>"}) {
    Sketch sketch;
    const ValueId x = sketch.input({3}, format);
    const std::vector<int64_t> feature = {0, 2, -1, -1, -1, -1, 1, -1, 0, -1, -1};
    const std::vector<int64_t> left = {1, 2, 0, 0, 0, 0, 7, 0, 9, 0, 0};
    const std::vector<int64_t> right = {4, 3, 0, 0, 0, 0, 8, 0, 10, 0, 0};
    const std::vector<int64_t> threshold = {2, -70000, 0, 0, 0, 0, 0, 0, 1000000, 0, 0};
    const std::vector<int64_t> target = {0, 0, 0, 1, 1, 0, 0, 1, 0, 0, 1};
    const std::vector<int64_t> leaf = {0, 0, 5, -7, 100, 3, 0, 1, 0, 40, -9};
    sketch.show(Op::kTreeEnsemble, {x},
                {{"outputs", int64_t{2}},
                 {"roots", std::vector<int64_t>{0, 5, 6}},
                 {"feature", feature},
                 {"threshold", threshold},
                 {"left", left},
                 {"right", right},
                 {"target", target},
                 {"leaf", leaf},
                 {"base", std::vector<int64_t>{10, -20}},
                 {"format", FormatMap(fixed("<12,12>"))}});
    expect_equal(sketch.graph);
  }
}

}  // namespace
}  // namespace trigstone
