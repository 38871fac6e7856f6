#include "report/items.h"

#include "base/error.h"
#include "report/report.h"

namespace trigstone {

namespace {

Json item(const char* type, const Caption& caption) {
  return {{"type", type},
          {"title", caption.title},
          {"meaning", caption.meaning},
          {"command", caption.command}};
}

Json axis_json(const Axis& axis) { return {{"label", axis.label}, {"log", axis.log}}; }

}  // namespace

Json lines_item(const Caption& caption, const Axis& x, const Axis& y,
                const std::vector<Series>& series) {
  Json json = item("lines", caption);
  json["x"] = axis_json(x);
  json["y"] = axis_json(y);
  json["series"] = Json::array();
  for (const Series& one : series) {
    Json entry{{"name", one.name}, {"x", one.x}, {"y", one.y}};
    if (!one.low.empty()) {
      entry["low"] = one.low;
      entry["high"] = one.high;
    }
    json["series"].push_back(std::move(entry));
  }
  return json;
}

Json points_item(const Caption& caption, const Axis& x, const Axis& y,
                 const std::vector<Series>& series) {
  Json json = lines_item(caption, x, y, series);
  json["type"] = "points";
  return json;
}

Json table_item(const Caption& caption, const std::vector<std::string>& columns,
                const std::vector<std::vector<Json>>& rows) {
  Json json = item("table", caption);
  json["columns"] = columns;
  json["rows"] = Json::array();
  for (const auto& row : rows) json["rows"].push_back(Json(Json::array_t(row.begin(), row.end())));
  return json;
}

Json facts_item(const Caption& caption, const std::vector<Fact>& facts) {
  Json json = item("facts", caption);
  json["rows"] = Json::array();
  for (const Fact& fact : facts) {
    json["rows"].push_back({{"name", fact.name},
                            {"value", fact.value},
                            {"unit", fact.unit},
                            {"meaning", fact.meaning}});
  }
  return json;
}

Json event_item(const Caption& caption, const EventPicture& picture) {
  Json json = item("event", caption);
  json["tokens"] = {{"eta", picture.eta},
                    {"phi", picture.phi},
                    {"pt_gev", picture.pt_gev},
                    {"is_pileup", picture.is_pileup},
                    {"kind", picture.kind}};
  if (!picture.time_ps.empty()) {
    Json& times = json["tokens"]["time_ps"] = Json::array();
    for (const auto& time : picture.time_ps) times.push_back(time ? Json(*time) : Json());
  }
  return json;
}

Json results_section(const std::string& title, const std::string& text, std::vector<Json> items) {
  return {{"title", title}, {"text", text}, {"items", std::move(items)}};
}

Json results_document(const std::string& title, std::vector<Json> sections) {
  return {{"schema", fmt::format("trigstone.results/{}", kResultsSchemaVersion)},
          {"title", title},
          {"sections", std::move(sections)}};
}

}  // namespace trigstone
