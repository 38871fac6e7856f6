// What each kind of folder has to show.
#include <map>
#include <sstream>

#include "base/error.h"
#include "base/files.h"
#include "netlist/firmware.h"
#include "report/report.h"

namespace trigstone {

namespace {

namespace fs = std::filesystem;

Json one_section(const std::string& title, const std::string& text, std::vector<Json> items) {
  Json section{{"title", title}, {"text", text}, {"items", std::move(items)}};
  return {{"schema", fmt::format("trigstone.results/{}", kResultsSchemaVersion)},
          {"title", "Trigstone: " + title},
          {"sections", Json::array({std::move(section)})}};
}

Json firmware_results(const fs::path& folder) {
  const Firmware firmware = read_firmware(folder);
  const auto fact = [](const char* name, const Json& value, const char* unit, const char* meaning) {
    return Json{{"name", name}, {"value", value}, {"unit", unit}, {"meaning", meaning}};
  };
  const Resources& used = firmware.resources;
  Json facts{{"type", "facts"},
             {"title", "Firmware " + firmware.top},
             {"meaning", "Latency and initiation interval are exact; resources come from the cost model for " +
                             firmware.device + "."},
             {"command", "trigstone estimate " + folder.string()},
             {"rows", Json::array({fact("Latency", firmware.latency_ns(), "ns", "from the first word in to the last word out"),
                                   fact("Latency", firmware.latency_cycles, "clocks", ""),
                                   fact("Initiation interval", firmware.ii, "clocks", "between two events"),
                                   fact("Clock", firmware.clock_mhz, "MHz", ""), fact("LUT", used.lut, "", "modelled"),
                                   fact("Flip-flops", used.ff, "", "modelled"), fact("DSP", used.dsp, "", ""),
                                   fact("Block RAM", used.bram36, "36 kb", "modelled")})}};
  return one_section("Firmware " + firmware.top, "", {facts});
}

// Every number of metrics.jsonl against its "step", one picture a metric.
Json metrics_results(const fs::path& folder) {
  struct Curve {
    std::vector<double> x, y;
  };
  std::map<std::string, Curve> curves;
  const fs::path path = folder / "metrics.jsonl";
  std::istringstream lines(read_file(path));
  int64_t number = 0;
  for (std::string line; std::getline(lines, line);) {
    ++number;
    const Json row = Json::parse(line, nullptr, false);
    if (row.is_discarded() || !row.is_object() || !row.contains("step") || !row["step"].is_number()) {
      throw Error(fmt::format("{}:{}", path.string(), number), "is not a JSON object with a \"step\"");
    }
    for (const auto& [key, value] : row.items()) {
      if (key == "step" || !value.is_number()) continue;
      curves[key].x.push_back(row["step"].get<double>());
      curves[key].y.push_back(value.get<double>());
    }
  }
  std::vector<Json> items;
  for (const auto& [name, curve] : curves) {
    Json series{{"name", name}, {"x", curve.x}, {"y", curve.y}};
    items.push_back({{"type", "lines"},
                     {"title", name},
                     {"x", {{"label", "step"}}},
                     {"y", {{"label", name}}},
                     {"series", Json::array({series})},
                     {"meaning", fmt::format("How {} moved while training.", name)},
                     {"command", "cat " + path.string()}});
  }
  return one_section("Training " + folder.filename().string(), "", items);
}

}  // namespace

Json collect_results(const fs::path& run) {
  const fs::path file = fs::is_directory(run) ? run / "results.json" : run;
  if (fs::exists(file)) {
    Json results = read_json(file);
    check_results(results, file.string());
    return results;
  }
  if (fs::exists(run / "firmware.json")) return firmware_results(run);
  if (fs::exists(run / "metrics.jsonl")) return metrics_results(run);
  throw Error(run.string(), "has nothing to show",
              "name a results.json, a firmware folder or a run folder");
}

}  // namespace trigstone
