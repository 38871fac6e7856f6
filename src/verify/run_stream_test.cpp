#include "verify/run_stream.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "base/random.h"
#include "base/testing.h"
#include "events/event_file.h"
#include "graph/text.h"
#include "verify/event_stream.h"

namespace trigstone {
namespace {

constexpr const char* kModel = R"(trigstone.graph/1 "m"
%0 "x" = input() {format = <8,4,RND_CONV,SAT>, shape = [3]} : <8,4>[3]
%1 "w" = constant() {} : <4,1>[3,2] = [1, -3, 0, 7, -8, 2]
%2 "y" = linear(%0, %1) {} : <12,5>[2]
output "y" = %2
)";

LoadedModel model() { return {parse_graph(kModel, "m"), std::nullopt, {}}; }

NpyArray random_numbers(int64_t events, double width) {
  Random random(3);
  std::vector<double> reals;
  for (int64_t i = 0; i < 3 * events; ++i) reals.push_back(random.uniform(-width, width));
  return npy_of({events, 3}, std::move(reals));
}

NpyArray run(const TestFolder& folder, const NpyArray& x, const std::string& engine,
             int64_t* outside = nullptr, bool raw = false) {
  write_npy(folder / "x.npy", x);
  RunOptions options;
  options.engine = engine;
  options.raw = raw;
  const RunSummary summary =
      run_stream(model(), folder / "x.npy", folder / (engine + ".npy"), options);
  EXPECT_EQ(summary.events, x.shape[0]);
  if (outside != nullptr) *outside = summary.outside;
  return read_npy(folder / (engine + ".npy"));
}

// More events than a block holds, some of them outside the format.
TEST(RunStream, FastEqualsInterpretOverManyBlocks) {
  const TestFolder folder;
  const NpyArray x = random_numbers(150'001, 9);
  int64_t fast = 0, interpreted = 0;
  EXPECT_EQ(run(folder, x, "fast", &fast), run(folder, x, "interpret", &interpreted));
  EXPECT_EQ(fast, interpreted);
  EXPECT_GT(fast, 0);
}

TEST(RunStream, RawMantissas) {
  const TestFolder folder;
  const NpyArray x = npy_of({2, 3}, std::vector<int64_t>{1, 2, 3, -128, 0, 127});
  const NpyArray y = run(folder, x, "fast", nullptr, true);
  EXPECT_EQ(y.integers, (std::vector<int64_t>{1 - 24, -3 + 14 + 6, -128 - 8 * 127, 384 + 254}));
  EXPECT_EQ(run(folder, x, "interpret", nullptr, true), y);
}

TEST(RunStream, NoEventsGiveAnEmptyFile) {
  const TestFolder folder;
  EXPECT_EQ(run(folder, random_numbers(0, 1), "fast").shape, (std::vector<int64_t>{0, 2}));
}

TEST(RunStream, NumbersThatAreNoneAreRefusedAtTheirPlace) {
  const TestFolder folder;
  for (const char* engine : {"fast", "interpret"}) {
    for (const double bad : {std::nan(""), HUGE_VAL, -HUGE_VAL}) {
      NpyArray x = random_numbers(100'000, 1);
      x.reals[99'999 * 3 + 1] = bad;
      const std::string message = message_of([&] { run(folder, x, engine); });
      EXPECT_NE(message.find("event 99999, element 1 of 'x'"), std::string::npos) << message;
      EXPECT_FALSE(std::filesystem::exists(folder / (std::string(engine) + ".npy")));
    }
  }
}

TEST(RunStream, MantissasOutsideTheFormatAreRefused) {
  const TestFolder folder;
  const NpyArray x = npy_of({2, 3}, std::vector<int64_t>{0, 0, 0, 0, 128, 0});
  for (const char* engine : {"fast", "interpret"}) {
    const std::string message = message_of([&] { run(folder, x, engine, nullptr, true); });
    EXPECT_NE(message.find("event 1, element 1 of 'x': mantissa 128"), std::string::npos)
        << message;
  }
}

TEST(RunStream, RefusesWrongShapesAndTypes) {
  const TestFolder folder;
  const auto refused = [&](const NpyArray& x, bool raw) {
    return message_of([&] { run(folder, x, "fast", nullptr, raw); });
  };
  EXPECT_NE(refused(npy_of({2, 4}, std::vector<double>(8)), false).find("needs [events,3]"),
            std::string::npos);
  EXPECT_NE(refused(npy_of({6}, std::vector<double>(6)), false).find("[6]"), std::string::npos);
  EXPECT_NE(refused(npy_of({2, 3}, std::vector<double>(6)), true).find("--raw"), std::string::npos);
}

TEST(RunStream, TheFastEngineNamesWhatItDoesNotRun) {
  const TestFolder folder;
  write_npy(folder / "x.npy", random_numbers(2, 1));
  const LoadedModel real{parse_graph(R"(trigstone.graph/1 "m"
%0 "x" = input() {format = <8,4>, shape = [3]} : <8,4>[3]
%1 "s" = softmax(%0) {axis = 0} : real[3]
output "y" = %1
)",
                                     "m"),
                         std::nullopt,
                         {}};
  const std::string message =
      message_of([&] { run_stream(real, folder / "x.npy", folder / "y.npy", {}); });
  EXPECT_NE(message.find("the fast engine does not run this model"), std::string::npos) << message;
  EXPECT_NE(message.find("softmax"), std::string::npos) << message;
  EXPECT_NE(message.find("--engine interpret"), std::string::npos) << message;
}

TEST(RunStream, SeveralOutputsGoIntoAnArchive) {
  const TestFolder folder;
  LoadedModel two = model();
  two.graph.add_output("x again", 0);
  write_npy(folder / "x.npy", random_numbers(5, 1));
  run_stream(two, folder / "x.npy", folder / "y.npz", {});
  const auto arrays = read_npz(folder / "y.npz");
  EXPECT_EQ(arrays.at("y").shape, (std::vector<int64_t>{5, 2}));
  EXPECT_EQ(arrays.at("x again").shape, (std::vector<int64_t>{5, 3}));
  const std::string message =
      message_of([&] { run_stream(two, folder / "x.npy", folder / "y.npy", {}); });
  EXPECT_NE(message.find("name the output file .npz"), std::string::npos) << message;
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder.path()), {}), 2);
}

