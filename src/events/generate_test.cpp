#include "events/generate.h"

#include <gtest/gtest.h>
#include <hdf5.h>

#include <cmath>
#include <csignal>

#include "base/progress.h"
#include "base/testing.h"
#include "events/event_file.h"
#include "events/event_testing.h"
#include "events/tokens.h"

namespace trigstone {
namespace {

GenerateOptions options_for(std::vector<Process> processes, int64_t events, double pileup) {
  GenerateOptions options;
  options.processes = std::move(processes);
  options.events = events;
  options.crossing = {pileup, 7};
  options.sample = sample_folder();
  return options;
}

std::vector<Event> generate(const GenerateOptions& options) {
  const TestFolder folder;
  generate_events(options, folder / "e.h5");
  const EventReader reader(folder / "e.h5");
  return reader.read(0, reader.size());
}

TEST(Generate, TheResultDoesNotDependOnThreads) {
  GenerateOptions options = options_for({Process::kZToMuons, Process::kMinimumBias}, 40, 40);
  const auto one = generate(options);
  for (const int threads : {2, 3}) {
    options.threads = threads;
    EXPECT_EQ(generate(options), one) << threads;
  }
  options.threads = 1;
  options.crossing.seed = 8;
  EXPECT_NE(generate(options), one);
}

TEST(Generate, AnEventDependsOnItsNumberAlone) {
  GenerateOptions options = options_for({Process::kZToMuons, Process::kMinimumBias}, 20, 30);
  const auto all = generate(options);
  options.first_event = 13;
  options.events = 5;
  auto some = generate(options);
  for (size_t i = 0; i < some.size(); ++i) {
    EXPECT_EQ(some[i].id, static_cast<int64_t>(13 + i));
    some[i].weight = all[13 + i].weight;  // weights count the events of the file
    EXPECT_EQ(some[i], all[13 + i]);
  }
}

TEST(Generate, TimingChangesNothingElse) {
  GenerateOptions options = options_for({Process::kZToMuons}, 10, 20);
  const auto without = generate(options);
  options.detector.timing = true;
  auto with = generate(options);
  int timed = 0;
  for (Event& event : with) {
    for (Token& token : event.tokens) {
      timed += token.time_ns != 0 ? 1 : 0;
      token.time_ns = 0;
    }
  }
  EXPECT_GT(timed, 20);
  EXPECT_EQ(with, without);
}

TEST(Generate, ProcessesTakeTurnsAndWeightsSumToCrossSections) {
  const auto events = generate(
      options_for({Process::kZToMuons, Process::kZToElectrons, Process::kMinimumBias}, 30, 2));
  const Collisions muons(sample_folder() / "zmumu.h5");
  double muon_sum_pb = 0, crossing_sum_pb = 0;
  for (const Event& event : events) {
    EXPECT_EQ(event.process == Process::kZToMuons, event.id % 3 == 0);
    if (event.process == Process::kZToMuons) {
      muon_sum_pb += event.weight;
      EXPECT_EQ(event.hard_id, event.id / 3);
    }
    if (event.process == Process::kMinimumBias) crossing_sum_pb += event.weight;
  }
  EXPECT_NEAR(muon_sum_pb / muons.cross_section_pb(), 1, 1e-4);
  // A crossing holds two collisions on average, so crossings come at half the collision rate.
  EXPECT_NEAR(crossing_sum_pb * 2 / minimum_bias_library().cross_section_pb(), 1, 1e-4);
}

// A copy of a library in which every `views` rows are views of one collision.
void write_views(const std::filesystem::path& from, const std::filesystem::path& to,
                 int64_t views) {
  std::filesystem::copy_file(from, to);
  std::filesystem::permissions(to, std::filesystem::perms::owner_all);
  const hid_t file = H5Fopen(to.c_str(), H5F_ACC_RDWR, H5P_DEFAULT);
  const hid_t space = H5Screate(H5S_SCALAR);
  const hid_t attribute = H5Acreate2(file, "views", H5T_STD_I64LE, space, H5P_DEFAULT, H5P_DEFAULT);
  H5Awrite(attribute, H5T_NATIVE_INT64, &views);
  H5Aclose(attribute);
  H5Sclose(space);
  H5Fclose(file);
}

// The copies of a hard collision take the views of its library in turn; the first is the one that a
// file without copies has.
TEST(Generate, CopiesTakeTheViewsOfTheLibrary) {
  const TestFolder folder;
  write_views(sample_folder() / "zmumu.h5", folder / "zmumu.h5", 3);
  const Collisions plain(sample_folder() / "zmumu.h5"), viewed(folder / "zmumu.h5");
  ASSERT_EQ(viewed.views(), 3);
  ASSERT_EQ(viewed.size(), plain.size() / 3);
  GenerateOptions options = options_for({Process::kZToMuons}, 20, 0);
  options.sample = folder.path();
  options.resimulate = 4;
  const auto hardest_gev = [](const Truth& truth) { return truth.partons.front().pt_gev; };
  EXPECT_NE(hardest_gev(*plain.collision(0).truth), hardest_gev(*plain.collision(1).truth));
  const auto made = [&] {  // generate() has a folder of the same name
    generate_events(options, folder / "e.h5");
    return EventReader(folder / "e.h5").read(0, options.events);
  };
  const auto events = made();
  for (size_t i = 0; i < events.size(); ++i) {
    const auto hard = static_cast<int64_t>(i / 4), view = static_cast<int64_t>(i % 4 % 3);
    EXPECT_EQ(events[i].hard_id, hard);
    EXPECT_EQ(hardest_gev(events[i].truth), hardest_gev(*plain.collision(3 * hard + view).truth));
  }
  options.resimulate = 1;
  const auto nominal = made();
  for (const Event& event : nominal) {
    EXPECT_EQ(hardest_gev(event.truth), hardest_gev(*plain.collision(3 * event.id).truth));
  }
  write_views(sample_folder() / "zmumu.h5", folder / "odd.h5", 7);  // 3000 rows
  EXPECT_NE(message_of([&] { Collisions(folder / "odd.h5"); }).find("are not 7 views"),
            std::string::npos);
}

// Copies of a hard collision: the same truth seen from the same side, another crossing around it.
TEST(Generate, ResimulatedEventsShareTheirHardCollision) {
  GenerateOptions options = options_for({Process::kTopPairs, Process::kZToMuons}, 12, 30);
  options.resimulate = 3;
  const auto events = generate(options);
  double sum_pb = 0;
  for (size_t i = 0; i < events.size(); ++i) {
    const Event& event = events[i];
    const Event& first = events[i - i % 3];
    EXPECT_EQ(event.process, i / 3 % 2 == 0 ? Process::kTopPairs : Process::kZToMuons);
    EXPECT_EQ(event.hard_id, static_cast<int32_t>(i / 6));
    EXPECT_EQ(event.truth, first.truth);
    if (event.process == Process::kTopPairs) sum_pb += event.weight;
    if (i % 3 == 0) continue;
    EXPECT_NE(event.library_id, first.library_id);
    EXPECT_NE(event.vertex_z_cm, first.vertex_z_cm);
    EXPECT_NE(event.tokens, first.tokens);
  }
  EXPECT_NE(events[0].truth, events[6].truth);
  const Collisions tops(sample_folder() / "ttbar.h5");
  EXPECT_NEAR(sum_pb / tops.cross_section_pb(), 1, 1e-4);
}

// A library runs out after its last collision, copies counted; a range in the middle fits the
// whole.
TEST(Generate, ResimulatedRangesFitTogether) {
  GenerateOptions options = options_for({Process::kToy, Process::kZToMuons}, 20, 2);
  options.resimulate = 4;
  const auto all = generate(options);
  options.first_event = 6;
  options.events = 9;
  auto some = generate(options);
  for (size_t i = 0; i < some.size(); ++i) {
    some[i].weight = all[6 + i].weight;
    EXPECT_EQ(some[i], all[6 + i]);
  }
}

TEST(Generate, RatesAddUpToTheCrossingRate) {
  const double luminosity = luminosity_hz_per_pb(200, minimum_bias_library().cross_section_pb());
  const double crossing_pb = minimum_bias_library().cross_section_pb() / 200;
  EXPECT_NEAR(luminosity * crossing_pb / (2760 * 11246.0), 1, 1e-12);
}

// Number of pile-up collisions: mean and variance of a Poisson distribution, five sigma.
TEST(Crossing, PileupIsPoisson) {
  const double mean = 6;
  CrossingMaker crossings({}, {mean, 3}, &minimum_bias_library());
  const Collisions library(sample_folder() / "zmumu.h5");
  const int events = 1500;
  double signal_sum = 0, square = 0, background_sum = 0;
  for (int i = 0; i < events; ++i) {
    const Event event = crossings.signal(i, library, i);
    EXPECT_EQ(event.library_id.size(), static_cast<size_t>(event.pileup));
    signal_sum += event.pileup;
    square += event.pileup * event.pileup;
    const Event background = crossings.minimum_bias(events + i);
    background_sum += background.pileup + (background.hard_id >= 0 ? 1 : 0);
  }
  const double found = signal_sum / events, variance = square / events - found * found;
  EXPECT_NEAR(found, mean, five_sigma_of_mean(std::sqrt(mean), events));
  EXPECT_NEAR(background_sum / events, mean, five_sigma_of_mean(std::sqrt(mean), events));
  // Variance of the sample variance of a Poisson distribution: (mean + 2 mean^2) / n.
  EXPECT_NEAR(variance, mean, 5 * std::sqrt((mean + 2 * mean * mean) / events));
}

TEST(Crossing, VerticesAreSpreadAsTheCardSays) {
  CrossingMaker crossings({}, {0, 4}, nullptr);
  const Collisions library(sample_folder() / "zmumu.h5");
  const int events = 3000;
  double z_square = 0, t_square = 0;
  for (int i = 0; i < events; ++i) {
    const Event event = crossings.signal(i, library, i % library.size());
    z_square += event.vertex_z_cm * event.vertex_z_cm;
    t_square += event.vertex_t_ns * event.vertex_t_ns;
    EXPECT_LE(std::fabs(event.vertex_z_cm), 25);
    EXPECT_LE(std::fabs(event.vertex_t_ns), 0.8);
  }
  const double error = 5 / std::sqrt(2.0 * events);
  EXPECT_NEAR(std::sqrt(z_square / events) / 5.3, 1, error);
  EXPECT_NEAR(std::sqrt(t_square / events) / 0.160, 1, error);
}

TEST(Crossing, MinimumBiasWithoutPileupIsOneCollision) {
  CrossingMaker crossings({}, {0, 4}, &minimum_bias_library());
  for (int i = 0; i < 20; ++i) {
    const Event event = crossings.minimum_bias(i);
    EXPECT_GE(event.hard_id, 0);
    EXPECT_EQ(event.pileup, 0);
  }
}

TEST(Crossing, AnEmptyCrossingIsAnEventWithoutTokens) {
  CrossingMaker crossings({}, {0.5, 4}, &minimum_bias_library());
  int empty = 0;
  for (int i = 0; i < 50; ++i) {
    const Event event = crossings.minimum_bias(i);
    if (event.hard_id >= 0) continue;
    ++empty;
    EXPECT_TRUE(event.tokens.empty());
    EXPECT_EQ(event.pileup, 0);
  }
  EXPECT_GT(empty, 10);
}

TEST(Crossing, TheTruthTurnsWithTheEvent) {
  CrossingMaker crossings({}, {0, 4}, nullptr);
  const Collisions library(sample_folder() / "ttbar.h5");
  for (int i = 0; i < 20; ++i) {
    const Event event = crossings.signal(i, library, i);
    const Truth& before = *library.collision(i).truth;
    const float turn = wrap_phi(event.truth.partons[0].phi - before.partons[0].phi);
    const double missing = std::hypot(before.missing_x_gev, before.missing_y_gev);
    EXPECT_NEAR(std::hypot(event.truth.missing_x_gev, event.truth.missing_y_gev), missing, 1e-3);
    if (missing < 1) continue;
    const double turned = std::atan2(event.truth.missing_y_gev, event.truth.missing_x_gev) -
                          std::atan2(before.missing_y_gev, before.missing_x_gev);
    EXPECT_NEAR(std::remainder(turned - turn, 2 * M_PI), 0, 1e-4);
    EXPECT_EQ(std::fabs(event.truth.partons[1].eta), std::fabs(before.partons[1].eta));
  }
}

TEST(Generate, ImpossibleOptionsAreRefused) {
  const TestFolder folder;
  const auto message = [&](const GenerateOptions& options) {
    return message_of([&] { generate_events(options, folder / "e.h5"); });
  };
  GenerateOptions options = options_for({Process::kZToMuons}, 0, 0);
  EXPECT_NE(message(options).find("--events is below 1"), std::string::npos);
  options = options_for({Process::kZToMuons}, 1, -1);
  EXPECT_NE(message(options).find("--pileup is not between"), std::string::npos);
  options = options_for({Process::kZToMuons}, 1, NAN);
  EXPECT_NE(message(options).find("--pileup is not between"), std::string::npos);
  options = options_for({}, 1, 0);
  EXPECT_NE(message(options).find("no process"), std::string::npos);
  options = options_for({Process::kImported}, 1, 0);
  EXPECT_NE(message(options).find("has no library"), std::string::npos);
  options = options_for({Process::kMinimumBias}, 4, 1);
  options.resimulate = 2;
  EXPECT_NE(message(options).find("which has no hard collision to keep"), std::string::npos);
  options.resimulate = 0;
  EXPECT_NE(message(options).find("--resimulate is not between 1 and"), std::string::npos);
  options = options_for({Process::kZToMuons}, 1, 0);
  options.first_event = -1;
  EXPECT_NE(message(options).find("--first-event"), std::string::npos);
  options.first_event = 0;
  options.sample = folder.path();
  EXPECT_NE(message(options).find("zmumu.h5: error: no such file"), std::string::npos);
  EXPECT_NE(message_of([] {
              process_from_name("higgs", "--process");
            }).find("--process: error: no process 'higgs' — one of minbias, qcd"),
            std::string::npos);
  EXPECT_EQ(process_from_name("tt", ""), Process::kTopPairs);
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

TEST(Generate, CtrlCLeavesNothing) {
  const TestFolder folder;
  const int status = status_of_child([&] {
    install_interrupt_handler();
    raise(SIGINT);
    const auto message = message_of(
        [&] { generate_events(options_for({Process::kMinimumBias}, 600, 1), folder / "e.h5"); });
    return message.find("interrupted") == std::string::npos ? 1 : 0;
  });
  EXPECT_EQ(status, 0);
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

}  // namespace
}  // namespace trigstone
