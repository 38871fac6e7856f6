#include "base/json.h"

#include <charconv>

#include "base/error.h"
#include "base/files.h"

namespace trigstone {

Json read_json(const std::filesystem::path& path) {
  const std::string text = read_file(path);
  try {
    return Json::parse(text);
  } catch (const Json::parse_error& problem) {
    throw Error(fmt::format("{}:byte {}", path.string(), problem.byte), "is not valid JSON",
                "write the file again; it may be truncated");
  }
}

int check_schema_text(const std::string& text, const std::string& name, int version,
                      const std::string& where) {
  const std::string expected = fmt::format("{}/{}", name, version);
  const size_t slash = text.rfind('/');
  int found = 0;
  const bool ours = slash != std::string::npos && text.substr(0, slash) == name;
  const char* end = text.data() + text.size();
  const auto number = std::from_chars(ours ? text.data() + slash + 1 : end, end, found);
  if (number.ec != std::errc() || number.ptr != end) {
    throw Error(where, fmt::format("schema is '{}', not '{}'", text, expected),
                "this is a file of another kind");
  }
  if (found > version) {
    throw Error(where, fmt::format("schema '{}' is newer than '{}'", text, expected),
                "use a newer trigstone");
  }
  if (found < version - 1 || found < 1) {
    throw Error(where, fmt::format("schema '{}' is too old for '{}'", text, expected),
                "write the file again with this trigstone");
  }
  return found;
}

int check_schema(const Json& json, const std::string& name, int version, const std::string& where) {
  if (!json.is_object() || !json.contains("schema") || !json["schema"].is_string()) {
    throw Error(where, fmt::format("has no schema; expected \"schema\": \"{}/{}\"", name, version),
                "this is a file of another kind");
  }
  return check_schema_text(json["schema"].get<std::string>(), name, version, where);
}

}  // namespace trigstone
