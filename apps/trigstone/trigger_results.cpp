#include "trigger_results.h"

#include <fmt/format.h>

#include <cmath>

#include "base/files.h"
#include "base/npy.h"
#include "report/items.h"
#include "report/report.h"

namespace trigstone {

namespace {

// "412 (330–510)", or "< 560" where the sample cannot tell.
std::string rate_text(const Rate& rate) {
  if (!rate.measured) return fmt::format("< {:.3g}", rate.limit_khz);
  return fmt::format("{:.4g} ({:.4g}–{:.4g})", rate.khz, rate.low_khz, rate.high_khz);
}

std::string percent_text(const Efficiency& efficiency, const Interval68& band) {
  return fmt::format("{:.1f} % ({:.1f}–{:.1f})", 100 * efficiency.value, 100 * band.low,
                     100 * band.high);
}

std::string threshold_text(const EqualRateRow& row) {
  if (!std::isfinite(row.threshold)) return "none";  // the hardest crossings exceed the rate
  if (row.threshold == RateSample::kLoosest) return "any";
  return row.has_head ? fmt::format("{:.4g}", row.threshold)
                      : fmt::format("{:.3g} × menu", row.threshold);
}

const char* kind_text(bool has_head) { return has_head ? "head" : "classical"; }

std::vector<std::string> with_processes(std::vector<std::string> columns,
                                        const TriggerResult& result) {
  for (const ProcessEfficiencies& process : result.processes) {
    columns.emplace_back(process_name(process.process));
  }
  return columns;
}

Json facts(const TriggerResult& result, const std::string& command) {
  std::vector<Fact> rows = {
      {"Minimum-bias crossings", result.crossings, "", "simulated, each a filled crossing"},
      {"Effective crossings", std::round(result.effective_crossings), "",
       "crossings with the same hardest library collision count as one block"},
      {"Different hardest collisions", result.blocks, "", "blocks of the bootstrap"},
      {"Reuse", std::round(10 * result.collision_reuse) / 10, "",
       "crossings that a collision of the library is in, on average"},
      {"Smallest rate", std::round(result.smallest_khz), "kHz",
       "of one effective crossing; below it only upper limits are given"},
      {"Rate of the menu", rate_text(result.total), "kHz", "OR of all seeds after prescales"}};
  return facts_item({"Sample and total rate",
                     "How many independent crossings the rates rest on, and the rate of the whole "
                     "menu with its 68 % bootstrap band.",
                     command},
                    rows);
}

Json seeds_table(const TriggerResult& result, const std::string& command) {
  std::vector<std::vector<Json>> rows;
  for (const SeedResult& seed : result.seeds) {
    rows.push_back({seed.name, kind_text(seed.has_head), seed.prescale, rate_text(seed.rate),
                    seed.rate.measured ? fmt::format("{:.3g}", seed.rate.error_khz) : "–",
                    rate_text(seed.pure)});
  }
  return table_item({"Rates of the seeds",
                     "Crossings a second that each seed keeps (68 % of bootstraps over hardest "
                     "library collisions in brackets, the naive error beside it) and those that no "
                     "other seed keeps; < marks a 95 % upper limit.",
                     command},
                    {"seed", "kind", "prescale", "rate / kHz", "√Σw² / kHz", "pure / kHz"}, rows);
}

Json overlap_table(const TriggerResult& result, const std::string& command) {
  std::vector<std::string> columns = {"kHz"};
  std::vector<std::vector<Json>> rows;
  for (const SeedResult& seed : result.seeds) {
    columns.push_back(seed.name);
    std::vector<Json> row = {seed.name};
    for (const Rate& both : seed.overlap) {
      row.emplace_back(both.measured ? fmt::format("{:.4g}", both.khz)
                                     : fmt::format("< {:.3g}", both.limit_khz));
    }
    rows.push_back(std::move(row));
  }
  return table_item(
      {"Overlap",
       "Rate of crossings that two seeds keep together; the diagonal is each seed's own.", command},
      columns, rows);
}

Json efficiency_table(const TriggerResult& result, const std::string& command) {
  std::vector<std::vector<Json>> rows;
  for (size_t seed = 0; seed < result.seeds.size(); ++seed) {
    std::vector<Json> row = {result.seeds[seed].name};
    for (const ProcessEfficiencies& process : result.processes) {
      row.emplace_back(percent_text(process.seeds[seed], process.seeds[seed].band));
    }
    rows.push_back(std::move(row));
  }
  std::vector<Json> menu = {"whole menu"};
  for (const ProcessEfficiencies& process : result.processes) {
    menu.emplace_back(percent_text(process.menu, process.menu.band));
  }
  rows.push_back(std::move(menu));
  return table_item({"Efficiency of the menu",
                     "Share of each signal that a seed keeps before its prescale, and the whole "
                     "menu after them, with 68 % Clopper-Pearson intervals.",
                     command},
                    with_processes({"seed"}, result), rows);
}

Json equal_rate_table(const TriggerResult& result, const std::string& command) {
  std::vector<std::vector<Json>> rows;
  for (const EqualRateRow& selection : result.equal_rate) {
    std::vector<Json> row = {selection.name, kind_text(selection.has_head),
                             threshold_text(selection), fmt::format("{:.4g}", selection.khz)};
    for (const Efficiency& process : selection.processes) {
      row.emplace_back(percent_text(process, process.full_band));
    }
    rows.push_back(std::move(row));
  }
  return table_item(
      {fmt::format("Efficiency at {:.3g} kHz", result.equal_rate_khz),
       "Every selection with its thresholds moved to the same rate, so that signals kept can be "
       "compared (any: it never reaches that rate); the 68 % intervals hold the counting error and "
       "that of the threshold.",
       command},
      with_processes({"selection", "kind", "threshold", "rate / kHz"}, result), rows);
}

Json process_curves(const TriggerResult& result, size_t process, const std::string& command) {
  std::vector<Series> series;
  for (const RateCurve& curve : result.curves) {
    Series one{curve.name, curve.khz, {}};
    for (const Efficiency& efficiency : curve.processes[process]) {
      one.y.push_back(efficiency.value);
      one.low.push_back(efficiency.band.low);
      one.high.push_back(efficiency.band.high);
    }
    if (!one.x.empty()) series.push_back(std::move(one));
  }
  const char* name = process_name(result.processes[process].process);
  return lines_item(
      {fmt::format("{}: efficiency against rate", name),
       "Share of the signal kept when thresholds are moved to each rate, with 68 % "
       "Clopper-Pearson bands; curves begin at the smallest rate the sample measures.",
       command},
      {"rate / kHz", true}, {"efficiency"}, series);
}

// "any": all that the selection could ever keep stay below the rate; "none": the hardest exceed it.
OrderedJson threshold_json(double threshold) {
  if (!std::isfinite(threshold)) return "none";
  if (threshold == RateSample::kLoosest) return "any";
  return threshold;
}

OrderedJson to_json(const Rate& rate) {
  if (!rate.measured) return {{"measured", false}, {"upper_limit_95_khz", rate.limit_khz}};
  return {{"measured", true},
          {"khz", rate.khz},
          {"error_khz", rate.error_khz},
          {"bootstrap_68_khz", {rate.low_khz, rate.high_khz}}};
}

OrderedJson to_json(const Efficiency& efficiency) {
  return {{"efficiency", efficiency.value},
          {"clopper_pearson_68", {efficiency.band.low, efficiency.band.high}},
          {"with_threshold_68", {efficiency.full_band.low, efficiency.full_band.high}}};
}

}  // namespace

Json trigger_section(const TriggerResult& result, const std::string& command) {
  std::vector<Json> items = {facts(result, command), seeds_table(result, command),
                             equal_rate_table(result, command)};
  for (size_t process = 0; process < result.processes.size(); ++process) {
    if (!result.curves.empty()) items.push_back(process_curves(result, process, command));
  }
  items.push_back(efficiency_table(result, command));
  items.push_back(overlap_table(result, command));
  return results_section(
      "Trigger: " + result.menu.name,
      "Rates are of filled crossings at the luminosity of the sample. The sample "
      "reuses a library of collisions: rates rest on its effective number of "
      "crossings, and none is printed below what that number can measure.",
      items);
}

OrderedJson trigger_json(const TriggerResult& result) {
  OrderedJson json = {{"menu", result.menu.name},
                      {"events", result.events.string()},
                      {"crossings", result.crossings},
                      {"effective_crossings", result.effective_crossings},
                      {"blocks", result.blocks},
                      {"collision_reuse", result.collision_reuse},
                      {"smallest_rate_khz", result.smallest_khz},
                      {"rate", to_json(result.total)}};
  json["seeds"] = OrderedJson::array();
  for (size_t s = 0; s < result.seeds.size(); ++s) {
    const SeedResult& seed = result.seeds[s];
    OrderedJson entry = {{"name", seed.name},
                         {"kind", kind_text(seed.has_head)},
                         {"prescale", seed.prescale},
                         {"rate", to_json(seed.rate)},
                         {"pure", to_json(seed.pure)}};
    for (size_t other = 0; other < result.seeds.size(); ++other) {
      entry["overlap"][result.seeds[other].name] = to_json(seed.overlap[other]);
    }
    for (const ProcessEfficiencies& process : result.processes) {
      entry["efficiency"][process_name(process.process)] = to_json(process.seeds[s]);
    }
    json["seeds"].push_back(std::move(entry));
  }
  for (const ProcessEfficiencies& process : result.processes) {
    json["efficiency"][process_name(process.process)] = to_json(process.menu);
  }
  json["equal_rate_khz"] = result.equal_rate_khz;
  json["equal_rate"] = OrderedJson::array();
  for (const EqualRateRow& row : result.equal_rate) {
    OrderedJson entry = {{"name", row.name},
                         {"kind", kind_text(row.has_head)},
                         {"threshold", threshold_json(row.threshold)},
                         {"rate_khz", row.khz}};
    for (size_t p = 0; p < result.processes.size(); ++p) {
      entry["efficiency"][process_name(result.processes[p].process)] = to_json(row.processes[p]);
    }
    json["equal_rate"].push_back(std::move(entry));
  }
  return json;
}

std::string trigger_text(const TriggerResult& result) {
  std::string text = fmt::format(
      "{}: {} minimum-bias crossings, {:.0f} effective; nothing below {:.0f} kHz is measured\n",
      result.menu.name, result.crossings, result.effective_crossings, result.smallest_khz);
  text += fmt::format("\n{:<26} {:>8}  {:<26} {}\n", "seed", "prescale", "rate / kHz (68 %)",
                      "pure / kHz");
  for (const SeedResult& seed : result.seeds) {
    text += fmt::format("{:<26} {:>8}  {:<26} {}\n", seed.name, seed.prescale, rate_text(seed.rate),
                        rate_text(seed.pure));
  }
  text += fmt::format("{:<26} {:>8}  {}\n", "OR", "", rate_text(result.total));
  text += fmt::format("\nefficiency at {:.3g} kHz\n{:<26} {:>14} {:>8}", result.equal_rate_khz,
                      "selection", "threshold", "kHz");
  for (const ProcessEfficiencies& process : result.processes) {
    text += fmt::format("  {:<20}", process_name(process.process));
  }
  for (const EqualRateRow& row : result.equal_rate) {
    text += fmt::format("\n{:<26} {:>14} {:>8.4g}", row.name, threshold_text(row), row.khz);
    for (const Efficiency& process : row.processes) {
      text += fmt::format("  {:<20}", percent_text(process, process.full_band));
    }
  }
  return text + "\n";
}

void write_trigger_folder(const TriggerResult& result, const std::filesystem::path& out,
                          const std::string& command) {
  PendingFolder folder(out);
  const Json document =
      results_document("Trigger: " + result.menu.name, {trigger_section(result, command)});
  check_results(document, out.string());
  write_file(folder.path() / "results.json", document.dump(1));
  write_file(folder.path() / "trigger.json", trigger_json(result).dump(1));
  write_file(folder.path() / "menu.toml", result.menu.text);
  const auto events = std::ssize(result.id), seeds = std::ssize(result.seeds);
  write_npz(folder.path() / "decisions.npz", {{"id", npy_of({events}, result.id)},
                                              {"process", npy_of({events}, result.process)},
                                              {"initial", npy_of({events, seeds}, result.initial)},
                                              {"final", npy_of({events, seeds}, result.final)}});
  folder.commit();
}

}  // namespace trigstone
