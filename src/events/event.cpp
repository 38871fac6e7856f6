#include "events/event.h"

#include <fmt/ranges.h>

#include "base/error.h"

namespace trigstone {

const char* process_name(Process process) { return kProcessNames[static_cast<size_t>(process)]; }

Process process_from_name(std::string_view name, const std::string& where) {
  if (name == "tt") name = "ttbar";
  for (size_t i = 0; i < kProcessNames.size(); ++i) {
    if (name == kProcessNames[i]) return static_cast<Process>(i);
  }
  throw Error(where, fmt::format("no process '{}'", name),
              fmt::format("one of {}", fmt::join(kProcessNames, ", ")));
}

}  // namespace trigstone
