// Builds the sections of a results file (report.h) from plain structs.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/json.h"

namespace trigstone {

struct SectionHead {
  std::string title;
  std::string meaning;  // one sentence
  std::string command;  // that makes it
};

struct ReportNumber {
  std::string name;
  OrderedJson value;  // number or text
  std::string unit, meaning, command;
};
OrderedJson numbers_section(const SectionHead& head, const std::vector<ReportNumber>& numbers);

struct CurveAxis {
  std::string label;  // with its unit: "background rate [kHz]"
  bool log = false;
  std::optional<double> from, to;
};
struct Curve {
  std::string name;
  std::vector<double> x, y;
  std::vector<double> low, high;  // a band, both empty or as long as y
  bool points = false;            // a mark at each number
};
OrderedJson curves_section(const SectionHead& head, const CurveAxis& x, const CurveAxis& y,
                           const std::vector<Curve>& curves);

struct TableColumn {
  std::string name, meaning;
};
OrderedJson table_section(const SectionHead& head, const std::vector<TableColumn>& columns,
                          const std::vector<std::vector<OrderedJson>>& rows);

struct EqualityRow {
  std::string engine, vectors;  // "verilator", "1000 recorded events"
  int64_t events = 0, differences = 0;
  std::optional<double> seconds;
  std::string detail;  // the first difference, empty when there is none
};
OrderedJson equality_section(const SectionHead& head, const std::vector<EqualityRow>& rows);

struct ResourceRow {
  std::string name, unit, meaning;
  std::optional<double> modelled, synthesised;
};
OrderedJson resources_section(const SectionHead& head, const std::vector<ResourceRow>& rows);

struct EventParticle {
  double eta = 0, phi = 0, pt_gev = 0;
  std::string kind;  // "photon"
  bool is_pileup = false;
};
OrderedJson event_section(const SectionHead& head, const std::vector<EventParticle>& particles);

// A whole results file; write it with write_file(path, json.dump(1)).
OrderedJson results_json(const std::string& title, const std::string& command,
                         const std::vector<OrderedJson>& sections);

}  // namespace trigstone
