// Other weights for firmware that is already there: what may differ, and the text of the words.
#include "base/testing.h"
#include "graph/text.h"
#include "lower/load_words.h"
#include "lower/lower_testing.h"

namespace trigstone {
namespace {

// 'first' in memories, 'second' in logic; a table and a mask between them.
constexpr const char* kModel = R"(trigstone.graph/1 "m"
%0 "x" = input() {format = <4,2>, shape = [3]} : <4,2>[3]
%1 "w" = constant() {} : <4,1>[3,2] = [3, -2, 1, 7, -8, 5]
%2 "b" = constant() {} : <5,2>[2] = [4, -9]
%3 "first" = linear(%0, %1, %2) {} : <9,4>[2]
%4 "act" = relu(%3) {} : u<8,3>[2]
%5 "rounded" = quant(%4) {formats = u<4,2,RND,SAT>} : u<4,2>[2]
%6 "v" = constant() {} : <3,1>[2,1] = [3, -2]
%7 "second" = linear(%5, %6) {} : <7,3>[1]
output "y" = %7
)";

Graph model(const std::vector<std::pair<std::string, std::string>>& changes = {}) {
  std::string text = kModel;
  for (const auto& [from, to] : changes) {
    const size_t at = text.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    text.replace(at, from.size(), to);
  }
  return parse_graph(text, "m");
}

Firmware firmware() {
  LowerOptions options;
  options.strategy = "first=stream";
  options.reuse = 6;
  return lower(model(), options).firmware;
}

std::string refusal(const Graph& other) {
  return message_of([&] { check_reloadable(firmware(), model(), other); });
}

TEST(Reload, TakesNumbersThatStandInMemories) {
  check_reloadable(firmware(), model(), model());
  check_reloadable(firmware(), model(),
                   model({{"[3, -2, 1, 7, -8, 5]", "[0, 1, 2, 3, 4, 5]"},
                          {"[4, -9]", "[-1, 0]"},
                          {": <9,4>[2]", ": <8,3>[2]"},
                          {": u<8,3>[2]", ": u<7,2>[2]"}}));
}

TEST(Reload, NamesTheFirstNodeThatDiffers) {
  EXPECT_EQ(refusal(model({{"= [3, -2]\n", "= [3, -1]\n"}})),
            "graph:node 'second': error: its constant 'v' differs, and the firmware has it in "
            "logic — only numbers in memories can be loaded: compile with stream for this node, "
            "or compile this model");
  EXPECT_EQ(refusal(model({{"RND,SAT>}", "TRN,SAT>}"}})),
            "graph:node 'rounded': error: its attribute 'formats' is not that of the firmware's "
            "— load a model of the same structure, or compile this one");
  EXPECT_EQ(refusal(model({{"relu(%3) {}", "quant(%3) {formats = u<8,3>}"}})),
            "graph:node 'act': error: is a quant, the firmware has the relu 'act' there — load a "
            "model of the same structure, or compile this one");
  EXPECT_EQ(refusal(model({{"quant(%4)", "quant(%3)"}})),
            "graph:node 'rounded': error: reads other values than the firmware's 'rounded' — load "
            "a model of the same structure, or compile this one");
  EXPECT_NE(refusal(model({{"<4,2>, shape = [3]} : <4,2>", "<5,3>, shape = [3]} : <5,3>"},
                           {": <9,4>[2]", ": <10,5>[2]"},
                           {": u<8,3>[2]", ": u<9,4>[2]"}}))
                .find("graph:node 'x': error: its attribute 'format'"),
            std::string::npos);
  EXPECT_EQ(refusal(model({{"output \"y\"", "output \"z\""}})),
            "graph: error: its outputs are not those of the firmware — load a model of the same "
            "structure, or compile this one");
  Graph longer = model();
  longer.add(Op::kRelu, {7});
  EXPECT_EQ(refusal(longer),
            "graph: error: has 9 nodes, the firmware's has 8 — load a model of the same "
            "structure, or compile this one");
}

TEST(Reload, NamesNodesOfOtherShapesAndAttributes) {
  const Graph sliced = parse_graph(R"(trigstone.graph/1 "m"
%0 "x" = input() {format = <4,2>, shape = [3]} : <4,2>[3]
%1 "w" = constant() {} : <4,1>[3,1] = [3, -2, 1]
%2 "first" = linear(%0, %1) {} : <7,2>[1]
output "y" = %2
)",
                                   "m");
  EXPECT_NE(refusal(sliced).find("graph:node 'w': error: has the shape [3,1], in the firmware "
                                 "[3,2]"),
            std::string::npos);
}

