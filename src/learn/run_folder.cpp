#include "learn/run_folder.h"

#include <sstream>

#include "base/error.h"
#include "base/files.h"
#include "base/version.h"
#include "graph/onnx_writer.h"
#include "graph/read_model.h"

namespace trigstone {

namespace fs = std::filesystem;

namespace {

// In the order in which a new run removes them: whatever a kill leaves is still a run's folder, and
// none that could be resumed.
constexpr const char* kFiles[] = {"checkpoint.pt", "model.onnx",     "results.json",
                                  "metrics.jsonl", "trigstone.toml", "run.json"};

#ifndef TRIGSTONE_COMMIT
#define TRIGSTONE_COMMIT "unknown"
#endif

// What a run that was killed before its run.json leaves behind: its config, and files half written.
bool is_a_beginning(const fs::path& path) {
  for (const auto& entry : fs::directory_iterator(path)) {
    const std::string name = entry.path().filename().string();
    const bool half_written = name.starts_with(".") && name.ends_with(".partial");
    if (name != "trigstone.toml" && !half_written) return false;
  }
  return true;
}

void refuse_foreign_folder(const fs::path& path) {
  std::error_code ignored;
  if (!fs::exists(path, ignored)) return;
  if (!fs::is_directory(path, ignored)) {
    throw Error(path.string(), "is a file, not a folder", "choose another output path");
  }
  if (!fs::exists(path / "run.json", ignored) && !is_a_beginning(path)) {
    throw Error(path.string(), "is a folder, but not of a run", "choose a new folder");
  }
}

}  // namespace

RunFolder::RunFolder(fs::path path, const std::string& verb, const std::string& config_toml,
                     uint64_t seed, bool resume)
    : path_(std::move(path)) {
  refuse_foreign_folder(path_);
  std::error_code ignored;
  if (resume && fs::exists(path_ / "run.json", ignored) &&
      fs::exists(path_ / "trigstone.toml", ignored)) {
    check_schema(read_json(path_ / "run.json"), "trigstone.run", kRunVersion,
                 (path_ / "run.json").string());
    if (read_file(path_ / "trigstone.toml") != config_toml) {
      throw Error((path_ / "trigstone.toml").string(), "is another config than the one to resume",
                  "resume with the same config, or start a new run");
    }
    if (fs::exists(path_ / "metrics.jsonl", ignored)) {
      metrics_ = read_file(path_ / "metrics.jsonl");
    }
    return;
  }
  for (const char* file : kFiles) fs::remove(path_ / file, ignored);
  write_file(path_ / "trigstone.toml", config_toml);
  const OrderedJson run = {{"schema", fmt::format("trigstone.run/{}", kRunVersion)},
                           {"verb", verb},
                           {"version", kVersion},
                           {"commit", TRIGSTONE_COMMIT},
                           {"seed", seed}};
  write_file(path_ / "run.json", run.dump(2) + "\n");
}

void RunFolder::log(int64_t step, const std::map<std::string, double>& values) {
  OrderedJson line = {{"step", step}};
  for (const auto& [name, value] : values) line[name] = value;
  metrics_ += line.dump() + "\n";
  write_file(path_ / "metrics.jsonl", metrics_);
}

void RunFolder::rewind(int64_t step) {
  std::istringstream lines(metrics_);
  std::string kept;
  for (std::string line; std::getline(lines, line);) {
    const Json row = Json::parse(line, nullptr, false);
    if (!row.is_discarded() && row.value("step", int64_t{-1}) < step) kept += line + "\n";
  }
  metrics_ = kept;
  write_file(path_ / "metrics.jsonl", metrics_);
}

void RunFolder::write_model(const Graph& graph) const { write_onnx(graph, path_ / "model.onnx"); }

void RunFolder::write_results(const Json& results) const {
  write_file(path_ / "results.json", results.dump(2) + "\n");
}

Graph read_run_model(const fs::path& run) {
  std::error_code ignored;
  return read_model(fs::is_directory(run, ignored) ? run / "model.onnx" : run);
}

}  // namespace trigstone
