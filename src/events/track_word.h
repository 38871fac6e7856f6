// The 96-bit word of a Level-1 track, as the track finder sends it.
// Source: CMSSW DataFormats/L1TrackTrigger, TTTrack_TrackWord.h (layout of March 2021).
#pragma once

#include <cstdint>

#include "events/event.h"
#include "events/word_bits.h"

namespace trigstone {

inline constexpr int kTrackWordBits = 96;
inline constexpr int kTrackSectors = 9;  // of 40 degrees, sector 0 around phi = 0

// Steps of the fields; the value of an integer i is (i + 0.5) * step.
inline constexpr double kTrackD0StepCm = 1.0 / 256;
inline constexpr double kTrackZ0StepCm = 2 * 20.46912512 / 4096;
inline constexpr double kTrackTanLambdaStep = 1.0 / 4096;
inline constexpr double kTrackPhiStep = 2 * 0.7853981696 / 4096;
inline constexpr double kTrackCurvatureStep = 2 * 0.006 / 32768;  // 1/cm
// pT * |curvature| in GeV/cm at 3.8112 T: 0.299792458e-2 B.
inline constexpr double kTrackCurvatureGev = 0.0114256;

struct TrackWord {
  uint32_t mva_other = 0, mva_quality = 0;
  uint32_t hit_pattern = 0;  // one bit a layer
  uint32_t bend_chi2 = 0;    // bins, see chi2_bin
  int32_t d0 = 0;            // transverse impact parameter
  uint32_t chi2_rz = 0;
  int32_t z0 = 0, tan_lambda = 0;
  uint32_t chi2_rphi = 0;
  int32_t phi0 = 0;       // from the middle of the sector
  int32_t curvature = 0;  // its sign is that of the charge
  bool valid = false;

  template <class Word, class Visit>
  static void fields(Word& word, Visit&& visit) {
    visit(word.mva_other, 6);
    visit(word.mva_quality, 3);
    visit(word.hit_pattern, 7);
    visit(word.bend_chi2, 3);
    visit(word.d0, 13);
    visit(word.chi2_rz, 4);
    visit(word.z0, 12);
    visit(word.tan_lambda, 16);
    visit(word.chi2_rphi, 4);
    visit(word.phi0, 12);
    visit(word.curvature, 15);
    visit(word.valid, 1);
  }
  bool operator==(const TrackWord&) const = default;
};

// The sector whose middle is nearest, 0..8.
int track_sector(float phi);
float track_sector_phi(int sector);  // its middle, in [-pi, pi)

// The word of a token with a track. Where a file tells no hit pattern it holds as many ones as the
// token has stubs, and chi^2 bins and MVA quality are 0; a charge that is not known counts as
// positive. MVAOther stays 0.
TrackWord track_word(const Token& token);
// Kind kTrack; numbers are the middles of the word's steps and bins. chi^2 is unknown, 0, where all
// of its bins and the MVA quality are 0.
Token token_of(const TrackWord& word, int sector);

// 0..7: in eighths, how probable it is that chi^2 bins and hits of a word are those of a particle:
// the likelihood ratio of the response's own defaults (track_quality.h), one fake on nine real
// tracks before looking. CMS's word holds the verdict of boosted trees here, trained on its own
// simulation.
uint32_t track_mva_quality(const TrackWord& word);

// Bin of a chi^2 per degree of freedom: the last lower edge that is not above it.
uint32_t bend_chi2_bin(double chi2);  // 3 bits
uint32_t chi2_rz_bin(double chi2);    // 4 bits
uint32_t chi2_rphi_bin(double chi2);  // 4 bits

}  // namespace trigstone
