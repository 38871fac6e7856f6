// Elementwise operations and the movement of elements, against the interpreter.
#include "base/error.h"
#include "engine/equality.h"

namespace trigstone {
namespace {

using test::expect_equal;
using test::fixed;
using test::numbers;
using test::real_numbers;
using test::Sketch;

const char* const kRoundings[] = {"TRN",         "TRN_ZERO", "RND",     "RND_ZERO",
                                  "RND_MIN_INF", "RND_INF",  "RND_CONV"};
const char* const kOverflows[] = {"WRAP", "SAT", "SAT_SYM", "SAT_ZERO"};

// All modes for every width of arithmetic, with bits cut at both ends, at one, at none.
TEST(EngineElementwise, QuantInEveryMode) {
  for (const char* source :
       {"<7,3>", "u<8,5>", "<14,4>", "u<16,6>", "<31,9>", "<40,12>", "<64,32>", "u<63,20>"}) {
    Sketch sketch;
    const ValueId x = sketch.input({3}, source);
    for (const char* rounding : kRoundings) {
      for (const char* overflow : kOverflows) {
        for (const char* size : {"<5,2", "u<4,3", "<1,1", "<16,3", "<9,12", "u<7,40", "<20,-8"}) {
          sketch.output(sketch.quant(x, std::string(size) + "," + rounding + "," + overflow + ">"));
        }
      }
    }
    expect_equal(sketch.graph);
  }
}

// What rounding adds to the largest numbers of a lane type needs a wider one, unless limits act
// first.
TEST(EngineElementwise, QuantOfNumbersThatFillTheirLane) {
  for (const char* source : {"<16,4>", "u<15,3>", "<32,8>", "u<31,8>", "<64,8>", "u<63,0>"}) {
    Sketch sketch;
    const ValueId x = sketch.input({2}, source);
    for (const char* rounding : kRoundings) {
      for (const char* overflow : kOverflows) {
        for (const char* size : {"u<8,0", "<5,2", "u<3,9", "<12,1", "<2,0"}) {
          sketch.output(sketch.quant(x, std::string(size) + "," + rounding + "," + overflow + ">"));
        }
      }
    }
    expect_equal(sketch.graph);
  }
}

// One chunk walks along the rows of some operands and stays at one row of others.
TEST(EngineElementwise, OperandsThatSharePartOfTheirRows) {
  Sketch sketch;
  const ValueId x = sketch.input({4, 19}, "<8,4>"), row = sketch.input({4, 1}, "<8,4>");
  const ValueId column = sketch.input({19}, "<8,3>"), one = sketch.input({1, 1}, "<8,4>");
  const ValueId difference = sketch.show(Op::kSub, {row, x});
  sketch.show(Op::kMul, {difference, column});
  sketch.show(Op::kAdd, {sketch.graph.add(Op::kMul, {x, one}), column});
  sketch.show(Op::kAdd, {row, column});
  expect_equal(sketch.graph);
}

// Entries of a byte, signed and not, and just beyond; indices with and without a sign.
TEST(EngineElementwise, TablesOfBytes) {
  for (const char* index : {"<8,4>", "u<8,4>", "<5,2>", "u<1,1>", "u<9,4>"}) {
    Sketch sketch;
    const ValueId x = sketch.input({3, 5}, index);
    for (const char* entry : {"<8,4>", "u<8,8>", "<9,4>", "u<9,9>", "u<3,3>"}) {
      const Format format = fixed(entry);
      std::vector<int64_t> entries;
      for (int i = 0; i < 1 << fixed(index).width_bits; ++i) {
        entries.push_back(test::random_mantissa(sketch.random, format));
      }
      sketch.show(Op::kTable, {x},
                  {{"entries", entries},
                   {"format", FormatMap(format)},
                   {"function", std::string("drawn")},
                   {"backward", std::string("zero")}});
    }
    expect_equal(sketch.graph);
  }
}

// Left shifts beyond 64 and 128 bits: only the overflow mode decides.
TEST(EngineElementwise, QuantFarOffTheGrid) {
  Sketch sketch;
  for (const char* source : {"<12,6>", "<60,200>", "<60,-200>"}) {
    const ValueId x = sketch.input({2}, source);
    for (const char* overflow : kOverflows) {
      for (const char* size : {"<10,4,RND,", "<64,-30,TRN,", "<63,-190,RND_CONV,", "<8,205,RND,"}) {
        sketch.output(sketch.quant(x, std::string(size) + overflow + ">"));
      }
    }
  }
  expect_equal(sketch.graph);
}

TEST(EngineElementwise, QuantWithFormatsPerChannelAndElement) {
  Sketch sketch;
  const ValueId x = sketch.input({3, 2}, "<10,5>");
  FormatMap channel, element;
  channel.shape = {2};
  channel.formats = {fixed("<4,4,RND_CONV,SAT>"), fixed("u<5,2,TRN,WRAP>")};
  element.shape = {3, 2};
  for (int i = 0; i < 6; ++i) {
    element.formats.push_back(fixed(fmt::format("<{},{},RND,SAT_SYM>", i % 3 + 3, i - 1)));
  }
  sketch.show(Op::kQuant, {x}, {{"formats", channel}});
  sketch.show(Op::kQuant, {x}, {{"formats", element}});
  expect_equal(sketch.graph);
}

TEST(EngineElementwise, ArithmeticAlignsGridsAndBroadcasts) {
  for (const char* left : {"<4,4>", "u<8,-2>", "<20,8>", "<40,10>"}) {
    Sketch sketch;
    const ValueId a = sketch.input({2, 1}, left), b = sketch.input({3}, "<5,1>");
    const ValueId c = sketch.constant({2, 3}, "<6,2>"), m = sketch.input({2, 1}, "u<1,1>");
    const ValueId n = sketch.input({3}, "u<3,3>");
    for (const Op op : {Op::kAdd, Op::kSub, Op::kMul}) {
      const ValueId ab = sketch.show(op, {a, b});
      sketch.show(op, {c, ab});
    }
    sketch.show(Op::kSelect, {m, a, c});
    sketch.show(Op::kShiftLeft, {a, n});
    for (const char* relation : {"lt", "le", "gt", "ge", "eq", "ne"}) {
      sketch.show(Op::kCompare, {a, b}, {{"relation", std::string(relation)}});
    }
    expect_equal(sketch.graph);
  }
}

TEST(EngineElementwise, ComparesBeyond64Bits) {
  Sketch sketch;
  const ValueId a = sketch.input({2}, "<64,64>"), b = sketch.input({2}, "<60,10>");
  for (const char* relation : {"lt", "ge", "eq"}) {
    sketch.show(Op::kCompare, {a, b}, {{"relation", std::string(relation)}});
  }
  expect_equal(sketch.graph);
}

TEST(EngineElementwise, ComparesWithConstantReals) {
  Sketch sketch;
  const ValueId r =
      sketch.graph.add_data(Op::kConstant, real_numbers({4}, {0.25, -0.3, 1e30, -1e30}));
  for (const char* format : {"<4,2>", "u<3,1>", "<64,40>"}) {
    const ValueId x = sketch.input({4}, format);
    for (const char* relation : {"lt", "le", "gt", "ge", "eq", "ne"}) {
      sketch.show(Op::kCompare, {x, r}, {{"relation", std::string(relation)}});
      sketch.show(Op::kCompare, {r, x}, {{"relation", std::string(relation)}});
    }
  }
  expect_equal(sketch.graph);
}

TEST(EngineElementwise, RefusesGridsTooFarApart) {
  Sketch sketch;
  const ValueId a = sketch.input({1}, "<60,300>"), b = sketch.input({1}, "<60,-100>");
  sketch.show(Op::kCompare, {a, b}, {{"relation", std::string("lt")}});
  EXPECT_THROW(FastEngine engine(sketch.graph), Error);
}

TEST(EngineElementwise, ReluAndClamp) {
  for (const char* format : {"<5,2>", "u<8,8>", "<33,20>"}) {
    Sketch sketch;
    const ValueId x = sketch.input({5}, format);
    sketch.show(Op::kRelu, {x});
    for (const auto& [low, high] : {std::pair{-1.0, 1.0}, {0.0, 1e6}, {-1e6, -2.0}, {1e6, 2e6}}) {
      sketch.show(Op::kClamp, {x}, {{"low", low}, {"high", high}});
    }
    expect_equal(sketch.graph);
  }
}

TEST(EngineElementwise, ThresholdsPerTensorAndChannel) {
  for (const char* format : {"<5,2>", "<14,6>", "<30,12>", "<50,12>"}) {
    Sketch sketch;
    const ValueId x = sketch.input({2, 3}, format);
    const ValueId one =
        sketch.graph.add_data(Op::kConstant, numbers({1, 4}, "<6,3>", {-9, 0, 0, 8}));
    const ValueId each =
        sketch.graph.add_data(Op::kConstant, numbers({3, 2}, "<9,2>", {-100, 3, 0, 1, 7, 200}));
    const ValueId real =
        sketch.graph.add_data(Op::kConstant, real_numbers({1, 3}, {-0.7, 0.125, 1e20}));
    const auto attributes = [](std::vector<int64_t> base, std::vector<int64_t> direction) {
      return Attributes{{"axis", int64_t{1}},
                        {"base", std::move(base)},
                        {"direction", std::move(direction)},
                        {"format", FormatMap(fixed("<5,5>"))}};
    };
    sketch.show(Op::kThresholds, {x, one}, attributes({-2}, {1}));
    sketch.show(Op::kThresholds, {x, each}, attributes({0, 3, -4}, {1, -1, 1}));
    sketch.show(Op::kThresholds, {x, real}, attributes({1}, {-1}));
    expect_equal(sketch.graph);
  }
}

TEST(EngineElementwise, TablesOfAllWidths) {
  for (const char* format : {"<1,1>", "u<5,2>", "<8,3>", "u<12,3>"}) {
    for (const char* result : {"u<3,3>", "<16,2>", "<50,20>"}) {
      Sketch sketch;
      const ValueId x = sketch.input({4}, format);
      std::vector<int64_t> entries(size_t{1} << fixed(format).width_bits);
      for (int64_t& entry : entries) entry = test::random_mantissa(sketch.random, fixed(result));
      sketch.show(Op::kTable, {x}, {{"entries", entries}, {"format", FormatMap(fixed(result))}});
      expect_equal(sketch.graph);
    }
  }
}

TEST(EngineElementwise, LeadingOne) {
  for (const char* format : {"u<1,1>", "u<8,3>", "u<20,3>", "u<63,63>"}) {
    Sketch sketch;
    sketch.show(Op::kLeadingOne, {sketch.input({6}, format)});
    expect_equal(sketch.graph);
  }
}

// Chains with one reader are one program; the deepest ones are cut.
TEST(EngineElementwise, LongChains) {
  Sketch sketch;
  const ValueId a = sketch.input({3, 4}, "<6,2>"), b = sketch.input({3, 4}, "<6,3>");
  ValueId x = a, wide = a;
  for (int i = 0; i < 60; ++i) {
    x = sketch.quant(sketch.graph.add(i % 2 == 0 ? Op::kAdd : Op::kMul, {b, x}),
                     "<6,2,RND_CONV,SAT>");
    if (i % 15 == 0) wide = sketch.graph.add(Op::kMul, {wide, b});
  }
  sketch.output(x);
  sketch.output(wide);
  expect_equal(sketch.graph);
}

TEST(EngineElementwise, MovementRenamesRows) {
  Sketch sketch;
  const ValueId x = sketch.input({2, 3, 4}, "<6,2>"), y = sketch.input({2, 3, 1}, "u<6,1>");
  const ValueId turned =
      sketch.show(Op::kTranspose, {x}, {{"perm", std::vector<int64_t>{2, 0, 1}}});
  sketch.show(Op::kReshape, {turned}, {{"shape", Shape{6, 4}}});
  sketch.show(
      Op::kSlice, {x},
      {{"axis", int64_t{2}}, {"start", int64_t{1}}, {"stop", int64_t{4}}, {"step", int64_t{2}}});
  sketch.show(Op::kGather, {x},
              {{"axis", int64_t{1}}, {"indices", std::vector<int64_t>{2, -1, 0, 0}}});
  sketch.show(Op::kConcat, {x, y}, {{"axis", int64_t{-1}}});
  sketch.show(Op::kConcat, {x, x}, {{"axis", int64_t{0}}});
  sketch.show(Op::kScale, {x}, {{"exponent", int64_t{-3}}});
  const ValueId c = sketch.constant({2, 3, 2}, "<9,5>");
  sketch.show(Op::kConcat, {c, x}, {{"axis", int64_t{2}}});
  sketch.output(x);
  sketch.output(c);
  expect_equal(sketch.graph);
}

}  // namespace
}  // namespace trigstone
