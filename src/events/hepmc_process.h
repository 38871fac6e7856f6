// What made a HepMC event, as far as it says so for certain.
#pragma once

#include <string>

#include "events/event.h"

namespace HepMC3 {
class GenEvent;
}

namespace trigstone {

// From the process number (attribute signal_process_id; in HepMC 2 a field of the E line), which
// means something with Pythia 8 alone, and from the decay of the boson it names. `generator` is the
// tool of the run information; where it is "unknown", the status codes tell Pythia 8. A number that
// the particles contradict, and everything else, is kImported.
Process process_of(const HepMC3::GenEvent& event, const std::string& generator);

}  // namespace trigstone
