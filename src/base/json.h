// JSON files with our errors, and the schema line that every file carries.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

namespace trigstone {

using Json = nlohmann::json;
using OrderedJson = nlohmann::ordered_json;  // keeps the order of insertion, for files people read

// Parses a JSON file. Throws Error with path and byte offset on a syntax error.
Json read_json(const std::filesystem::path& path);

// Requires `"schema": "NAME/N"` with N equal to `version` or `version - 1`; returns N.
// Throws Error naming `where` when the schema is missing, foreign or newer.
int check_schema(const Json& json, const std::string& name, int version, const std::string& where);

// The same for a bare "NAME/N" string read from another container (HDF5 attribute, ONNX metadata).
int check_schema_text(const std::string& text, const std::string& name, int version,
                      const std::string& where);

}  // namespace trigstone
