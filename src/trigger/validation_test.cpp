#include "trigger/validation.h"

#include <cmath>

#include "base/testing.h"
#include "test_folders.h"

namespace trigstone {
namespace {

namespace fs = std::filesystem;

Menu classical_menu() {
  return read_menu(fs::path(kSourceFolder) / "configs" / "menu_classical.toml");
}

Token token_of(TokenKind kind, float pt_gev, float eta, float phi, int8_t is_pileup = 0) {
  Token token;
  token.kind = static_cast<int8_t>(kind);
  token.pt_gev = pt_gev;
  token.eta = eta;
  token.phi = phi;
  token.is_pileup = is_pileup;
  return token;
}

// Two Z bosons at rest in two muons of 45.6 GeV, and three minimum-bias events, one with a muon.
std::vector<Event> some_events() {
  std::vector<Event> events(5);
  for (size_t i = 0; i < events.size(); ++i) {
    Event& event = events[i];
    event.id = static_cast<int64_t>(i);
    event.weight = 2;
    event.pileup = static_cast<int16_t>(10 * i);
    event.process = i < 2 ? Process::kZToMuons : Process::kMinimumBias;
    if (i < 2) {
      event.tokens = {token_of(TokenKind::kMuon, 45.6F, 0.5F, 0.5F),
                      token_of(TokenKind::kMuon, 45.6F, 0.5F, 0.5F - static_cast<float>(M_PI))};
    }
    event.tokens.push_back(token_of(TokenKind::kPhoton, 3, -1, 1, 1));
  }
  events[4].tokens.insert(events[4].tokens.begin(), token_of(TokenKind::kMuon, 30, 1, 1));
  Token rest = token_of(TokenKind::kHadron, 5, 0, 0);
  rest.kind |= kRemainderFlag;
  events[3].tokens.push_back(rest);
  return events;
}

class ValidationOfEvents : public testing::Test {
 protected:
  Validation validate(const std::vector<Event>& events, int threads = 1) {
    EventWriter writer(folder_ / "e.h5", EventFileInfo{});
    writer.append(events);
    writer.commit();
    return validate_events(folder_ / "e.h5", classical_menu(), threads);
  }
  TestFolder folder_;
};

TEST_F(ValidationOfEvents, CountsAndMassesAreThoseOfTheFile) {
  const Validation all = validate(some_events());
  ASSERT_EQ(all.processes.size(), 2U);
  const ProcessValidation &minimum_bias = all.processes[0], &muons = all.processes[1];
  EXPECT_EQ(muons.process, Process::kZToMuons);
  EXPECT_EQ(muons.events, 2);
  const auto muon = static_cast<size_t>(TokenKind::kMuon);
  EXPECT_EQ(muons.tokens[muon], 2);
  EXPECT_DOUBLE_EQ(minimum_bias.tokens[muon], 1.0 / 3);
  EXPECT_DOUBLE_EQ(minimum_bias.remainders, 1.0 / 3);
  EXPECT_EQ(muons.pileup, 5);
  ASSERT_EQ(muons.masses_gev[1].size(), 2U);
  EXPECT_NEAR(muons.masses_gev[1][0], 2 * 45.6, 1e-3);
  EXPECT_EQ(muons.mass[1].counts[22], 2);  // 88 to 92 GeV
  EXPECT_TRUE(minimum_bias.masses_gev[1].empty());
  EXPECT_EQ(muons.multiplicity.counts[0], 2);  // three tokens of 160 / 40
  double muons_in_eta = 0;
  for (const double count : all.eta[muon].counts) muons_in_eta += count;
  EXPECT_EQ(muons_in_eta, 5);
  // All five photons of 3 GeV are pile-up: log10(3) = 0.477 is in [0.375, 0.5).
  EXPECT_EQ(all.pileup_share.entries.counts[7], 5);
  EXPECT_EQ(all.pileup_share.mean(7), 1);
  EXPECT_EQ(all.raw_sum_gev.entries.counts[2], 1);  // 40 to 60 collisions: the last event
  EXPECT_FLOAT_EQ(static_cast<float>(all.raw_sum_gev.mean(2)), 33);
}

TEST_F(ValidationOfEvents, TracksWithChi2ShareOutByTruth) {
  std::vector<Event> events = some_events();
  for (Event& event : events) {
    event.tokens.push_back(token_of(TokenKind::kTrack, 3, 0, 0));
    event.tokens.back().chi2_rphi = 1.1F;  // bin [1, 1.25)
  }
  events[0].tokens.back().is_fake = 1;
  events[0].tokens.back().chi2_rphi = 9.1F;
  events[1].tokens.back().chi2_rphi = 0;  // not known
  const Validation all = validate(events);
  EXPECT_EQ(all.fake_share.entries.counts[7], 4);  // log10(3) = 0.477 is in [0.375, 0.5)
  EXPECT_EQ(all.fake_share.mean(7), 0.25);
  EXPECT_EQ(all.track_chi2[0].counts[4], 3);
  EXPECT_EQ(all.track_chi2[1].counts[36], 1);
}

// Against tracker muons of 45.6 and 30 GeV, log10 1.66 and 1.48: bins 13 and 11 of 0.125.
TEST_F(ValidationOfEvents, StandaloneMuonsAreLookedForAroundTrackerMuons) {
  std::vector<Event> events = some_events();
  for (Event& event : events) {
    for (Token& token : event.tokens) token.charge = token.token_kind() == TokenKind::kMuon ? 1 : 0;
  }
  // 5 % more curvature, beside a farther one; and one of the other sign.
  events[0].standalone_muons = {{45.6F / 1.05F, 0.55F, 0.5F, 0, 0, 1, 12, 0, 0},
                                {20, 0.5F, 0.4F, 0, 0, 1, 12, 0, 0}};
  events[4].standalone_muons = {{60, 1, 1.1F, 0, 0, -1, 12, 0, 0}};
  const Validation all = validate(events);
  EXPECT_EQ(all.muon_found.entries.counts[13], 4);
  EXPECT_EQ(all.muon_found.mean(13), 0.25);
  EXPECT_EQ(all.muon_curvature.entries.counts[13], 1);
  EXPECT_NEAR(all.muon_curvature.rms(13), 0.05, 1e-6);
  EXPECT_EQ(all.muon_found.mean(11), 1);
  EXPECT_NEAR(all.muon_curvature.rms(11), 1.5, 1e-6);  // -30/60 - 1
  EXPECT_EQ(all.processes[1].standalone_muons, 1);
  EXPECT_DOUBLE_EQ(all.processes[0].standalone_muons, 1.0 / 3);
}

TEST_F(ValidationOfEvents, AFileWithoutStandaloneMuonsHasNoPlotOfThem) {
  EventFileInfo info;
  info.has_muons = false;
  EventWriter writer(folder_ / "e.h5", info);
  writer.append(some_events());
  writer.commit();
  const Validation all = validate_events(folder_ / "e.h5", classical_menu(), 1);
  for (const double count : all.muon_found.entries.counts) EXPECT_EQ(count, 0);
}

TEST_F(ValidationOfEvents, SeedsAndRates) {
  const Validation all = validate(some_events());
  ASSERT_EQ(all.menu.seeds[0].name, "SingleTkMuon20");
  EXPECT_EQ(all.processes[1].seeds[0], 1);
  EXPECT_DOUBLE_EQ(all.processes[0].seeds[0], 1.0 / 3);
  ASSERT_EQ(all.rates.size(), all.menu.seeds.size());
  EXPECT_TRUE(all.rates[0].measured);
  EXPECT_NEAR(all.rates[0].khz, kFilledCrossingsKhz / 3, 1e-6);
  std::vector<Event> signal = some_events();
  signal.resize(2);
  EXPECT_TRUE(validate(signal).rates.empty());
}

TEST_F(ValidationOfEvents, ResolutionIsTheSpreadAroundTheTruth) {
  std::vector<Event> events(1);
  events[0].tokens = {token_of(TokenKind::kMuon, 36, 0, 0)};
  events[0].truth.missing_x_gev = -33;
  const Validation all = validate(events);
  // sqrt(36) = 6 is in [4, 8); components are off by 3 and 0 GeV.
  EXPECT_NEAR(all.raw_missing_x.rms(1), std::sqrt(9.0 / 2), 1e-5);
}

TEST_F(ValidationOfEvents, DoesNotDependOnThreads) {
  const Validation one = validate(some_events()), four = validate(some_events(), 4);
  for (size_t i = 0; i < one.processes.size(); ++i) {
    EXPECT_EQ(one.processes[i].puppi_sum_gev, four.processes[i].puppi_sum_gev);
    EXPECT_EQ(one.processes[i].seeds, four.processes[i].seeds);
  }
}

TEST_F(ValidationOfEvents, Refusals) {
  EXPECT_NE(message_of([&] { validate({}); }).find("e.h5: error: holds no event"),
            std::string::npos);
  Menu menu = classical_menu();
  menu.seeds[0].conditions[0].object = SeedObject::kHead;
  validate(some_events());
  EXPECT_NE(message_of([&] { validate_events(folder_ / "e.h5", menu, 1); }).find("needs a network"),
            std::string::npos);
}

TEST(Histogram, ValuesOutsideAreLeftOut) {
  Histogram histogram(0, 10, 5);
  for (const double value : {-0.1, 0.0, 1.9, 9.99, 10.0, double{NAN}}) histogram.add(value);
  EXPECT_EQ(histogram.counts, (std::vector<double>{2, 0, 0, 0, 1}));
  EXPECT_EQ(histogram.centre(0), 1);
}

}  // namespace
}  // namespace trigstone
