// What a physicist looks at first in a file of events: multiplicities, spectra, mass peaks, pile-up
// and what PUPPI makes of it, missing-energy resolution and the rates of classical seeds.
#pragma once

#include <array>
#include <filesystem>
#include <string>
#include <vector>

#include "events/event_shards.h"
#include "trigger/menu.h"
#include "trigger/rates.h"

namespace trigstone {

// Equal bins; counts are sums of weights. Values outside are left out.
struct Histogram {
  double low = 0, high = 1;
  std::vector<double> counts;

  Histogram() = default;
  Histogram(double low_edge, double high_edge, size_t bins)
      : low(low_edge), high(high_edge), counts(bins, 0.0) {}
  double width() const { return (high - low) / static_cast<double>(counts.size()); }
  double centre(size_t bin) const { return low + (static_cast<double>(bin) + 0.5) * width(); }
  void add(double value, double weight = 1);
};

// Mean and spread of y in bins of x.
struct Profile {
  Histogram entries, sum, square;

  Profile() = default;
  Profile(double low, double high, size_t bins)
      : entries(low, high, bins), sum(entries), square(entries) {}
  void add(double x, double y);
  double mean(size_t bin) const { return sum.counts[bin] / entries.counts[bin]; }
  // Root mean square of y: of a difference, its resolution.
  double rms(size_t bin) const;
};

// Pairs whose mass is looked at: two electrons, muons or photons.
inline constexpr std::array<TokenKind, 3> kPairKinds = {TokenKind::kElectron, TokenKind::kMuon,
                                                        TokenKind::kPhoton};

// A stand-alone muon is taken to be a tracker muon's within this distance in eta and phi: over
// four standard deviations of phi at 3.5 GeV.
inline constexpr float kMuonMatchR = 0.2F;

struct ProcessValidation {
  Process process = Process::kImported;
  int64_t events = 0;
  std::array<double, kTokenKinds> tokens{};  // mean number an event, by kind, without remainders
  double standalone_muons = 0;               // mean number an event
  double remainders = 0, pileup = 0, raw_sum_gev = 0, puppi_sum_gev = 0;  // means
  Histogram multiplicity{0, 160, 40};
  // Mass of the two hardest, of at least 10 GeV each.
  std::array<Histogram, 3> mass = {Histogram{0, 200, 50}, Histogram{0, 200, 50},
                                   Histogram{0, 200, 50}};
  std::array<std::vector<double>, 3> masses_gev;
  std::vector<double> seeds;  // share of the weight that passes, seed by seed
  double any_seed = 0;
};

struct Validation {
  EventFileInfo info;
  Menu menu;
  int64_t events = 0;
  std::vector<ProcessValidation> processes;        // in the order of Process
  std::array<Histogram, kTokenKinds> log_pt, eta;  // of tokens; log10(pT / GeV)
  Profile pileup_share{-0.5, 2.5, 24};             // of tokens against log10(pT / GeV)
  Profile kept_pileup_share{-0.5, 2.5, 24};        // weighted by PUPPI
  Profile fake_share{-0.5, 2.5, 24};               // of tracks with chi^2 against log10(pT / GeV)
  std::array<Histogram, 2> track_chi2 = {Histogram{0, 12, 48},
                                         Histogram{0, 12, 48}};  // transverse; real, fake
  Profile candidates{0, 300, 15}, puppi_sum_gev{0, 300, 15};     // against the number of collisions
  Profile raw_sum_gev{0, 300, 15};
  Profile missing_x{0, 60, 15}, raw_missing_x{0, 60, 15};  // minus truth, against sqrt(sum ET)
  // Tracker muons against log10(pT / GeV): which have a stand-alone muon within kMuonMatchR, and by
  // how much its 1/pT with sign is off, over 1/pT.
  Profile muon_found{0, 2.5, 20}, muon_curvature{0, 2.5, 20};
  std::vector<Rate> rates;  // of the menu's seeds on minimum bias; empty without it
};

// One pass over the events of a file or list. `menu` may have no network. Throws Error like
// EventShards, when there is no event, and for a menu with heads.
Validation validate_events(const std::filesystem::path& events, const Menu& menu, int threads);

}  // namespace trigstone
