#include "report/report.h"

#include <array>

#include "base/error.h"
#include "base/files.h"
#include "base/version.h"
#include "page_files.h"

namespace trigstone {

namespace {

namespace fs = std::filesystem;

// Walks one results document and refuses the first thing the page could not draw.
class Checker {
 public:
  explicit Checker(std::string where) : where_(std::move(where)) {}

  void results(const Json& json) {
    check_schema(json, "trigstone.results", kResultsSchemaVersion, where_);
    text(json, "title");
    for (const Json& section : list(json, "sections")) {
      place_ = "section '" + text(section, "title") + "'";
      for (const Json& entry : list(section, "items")) item(entry);
    }
  }

 private:
  [[noreturn]] void refuse(const std::string& what) const {
    throw Error(place_.empty() ? where_ : where_ + ":" + place_, what,
                "see src/report/report.h for the schema");
  }
  void require(bool condition, const std::string& what) const {
    if (!condition) refuse(what);
  }
  const Json& field(const Json& json, const char* key) const {
    require(json.is_object() && json.contains(key), fmt::format("'{}' is missing", key));
    return json[key];
  }
  std::string text(const Json& json, const char* key) const {
    const Json& value = field(json, key);
    require(value.is_string(), fmt::format("'{}' is not a text", key));
    return value.get<std::string>();
  }
  const Json& list(const Json& json, const char* key) const {
    const Json& value = field(json, key);
    require(value.is_array(), fmt::format("'{}' is not a list", key));
    return value;
  }
  void cell(const Json& value) const {
    require(value.is_string() || value.is_number() || value.is_boolean() || value.is_null(),
            "a cell is neither a text, a number nor a boolean");
  }
  // Lists of numbers, all of one length. A null (a number that is not finite) leaves a gap.
  void columns(const Json& json, std::initializer_list<const char*> keys) const {
    size_t length = 0;
    for (const char* key : keys) {
      const Json& values = list(json, key);
      if (key == *keys.begin()) length = values.size();
      require(values.size() == length, fmt::format("'{}' has another length", key));
      for (const Json& value : values) {
        require(value.is_number() || value.is_null(), fmt::format("'{}' holds no number", key));
      }
    }
  }
  void chain(const Json& json) const {
    for (const Json& box : list(json, "boxes")) {
      for (const char* key : {"name", "text"}) text(box, key);
      for (const Json& fill : list(box, "fills")) {
        text(fill, "name");
        require(field(fill, "fraction").is_number(), "'fraction' is no number");
      }
    }
    for (const Json& link : list(json, "links")) {
      text(link, "text");
      require(field(link, "use").is_number(), "'use' is no number");
    }
    require(json["links"].size() == json["boxes"].size() + 1,
            "there is not one link more than boxes");
  }
  void item(const Json& json) {
    const std::string section = place_;
    place_ += ":item '" + text(json, "title") + "'";
    text(json, "meaning");
    text(json, "command");
    const std::string type = text(json, "type");
    if (type == "facts") {
      for (const Json& row : list(json, "rows")) {
        text(row, "name");
        cell(field(row, "value"));
      }
    } else if (type == "table") {
      for (const Json& row : list(json, "rows")) {
        require(row.is_array() && row.size() == list(json, "columns").size(),
                "a row has not one cell a column");
        for (const Json& value : row) cell(value);
      }
    } else if (type == "lines") {
      text(field(json, "x"), "label");
      text(field(json, "y"), "label");
      for (const Json& series : list(json, "series")) {
        text(series, "name");
        columns(series, {"x", "y"});
        if (series.contains("low")) columns(series, {"x", "low", "high"});
      }
    } else if (type == "event") {
      const Json& tokens = field(json, "tokens");
      columns(tokens, {"eta", "phi", "pt_gev", "is_pileup"});
      require(list(tokens, "kind").size() == tokens["eta"].size(), "'kind' has another length");
      if (tokens.contains("time_ps")) columns(tokens, {"eta", "time_ps"});
    } else if (type == "points") {
      text(field(json, "x"), "label");
      text(field(json, "y"), "label");
      for (const Json& series : list(json, "series")) {
        text(series, "name");
        columns(series, {"x", "y"});
      }
    } else if (type == "waterfall") {
      require(field(json, "limit").is_number(), "'limit' is no number");
      text(json, "unit");
      for (const Json& stage : list(json, "stages")) {
        for (const char* key : {"name", "why"}) text(stage, key);
        for (const char* key : {"start", "end"}) {
          require(field(stage, key).is_number(), fmt::format("'{}' is no number", key));
        }
        require(field(stage, "confirmed").is_boolean(), "'confirmed' is not true or false");
      }
    } else if (type == "chain") {
      chain(json);
    } else {
      refuse(fmt::format("item type '{}' does not exist", type));
    }
    place_ = section;
  }

  std::string where_, place_;
};

std::string escaped(const std::string& text) {
  std::string result;
  for (const char c : text) {
    switch (c) {
      case '&':
        result += "&amp;";
        break;
      case '<':
        result += "&lt;";
        break;
      case '>':
        result += "&gt;";
        break;
      case '"':
        result += "&quot;";
        break;
      default:
        result += c;
    }
  }
  return result;
}

// JSON inside <script>: "</script" and "<!--" in a user's text must not end the element.
std::string embedded_json(const Json& json) {
  const std::string text = json.dump(-1, ' ', false, Json::error_handler_t::replace);
  std::string result;
  for (const char c : text) {
    if (c == '<') {
      result += "\\u003c";
    } else {
      result += c;
    }
  }
  return result;
}

}  // namespace

void check_results(const Json& results, const std::string& where) {
  Checker(where).results(results);
}

std::string render_page(const std::vector<Json>& results) {
  ensure(!results.empty(), "a page without results");
  const std::string title = results.front()["title"].get<std::string>();
  std::string page = "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n";
  page += "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n";
  page += fmt::format("<meta name=\"generator\" content=\"Trigstone {}\">\n", kVersion);
  // The icon keeps browsers from asking the network for one.
  page += "<link rel=\"icon\" href=\"data:,\">\n<title>" + escaped(title) + "</title>\n<style>\n";
  page += embedded::style;
  page +=
      "</style>\n</head>\n<body>\n<main></main>\n<script type=\"application/json\" id=\"results\">";
  page += embedded_json(results);
  page += "</script>\n<script>\n";
  page += embedded::events;
  page += "</script>\n<script>\n";
  page += embedded::script;
  page += "</script>\n</body>\n</html>\n";
  return page;
}

void write_report(const std::vector<fs::path>& runs, const fs::path& page) {
  std::vector<Json> results;
  for (const fs::path& run : runs) results.push_back(collect_results(run));
  write_file(page, render_page(results));
}

}  // namespace trigstone