// The model takes the tokens of the embedded sample as they are trained on.
TEST(RunStream, EventFilesBecomeTokens) {
  const TestFolder folder;
  Graph graph;
  const ValueId x = graph.add(
      Op::kInput, {},
      {{"shape", Shape{8, 14}}, {"format", FormatMap(parse_format("<12,2,RND,SAT>", "x"))}}, "x");
  const ValueId valid =
      graph.add(Op::kInput, {},
                {{"shape", Shape{8}}, {"format", FormatMap(parse_format("u<1,1>", "v"))}}, "valid");
  graph.add_output("sum",
                   graph.add(Op::kReduceSum, {x, valid}, {{"axes", std::vector<int64_t>{0}}}));
  graph.add_output("valid", valid);
  const std::filesystem::path sample = folder / "events.h5";
  EventWriter writer(sample, {});
  for (int count = 0; count < 12; ++count) {
    Event event;
    event.tokens.resize(static_cast<size_t>(count), Token{});
    for (int t = 0; t < count; ++t) event.tokens[static_cast<size_t>(t)].pt_gev = 40.0F - t;
    writer.append({&event, 1});
  }
  writer.commit();
  RunOptions options;
  run_stream({graph, std::nullopt, {}}, sample, folder / "fast.npz", options);
  options.engine = "interpret";
  run_stream({graph, std::nullopt, {}}, sample, folder / "interpret.npz", options);
  const auto fast = read_npz(folder / "fast.npz");
  EXPECT_EQ(fast, read_npz(folder / "interpret.npz"));
  const auto tokens = open_events(sample, graph, false)->read(1 << 20);
  EXPECT_EQ(as_reals(tokens.at("valid"), "valid"), fast.at("valid").reals);
  const std::vector<double>& slots = fast.at("valid").reals;  // 0 + 1 + … + 8, then full
  EXPECT_EQ(std::count(slots.begin(), slots.end(), 1.0), 36 + 3 * 8);
}

}  // namespace
}  // namespace trigstone