// What these compute depends on the ends of their operand's format.
TEST(Reload, RefusesFormatsThatFollowTheWeightsWhereTheyMatter) {
  const auto with_maximum = [](const std::string& weights, const std::string& format) {
    return parse_graph(R"(trigstone.graph/1 "m"
%0 "x" = input() {format = <4,2>, shape = [2, 2]} : <4,2>[2,2]
%1 "valid" = input() {format = u<1,1>, role = "valid", shape = [2]} : u<1,1>[2]
%2 "w" = constant() {} : <4,1>[2,1] = )" +
                           weights + R"(
%3 "dense" = linear(%0, %2) {} : )" +
                           format + R"([2,1]
%4 "largest" = reduce_max(%3, %1) {axes = [0], keepdims = 0} : )" +
                           format + R"([1]
output "y" = %4
)",
                       "m");
  };
  const Graph compiled = with_maximum("[7, -8]", "<8,3>"), other = with_maximum("[1, 2]", "<6,1>");
  LowerOptions options;
  options.strategy = "dense=stream";
  const Firmware made = lower(compiled, options).firmware;
  EXPECT_EQ(message_of([&] { check_reloadable(made, compiled, other); }),
            "graph:node 'largest': error: reads <6,1>, in the firmware <8,3> — put a quant in "
            "front of it, so that its format does not follow the weights");
}

TEST(Reload, NeedsMemories) {
  EXPECT_EQ(message_of([] { check_reloadable(lower(model()).firmware, model(), model()); }),
            "firmware: error: keeps no weights in memories — compile it with --strategy stream, or "
            "NODE=stream");
}

TEST(LoadText, IsReadAsItWasWritten) {
  const Firmware made = firmware();
  const std::vector<LoadWord> words = load_words(made, model());
  ASSERT_EQ(words.size(), 8u);
  const std::string text = load_text(made, words);
  EXPECT_EQ(text.find("// trigstone.load_words/1: 8 words for m\n// @load_address load_data\n"
                      "@0 03\n@1 01\n@2 18\n"),
            0u)
      << text;
  const std::vector<LoadWord> read = parse_load_text(text, made, "words.hex");
  ASSERT_EQ(read.size(), words.size());
  for (size_t i = 0; i < words.size(); ++i) {
    EXPECT_EQ(read[i].address, words[i].address);
    EXPECT_EQ(read[i].data, words[i].data);
  }
  // What $readmemh takes, too: words behind one address, remarks behind words.
  const auto short_form = parse_load_text("@2 1F 0 // two\n", made, "w");
  ASSERT_EQ(short_form.size(), 2u);
  EXPECT_EQ(short_form[0].data, -1);
  EXPECT_EQ(short_form[1].address, 3);
}

TEST(LoadText, NamesTheLineThatIsWrong) {
  const Firmware made = firmware();
  const auto message = [&](const std::string& text) {
    return message_of([&] { parse_load_text(text, made, "words.hex"); });
  };
  EXPECT_EQ(message("// words\n@0 xyz\n"),
            "words.hex:2: error: 'xyz' is no hexadecimal number — make the file again with "
            "`trigstone load-words`");
  EXPECT_EQ(message("@0 20"),
            "words.hex:1: error: '20' has more than 5 bits — make the file again with `trigstone "
            "load-words`");
  EXPECT_EQ(message("@f 1"),
            "words.hex:1: error: no memory has the address 0xf — make the file for this firmware: "
            "firmware.json lists its memories");
}

}  // namespace
}  // namespace trigstone
