// What a physicist looks at first in a file of events or of library collisions.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "base/json.h"
#include "events/event.h"

namespace trigstone {

// Invariant mass in GeV of two massless momenta.
double pair_mass_gev(double pt1_gev, double eta1, double phi1, double pt2_gev, double eta2,
                     double phi2);

// Median and the 16 % and 84 % quantiles, all 0 for an empty list.
struct Spread {
  double low = 0, median = 0, high = 0;
  int64_t count = 0;
};
Spread spread_of(std::vector<double> values);

// Reads `path`, an event file (or a list of them, event_shards.h) or a library of collisions, and
// returns what `events info --json` prints. Throws Error for anything else.
//   event file:  {"schema", "events", "generator", "tune", "library", "seed", "pileup_mean", …,
//                 "processes": {name: {"events", "cross_section_pb", "tokens", "pileup", "kinds",
//                 "missing_gev", "true_missing_gev", "standalone_muons", "pair_mass_gev"}}}
//   collisions:  {"schema", "process", "collisions", "cross_section_pb", "particles",
//                 "charged_dn_deta", "pair_mass_gev", …}
OrderedJson summarise_file(const std::filesystem::path& path);

// The same for people: aligned lines.
std::string summary_text(const OrderedJson& summary);

}  // namespace trigstone
