// linear, conv and matmul with what follows them, against the interpreter.
#include "engine/equality.h"
#include "engine/planner.h"

namespace trigstone {
namespace {

using test::expect_equal;
using test::fixed;
using test::numbers;
using test::Sketch;

// Widths on both sides of every border between the ways to form sums.
TEST(EngineProducts, LinearOfAllWidths) {
  for (const char* x :
       {"<8,3>", "u<8,3>", "u<3,3>", "<9,2>", "u<16,8>", "<16,8>", "<24,8>", "<40,9>"}) {
    for (const char* w : {"<1,1>", "<6,1>", "<8,2>", "<9,1>", "<16,4>", "<20,4>"}) {
      Sketch sketch;
      const ValueId input = sketch.input({2, 7}, x);
      for (const int64_t outputs : {1, 3, 9}) {
        const ValueId weights = sketch.constant({7, outputs}, w);
        sketch.show(Op::kLinear, {input, weights});
        sketch.show(Op::kLinear, {input, weights, sketch.constant({outputs}, "<7,2>")});
      }
      expect_equal(sketch.graph);
    }
  }
}

// The largest products there are, all of one sign: neighbours saturate in 16 bits where they may.
TEST(EngineProducts, ExtremeBytesDoNotSaturate) {
  for (const char* x : {"<8,8>", "u<8,8>"}) {
    Sketch sketch;
    const ValueId input = sketch.input({64}, x);
    const std::vector<int64_t> low(64, -128), high(64, 127);
    const ValueId a = sketch.graph.add_data(Op::kConstant, numbers({64, 1}, "<8,8>", low));
    const ValueId b = sketch.graph.add_data(Op::kConstant, numbers({64, 1}, "<8,8>", high));
    sketch.show(Op::kLinear, {input, a});
    sketch.show(Op::kLinear, {input, b});
    Tensor least{{64}, fixed(x), std::vector<int64_t>(64, fixed(x).min_mantissa()), {}};
    Tensor most{{64}, fixed(x), std::vector<int64_t>(64, fixed(x).max_mantissa()), {}};
    for (const Isa isa : supported_isas()) {
      EngineOptions options;
      options.isa = isa;
      const auto results = run_engine(sketch.graph, {{least}, {most}}, options);
      EXPECT_EQ(results[0], interpret(sketch.graph, {least})) << name_of(isa);
      EXPECT_EQ(results[1], interpret(sketch.graph, {most})) << name_of(isa);
    }
    expect_equal(sketch.graph);
  }
}

// Whether the linear steps of a plan read and write packed words, as "-w ww w-".
std::string words_between(const Graph& graph, Isa isa) {
  std::string text;
  const engine::Plan plan = engine::make_plan(graph, isa);
  for (const engine::Step& step : plan.steps) {
    const auto* linear = std::get_if<engine::LinearStep>(&step);
    if (linear == nullptr) continue;
    text += text.empty() ? "" : " ";
    text += linear->packed_in ? 'w' : '-';
    text += linear->packed_out ? 'w' : '-';
  }
  return text;
}

// Signed and unsigned bytes, every limit, one format an output, several tokens.
TEST(EngineProducts, LayersHandEachOtherWords) {
  for (const char* between : {"u<8,3>", "<8,3>", "u<8,3,RND,SAT>", "<8,3,RND_MIN_INF,SAT>",
                              "<8,4,TRN,SAT_SYM>", "u<6,2>", "u<5,2,RND>", "u<8,1,RND,SAT>"}) {
    Sketch sketch;
    ValueId x = sketch.input({3, 20}, "<8,3>");
    for (const int64_t outputs : {12, 8}) {
      const int64_t inputs = sketch.graph.shape(x).back();
      x = sketch.graph.add(Op::kLinear, {x, sketch.constant({inputs, outputs}, "<6,1>"),
                                         sketch.constant({outputs}, "<7,2>")});
      if (std::string(between).front() == 'u') x = sketch.graph.add(Op::kRelu, {x});
      x = sketch.quant(x, between);
    }
    sketch.show(Op::kLinear, {x, sketch.constant({8, 5}, "<6,1>")});
    for (const Isa isa : supported_isas()) {
      const std::string words = words_between(sketch.graph, isa);
      EXPECT_EQ(words, isa == Isa::kPortable ? "-- -- --" : "ww ww w-") << between;
    }
    expect_equal(sketch.graph);
  }
}

// Another reader, an output, or a number of outputs that is not whole words: rows as ever.
TEST(EngineProducts, WordsAreForLayersAlone) {
  Sketch sketch;
  const ValueId x = sketch.input({20}, "<8,3>");
  const auto layer = [&](ValueId from, int64_t outputs) {
    const int64_t inputs = sketch.graph.shape(from).back();
    return sketch.quant(
        sketch.graph.add(Op::kLinear, {from, sketch.constant({inputs, outputs}, "<6,1>")}),
        "<8,3,RND,SAT>");
  };
  const ValueId shown = layer(x, 8), odd = layer(x, 6), summed = layer(x, 8);
  sketch.output(shown);
  for (const ValueId from : {shown, odd, summed}) {
    sketch.show(Op::kLinear,
                {from, sketch.constant({sketch.graph.shape(from).back(), 4}, "<6,1>")});
  }
  sketch.show(Op::kReduceMax, {summed}, {{"axes", std::vector<int64_t>{0}}});
  EXPECT_EQ(words_between(sketch.graph, Isa::kAvx2), "w- w- w- -- -- --");
  expect_equal(sketch.graph);
}

// The outputs of one layer are put in an order that leaves words of zeros in the next one.
TEST(EngineProducts, SparseLayersSkipWordsOfZeros) {
  Sketch sketch;
  ValueId x = sketch.input({16}, "<8,3>");
  for (const int64_t outputs : {64, 32, 7}) {
    const int64_t inputs = sketch.graph.shape(x).back();
    Tensor weights = test::random_tensor(sketch.random, {inputs, outputs}, fixed("<6,1>"));
    for (int64_t& w : weights.mantissas) w = sketch.random.chance(0.8) ? 0 : w | 1;
    const ValueId w = sketch.graph.add_data(Op::kConstant, std::make_shared<const Tensor>(weights));
    x = sketch.graph.add(Op::kLinear, {x, w, sketch.constant({outputs}, "<7,2>")});
    if (outputs != 7) x = sketch.quant(sketch.graph.add(Op::kRelu, {x}), "u<8,3>");
  }
  sketch.output(x);
  expect_equal(sketch.graph);
  const engine::Plan plan = engine::make_plan(sketch.graph, Isa::kAvx512Vnni);
  const auto& layer = std::get<engine::LinearStep>(plan.steps[1]);
  int64_t words = 0;
  for (const engine::DotBlock& block : layer.blocks)
    words += int64_t{block.entries} * block.outputs;
  // In the order as drawn a word is zero with a chance of 0.8^4, which leaves 0.59 of them.
  EXPECT_LT(static_cast<double>(words), 0.52 * 32 * 16);

  // Without integer products each weight is skipped by itself.
  const engine::Plan portable = engine::make_plan(sketch.graph, Isa::kPortable);
  const auto& same = std::get<engine::LinearStep>(portable.steps[1]);
  ASSERT_EQ(same.path, engine::DotPath::kFloat32);
  int64_t products = 0;
  for (const engine::DotBlock& block : same.blocks)
    products += int64_t{block.entries} * block.outputs;
  EXPECT_LT(static_cast<double>(products), 0.3 * 32 * 64);
}

TEST(EngineProducts, SparseWeightsAndEmptyColumns) {
  Sketch sketch;
  const ValueId x = sketch.input({32}, "u<8,3>");
  Tensor weights = test::random_tensor(sketch.random, {32, 11}, fixed("<6,1>"));
  for (size_t i = 0; i < weights.mantissas.size(); ++i) {
    if (sketch.random.chance(0.8) || i % 11 == 4) weights.mantissas[i] = 0;
  }
  const ValueId w = sketch.graph.add_data(Op::kConstant, std::make_shared<const Tensor>(weights));
  sketch.output(sketch.quant(sketch.show(Op::kLinear, {x, w}), "<8,6,RND,SAT>"));
  expect_equal(sketch.graph);
}

// The epilogue in all modes, with and without relu, into every lane type.
TEST(EngineProducts, ReluAndQuantBehindSums) {
  for (const char* x : {"<8,3>", "<12,3>", "<30,6>"}) {
    Sketch sketch;
    const ValueId input = sketch.input({12}, x);
    for (const char* rounding :
         {"TRN", "TRN_ZERO", "RND", "RND_ZERO", "RND_MIN_INF", "RND_INF", "RND_CONV"}) {
      for (const char* overflow : {"WRAP", "SAT", "SAT_SYM", "SAT_ZERO"}) {
        for (const char* size : {"u<8,3", "<8,4", "<5,3", "u<12,6", "<16,7", "<20,5"}) {
          const ValueId w = sketch.constant({12, 3}, "<6,1>");
          const ValueId sum = sketch.graph.add(Op::kLinear, {input, w});
          const ValueId bent = sketch.random.chance(0.5) ? sketch.graph.add(Op::kRelu, {sum}) : sum;
          const std::string format = std::string(size) + "," + rounding + "," + overflow + ">";
          sketch.output(sketch.quant(bent, format));
        }
      }
    }
    expect_equal(sketch.graph);
  }
}

TEST(EngineProducts, EpiloguePerChannelAndClamps) {
  Sketch sketch;
  const ValueId x = sketch.input({3, 8}, "<8,3>");
  FormatMap map, inner;
  map.shape = {4};
  for (const char* f : {"<4,2,RND,SAT>", "u<7,3>", "<6,6,RND_CONV>", "<8,1,TRN,SAT_ZERO>"}) {
    map.formats.push_back(fixed(f));
  }
  inner.shape = {3, 4};
  for (int i = 0; i < 12; ++i) inner.formats.push_back(map.formats[static_cast<size_t>(i % 3)]);
  for (const FormatMap& formats : {map, inner}) {
    ValueId sum = sketch.graph.add(Op::kLinear, {x, sketch.constant({8, 4}, "<6,1>")});
    sum = sketch.graph.add(Op::kClamp, {sum}, {{"low", -2.0}, {"high", 3.5}});
    sum = sketch.graph.add(Op::kClamp, {sum}, {{"low", -1.0}, {"high", 8.0}});
    sketch.show(Op::kQuant, {sum}, {{"formats", formats}});
  }
  expect_equal(sketch.graph);
}

TEST(EngineProducts, ConvWithPadsStridesAndGroups) {
  Sketch sketch;
  const ValueId line = sketch.input({9, 4}, "<8,3>"), image = sketch.input({5, 6, 4}, "u<8,2>");
  const auto conv = [&](ValueId x, Shape kernel, std::vector<int64_t> strides,
                        std::vector<int64_t> pads, int64_t groups) {
    const ValueId w = sketch.constant(kernel, "<6,1>"),
                  b = sketch.constant({kernel.back()}, "<6,1>");
    return sketch.graph.add(
        Op::kConv, {x, w, b},
        {{"strides", std::move(strides)}, {"pads", std::move(pads)}, {"groups", groups}});
  };
  sketch.output(conv(line, {3, 4, 6}, {1}, {1, 1}, 1));
  sketch.output(sketch.quant(conv(line, {3, 2, 6}, {2}, {0, 2}, 2), "u<8,4,RND,SAT>"));
  sketch.output(conv(image, {3, 3, 4, 5}, {1, 2}, {1, 0, 1, 2}, 1));
  sketch.output(sketch.quant(conv(image, {2, 3, 1, 4}, {2, 1}, {0, 1, 0, 1}, 4), "<9,5>"));
  expect_equal(sketch.graph);
}

TEST(EngineProducts, MatMulOfAllWidthsAndSigns) {
  const char* const formats[] = {"<8,3>",  "u<8,3>",  "u<7,3>", "<5,1>",
                                 "<12,2>", "u<16,2>", "<30,4>"};
  for (const char* left : formats) {
    for (const char* right : formats) {
      Sketch sketch;
      const ValueId a = sketch.input({2, 3, 5}, left), b = sketch.input({5, 4}, right);
      sketch.show(Op::kMatMul, {a, b});
      const ValueId product = sketch.graph.add(Op::kMatMul, {a, b});
      sketch.output(sketch.quant(product, "<8,6,RND_CONV,SAT>"));
      expect_equal(sketch.graph);
    }
  }
}

TEST(EngineProducts, MatMulWithAConstant) {
  Sketch sketch;
  const ValueId a = sketch.input({3, 6}, "<8,3>");
  sketch.show(Op::kMatMul, {a, sketch.constant({6, 3}, "<8,1>")});
  sketch.show(Op::kMatMul, {sketch.constant({1, 3}, "u<8,1>"), a});
  expect_equal(sketch.graph);
}

// The plan takes the int8 path where it may: equality alone would not notice that it does not.
TEST(EngineProducts, PlansBytesWhereTheyFit) {
  const auto path = [](const char* x, const char* w, Isa isa) {
    Sketch sketch;
    sketch.show(Op::kLinear, {sketch.input({8}, x), sketch.constant({8, 4}, w)});
    const engine::Plan plan = engine::make_plan(sketch.graph, isa);
    return std::get<engine::LinearStep>(plan.steps.at(0)).path;
  };
  using engine::DotPath;
  EXPECT_EQ(path("<8,3>", "<8,1>", Isa::kAvx512Vnni), DotPath::kDot8);
  EXPECT_EQ(path("u<8,3>", "<6,1>", Isa::kAvx2), DotPath::kDot8);
  EXPECT_EQ(path("u<8,3>", "<8,1>", Isa::kAvx2), DotPath::kDot16);
  EXPECT_EQ(path("u<8,3>", "<6,1>", Isa::kPortable), DotPath::kFloat32);
  EXPECT_EQ(path("<16,3>", "<16,1>", Isa::kAvx2), DotPath::kFloat64);
  EXPECT_EQ(path("<40,3>", "<16,1>", Isa::kAvx512), DotPath::kInt64);
}

// A linear layer, its relu and its quant are one step.
TEST(EngineProducts, PlansOneStepForALayer) {
  Sketch sketch;
  const ValueId x = sketch.input({8}, "<8,3>");
  const ValueId sum = sketch.graph.add(Op::kLinear, {x, sketch.constant({8, 4}, "<6,1>")});
  sketch.output(sketch.quant(sketch.graph.add(Op::kRelu, {sum}), "u<8,3>"));
  const engine::Plan plan = engine::make_plan(sketch.graph, Isa::kPortable);
  EXPECT_EQ(plan.steps.size(), 1U);
  EXPECT_EQ(std::get<engine::LinearStep>(plan.steps[0]).lane, engine::Lane::kU8);
}

}  // namespace
}  // namespace trigstone
