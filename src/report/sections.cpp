#include "report/sections.h"

#include <ctime>

#include "base/version.h"
#include "report/report.h"

namespace trigstone {

namespace {

OrderedJson begin(const std::string& kind, const SectionHead& head) {
  OrderedJson section{{"kind", kind}, {"title", head.title}};
  if (!head.meaning.empty()) section["meaning"] = head.meaning;
  if (!head.command.empty()) section["command"] = head.command;
  return section;
}

void add_text(OrderedJson& object, const char* key, const std::string& text) {
  if (!text.empty()) object[key] = text;
}

OrderedJson number_or_null(const std::optional<double>& number) {
  return number ? OrderedJson(*number) : OrderedJson(nullptr);
}

OrderedJson axis_json(const CurveAxis& axis) {
  OrderedJson json{{"label", axis.label}};
  if (axis.log) json["log"] = true;
  if (axis.from) json["from"] = *axis.from;
  if (axis.to) json["to"] = *axis.to;
  return json;
}

std::string today() {
  const std::time_t now = std::time(nullptr);
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%d %H:%M UTC", std::gmtime(&now));
  return text;
}

}  // namespace

OrderedJson numbers_section(const SectionHead& head, const std::vector<ReportNumber>& numbers) {
  OrderedJson section = begin("numbers", head);
  section["numbers"] = OrderedJson::array();
  for (const ReportNumber& number : numbers) {
    OrderedJson item{{"name", number.name}, {"value", number.value}};
    add_text(item, "unit", number.unit);
    item["meaning"] = number.meaning;
    add_text(item, "command", number.command);
    section["numbers"].push_back(item);
  }
  return section;
}

OrderedJson curves_section(const SectionHead& head, const CurveAxis& x, const CurveAxis& y,
                           const std::vector<Curve>& curves) {
  OrderedJson section = begin("curves", head);
  section["x"] = axis_json(x);
  section["y"] = axis_json(y);
  section["series"] = OrderedJson::array();
  for (const Curve& curve : curves) {
    OrderedJson item{{"name", curve.name}, {"x", curve.x}, {"y", curve.y}};
    if (!curve.low.empty()) item["low"] = curve.low;
    if (!curve.high.empty()) item["high"] = curve.high;
    if (curve.points) item["points"] = true;
    section["series"].push_back(item);
  }
  return section;
}

OrderedJson table_section(const SectionHead& head, const std::vector<TableColumn>& columns,
                          const std::vector<std::vector<OrderedJson>>& rows) {
  OrderedJson section = begin("table", head);
  section["columns"] = OrderedJson::array();
  for (const TableColumn& column : columns) {
    OrderedJson item{{"name", column.name}};
    add_text(item, "meaning", column.meaning);
    section["columns"].push_back(item);
  }
  section["rows"] = rows;
  return section;
}

OrderedJson equality_section(const SectionHead& head, const std::vector<EqualityRow>& rows) {
  OrderedJson section = begin("equality", head);
  section["rows"] = OrderedJson::array();
  for (const EqualityRow& row : rows) {
    OrderedJson item{{"engine", row.engine},
                     {"vectors", row.vectors},
                     {"events", row.events},
                     {"differences", row.differences}};
    if (row.seconds) item["seconds"] = *row.seconds;
    add_text(item, "detail", row.detail);
    section["rows"].push_back(item);
  }
  return section;
}

OrderedJson resources_section(const SectionHead& head, const std::vector<ResourceRow>& rows) {
  OrderedJson section = begin("resources", head);
  section["rows"] = OrderedJson::array();
  for (const ResourceRow& row : rows) {
    OrderedJson item{{"name", row.name}, {"modelled", number_or_null(row.modelled)}};
    item["synthesised"] = number_or_null(row.synthesised);
    add_text(item, "unit", row.unit);
    add_text(item, "meaning", row.meaning);
    section["rows"].push_back(item);
  }
  return section;
}

OrderedJson event_section(const SectionHead& head, const std::vector<EventParticle>& particles) {
  OrderedJson section = begin("event", head);
  section["particles"] = OrderedJson::array();
  for (const EventParticle& particle : particles) {
    section["particles"].push_back({{"eta", particle.eta},
                                    {"phi", particle.phi},
                                    {"pt_gev", particle.pt_gev},
                                    {"kind", particle.kind},
                                    {"is_pileup", particle.is_pileup}});
  }
  return section;
}

OrderedJson results_json(const std::string& title, const std::string& command,
                         const std::vector<OrderedJson>& sections) {
  OrderedJson json{{"schema", "trigstone.results/" + std::to_string(kResultsSchemaVersion)},
                   {"title", title}};
  add_text(json, "command", command);
  json["version"] = kVersion;
  json["created"] = today();
  json["sections"] = sections;
  return json;
}

}  // namespace trigstone
