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
  for (const char* name : {"jets", "widejets", "sums", "taus", "electrons", "photons", "muons",
                           "vertices", "samuons"}) {
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
      const std::map<std::string, size_t> sizes = {{"jets", words.jets.size()},
                                                   {"widejets", words.wide_jets.size()},
                                                   {"sums", words.sums.size()},
                                                   {"taus", words.taus.size()},
                                                   {"electrons", words.electrons.size()},
                                                   {"photons", words.photons.size()},
                                                   {"muons", words.muons.size()},
                                                   {"vertices", words.vertices.size()},
                                                   {"samuons", words.standalone_muons.size()}};
      expected += sizes.at(name);
    }
    EXPECT_EQ(rows.size(), expected) << name;
    EXPECT_GT(rows.size(), 0U) << name;
  }
}

TEST(TriggerPatterns, RegionMuonsComeBackThroughTheFile) {
  std::vector<Event> events(3);
  for (int i = 0; i < 40; ++i) {
    events[static_cast<size_t>(i % 2)].standalone_muons.push_back(
        {.pt_gev = 50.0F - static_cast<float>(i),
         .eta = -2.3F + 0.118F * static_cast<float>(i),
         .phi = -3.1F + 0.15F * static_cast<float>(i),
         .charge = static_cast<int8_t>(i % 3 == 0 ? 1 : -1),
         .quality = 8});
  }
  for (const float pt_gev : {20.0F, 70.0F}) {
    events[0].standalone_muons.push_back({.pt_gev = pt_gev, .eta = -2, .charge = 1, .quality = 8});
  }
  const Pattern pattern = trigger_pattern(events, TriggerObject::kRegionMuons);
  ASSERT_EQ(pattern.links.size(), 5U);
  EXPECT_EQ(frames_in(pattern), 3 * 54);
  const auto rows = read_trigger_pattern(pattern, TriggerObject::kRegionMuons, "p");
  const std::string text = pattern_text(pattern, PatternForm::kEmpV2, "p");
  EXPECT_EQ(read_trigger_pattern(parse_pattern(text, "p"), TriggerObject::kRegionMuons, "p"), rows);
  size_t count = 0;
  for (size_t e = 0; e < events.size(); ++e) {
    const auto inputs = region_inputs({}, events[e].standalone_muons);
    for (size_t r = 0; r < inputs.size(); ++r) {
      for (size_t slot = 0; slot < inputs[r].muons.size(); ++slot, ++count) {
        const auto row = std::find_if(rows.begin(), rows.end(), [&](const OrderedJson& one) {
          return one["event"] == e && one["region"] == r && one["slot"] == slot;
        });
        ASSERT_NE(row, rows.end()) << r;
        const auto& muon = events[e].standalone_muons[static_cast<size_t>(inputs[r].muons[slot])];
        EXPECT_NEAR((*row)["pt_gev"].get<double>(), muon.pt_gev, 1e-6);
        EXPECT_EQ((*row)["charge"], muon.charge);
        EXPECT_EQ((*row)["quality"], 4);
      }
    }
  }
  EXPECT_EQ(rows.size(), count);
  EXPECT_GT(count, 60U);
  // By hand: region 54 is the first of board 3. Its first two words of 72 bits share three frames.
  const auto inputs = region_inputs({}, events[0].standalone_muons);
  const auto& frames = pattern.links[3].frames;
  const auto word = [&](size_t slot) {
    const auto& muons = inputs[54].muons;
    if (slot >= muons.size()) return WideWord{};
    return pack(region_muon_word(events[0].standalone_muons[static_cast<size_t>(muons[slot])],
                                 correlator_regions()[54]));
  };
  ASSERT_GE(inputs[54].muons.size(), 2U);
  EXPECT_EQ(frames[0].data, word(0)[0]);
  EXPECT_EQ(frames[1].data, word(0)[1] | word(1)[1] << 32);
  EXPECT_EQ(frames[2].data, word(1)[0]);
}

TEST(TriggerPatterns, TwelveStandaloneMuonsByFallingMomentum) {
  std::vector<Event> events(1);
  for (int i = 0; i < 15; ++i) {
    events[0].standalone_muons.push_back(
        {.pt_gev = 3.0F + static_cast<float>(i), .d0_cm = 80, .charge = -1, .quality = 4});
  }
  events[0].standalone_muons[3].eta = NAN;
  const Pattern pattern = trigger_pattern(events, TriggerObject::kStandaloneMuons);
  const auto rows = read_trigger_pattern(pattern, TriggerObject::kStandaloneMuons, "p");
  ASSERT_EQ(rows.size(), 12U);
  for (size_t i = 0; i < 11; ++i) EXPECT_EQ(rows[i]["pt_gev"], 17.0 - static_cast<double>(i));
  EXPECT_EQ(rows[11]["pt_gev"], 5);  // the one of 6 GeV is damaged
  EXPECT_EQ(rows[0]["charge"], -1);
  EXPECT_NEAR(rows[0]["d0_cm"].get<double>(), 80, 1.92);
}

TEST(TriggerPatterns, OtherObjectsAreRefused) {
  EXPECT_EQ(
      message_of([] { trigger_object_named("jet", "--object"); }),
      "--object: error: no trigger object 'jet' — one of tracks, puppi, jets, widejets, sums, "
      "taus, electrons, photons, muons, vertices, samuons, regionmuons");
  EventFileInfo info;
  info.has_muons = false;
  for (const auto object : {TriggerObject::kStandaloneMuons, TriggerObject::kRegionMuons}) {
    EXPECT_EQ(message_of([&] { check_file_tells(object, info, "e.h5"); }),
              "e.h5: error: does not tell of stand-alone muons — make it with `trigstone events "
              "generate`, or convert generated collisions (HepMC)");
  }
  EXPECT_NO_THROW(check_file_tells(TriggerObject::kMuons, info, "e.h5"));
  EXPECT_NO_THROW(check_file_tells(TriggerObject::kStandaloneMuons, {}, "e.h5"));
  const Pattern pattern = trigger_pattern({}, TriggerObject::kJets);
  EXPECT_EQ(
      message_of([&] { read_trigger_pattern(pattern, TriggerObject::kPuppi, "p.txt"); }),
      "p.txt: error: holds 1 links where 34 of 'puppi' belong — name the object that the file "
      "was written for");
}

}  // namespace
}  // namespace trigstone
