// Checks of one HepMC event as text, before the HepMC3 library reads it: the library trusts counts
// and references, and a damaged file must not lead it outside its arrays.
#pragma once

#include <string>
#include <string_view>

namespace trigstone {

struct HepMcProblem {
  int line = 0;      // within the event's text, from 0
  std::string what;  // empty when the event is sound
};

// `text` holds the lines from one E line to the line before the next.
HepMcProblem check_hepmc2_event(std::string_view text);
HepMcProblem check_hepmc3_event(std::string_view text);

// The line that closes the listing, or starts another.
bool is_hepmc_end(std::string_view line);

// "Pythia" from the run information line `T Pythia\|8.3\|description`.
std::string hepmc_tool_name(std::string_view line);

}  // namespace trigstone
