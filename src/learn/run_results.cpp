#include "learn/run_results.h"

#include <sstream>

#include "base/files.h"

namespace trigstone {

namespace {

Json item(const std::string& type, const std::string& title, const std::string& meaning,
          const std::string& command) {
  return {{"type", type}, {"title", title}, {"meaning", meaning}, {"command", command}};
}

Json facts(const std::string& title, const RunResult& result) {
  Json rows = Json::array();
  const auto add = [&](const char* name, const Json& value, const char* unit) {
    rows.push_back({{"name", name}, {"value", value}, {"unit", unit}});
  };
  add("trainable numbers", result.trainable, "");
  add("training events", result.training_events, "");
  add("training speed", result.events_per_s, "events/s");
  for (const auto& [name, value] : result.validation) add(name.c_str(), value, "");
  if (result.test) {
    add("area under the ROC, test split", result.test->area, "");
    add("its lower bound (68 %)", result.test->area_low, "");
    add("its upper bound (68 %)", result.test->area_high, "");
  }
  Json facts = item("facts", title, "What was trained, on how much, and how well it ended.",
                    "cat " + (result.folder / "run.json").string());
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

Json roc_item(const RocCurve& roc, const std::string& command) {
  Json picture = item("lines", "Background kept against signal kept",
                      "Minimum bias that passes when a share of the signal passes; test split, "
                      "band: 68 % of the bootstraps.",
                      command);
  picture["x"] = {{"label", "signal efficiency"}};
  picture["y"] = {{"label", "background efficiency"}, {"log", true}};
  picture["series"] = Json::array({{{"name", "accept head"},
                                    {"x", roc.signal_efficiency},
                                    {"y", roc.background_efficiency},
                                    {"low", roc.low},
                                    {"high", roc.high}}});
  return picture;
}

}  // namespace

Json run_results(const std::string& title, const RunResult& result) {
  Json items = Json::array({facts(title, result)});
  if (result.test) {
    items.push_back(roc_item(*result.test, "trigstone evaluate " + result.folder.string()));
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
  return json;
}

Json to_json(const Evaluation& evaluation) {
  return {{"schema", "trigstone.evaluation/1"}, {"scores", evaluation.scores},
          {"is_signal", evaluation.is_signal},  {"id", evaluation.id},
          {"process", evaluation.process},      {"roc", to_json(evaluation.roc)}};
}

Json to_json(const std::vector<FewLabelPoint>& points) {
  Json list = Json::array();
  for (const FewLabelPoint& point : points) {
    list.push_back({{"labels", point.labels},
                    {"pretrained", to_json(point.pretrained)},
                    {"scratch", to_json(point.scratch)}});
  }
  return {{"schema", "trigstone.few_labels/1"}, {"points", list}};
}

}  // namespace trigstone
