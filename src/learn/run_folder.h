// The folder of a training run: trigstone.toml, run.json, metrics.jsonl, checkpoint.pt, model.onnx,
// results.json. Every file is whole at any moment, whenever the program is killed.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>

#include "base/json.h"
#include "graph/graph.h"

namespace trigstone {

inline constexpr int kRunVersion = 1;  // of "trigstone.run/N" in run.json

class RunFolder {
 public:
  // A fresh run empties what an earlier one left in the folder; a resumed one requires the same
  // config. Throws Error when the folder holds something else, or another config to resume.
  RunFolder(std::filesystem::path path, const std::string& verb, const std::string& config_toml,
            uint64_t seed, bool resume);

  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path checkpoint() const { return path_ / "checkpoint.pt"; }

  // Appends {"step": …, …} to metrics.jsonl. Times are left out, so that the file of a resumed run
  // equals that of an unbroken one.
  void log(int64_t step, const std::map<std::string, double>& values);
  // Drops what was logged at `step` or later (a checkpoint is older than the last line).
  void rewind(int64_t step);

  void write_model(const Graph& graph) const;
  void write_results(const Json& results) const;

 private:
  std::filesystem::path path_;
  std::string metrics_;  // the whole file
};

// model.onnx of a run folder, or a model file itself.
Graph read_run_model(const std::filesystem::path& run);

}  // namespace trigstone
