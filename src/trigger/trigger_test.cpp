// A menu on an event file small enough to count by hand.
#include "trigger/trigger.h"

#include <gtest/gtest.h>

#include <cmath>

#include "base/files.h"
#include "base/testing.h"
#include "events/event_file.h"
#include "trigger/heads.h"

namespace trigstone {
namespace {

namespace fs = std::filesystem;

Event muon_event(int64_t id, Process process, float pt_gev, float weight, int32_t hard_id) {
  Event event;
  event.id = id;
  event.process = process;
  event.weight = weight;
  event.hard_id = hard_id;
  event.tokens = {{.kind = 2, .pt_gev = pt_gev, .eta = 0.5F, .phi = 1}};
  return event;
}

// Ten crossings with muons of 1, 2, … 10 GeV; four top pairs with 4, 8, 12 and 16 GeV, the last of
// three times the weight.
fs::path write_events(const TestFolder& folder) {
  std::vector<Event> events;
  for (int i = 1; i <= 10; ++i) {
    events.push_back(muon_event(i, Process::kMinimumBias, static_cast<float>(i), 2, i));
    events.back().library_id = {100, 200 + i};
  }
  for (int i = 1; i <= 4; ++i) {
    events.push_back(
        muon_event(100 + i, Process::kTopPairs, static_cast<float>(4 * i), i == 4 ? 3 : 1, i));
  }
  EventWriter writer(folder / "events.h5", {});
  writer.append(events);
  writer.commit();
  return folder / "events.h5";
}

// Gives back the features of two tokens: element 1 is pT / 128 of the hardest.
constexpr const char* kModel = R"(trigstone.graph/1 "features"
%0 "tokens" = input() {format = <16,1,RND_CONV,SAT>, shape = [2,14]} : <16,1>[2,14]
%1 "valid" = input() {format = u<1,1>, role = "valid", shape = [2]} : u<1,1>[2]
%2 "flat" = reshape(%0) {shape = [28]} : <16,1>[28]
output "features" = %2
output "valid_out" = %1
)";

Menu write_menu(const TestFolder& folder, const std::string& text) {
  write_file(folder / "model.graph.txt", kModel);
  write_file(folder / "menu.toml", text);
  return read_menu(folder / "menu.toml");
}

std::string muon_seed(const std::string& name, double pt_gev, int prescale = 1) {
  return fmt::format(
      "[[seed]]\nname = \"{}\"\nprescale = {}\n[[seed.require]]\nobject = \"muon\"\n"
      "pt_min_gev = {}\n",
      name, prescale, pt_gev);
}
constexpr const char* kHead =
    "[[head]]\nname = \"pt\"\nmodel = \"model.graph.txt\"\noutput = \"features\"\nelement = 1\n";
constexpr const char* kHeadSeed =
    "[[seed]]\nname = \"head\"\n[[seed.require]]\nobject = \"head\"\nhead = \"pt\"\n"
    "threshold = 0.0703125\n";  // 9 GeV

constexpr double kOneCrossing = kFilledCrossingsKhz / 10;

TEST(Trigger, RatesPrescalesOverlapsByHand) {
  const TestFolder folder;
  const Menu menu =
      write_menu(folder, kHead + muon_seed("mu7", 7) + muon_seed("mu3", 3, 4) + kHeadSeed);
  const TriggerResult result = run_trigger(menu, write_events(folder), {.equal_rate_khz = 1e4});
  EXPECT_EQ(result.crossings, 10);
  EXPECT_NEAR(result.effective_crossings, 10, 1e-9);
  EXPECT_NEAR(result.collision_reuse, 30.0 / 21, 1e-9);  // 100 in all, the others once
  // mu7: 7..10; mu3: 3..10 behind a prescale of four; head: 9, 10.
  ASSERT_EQ(result.seeds.size(), 3U);
  EXPECT_NEAR(result.seeds[0].rate.khz, 4 * kOneCrossing, 1e-3);
  EXPECT_NEAR(result.seeds[0].rate.error_khz, 2 * kOneCrossing, 1e-3);
  EXPECT_NEAR(result.seeds[1].rate.khz, 8 * kOneCrossing / 4, 1e-3);
  EXPECT_NEAR(result.seeds[2].rate.khz, 2 * kOneCrossing, 1e-3);
  // OR: 7..10 always, 3..6 a quarter of the time.
  EXPECT_NEAR(result.total.khz, (4 + 4 * 0.25) * kOneCrossing, 1e-3);
  // Only mu7: 7, 8 when mu3 did not fire as well.
  EXPECT_NEAR(result.seeds[0].pure.khz, 2 * 0.75 * kOneCrossing, 1e-3);
  EXPECT_NEAR(result.seeds[1].pure.khz, 4 * 0.25 * kOneCrossing, 1e-3);
  EXPECT_FALSE(result.seeds[2].pure.measured);  // never alone
  EXPECT_NEAR(result.seeds[0].overlap[1].khz, 4 * 0.25 * kOneCrossing, 1e-3);
  EXPECT_NEAR(result.seeds[0].overlap[0].khz, result.seeds[0].rate.khz, 1e-9);
  EXPECT_NEAR(result.seeds[1].overlap[2].khz, 2 * 0.25 * kOneCrossing, 1e-3);
  // The prescale counter keeps the fourth and the eighth crossing of mu3: 6 and 10 GeV; then the
  // second and … of the top pairs, the counter running on: 4, 8, 12 pass as 9th, 10th, 11th, the
  // 16 GeV one as 12th.
  std::vector<int64_t> kept;
  for (size_t event = 0; event < result.id.size(); ++event) {
    if (result.final[3 * event + 1] == 1) kept.push_back(result.id[event]);
  }
  EXPECT_EQ(kept, (std::vector<int64_t>{6, 10, 104}));
}

TEST(Trigger, EfficienciesByHand) {
  const TestFolder folder;
  const Menu menu = write_menu(folder, kHead + muon_seed("mu7", 7) + kHeadSeed);
  const TriggerResult result =
      run_trigger(menu, write_events(folder), {.equal_rate_khz = 3.5 * kOneCrossing});
  ASSERT_EQ(result.processes.size(), 1U);
  EXPECT_EQ(result.processes[0].process, Process::kTopPairs);
  EXPECT_EQ(result.processes[0].events, 4);
  EXPECT_NEAR(result.processes[0].seeds[0].value, 5.0 / 6, 1e-9);
  EXPECT_NEAR(result.processes[0].seeds[1].value, 4.0 / 6, 1e-9);
  EXPECT_NEAR(result.processes[0].menu.value, 5.0 / 6, 1e-9);
  // Three crossings of ten: threshold 8 GeV for both ways.
  ASSERT_EQ(result.equal_rate.size(), 3U);
  EXPECT_EQ(result.equal_rate[0].name, "mu7");
  EXPECT_NEAR(result.equal_rate[0].threshold, 8.0 / 7, 1e-6);
  EXPECT_NEAR(result.equal_rate[0].khz, 3 * kOneCrossing, 1e-3);
  EXPECT_NEAR(result.equal_rate[1].threshold, 8.0 / 128, 1e-6);
  EXPECT_EQ(result.equal_rate[2].name, kClassicalMenuName);
  for (const EqualRateRow& row : result.equal_rate) {
    const Efficiency& top = row.processes[0];
    EXPECT_NEAR(top.value, 5.0 / 6, 1e-9) << row.name;
    const Interval68 counted = binomial_interval(5.0 / 6 * 3, 3);  // 6^2 / 12 effective events
    EXPECT_NEAR(top.band.low, counted.low, 1e-9);
    EXPECT_NEAR(top.band.high, counted.high, 1e-9);
    EXPECT_LE(top.full_band.low, top.band.low);
    EXPECT_GE(top.full_band.high, top.band.high);
  }
  ASSERT_EQ(result.curves.size(), 2U);  // the head and the classical menu
  for (const RateCurve& curve : result.curves) {
    EXPECT_TRUE(std::is_sorted(curve.khz.begin(), curve.khz.end()));
    EXPECT_GE(curve.khz.front(), result.smallest_khz * (1 - 1e-9));
    EXPECT_EQ(curve.processes[0].size(), curve.khz.size());
  }
}

TEST(Trigger, ResultsDoNotDependOnThreads) {
  const TestFolder folder;
  const Menu menu = write_menu(folder, kHead + muon_seed("mu7", 7) + kHeadSeed);
  const fs::path events = write_events(folder);
  const TriggerResult one = run_trigger(menu, events, {.equal_rate_khz = 1e4});
  const TriggerResult three = run_trigger(menu, events, {.threads = 3, .equal_rate_khz = 1e4});
  EXPECT_EQ(one.initial, three.initial);
  EXPECT_EQ(one.total.low_khz, three.total.low_khz);
}

TEST(Trigger, OnlyTheEventsAskedForCount) {
  const TestFolder folder;
  const Menu menu = write_menu(folder, muon_seed("mu7", 7));
  TriggerOptions options{.equal_rate_khz = 1e4};
  options.keep = [](const Event& event) { return event.id % 2 == 0; };
  const TriggerResult result = run_trigger(menu, write_events(folder), options);
  EXPECT_EQ(result.crossings, 5);
  EXPECT_EQ(result.id, (std::vector<int64_t>{2, 4, 6, 8, 10, 102, 104}));
  EXPECT_NEAR(result.seeds[0].rate.khz, kFilledCrossingsKhz * 2 / 5, 1e-3);
}

TEST(Trigger, WhatCannotBeAnsweredIsRefused) {
  const TestFolder folder;
  const Menu menu = write_menu(folder, muon_seed("mu7", 7));
  const fs::path events = write_events(folder);
  EXPECT_NE(message_of([&] { run_trigger(menu, events, {.equal_rate_khz = 100}); })
                .find("--equal-rate-khz: error: 100 kHz is less than the 3104 kHz that 10 "
                      "effective crossings can measure"),
            std::string::npos);
  EXPECT_NE(message_of([&] { run_trigger(menu, folder / "none.h5"); }).find("none.h5: error: "),
            std::string::npos);
  TriggerOptions signals;
  signals.keep = [](const Event& event) { return event.process == Process::kTopPairs; };
  EXPECT_NE(message_of([&] {
              run_trigger(menu, events, signals);
            }).find("events.h5: error: holds no minimum-bias event"),
            std::string::npos);
}

TEST(Heads, ReduceAWholeOutput) {
  const TestFolder folder;
  write_file(folder / "model.graph.txt", kModel);
  Event event;
  event.tokens = {{.kind = 2, .quality = 7, .pt_gev = 64, .eta = 2.5F, .phi = 0, .z0_cm = 8}};
  // Of the features 0.6022 (log), 0.5, 0.5, 0, 1 (clipped to the format), 0.5, 0, 0, 1, 1 (muon).
  const std::vector<Event> events = {event, Event()};
  const auto run = [&](const std::string& head) {
    write_file(folder / "menu.toml",
               "[[head]]\nname = \"h\"\nmodel = \"model.graph.txt\"\noutput = \"features\"\n" +
                   head + muon_seed("s", 1));
    return HeadRunner(read_menu(folder / "menu.toml").heads[0], 1).run(events);
  };
  EXPECT_NEAR(run("element = 2\n")[0], 0.5, 1e-4);
  EXPECT_EQ(run("element = 2\n")[1], 0);
  const double log_pt = std::log2(65.0) / 10;
  EXPECT_NEAR(run("reduce = \"max\"\n")[0], 1, 1e-4);
  EXPECT_NEAR(run("reduce = \"sum\"\n")[0], log_pt + 4.5, 1e-3);
  EXPECT_NEAR(run("reduce = \"norm\"\n")[0], std::sqrt(log_pt * log_pt + 3.75), 1e-3);
}

TEST(Heads, ModelsThatDoNotFitAreRefusedAtTheMenu) {
  const TestFolder folder;
  const auto refusal = [&](const std::string& head) {
    write_file(folder / "menu.toml", "[[head]]\nname = \"h\"\n" + head + muon_seed("s", 1));
    const Menu menu = read_menu(folder / "menu.toml");
    return message_of([&] { const HeadRunner runner(menu.heads[0], 1); });
  };
  write_file(folder / "model.graph.txt", kModel);
  EXPECT_NE(refusal("model = \"absent.onnx\"\n").find("menu.toml:1: error: head 'h': "),
            std::string::npos);
  EXPECT_NE(refusal("model = \"model.graph.txt\"\n")
                .find("several outputs; 'output' is missing — "
                      "its outputs are features, valid_out"),
            std::string::npos);
  EXPECT_NE(refusal("model = \"model.graph.txt\"\noutput = \"y\"\n").find("has no output 'y'"),
            std::string::npos);
  EXPECT_NE(refusal("model = \"model.graph.txt\"\noutput = \"features\"\nelement = 28\n")
                .find("there is no element 28"),
            std::string::npos);
  write_file(folder / "other.graph.txt", R"(trigstone.graph/1 "m"
%0 "x" = input() {format = <8,4,RND_CONV,SAT>, shape = [3]} : <8,4>[3]
output "y" = %0
)");
  EXPECT_NE(refusal("model = \"other.graph.txt\"\n").find("does not take tokens"),
            std::string::npos);
}

}  // namespace
}  // namespace trigstone
