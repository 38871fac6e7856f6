// A validation of events as the report shows it.
#pragma once

#include <filesystem>
#include <string>

#include "base/json.h"
#include "trigger/validation.h"

namespace trigstone {

// One section of `trigstone.results/1` (src/report/report.h); `command` makes it again.
Json validation_section(const Validation& validation, const std::string& command);

// The figures of the tables, for programs; also OUT/validation.json.
OrderedJson validation_json(const Validation& validation);

// Writes the folder OUT whole: results.json and validation.json.
void write_validation_folder(const Validation& validation, const std::filesystem::path& out,
                             const std::string& command);

}  // namespace trigstone
