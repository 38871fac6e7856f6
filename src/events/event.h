// One bunch crossing as the Level-1 trigger receives it: tokens, and the truth behind them.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace trigstone {

// What made the hard collision of a crossing. The values are the `process` column of event files.
enum class Process : int16_t {
  kMinimumBias,  // nothing but pile-up: the background of every trigger
  kQcd,
  kTopPairs,
  kZToElectrons,
  kZToMuons,
  kHiggsToBottoms,
  kVbfHiggsToPhotons,
  kImported,  // read from a file made elsewhere
  // Appended, so that old files keep their meaning. No library of these is embedded: make one with
  // tools/generate_events.py.
  kToy,  // src/events/toy.h, needs no library
  kWToLeptons,
  kZToTaus,
  kZToNeutrinos,
  kPhotonJet,
  kHiggsToPhotons,
  kHiggsToTaus,
  kHiggsToInvisible,
  kVbfHiggsToBottoms,
  kVbfHiggsToTaus,
  kVbfHiggsToInvisible,
  kHiggsPairToBottoms,
  kHiggsToScalarsToBottoms,
  kTauToMuons,
  kDarkShower,
  kSoftUnclustered,
  kLongLived,
  kHeavyResonance,
};
inline constexpr std::array<const char*, 26> kProcessNames = {
    "minbias",  "qcd",        "ttbar",   "zee",         "zmumu",    "hbb",      "vbf_hgamgam",
    "imported", "toy",        "wlnu",    "ztautau",     "znunu",    "gammajet", "hgamgam",
    "htautau",  "hinv",       "vbf_hbb", "vbf_htautau", "vbf_hinv", "hh4b",     "haa4b",
    "tau3mu",   "darkshower", "suep",    "llp",         "zprime"};
// The first ones: their libraries lie in data/.
inline constexpr size_t kEmbeddedProcesses = 7;

const char* process_name(Process process);
// Throws Error naming `where` and listing the names. Accepts "tt" for "ttbar".
Process process_from_name(std::string_view name, const std::string& where);

// Which part of the detector saw a token.
enum class TokenKind : int8_t { kTrack, kElectron, kMuon, kPhoton, kHadron };
inline constexpr int kTokenKinds = 5;
inline constexpr std::array<const char*, kTokenKinds> kTokenKindNames = {
    "track", "electron", "muon", "photon", "hadron"};
// `kind` of a remainder token: the kind it sums, plus this.
inline constexpr int8_t kRemainderFlag = 8;

// Tracks, electrons and muons carry momentum at the vertex; photons and hadrons are calorimeter
// energy that no track explains, with the direction from the centre of the detector.
struct Token {
  int8_t kind = 0;       // TokenKind, plus kRemainderFlag for a remainder
  int8_t quality = 0;    // tracks: stubs, 4..6; calorimeter: log2(1 + energy / resolution), 0..7
  int8_t is_pileup = 0;  // truth: 1 when most of it comes from pile-up
  float pt_gev = 0, eta = 0, phi = 0;
  float z0_cm = 0;    // tracks: longitudinal impact point; 0 without a track
  float dxy_cm = 0;   // tracks: signed transverse impact parameter; 0 without a track
  float depth = 0;    // calorimeter: share of the energy behind the electromagnetic part, 0..1
  float time_ns = 0;  // tracks, only when the detector has timing; else 0
  int8_t charge = 0;  // tracks: -1 or 1; 0 without a track, and where a file does not tell
  // Tracks: one bit a layer that was hit, lowest the innermost; 0 where a file does not tell.
  int8_t hit_pattern = 0;
  int8_t is_fake = 0;  // truth: 1 for a track of stubs that no particle made together
  // Tracks: chi^2 per degree of freedom, transverse, longitudinal, and of the stubs' bends; 0
  // without a track, and where a file does not tell.
  float chi2_rphi = 0, chi2_rz = 0, bend_chi2 = 0;

  bool is_remainder() const { return (kind & kRemainderFlag) != 0; }
  TokenKind token_kind() const { return static_cast<TokenKind>(kind & ~kRemainderFlag); }
  bool operator==(const Token&) const = default;
};

// What the muon system finds on its own, followed back to the point closest to the beam line.
struct StandaloneMuon {
  float pt_gev = 0, eta = 0, phi = 0;
  float z0_cm = 0, d0_cm = 0;  // of that point; d0 with the sign of Token::dxy_cm
  int8_t charge = 0;           // -1 or 1
  int8_t quality = 0;          // 4, 8 or 12: two, three or four stations
  int8_t is_pileup = 0;        // truth
  int8_t is_fake = 0;          // truth: 1 for a hadron that came through the calorimeter

  bool operator==(const StandaloneMuon&) const = default;
};

// A particle of the hard process before showers, or a particle-level jet (pdg 0).
struct TruthObject {
  int16_t pdg = 0;
  float pt_gev = 0, eta = 0, phi = 0;
  bool operator==(const TruthObject&) const = default;
};

// What no detector sees, of the hard collision alone.
struct Truth {
  float missing_x_gev = 0, missing_y_gev = 0;  // vector sum of the neutrinos
  float pt_hat_gev = 0;                        // transverse momentum of the hard process
  std::vector<TruthObject> partons;            // outgoing particles of the hard process
  std::vector<TruthObject> jets;               // anti-kT 0.4, pT > 20 GeV, falling pT
  int32_t label = -1;                          // class in a labelled file made elsewhere, -1 none
  bool operator==(const Truth&) const = default;
};

struct Event {
  int64_t id = 0;
  int32_t hard_id = -1;             // row of the hard collision in its library, -1 none
  std::vector<int32_t> library_id;  // rows of the pile-up collisions in the minimum-bias library
  float weight = 1;                 // pb: rate in Hz = weight * luminosity in Hz/pb
  Process process = Process::kImported;
  int16_t pileup = 0;                            // number of pile-up collisions
  float vertex_z_cm = 0, vertex_t_ns = 0;        // of the hard collision
  std::vector<Token> tokens;                     // falling pT, remainders last
  std::vector<StandaloneMuon> standalone_muons;  // falling pT
  Truth truth;
  bool operator==(const Event&) const = default;
};

}  // namespace trigstone
