// Events into patterns and back, and the classical objects as words of the Global Trigger.
#include "physics/trigger_patterns.h"

#include <gtest/gtest.h>

#include "base/testing.h"
#include "events/track_word.h"
#include "physics/global_trigger.h"
#include "physics/physics_testing.h"
#include "physics/regions.h"

namespace trigstone {
namespace {

TEST(GlobalTrigger, AngleAndMomentumGoThroughTheCorrelator) {
  // 50.3 GeV: 201 quarters, 1608 steps of 1/32. phi 1: 229 steps of pi/720, 1302.75 -> 1303.
  const GlobalMomentum word = global_momentum({50.3F, -1, 1});
  EXPECT_EQ(word, (GlobalMomentum{true, 1608, 1303, -1303}));
  EXPECT_EQ(global_momentum({3000, 0, 0}).pt, 65535U);
}

TEST(GlobalTrigger, WordsFollowTheObjects) {
  for (const Event& event : sample_crossings(Process::kTopPairs, 5)) {
    const ClassicalObjects objects = classical_objects(event);
    const GlobalTriggerWords words = global_trigger_words(event, objects);
    ASSERT_EQ(words.jets.size(), std::min(objects.jets.size(), kGlobalObjects));
    for (size_t i = 0; i < words.jets.size(); ++i) {
      EXPECT_NEAR(words.jets[i].momentum.pt * kGlobalPtStepGev, objects.jets[i].momentum.pt_gev,
                  0.25);
      EXPECT_NEAR(words.jets[i].momentum.eta * kGlobalAngleStep, objects.jets[i].momentum.eta,
                  0.003);
    }
    EXPECT_NEAR(words.sums[0].vector_pt * kGlobalPtStepGev, objects.missing.pt_gev(), 0.02);
    EXPECT_NEAR(words.sums[1].scalar_pt * kGlobalPtStepGev, objects.ht.scalar_gev, 0.02);
    EXPECT_NEAR(words.vertices[0].z0 * kVertexZ0StepCm, objects.vertex.z_cm, 0.002);
    ASSERT_FALSE(words.wide_jets.empty());
    EXPECT_GE(words.wide_jets[0].momentum.pt, words.jets[0].momentum.pt);
  }
}

int frames_in(const Pattern& pattern) {
  return static_cast<int>(pattern.links.front().frames.size());
}

TEST(TriggerPatterns, TracksComeBackAsTheirWords) {
  const auto& crossings = sample_crossings(Process::kTopPairs, 5);
  const std::span<const Event> events(crossings.data(), 5);
  const Pattern pattern = trigger_pattern(events, TriggerObject::kTracks);
  ASSERT_EQ(pattern.links.size(), 54U);
  EXPECT_EQ(frames_in(pattern), 162 + 162 + 54);  // event 4 begins in slice 1 of the second turn
  const auto rows = read_trigger_pattern(pattern, TriggerObject::kTracks, "p");
  std::vector<int> found(5), expected(5);
  for (const OrderedJson& row : rows) ++found[row["event"].get<size_t>()];
  for (size_t i = 0; i < 5; ++i) {
    for (const Token& token : events[i].tokens) expected[i] += has_track(token) ? 1 : 0;
  }
  EXPECT_EQ(found, expected);
  // The first track of event 0 in its link, by hand from the frames: two words of 96 bits in three.
  const Token& first = *std::find_if(events[0].tokens.begin(), events[0].tokens.end(), has_track);
  const int link = 2 * track_sector(first.phi) + (first.eta >= 0 ? 1 : 0);
  const auto& frames = pattern.links[3 * static_cast<size_t>(link)].frames;
  EXPECT_EQ(frames[0].data, pack(track_word(first))[0]);
  EXPECT_TRUE(frames[0].valid && frames[0].start_of_packet && frames[0].start_of_orbit);
  EXPECT_TRUE(frames[155].valid && frames[155].end_of_packet);
  EXPECT_FALSE(frames[156].valid);
}

TEST(TriggerPatterns, CandidatesComeBack) {
  const auto& crossings = sample_crossings(Process::kTopPairs, 5);
  const std::span<const Event> events(crossings.data(), 2);
  const Pattern pattern = trigger_pattern(events, TriggerObject::kPuppi);
  ASSERT_EQ(pattern.links.size(), 34U);
  EXPECT_EQ(frames_in(pattern), 108);
  const auto rows = read_trigger_pattern(pattern, TriggerObject::kPuppi, "p");
  double expected_gev = 0, found_gev = 0;
  size_t count = 0;
  for (const Event& event : events) {
    for (const auto& own : region_candidates(event.tokens, find_vertex(event.tokens))) {
      count += own.size();
      for (const PuppiWord& word : own) expected_gev += word.pt / 4.0;
    }
  }
  for (const OrderedJson& row : rows) found_gev += row["pt_gev"].get<double>();
  EXPECT_EQ(rows.size(), count);
  EXPECT_DOUBLE_EQ(found_gev, expected_gev);
}

TEST(TriggerPatterns, GlobalObjectsComeBackThroughTheFile) {
  std::vector<Event> events;
  for (const Process process : {Process::kZToElectrons, Process::kZToMuons, Process::kTopPairs}) {
    const auto& crossings = sample_crossings(process, 3);
    events.insert(events.end(), crossings.begin(), crossings.begin() + 3);
  }
  for (const char* name :
       {"jets", "widejets", "sums", "taus", "electrons", "photons", "muons", "vertices"}) {
    const TriggerObject object = trigger_object_named(name, "--object");
    const Pattern pattern = trigger_pattern(events, object);
    EXPECT_EQ(pattern.links.size(), 1U);
    EXPECT_EQ(frames_in(pattern), 9 * 54);
    const auto rows = read_trigger_pattern(pattern, object, "p");
    const std::string text = pattern_text(pattern, PatternForm::kEmpV1, "p");
    EXPECT_EQ(read_trigger_pattern(parse_pattern(text, "p"), object, "p"), rows) << name;
    size_t expected = 0;
    for (const Event& event : events) {
      const GlobalTriggerWords words = global_trigger_words(event, classical_objects(event));
      const std::map<std::string, size_t> sizes = {
          {"jets", words.jets.size()},           {"widejets", words.wide_jets.size()},
          {"sums", words.sums.size()},           {"taus", words.taus.size()},
          {"electrons", words.electrons.size()}, {"photons", words.photons.size()},
          {"muons", words.muons.size()},         {"vertices", words.vertices.size()}};
      expected += sizes.at(name);
    }
    EXPECT_EQ(rows.size(), expected) << name;
    EXPECT_GT(rows.size(), 0U) << name;
  }
}

TEST(TriggerPatterns, OtherObjectsAreRefused) {
  EXPECT_EQ(
      message_of([] { trigger_object_named("jet", "--object"); }),
      "--object: error: no trigger object 'jet' — one of tracks, puppi, jets, widejets, sums, "
      "taus, electrons, photons, muons, vertices");
  const Pattern pattern = trigger_pattern({}, TriggerObject::kJets);
  EXPECT_EQ(
      message_of([&] { read_trigger_pattern(pattern, TriggerObject::kPuppi, "p.txt"); }),
      "p.txt: error: holds 1 links where 34 of 'puppi' belong — name the object that the file "
      "was written for");
}

}  // namespace
}  // namespace trigstone
