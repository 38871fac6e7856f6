// Words against bits worked out by hand, at the edges of their fields, and there and back.
#include <gtest/gtest.h>

#include <bit>
#include <numbers>

#include "base/random.h"
#include "events/correlator_words.h"
#include "events/global_trigger_words.h"
#include "events/track_word.h"

namespace trigstone {
namespace {

constexpr double kPi = std::numbers::pi;

// A word with random bits in every field comes back, and its bits stay below `bits`.
template <class Word>
void check_round_trip(int bits) {
  EXPECT_EQ(used_bits<Word>(), bits);
  Random random(static_cast<uint64_t>(bits));
  for (int trial = 0; trial < 200; ++trial) {
    const auto word = unpack<Word>(WideWord{random.bits(), random.bits()});
    const WideWord packed = pack(word);
    EXPECT_EQ(unpack<Word>(packed), word);
    if (bits <= 64) {
      EXPECT_EQ(packed[1], 0U);
    }
    const int top = bits % 64;
    if (top != 0) {
      EXPECT_EQ(packed[static_cast<size_t>(bits / 64)] >> top, 0U);
    }
  }
  // All ones is all ones: no bit is lost and no field overlaps another.
  const WideWord ones = pack(unpack<Word>({~uint64_t{0}, ~uint64_t{0}}));
  EXPECT_EQ(std::popcount(ones[0]) + std::popcount(ones[1]), bits);
}

TEST(Words, FieldsTakeTheBitsOfTheirSource) {
  check_round_trip<TrackWord>(96);
  check_round_trip<HadronClusterWord>(82);
  check_round_trip<EmClusterWord>(82);
  check_round_trip<RegionTrackWord>(84);
  check_round_trip<RegionMuonWord>(72);
  check_round_trip<RegionVertexWord>(10);
  check_round_trip<GlobalJetWord>(126);
  check_round_trip<GlobalSumWord>(46);
  check_round_trip<GlobalTauWord>(81);
  check_round_trip<GlobalElectronWord>(70);
  check_round_trip<GlobalPhotonWord>(59);
  check_round_trip<GlobalStandaloneMuonWord>(61);
  check_round_trip<GlobalVertexWord>(49);
}

TEST(Words, SecondFramesBeginAtBit64) {
  GlobalWideJetWord jet;
  jet.mass2 = 1;
  EXPECT_EQ(pack(jet), (WideWord{0, 1}));
  GlobalTrackMuonWord muon;
  muon.charge = 1;
  muon.quality = 3;
  EXPECT_EQ(pack(muon), (WideWord{0, 1 | 3 << 1}));
  muon.momentum.pt = 7;
  EXPECT_EQ(unpack<GlobalTrackMuonWord>(pack(muon)), muon);
}

TEST(Words, StandaloneMuonsAreInStepsOfTheMuonTrigger) {
  const auto word = standalone_muon_word({20, 0.5F, -1, -3, 90, -1, 12, 0, 0});
  // 90 / 3.84 = 23.4; -3 / 1.6 = -1.9; angles in steps of pi / 4096.
  EXPECT_EQ(word, (GlobalStandaloneMuonWord{{true, 640, -1304, 652}, -2, 23, 1, 12}));
  const auto far = standalone_muon_word({5000, 2, 1, 40, -400, 1, 4, 0, 0});
  EXPECT_EQ(far.momentum.pt, 65535U);
  EXPECT_EQ(far.z0, 15);
  EXPECT_EQ(far.d0, -64);
  EXPECT_EQ(far.charge, 0U);
  EXPECT_EQ(unpack<GlobalStandaloneMuonWord>(pack(far)), far);
}

TEST(Words, AValueOutsideItsFieldIsABug) {
  EXPECT_THROW(pack(RegionVertexWord{512}), InternalError);
  EXPECT_THROW(pack(RegionVertexWord{-513}), InternalError);
  EXPECT_EQ(pack(RegionVertexWord{-512})[0], 0x200U);
  GlobalSumWord sum;
  sum.scalar_pt = 1 << 16;
  EXPECT_THROW(pack(sum), InternalError);
}

TEST(Words, StepsAreCutOffRoundedAndSaturated) {
  EXPECT_EQ(floor_steps(0.99, 1, 4), 0);
  EXPECT_EQ(floor_steps(-0.01, 1, 4), -1);
  EXPECT_EQ(floor_steps(7.5, 1, 4), 7);
  EXPECT_EQ(floor_steps(8, 1, 4), 7);
  EXPECT_EQ(floor_steps(-8, 1, 4), -8);
  EXPECT_EQ(floor_steps(-8.1, 1, 4), -8);
  EXPECT_EQ(floor_steps(INFINITY, 1, 4), 7);
  EXPECT_EQ(floor_steps(-INFINITY, 1, 4), -8);
  EXPECT_EQ(floor_steps(NAN, 1, 4), 0);
  EXPECT_EQ(nearest_steps(-1.5, 1, 4), -2);
  EXPECT_EQ(nearest_steps(100, 1, 4), 7);
  EXPECT_EQ(nearest_unsigned_steps(15.6, 1, 4), 15U);
  EXPECT_EQ(nearest_unsigned_steps(-3, 1, 4), 0U);
  EXPECT_EQ(nearest_unsigned_steps(NAN, 1, 4), 0U);
}

// pT 5 GeV, charge -1:  -0.0114256 / 5 / 3.662109e-7 = -6239.77 -> -6240 = 0x67a0 in 15 bits
// eta 0.5:  sinh 0.521095 * 4096 = 2134.41 -> 2134 = 0x0856
// phi 0.8: sector 1 (0.698132), local 0.101868 / 3.834952e-4 = 265.63 -> 265 = 0x109
// z0 -3.2 cm / 0.00999469 = -320.17 -> -321 = 0xebf;  d0 0.01 * 256 = 2.56 -> 2;  5 stubs: 0b11111
// bits: hit pattern at 9, d0 at 19, z0 at 36, tan lambda at 48, phi0 at 68, curvature at 80
TEST(TrackWords, ByHand) {
  const Token token{.kind = 0,
                    .quality = 5,
                    .pt_gev = 5,
                    .eta = 0.5F,
                    .phi = 0.8F,
                    .z0_cm = -3.2F,
                    .dxy_cm = 0.01F,
                    .charge = -1};
  const TrackWord word = track_word(token);
  EXPECT_EQ(track_sector(token.phi), 1);
  EXPECT_EQ(word.curvature, -6240);
  EXPECT_EQ(word.tan_lambda, 2134);
  EXPECT_EQ(word.phi0, 265);
  EXPECT_EQ(word.z0, -321);
  EXPECT_EQ(word.d0, 2);
  const uint64_t low =
      uint64_t{0x1f} << 9 | uint64_t{2} << 19 | uint64_t{0xebf} << 36 | uint64_t{0x0856} << 48;
  const uint64_t high = uint64_t{0x109} << 4 | uint64_t{0x67a0} << 16 | uint64_t{1} << 31;
  EXPECT_EQ(pack(word), (WideWord{low, high}));
  EXPECT_EQ(low, 0x0856ebf000103e00U);
  EXPECT_EQ(high, 0xe7a01090U);
}

// The same track with 0b101111 hit, chi^2 1.2, 0.7 and 0.8 per degree of freedom: bins 1, 1, 1 at
// 64, 32 and 16; the MVA quality is 7 at 6.
TEST(TrackWords, Chi2AndHitsByHand) {
  const Token token{.quality = 5,
                    .pt_gev = 5,
                    .hit_pattern = 0b101111,
                    .chi2_rphi = 1.2F,
                    .chi2_rz = 0.7F,
                    .bend_chi2 = 0.8F};
  const WideWord word = pack(track_word(token));
  EXPECT_EQ(word[0] & 0xf0007ffffU,
            uint64_t{7} << 6 | uint64_t{0b101111} << 9 | uint64_t{1} << 16 | uint64_t{1} << 32);
  EXPECT_EQ(word[1] & 0xfU, 1U);
}

// log odds by hand, four stubs, square 9, middles of bins:
// real: chi^2 0.5, 0.25, 0.375: ln 9 + (2 + 2 + 4)/2 ln 9 - 8/9 (0.5 + 0.25 + 2 * 0.375) = 9.65,
//       and 4 of 6 layers: 2 ln 0.03 + 4 ln 0.97 - 2 ln 0.75 = -6.56
// fake: chi^2 8, 9 and 4.25 instead: 10.99 - 8/9 (8 + 9 + 8.5) = -11.68
TEST(TrackWords, MvaQualityTellsRealFromFake) {
  EXPECT_EQ(track_mva_quality({.hit_pattern = 0b001111}), 7U);  // odds of 22
  EXPECT_EQ(
      track_mva_quality({.hit_pattern = 0b001111, .bend_chi2 = 5, .chi2_rz = 12, .chi2_rphi = 9}),
      0U);
  // Between: chi^2 2.25, 2.25, 1.875: 10.99 - 8/9 (2.25 + 2.25 + 3.75) - 6.56 = -2.90: 0.052
  EXPECT_EQ(
      track_mva_quality({.hit_pattern = 0b001111, .bend_chi2 = 3, .chi2_rz = 4, .chi2_rphi = 3}),
      0U);
  // chi^2 1.75, 1.25, 0.875: 10.99 - 8/9 (1.75 + 1.25 + 1.75) - 6.56 = 0.21: 0.55 of 8 is 4
  EXPECT_EQ(
      track_mva_quality({.hit_pattern = 0b001111, .bend_chi2 = 1, .chi2_rz = 2, .chi2_rphi = 2}),
      4U);
  const TrackWord unknown = track_word({.quality = 5, .pt_gev = 5});
  EXPECT_EQ(unknown.mva_quality, 0U);
  EXPECT_EQ(unknown.chi2_rphi, 0U);
}

TEST(TrackWords, SaturateAtTheirEdges) {
  const TrackWord soft = track_word({.pt_gev = 0.5F, .eta = 9, .z0_cm = 30, .dxy_cm = -20});
  EXPECT_EQ(soft.curvature, 16383);
  EXPECT_EQ(soft.tan_lambda, 32767);
  EXPECT_EQ(soft.z0, 2047);
  EXPECT_EQ(soft.d0, -4096);
  const TrackWord other = track_word({.pt_gev = 0.5F, .z0_cm = NAN, .charge = -1});
  EXPECT_EQ(other.curvature, -16384);
  EXPECT_EQ(other.z0, 0);
}

TEST(TrackWords, SectorsCoverTheCircle) {
  EXPECT_EQ(track_sector(0.34F), 0);
  EXPECT_EQ(track_sector(0.36F), 1);
  EXPECT_EQ(track_sector(-0.36F), 8);
  EXPECT_NEAR(track_sector_phi(5), -160 * kPi / 180, 1e-6);
  for (int i = -1000; i <= 1000; ++i) {
    const auto phi = static_cast<float>(i * kPi / 1000);
    const int sector = track_sector(phi);
    ASSERT_GE(sector, 0);
    ASSERT_LT(sector, kTrackSectors);
    EXPECT_LE(std::fabs(std::remainder(phi - track_sector_phi(sector), 2 * kPi)),
              kPi / kTrackSectors + 1e-6);
  }
}

// What comes back lies within half a step of what went in; a second trip changes nothing.
TEST(TrackWords, ComeBackWithinHalfAStep) {
  Random random(5);
  for (int i = 0; i < 500; ++i) {
    const auto stubs = static_cast<int>(random.integer(4, 6));
    const bool knows_chi2 = random.chance(0.5);
    const auto chi2 = [&] { return static_cast<float>(knows_chi2 ? random.uniform(0.01, 60) : 0); };
    const Token token{
        .quality = static_cast<int8_t>(stubs),
        .pt_gev = static_cast<float>(2 / random.uniform(0.01, 1)),
        .eta = static_cast<float>(random.uniform(-2.4, 2.4)),
        .phi = static_cast<float>(random.uniform(-kPi, kPi)),
        .z0_cm = static_cast<float>(random.uniform(-20, 20)),
        .dxy_cm = static_cast<float>(random.uniform(-10, 10)),
        .charge = static_cast<int8_t>(random.chance(0.5) ? 1 : -1),
        .hit_pattern = static_cast<int8_t>(((1 << stubs) - 1) << random.integer(0, 7 - stubs)),
        .chi2_rphi = chi2(),
        .chi2_rz = chi2(),
        .bend_chi2 = chi2()};
    const int sector = track_sector(token.phi);
    const Token back = token_of(track_word(token), sector);
    EXPECT_EQ(back.charge, token.charge);
    EXPECT_EQ(back.quality, token.quality);
    EXPECT_EQ(back.hit_pattern, token.hit_pattern);
    EXPECT_EQ(back.chi2_rphi > 0, knows_chi2);
    EXPECT_EQ(chi2_rphi_bin(back.chi2_rphi), chi2_rphi_bin(token.chi2_rphi));
    EXPECT_EQ(chi2_rz_bin(back.chi2_rz), chi2_rz_bin(token.chi2_rz));
    EXPECT_EQ(bend_chi2_bin(back.bend_chi2), bend_chi2_bin(token.bend_chi2));
    EXPECT_NEAR(kTrackCurvatureGev / back.pt_gev, kTrackCurvatureGev / token.pt_gev,
                0.51 * kTrackCurvatureStep);
    EXPECT_NEAR(std::sinh(back.eta), std::sinh(token.eta), 0.51 * kTrackTanLambdaStep);
    EXPECT_NEAR(std::remainder(back.phi - token.phi, 2 * kPi), 0, 0.51 * kTrackPhiStep);
    EXPECT_NEAR(back.z0_cm, token.z0_cm, 0.51 * kTrackZ0StepCm);
    EXPECT_NEAR(back.dxy_cm, token.dxy_cm, 0.51 * kTrackD0StepCm);
    EXPECT_EQ(track_word(back), track_word(token));
  }
}

TEST(TrackWords, Chi2BinsBeginAtTheirEdges) {
  EXPECT_EQ(bend_chi2_bin(0.74), 0U);
  EXPECT_EQ(bend_chi2_bin(0.75), 1U);
  EXPECT_EQ(bend_chi2_bin(1e9), 7U);
  EXPECT_EQ(chi2_rz_bin(5.9), 10U);
  EXPECT_EQ(chi2_rz_bin(50), 15U);
  EXPECT_EQ(chi2_rphi_bin(-1), 0U);
  EXPECT_EQ(chi2_rphi_bin(6), 9U);
}

// pT 12.3 GeV: 49 quarters = 0x31; eta -1 / 0.00436332 = -229.18 -> -229 = 0xf1b in 12 bits;
// phi 3 -> 687.55 -> 688 = 0x2b0; pi+ = 3; z0 5.03 cm -> 100.6 -> 101 = 0x65;
// sqrt(0.04) * 64 = 12.8 -> 13 = 0xd; quality 3
TEST(PuppiWords, ChargedByHand) {
  PuppiWord word;
  word.pt = correlator_pt(12.3);
  word.eta = correlator_angle(-1);
  word.phi = correlator_phi(3);
  word.id = particle_id({.kind = 0, .charge = 1});
  word.z0 = correlator_z0(5.03);
  word.dxy = correlator_dxy(-0.04);
  word.quality = 3;
  const uint64_t expected = uint64_t{0x31} | uint64_t{0xf1b} << 14 | uint64_t{0x2b0} << 26 |
                            uint64_t{3} << 37 | uint64_t{0x65} << 40 | uint64_t{0xd} << 50 |
                            uint64_t{3} << 58;
  EXPECT_EQ(pack_puppi(word), expected);
  EXPECT_EQ(unpack_puppi(expected), word);
}

TEST(PuppiWords, NeutralByHand) {
  PuppiWord word;
  word.pt = correlator_pt(1e9);  // saturates
  word.eta = correlator_angle(-20);
  word.phi = correlator_phi(-kPi);  // -720 is +720
  word.id = ParticleId::kPhoton;
  word.weight = 256;
  word.em_id = 63;
  EXPECT_EQ(word.phi, 720);
  const uint64_t expected = uint64_t{0x3fff} | uint64_t{0x800} << 14 | uint64_t{720} << 26 |
                            uint64_t{1} << 37 | uint64_t{256} << 40 | uint64_t{63} << 49;
  EXPECT_EQ(pack_puppi(word), expected);
  EXPECT_EQ(unpack_puppi(expected), word);
  EXPECT_EQ(particle_id({.kind = 1}), ParticleId::kElectron);
  EXPECT_EQ(particle_id({.kind = 1, .charge = 1}), ParticleId::kPositron);
  EXPECT_EQ(particle_id({.kind = 2, .charge = 1}), ParticleId::kPositiveMuon);
  EXPECT_EQ(particle_id({.kind = 3}), ParticleId::kPhoton);
  EXPECT_EQ(particle_id({.kind = 4}), ParticleId::kNeutralHadron);
}

TEST(PuppiWords, EveryIdComesBack) {
  Random random(7);
  for (int i = 0; i < 500; ++i) {
    const PuppiWord word = unpack_puppi(random.bits());
    EXPECT_EQ(unpack_puppi(pack_puppi(word)), word);
    EXPECT_EQ(pack_puppi(word) >> 61, 0U);
  }
}

// RND_CONV: ties go to the even mantissa. 100 GeV = 3200/32.
TEST(GlobalWords, NumbersAreRoundedAsTheirFormatsSay) {
  EXPECT_EQ(global_pt(100), 3200U);
  EXPECT_EQ(global_pt(0.5 / 32), 0U);
  EXPECT_EQ(global_pt(1.5 / 32), 2U);
  EXPECT_EQ(global_pt(5000), 65535U);
  EXPECT_EQ(global_phi(kPi), -4096);
  EXPECT_EQ(global_phi(-kPi / 2), -2048);
  EXPECT_EQ(global_eta(10), 8191);
  EXPECT_EQ(global_eta(-10), -8192);
  EXPECT_EQ(global_z0(-1.0), -20);
  EXPECT_EQ(global_z0(100), 511);
  EXPECT_EQ(global_isolation(1.49), 5U);
  EXPECT_EQ(global_isolation(1e6), 2047U);
  EXPECT_EQ(global_seed_pt(10), 40U);
  EXPECT_EQ(global_mass2(10), 400U);
  EXPECT_EQ(vertex_z0(-0.001), -1);
  EXPECT_EQ(vertex_sum_pt(10.3), 41U);
}

// 4096/720 in steps of 2^-13 is 46603: 720 * 46603 / 8192 = 4095.97 -> 4096, which wraps; and
// -100 * 46603 / 8192 = -568.88 -> -569.
TEST(GlobalWords, CorrelatorAnglesAreRescaled) {
  EXPECT_EQ(global_phi_of_correlator(720), -4096);
  EXPECT_EQ(global_phi_of_correlator(-100), -569);
  EXPECT_EQ(global_eta_of_correlator(720), 4096);
  EXPECT_EQ(global_eta_of_correlator(1), 6);
}

// valid, pT 50 GeV = 1600 = 0x640, phi -1 = -1303.8 -> -1304 = 0x1ae8, eta 2 = 2607.6 -> 2608 =
// 0xa30, z0 1 cm = 20, tags 0x80 (one) and 0x01.
TEST(GlobalWords, JetByHand) {
  GlobalJetWord jet;
  jet.momentum = {true, global_pt(50), global_phi(-1), global_eta(2)};
  jet.z0 = global_z0(1);
  jet.tag_scores[0] = 0x80;
  jet.tag_scores[8] = 0x01;
  // 1 + 16 + 13 + 14 + 10 = 54: the first score begins at bit 54, the last at 118.
  const uint64_t low = 1 | uint64_t{0x640} << 1 | uint64_t{0x1ae8} << 17 | uint64_t{0xa30} << 30 |
                       uint64_t{20} << 44 | uint64_t{0x80} << 54;
  EXPECT_EQ(pack(jet), (WideWord{low, uint64_t{1} << 54}));
}

TEST(GlobalWords, SumByHand) {
  const GlobalSumWord sum{true, global_pt(93.1), global_phi(0.5), global_pt(372.9)};
  // 93.1 * 32 = 2979.2 = 0xba3, 0.5 * 4096 / pi = 651.9 -> 652 = 0x28c, 372.9 * 32 = 11932.8 =
  // 0x2e9d
  EXPECT_EQ(pack(sum)[0],
            1 | uint64_t{0xba3} << 1 | uint64_t{0x28c} << 17 | uint64_t{0x2e9d} << 30);
}

TEST(Pairs, TwoObjectsShareThreeFrames) {
  const WideWord first = {0x1111222233334444, 0xaaaabbbb},
                 second = {0x5555666677778888, 0xccccdddd};
  const auto tracks = pack_pair(first, second, OddLayout::kTracks);
  EXPECT_EQ(tracks,
            (std::array<uint64_t, 3>{0x1111222233334444, 0x77778888aaaabbbb, 0xccccdddd55556666}));
  const auto global = pack_pair(first, second, OddLayout::kGlobal);
  EXPECT_EQ(global,
            (std::array<uint64_t, 3>{0x1111222233334444, 0xccccddddaaaabbbb, 0x5555666677778888}));
  EXPECT_EQ(unpack_pair(tracks, OddLayout::kTracks), (std::array{first, second}));
  EXPECT_EQ(unpack_pair(global, OddLayout::kGlobal), (std::array{first, second}));
}

}  // namespace
}  // namespace trigstone
