// What a trigger result looks like: for the report, for programs and for the terminal.
#pragma once

#include <string>

#include "base/json.h"
#include "trigger/trigger.h"

namespace trigstone {

// One section of `trigstone.results/1` (src/report/report.h); `command` makes it again.
Json trigger_section(const TriggerResult& result, const std::string& command);

// Everything but the bits of single events; also OUT/trigger.json.
OrderedJson trigger_json(const TriggerResult& result);

// The table of seeds and the comparison at equal rate.
std::string trigger_text(const TriggerResult& result);

// Writes the folder OUT whole: results.json, trigger.json, decisions.npz (id, process, and the bits
// [events, seeds] `initial` and `final`, before and after prescales) and menu.toml.
void write_trigger_folder(const TriggerResult& result, const std::filesystem::path& out,
                          const std::string& command);

}  // namespace trigstone
