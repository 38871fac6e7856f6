// read_onnx(write_onnx(g)) is g, to the letter of its text form.
#include <gtest/gtest.h>

#include <filesystem>

#include "base/error.h"
#include "base/files.h"
#include "base/random.h"
#include "graph/onnx_reader.h"
#include "graph/onnx_writer.h"
#include "graph/text.h"
#include "graph/verify_graph.h"

namespace trigstone {
namespace {

Format fixed(const char* text) { return parse_format(text, "test"); }
Attribute ints(std::vector<int64_t> list) { return list; }
Attribute text(const char* string) { return std::string(string); }

ValueId add_input(Graph& graph, Shape shape, const char* format, const std::string& name) {
  Attributes attributes{{"shape", std::move(shape)}};
  if (format != nullptr) attributes["format"] = FormatMap(fixed(format));
  return graph.add(Op::kInput, {}, attributes, name);
}

ValueId add_fixed(Graph& graph, Shape shape, const char* format, std::vector<int64_t> mantissas,
                  const std::string& name = "c") {
  Tensor data{std::move(shape), fixed(format), std::move(mantissas), {}};
  return graph.add_data(Op::kConstant, std::make_shared<const Tensor>(std::move(data)), name);
}

ValueId add_real(Graph& graph, Shape shape, std::vector<double> reals, bool trainable = true) {
  Tensor data{std::move(shape), std::nullopt, {}, std::move(reals)};
  return graph.add_data(Op::kParam, std::make_shared<const Tensor>(std::move(data)), "w",
                        trainable);
}

void expect_round_trip(const Graph& graph) {
  ASSERT_TRUE(verify(graph).empty()) << verify(graph).errors().front().what();
  const Graph back = parse_onnx(onnx_bytes(graph), "test.onnx");
  EXPECT_EQ(to_text(back), to_text(graph));
}

TEST(OnnxRoundTrip, TrainedModelWithStandardOperators) {
  Graph graph;
  graph.name = "tagger";
  graph.metadata["cut_head"] = "Softmax_0";
  const ValueId x = add_input(graph, {3}, nullptr, "x");
  const ValueId w = add_real(graph, {3, 2}, {0.5, 1, -0.25, 3, 1e-3F, -1e6F});
  const ValueId quantised = graph.add(
      Op::kQuant, {w}, {{"formats", FormatMap(fixed("<6,1,RND_CONV,SAT_SYM>"))}}, "w_quant");
  const ValueId bias = add_real(graph, {2}, {0.1, -0.2}, false);  // not float32: kept as doubles
  const ValueId dense = graph.add(Op::kLinear, {x, quantised, bias}, {}, "dense");
  const ValueId norm =
      graph.add(Op::kBatchNorm,
                {dense, add_real(graph, {2}, {1, 2}), bias, bias, add_real(graph, {2}, {1, 2})},
                {{"axis", int64_t{0}}, {"epsilon", 0.5}}, "norm");
  const ValueId active = graph.add(Op::kRelu, {norm}, {}, "active");
  const ValueId plain = graph.add(Op::kLinear, {active, add_real(graph, {2, 2}, {1, 2, 3, 4})});
  const ValueId sum = graph.add(Op::kAdd, {plain, bias});  // must not become the linear's bias
  const ValueId soft = graph.add(Op::kSoftmax, {sum}, {{"axis", int64_t{0}}}, "soft");
  graph.add_output("soft", soft);
  graph.add_output("dense", plain);  // the name of another node
  graph.add_output("x again", x);
  graph.add_output("again", soft);
  expect_round_trip(graph);
}

TEST(OnnxRoundTrip, EveryQuantModeAndFormatShape) {
  Graph graph;
  const ValueId x = add_input(graph, {4, 2}, "<20,9,RND,SAT>", "x");
  for (int rounding = 0; rounding < kRoundingCount; ++rounding) {
    for (int overflow = 0; overflow < kOverflowCount; ++overflow) {
      for (const bool is_signed : {true, false}) {
        for (const int width : {1, 7}) {
          const Format format{width, 3, is_signed, static_cast<Rounding>(rounding),
                              static_cast<Overflow>(overflow)};
          graph.add(Op::kQuant, {x}, {{"formats", FormatMap(format)}}, "q");
        }
      }
    }
  }
  FormatMap map;
  map.shape = {4, 1};
  map.formats = {fixed("<4,2,RND_CONV,SAT>"), fixed("<5,-3,RND_CONV,SAT>"),
                 fixed("<9,12,RND_CONV,SAT>"), fixed("<2,2,RND_CONV,SAT>")};
  graph.add(Op::kQuant, {x}, {{"formats", map}}, "channels");
  map.formats[1].rounding = Rounding::kTRN;
  graph.add(Op::kQuant, {x}, {{"formats", map}}, "mixed");
  map.shape = {1};
  map.formats = {fixed("<4,2,RND_CONV,SAT>")};
  graph.add_output("y", graph.add(Op::kQuant, {x}, {{"formats", map}}, "one"));
  expect_round_trip(graph);
}

TEST(OnnxRoundTrip, QuantsThatQonnxExpressesAreQonnx) {
  Graph graph;
  const ValueId x = add_input(graph, {2}, nullptr, "x");
  const ValueId said =
      graph.add(Op::kQuant, {x}, {{"formats", FormatMap(fixed("<6,1,RND_CONV,SAT>"))}}, "said");
  const ValueId unsaid =
      graph.add(Op::kQuant, {said}, {{"formats", FormatMap(fixed("<6,1,RND,WRAP>"))}}, "unsaid");
  graph.add_output("y", unsaid);
  const std::string bytes = onnx_bytes(graph);
  EXPECT_NE(bytes.find("qonnx.custom_op.general"), std::string::npos);
  EXPECT_NE(bytes.find("<6,1,RND>"), std::string::npos);
}

// One graph with every op that ONNX has no exact word for, and broadcasts it would misread.
TEST(OnnxRoundTrip, OwnOperations) {
  Graph graph;
  const ValueId x = add_input(graph, {4, 2}, "<6,3,RND_CONV,SAT>", "x");
  const ValueId valid = graph.add(Op::kInput, {},
                                  {{"shape", Shape{4}},
                                   {"format", FormatMap(fixed("u<1,1>"))},
                                   {"token_axis", int64_t{0}},
                                   {"role", text("valid")}},
                                  "valid");
  const ValueId steps = add_fixed(graph, {2, 3}, "<7,4>", {-5, 0, 5, -30, 1, 2}, "steps");
  graph.add(Op::kThresholds, {x, steps},
            {{"axis", int64_t{1}},
             {"base", ints({0, 3})},
             {"direction", ints({1, -1})},
             {"format", FormatMap(fixed("u<2,2>"))}});
  std::vector<int64_t> entries;
  for (int64_t i = 0; i < 64; ++i) entries.push_back(i * i % 31);
  graph.add(Op::kTable, {x},
            {{"entries", ints(entries)},
             {"format", FormatMap(fixed("u<5,0>"))},
             {"function", text("i * i mod 31")},
             {"backward", text("zero")}});
  const ValueId kernel =
      add_fixed(graph, {2, 2, 3}, "<3,3>", {1, 2, 3, -4, 0, 1, 2, 3, -4, 0, 1, 2});
  graph.add(Op::kConv, {x, kernel}, {{"strides", ints({1})}, {"pads", ints({0, 1})}});
  const ValueId swapped = graph.add(Op::kTranspose, {x}, {{"perm", ints({1, 0})}});
  graph.add(Op::kMatMul, {x, swapped});
  const ValueId wide = add_fixed(graph, {5, 4, 2}, "<62,9>", std::vector<int64_t>(40, 1LL << 60));
  graph.add(Op::kSub, {x, wide});  // the constant has more axes than the value
  graph.add(Op::kMul, {x, add_fixed(graph, {}, "<4,4>", {-7}, "seven")});
  graph.add(Op::kClamp, {x}, {{"low", -0.5}, {"high", 1.25}});
  graph.add(Op::kScale, {x}, {{"exponent", int64_t{-3}}});
  for (const Op op : {Op::kReduceSum, Op::kReduceMax, Op::kReduceMin, Op::kReduceMean}) {
    graph.add(op, {x, valid}, {{"axes", ints({0})}, {"keepdims", int64_t{1}}});
    graph.add(op, {x}, {{"axes", ints({0, -1})}});
  }
  graph.add(Op::kReshape, {x}, {{"shape", Shape{8}}});
  graph.add(Op::kReshape, {x}, {{"shape", Shape{1, 8}}});
  graph.add(Op::kSlice, {x}, {{"axis", int64_t{0}}, {"start", int64_t{1}}, {"stop", int64_t{3}}});
  graph.add(Op::kConcat, {x, x}, {{"axis", int64_t{-1}}});
  graph.add(Op::kGather, {x}, {{"axis", int64_t{0}}, {"indices", ints({3, -1, 0})}});
  const ValueId positive =
      graph.add(Op::kCompare, {x, add_fixed(graph, {}, "<2,2>", {0})}, {{"relation", text("gt")}});
  graph.add(Op::kSelect, {positive, x, x});
  graph.add(Op::kArgMax, {x, valid}, {{"axis", int64_t{0}}});
  graph.add(Op::kArgMin, {x}, {{"axis", int64_t{1}}, {"keepdims", int64_t{1}}});
  graph.add(Op::kTopK, {x}, {{"axis", int64_t{0}}, {"k", int64_t{2}}});
  graph.add(Op::kTopK, {x}, {{"axis", int64_t{0}}, {"k", int64_t{2}}, {"runs", ints({3, 1})}});
  graph.add(Op::kSort, {x}, {{"axis", int64_t{1}}, {"descending", int64_t{1}}});
  const ValueId magnitude = graph.add(Op::kRelu, {x});
  const ValueId top = graph.add(Op::kLeadingOne, {magnitude});
  graph.add(Op::kShiftLeft, {x, top});
  graph.add(Op::kLayerNorm, {x}, {{"epsilon", 1e-3}});
  graph.add(Op::kSoftmax, {x, valid}, {{"axis", int64_t{0}}});
  graph.add(Op::kSoftmax, {x}, {{"axis", int64_t{-1}}});
  for (const char* kind : {"exp", "gelu", "sigmoid", "rsqrt", "abs"}) {
    graph.add(Op::kFunction, {x}, {{"kind", text(kind)}});
  }
  const ValueId row = graph.add(Op::kReshape, {x}, {{"shape", Shape{8}}});
  graph.add_output("sum", graph.add(Op::kTreeEnsemble, {row},
                                    {{"outputs", int64_t{1}},
                                     {"roots", ints({0})},
                                     {"feature", ints({7, -1, -1})},
                                     {"threshold", ints({3, 0, 0})},
                                     {"left", ints({1, 0, 0})},
                                     {"right", ints({2, 0, 0})},
                                     {"target", ints({0, 0, 0})},
                                     {"leaf", ints({0, 5, -7})},
                                     {"base", ints({100})},
                                     {"format", FormatMap(fixed("<9,9>"))}}));
  expect_round_trip(graph);
}

TEST(OnnxRoundTrip, ConstantsOfAnyWidth) {
  Graph graph;
  const ValueId x = add_input(graph, {2}, "<8,8>", "x");
  add_fixed(graph, {2}, "<64,3,RND,SAT>", {INT64_MIN, INT64_MAX}, "widest");
  add_fixed(graph, {2}, "<3,-200>", {-4, 3}, "tiny");
  add_fixed(graph, {0}, "<3,3>", {}, "empty");
  add_real(graph, {2}, {1e300, -1e-300}, false);
  graph.add_output("y", graph.add(Op::kAdd, {add_fixed(graph, {2}, "<5,5>", {1, 2}), x}));
  expect_round_trip(graph);
}

TEST(OnnxRoundTrip, FilesOnDisk) {
  Graph graph;
  graph.add_output("y", add_input(graph, {2}, "<8,8>", "x"));
  const auto path = std::filesystem::temp_directory_path() / "trigstone_round_trip.onnx";
  write_onnx(graph, path);
  EXPECT_EQ(to_text(read_onnx(path)), to_text(graph));
  std::filesystem::remove(path);
  EXPECT_THROW(read_onnx(path), Error);
}

TEST(OnnxRoundTrip, NewerFilesAreRefused) {
  Graph graph;
  graph.add_output("y", add_input(graph, {2}, "<8,8>", "x"));
  std::string bytes = onnx_bytes(graph);
  const std::string schema = "trigstone.model/1";
  bytes[bytes.find(schema) + schema.size() - 1] = '9';
  EXPECT_THROW(parse_onnx(bytes, "new.onnx"), Error);
}

// Damage anywhere ends in an Error or in another valid graph, never in anything else.
TEST(OnnxRoundTrip, DamagedFilesNeverCrash) {
  Graph graph;
  const ValueId x = add_input(graph, {3}, "<6,3>", "x");
  const ValueId w = add_fixed(graph, {3, 2}, "<4,4>", {1, -2, 3, 4, 5, 6}, "w");
  const ValueId y = graph.add(Op::kLinear, {x, w, add_fixed(graph, {2}, "<4,4>", {1, 2})});
  const ValueId q = graph.add(Op::kQuant, {y}, {{"formats", FormatMap(fixed("<6,6,TRN,SAT>"))}});
  const ValueId clamped = graph.add(Op::kClamp, {q}, {{"low", -3.0}, {"high", 3.0}});
  const ValueId top = graph.add(Op::kTopK, {clamped}, {{"axis", int64_t{0}}, {"k", int64_t{1}}});
  graph.add_output("y", graph.add(Op::kReshape, {top}, {{"shape", Shape{1, 1}}}));
  const std::string bytes = onnx_bytes(graph);
  Random random(3);
  int refused = 0;
  for (int trial = 0; trial < 20000; ++trial) {
    std::string broken = bytes;
    if (random.chance(0.2)) broken.resize(random.bits() % broken.size());
    for (int64_t n = random.integer(1, 3); n > 0 && !broken.empty(); --n) {
      broken[random.bits() % broken.size()] = static_cast<char>(random.integer(0, 255));
    }
    try {
      verify(parse_onnx(broken, "fuzz.onnx"));
    } catch (const Error& error) {
      EXPECT_TRUE(error.where().starts_with("fuzz.onnx")) << error.what();
      ++refused;
    }
  }
  EXPECT_GT(refused, 5000);
}

}  // namespace
}  // namespace trigstone
