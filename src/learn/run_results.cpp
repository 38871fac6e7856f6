#include "learn/run_results.h"

#include <sstream>

#include "base/files.h"

namespace trigstone {

namespace {

Json item(const std::string& type, const std::string& title, const std::string& meaning,
          const std::string& command) {
  return {{"type", type}, {"title", title}, {"meaning", meaning}, {"command", command}};
}

Json facts(const std::string& title, const RunResult& result, const std::string& command) {
  Json rows = Json::array();
  const auto add = [&](const char* name, const Json& value, const char* unit) {
    rows.push_back({{"name", name}, {"value", value}, {"unit", unit}});
  };
  add("trainable numbers", result.trainable, "");
  add("training events", result.training_events, "");
  if (result.paired) {
    add("training events with another view", *result.paired, "");
    add("training events that stand alone", *result.alone, "");
  }
  add("training speed", result.events_per_s, "events/s");
  for (const auto& [name, value] : result.validation) add(name.c_str(), value, "");
  Json facts =
      item("facts", title, "What was trained, on how much, and how well it ended.", command);
  facts["rows"] = rows;
  return facts;
}

// One picture a figure of metrics.jsonl.
std::vector<Json> curves(const RunResult& result) {
  std::map<std::string, std::pair<std::vector<double>, std::vector<double>>> lines;
  std::istringstream file(read_file(result.folder / "metrics.jsonl"));
  for (std::string line; std::getline(file, line);) {
    const Json row = Json::parse(line);
    for (const auto& [name, value] : row.items()) {
      if (name == "step") continue;
      lines[name].first.push_back(row["step"].get<double>());
      lines[name].second.push_back(value.get<double>());
    }
  }
  std::vector<Json> items;
  for (const auto& [name, line] : lines) {
    Json picture = item("lines", name, "How " + name + " moved while training.",
                        "cat " + (result.folder / "metrics.jsonl").string());
    picture["x"] = {{"label", "step"}};
    picture["y"] = {{"label", name}};
    picture["series"] = Json::array({{{"name", name}, {"x", line.first}, {"y", line.second}}});
    items.push_back(picture);
  }
  return items;
}

std::string meaning_of(const HeadFigures& figures) {
  switch (figures.task) {
    case Task::kAccept:
      return "Minimum bias that passes when a share of the signal passes: the head beside cuts on "
             "what today's trigger computes.";
    case Task::kMet:
      return "Minimum bias that passes a cut on the estimated missing momentum when a share of the "
             "events with much true missing momentum passes.";
    case Task::kPileup:
      return "Pile-up tokens kept when a share of the tokens of the hard collision is kept: the "
             "head beside the weight of PUPPI.";
    case Task::kAnomaly:
      return "Minimum bias that passes when a share of a signal passes that the score has never "
             "seen.";
  }
  return {};
}

Json series_of(const NamedRoc& curve) {
  return {{"name", curve.name},
          {"x", curve.roc.signal_efficiency},
          {"y", curve.roc.background_efficiency},
          {"low", curve.roc.low},
          {"high", curve.roc.high}};
}

Json areas_item(const HeadFigures& figures, const std::string& command) {
  Json table = item("table", "Areas under the curves",
                    "1 is perfect, 0.5 is blind; bounds hold 68 % of bootstraps.", command);
  table["columns"] = {"question", "by", "area", "low", "high"};
  table["rows"] = Json::array();
  for (const NamedRoc& curve : figures.curves) {
    table["rows"].push_back(
        {curve.question, curve.name, curve.roc.area, curve.roc.area_low, curve.roc.area_high});
  }
  return table;
}

// One picture of one column of the resolutions.
Json resolution_item(const HeadFigures& figures, const std::string& title,
                     const std::string& meaning, const std::string& label,
                     const std::vector<double> MetResolution::*column, const std::string& command) {
  Json picture = item("lines", title, meaning, command);
  picture["x"] = {{"label", "true missing momentum, lower edge of the bin (GeV)"}};
  picture["y"] = {{"label", label}};
  picture["series"] = Json::array();
  std::vector<double> edges;  // of the bins with events
  for (size_t bin = 0; bin < figures.met_events.size(); ++bin) {
    if (figures.met_events[bin] > 0) edges.push_back(figures.met_edges_gev[bin]);
  }
  for (const MetResolution& one : figures.resolutions) {
    std::vector<double> values;
    for (size_t bin = 0; bin < figures.met_events.size(); ++bin) {
      if (figures.met_events[bin] > 0) values.push_back((one.*column)[bin]);
    }
    picture["series"].push_back({{"name", one.name}, {"x", edges}, {"y", values}});
  }
  return picture;
}

Json resolution_table(const HeadFigures& figures, const std::string& command) {
  Json table = item("table", "Missing momentum in bins of the true one",
                    "Response is the mean parallel component over the true amount; parallel and "
                    "perpendicular are root mean squares of the difference to the truth; the last "
                    "column is what the perpendicular one would be at a response of 1.",
                    command);
  table["columns"] = {"true GeV",          "events",       "by", "response", "parallel GeV",
                      "perpendicular GeV", "corrected GeV"};
  table["rows"] = Json::array();
  for (size_t bin = 0; bin < figures.met_events.size(); ++bin) {
    if (figures.met_events[bin] == 0) continue;
    for (const MetResolution& one : figures.resolutions) {
      table["rows"].push_back(
          {fmt::format("{:g} to {:g}", figures.met_edges_gev[bin], figures.met_edges_gev[bin + 1]),
           figures.met_events[bin], one.name, one.response[bin], one.parallel_gev[bin],
           one.perpendicular_gev[bin],
           one.response[bin] > 0 ? Json(one.perpendicular_gev[bin] / one.response[bin]) : Json()});
    }
  }
  return table;
}

}  // namespace

std::vector<Json> figure_items(const HeadFigures& figures, const std::string& command) {
  std::vector<Json> items;
  for (size_t i = 0; i < figures.curves.size();) {
    const std::string& question = figures.curves[i].question;
    Json picture = item("lines", question, meaning_of(figures), command);
    picture["x"] = {{"label", "signal efficiency"}};
    picture["y"] = {{"label", "background efficiency"}, {"log", true}};
    picture["series"] = Json::array();
    for (; i < figures.curves.size() && figures.curves[i].question == question; ++i) {
      picture["series"].push_back(series_of(figures.curves[i]));
    }
    items.push_back(picture);
  }
  if (!figures.curves.empty()) items.push_back(areas_item(figures, command));
  if (figures.resolutions.empty()) return items;
  items.push_back(resolution_item(figures, "Resolution along the true missing momentum",
                                  "Root mean square of the difference to the truth; smaller is "
                                  "better.",
                                  "GeV", &MetResolution::parallel_gev, command));
  items.push_back(resolution_item(figures, "Resolution across the true missing momentum",
                                  "Root mean square of the component that should be zero.", "GeV",
                                  &MetResolution::perpendicular_gev, command));
  items.push_back(resolution_table(figures, command));
  return items;
}

Json run_results(const std::string& title, const RunResult& result, const std::string& command) {
  Json items = Json::array({facts(title, result, command)});
  if (result.figures) {
    for (const Json& one : figure_items(*result.figures, command)) items.push_back(one);
  }
  for (const Json& curve : curves(result)) items.push_back(curve);
  return {{"schema", "trigstone.results/1"},
          {"title", title},
          {"sections", Json::array({{{"title", title}, {"text", ""}, {"items", items}}})}};
}

Json to_json(const RunResult& result) {
  Json json = {{"folder", result.folder.string()},
               {"trainable", result.trainable},
               {"training_events", result.training_events},
               {"validation", result.validation},
               {"wall_s", result.wall_s},
               {"events_per_s", result.events_per_s}};
  if (result.test) json["test"] = to_json(*result.test);
  if (result.paired) json["views"] = {{"paired", *result.paired}, {"alone", *result.alone}};
  if (result.figures) json["figures"] = to_json(*result.figures);
  return json;
}

Json to_json(const Evaluation& evaluation) {
  return {{"schema", "trigstone.evaluation/1"}, {"task", task_name(evaluation.task)},
          {"shape", evaluation.shape},          {"scores", evaluation.outputs},
          {"is_signal", evaluation.is_signal},  {"id", evaluation.id},
          {"process", evaluation.process},      {"figures", to_json(evaluation.figures)}};
}

}  // namespace trigstone
