// What each kind of folder has to show.
#include <map>
#include <sstream>

#include "base/error.h"
#include "base/files.h"
#include "netlist/firmware.h"
#include "report/items.h"
#include "report/report.h"

namespace trigstone {

namespace {

namespace fs = std::filesystem;

Json one_section(const std::string& title, std::vector<Json> items) {
  return results_document("Trigstone: " + title, {results_section(title, "", std::move(items))});
}

Json firmware_results(const fs::path& folder) {
  const Firmware firmware = read_firmware(folder);
  return one_section("Firmware " + firmware.top,
                     {firmware_item(firmware, "trigstone estimate " + folder.string())});
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
    if (row.is_discarded() || !row.is_object() || !row.contains("step") ||
        !row["step"].is_number()) {
      throw Error(fmt::format("{}:{}", path.string(), number),
                  "is not a JSON object with a \"step\"",
                  "the file may be damaged: run the training again");
    }
    for (const auto& [key, value] : row.items()) {
      if (key == "step" || !value.is_number()) continue;
      curves[key].x.push_back(row["step"].get<double>());
      curves[key].y.push_back(value.get<double>());
    }
  }
  std::vector<Json> items;
  for (const auto& [name, curve] : curves) {
    items.push_back(lines_item(
        {name, fmt::format("How {} moved while training.", name), "cat " + path.string()}, {"step"},
        {name}, {{name, curve.x, curve.y}}));
  }
  return one_section("Training " + folder.filename().string(), items);
}

}  // namespace

Json firmware_item(const Firmware& firmware, const std::string& command) {
  const Resources& used = firmware.resources;
  return facts_item(
      {"Firmware " + firmware.top,
       "Latency and initiation interval are exact; resources come from the cost model for " +
           firmware.device + ".",
       command},
      {{"Latency", firmware.latency_ns(), "ns", "from the first word in to the last word out"},
       {"Latency", firmware.latency_cycles, "clocks"},
       {"Initiation interval", firmware.ii, "clocks", "between two events"},
       {"Clock", firmware.clock_mhz, "MHz"},
       {"LUT", used.lut, "", "modelled"},
       {"Flip-flops", used.ff, "", "modelled"},
       {"DSP", used.dsp},
       {"Block RAM", used.bram36, "36 kb", "modelled"}});
}

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
