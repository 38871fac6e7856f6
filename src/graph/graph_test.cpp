#include "graph/graph.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "base/random.h"
#include "graph/text.h"
#include "graph/verify_graph.h"

namespace trigstone {
namespace {

Format fixed(const char* text) { return parse_format(text, "test"); }

ValueId add_input(Graph& graph, Shape shape, const char* format, const std::string& name = "x") {
  Attributes attributes{{"shape", std::move(shape)}};
  if (format != nullptr) attributes["format"] = FormatMap(fixed(format));
  return graph.add(Op::kInput, {}, attributes, name);
}

TensorPtr data(Shape shape, const char* format, std::vector<int64_t> values) {
  return std::make_shared<const Tensor>(
      Tensor{std::move(shape), fixed(format), std::move(values), {}});
}

Graph small_graph() {
  Graph graph;
  graph.name = "small \"one\"\n";
  graph.metadata["cut_head"] = "Softmax_0";
  const ValueId x = add_input(graph, {4, 2}, "<6,3,RND_CONV,SAT>");
  const ValueId w = graph.add_data(Op::kConstant, data({2, 3}, "<4,1>", {1, -8, 7, 0, 3, 2}), "w");
  const ValueId y = graph.add(Op::kLinear, {x, w}, {}, "dense");
  FormatMap map;
  map.shape = {3};
  map.formats = {fixed("<4,2,RND,SAT>"), fixed("u<3,3>"), fixed("<1,1,TRN,SAT_SYM>")};
  const ValueId q = graph.add(Op::kQuant, {y}, {{"formats", map}}, "q");
  const ValueId p = graph.add_data(
      Op::kParam, std::make_shared<const Tensor>(Tensor{{3}, std::nullopt, {}, {0.1, -2.5e-7, 3}}),
      "p", true);
  const ValueId r = graph.add(Op::kAdd, {q, p});
  graph.add_output("q", q);
  graph.add_output("r", r);
  return graph;
}

TEST(Graph, TextRoundTrips) {
  const std::string text = to_text(small_graph());
  EXPECT_EQ(to_text(parse_graph(text, "t")), text);
  EXPECT_TRUE(verify(parse_graph(text, "t")).empty());
}

TEST(Graph, TextErrorsNameTheLine) {
  const auto message = [](const std::string& text) -> std::string {
    try {
      parse_graph(text, "g.txt");
    } catch (const Error& error) {
      return error.what();
    }
    return "";
  };
  const std::string head = "trigstone.graph/1 \"g\"\n";
  const std::string x = "%0 \"x\" = input() {format = <4,4>, shape = [2]} : <4,4>[2]\n";
  EXPECT_NE(
      message(head + "%0 \"x\" = inptu() {} : real[2]").find("g.txt:2: error: operation 'inptu'"),
      std::string::npos);
  EXPECT_NE(message(head + x + "%1 \"y\" = relu(%1) {} : real[2]").find("%1 is not defined before"),
            std::string::npos);
  EXPECT_NE(
      message(head + x + "%1 \"y\" = relu(%0) {} : <4,4>[2]").find("the type should be u<3,3>[2]"),
      std::string::npos);
  EXPECT_NE(message(head + x + "output \"y\" = %7").find("%7 is not defined"), std::string::npos);
  EXPECT_NE(message("trigstone.graph/9 \"g\"\n").find("g.txt:1"), std::string::npos);
  EXPECT_NE(message("").find("is empty"), std::string::npos);
}

TEST(Graph, RunsFillTheirAxis) {
  const auto problem = [](Shape runs) -> std::string {
    Graph graph;
    const ValueId x = add_input(graph, {6, 5}, "<6,3>");
    try {
      graph.add(Op::kSort, {x}, {{"axis", int64_t{0}}, {"runs", std::move(runs)}}, "best");
    } catch (const Error& error) {
      EXPECT_EQ(error.where(), "graph:node 'best'");
      EXPECT_NE(error.hint().find("one length that divides the axis"), std::string::npos);
      return error.problem();
    }
    return "";
  };
  for (const Shape& runs : {Shape{6}, Shape{3}, Shape{1}, Shape{1, 5}, Shape{2, 3, 1}}) {
    EXPECT_EQ(problem(runs), "") << testing::PrintToString(runs);
  }
  for (const Shape& runs : {Shape{4}, Shape{3, 2}, Shape{}, Shape{3, 4},
                            Shape{INT64_MAX, INT64_MAX}, Shape{6, 0}, Shape{-6}, Shape{7, -1}}) {
    EXPECT_EQ(problem(runs), "runs do not fill the axis of 6 numbers")
        << testing::PrintToString(runs);
  }
}

TEST(Graph, MutilatedTextNeverCrashes) {
  const std::string text = to_text(small_graph());
  Random random(11);
  int refused = 0;
  for (int trial = 0; trial < 3000; ++trial) {
    std::string broken =
        text.substr(0, random.chance(0.3) ? random.bits() % text.size() : text.size());
    for (int64_t n = random.integer(1, 4); n > 0 && !broken.empty(); --n) {
      broken[random.bits() % broken.size()] = static_cast<char>(random.integer(1, 127));
    }
    try {
      parse_graph(broken, "fuzz");
    } catch (const Error&) {
      ++refused;
    }
  }
  EXPECT_GT(refused, 1000);
}

TEST(Graph, InfersTheTightestFormatOfADotProduct) {
  Graph graph;
  const ValueId x = add_input(graph, {2}, "u<3,3>");
  const ValueId w = graph.add_data(Op::kConstant, data({2, 1}, "<4,4>", {1, 2}), "w");
  EXPECT_EQ(to_string(*graph.type(graph.add(Op::kLinear, {x, w})).format), "u<5,5>");  // 0..21
}

TEST(Graph, RefusesMoreThan64BitsByName) {
  Graph graph;
  const ValueId x = add_input(graph, {2, 2}, "<40,20>");
  try {
    graph.add(Op::kMatMul, {x, x}, {}, "scores");
    FAIL() << "81 bits were accepted";
  } catch (const Error& error) {
    EXPECT_EQ(error.where(), "graph:node 'scores'");
    EXPECT_NE(error.problem().find("bits"), std::string::npos);
    EXPECT_FALSE(error.hint().empty());
  }
}

TEST(Graph, NodeNamesStayUnique) {
  Graph graph;
  const ValueId x = add_input(graph, {2}, "<4,4>", "relu_1");
  const ValueId a = graph.add(Op::kRelu, {x}, {}, "relu");
  const ValueId b = graph.add(Op::kRelu, {x}, {}, "relu");
  EXPECT_NE(graph.node(a).name, graph.node(b).name);
  EXPECT_NE(graph.node(x).name, graph.node(b).name);
  graph.add_output("y", b);
  EXPECT_TRUE(verify(graph).empty());
}

TEST(Graph, QuantisedGraphsHoldNoRealNumbers) {
  Graph graph;
  const ValueId x = add_input(graph, {4}, "<6,3>");
  const ValueId soft = graph.add(Op::kSoftmax, {x}, {{"axis", int64_t{0}}}, "soft");
  graph.add_output("y", soft);
  EXPECT_TRUE(verify(graph).empty());
  const Diagnostics problems = verify_quantised(graph);
  ASSERT_FALSE(problems.empty());
  EXPECT_EQ(problems.errors().front().where(), "graph:node 'soft'");
}

TEST(Graph, EveryOpIsNamedOnceAndDocumented) {
  for (const Op op : all_ops()) {
    EXPECT_EQ(op_named(traits_of(op).text), op);
    EXPECT_GT(std::string(traits_of(op).doc).size(), 10U);
  }
}

}  // namespace
}  // namespace trigstone
