#include "emit/verilator_cosim.h"

#include <algorithm>
#include <cstring>

#include "base/error.h"
#include "base/files.h"
#include "base/process.h"
#include "base/threads.h"
#include "emit/verilator_harness.h"

namespace trigstone {

namespace fs = std::filesystem;

namespace {

// C++ gathered into one compile unit: enough to forget the price of the headers, little enough to
// keep all cores busy.
constexpr uint64_t kUnitBytes = 400'000;

// Runs a tool on what we wrote; its complaints are our bug.
void run_tool(const std::vector<std::string>& arguments, const fs::path& folder) {
  const ProcessResult result = run_process(arguments, folder);
  if (result.status == 0) return;
  internal_error(fmt::format("{} in {} failed with status {}:\n{}", arguments[0], folder.string(),
                             result.status, result.output.substr(0, 4000)));
}

// Random power-up values, no delays, generated functions short enough for the C++ compiler.
const std::vector<std::string> kVerilatorFlags = {
    "--cc",           "--no-timing", "--x-initial",           "unique",
    "--output-split", "20000",       "--output-split-cfuncs", "500"};

}  // namespace

Cosim::Cosim(std::vector<CosimDesign> designs, const fs::path& folder, const Config& config)
    : designs_(std::move(designs)), folder_(fs::absolute(folder)), config_(config) {
  fs::create_directories(folder_);
  verilator_root_ = run_process({"verilator", "--getenv", "VERILATOR_ROOT"}).output;
  while (!verilator_root_.empty() && verilator_root_.back() == '\n') verilator_root_.pop_back();
  parallel_blocks(static_cast<int64_t>(designs_.size()), 1, config_.jobs,
                  [&](int64_t begin, int64_t end) {
                    for (int64_t i = begin; i < end; ++i) translate(static_cast<size_t>(i));
                  });
  write_units();
  compile_and_link();
}

void Cosim::translate(size_t design) const {
  const CosimDesign& given = designs_[design];
  const fs::path sources = folder_ / fmt::format("design_{}", design);
  fs::remove_all(sources);
  std::vector<std::string> command = {"verilator"};
  command.insert(command.end(), kVerilatorFlags.begin(), kVerilatorFlags.end());
  if (config_.lint) command.push_back("-Wall");
  const std::string prefix = fmt::format("V{}", design);
  command.insert(command.end(),
                 {"--prefix", prefix, "--Mdir", "cpp", "--top-module", given.firmware.top});
  for (const auto& [path, text] : given.verilog) {
    write_file(sources / path, text);
    command.push_back(path);
  }
  run_tool(command, sources);
  write_file(sources / "cpp" / (prefix + "_glue.cpp"), cosim_glue(given.firmware, design));
}

void Cosim::write_units() {
  write_file(folder_ / "harness.h", cosim_header());
  write_file(folder_ / "main.cpp", cosim_main(designs_.size()));
  units_ = {"main.cpp"};
  std::string unit;
  uint64_t bytes = 0;
  const auto finish_unit = [&] {
    if (unit.empty()) return;
    units_.push_back(fmt::format("unit_{}.cpp", units_.size()));
    write_file(folder_ / units_.back(), unit);
    unit.clear();
    bytes = 0;
  };
  for (size_t i = 0; i < designs_.size(); ++i) {
    const std::string cpp = fmt::format("design_{}/cpp", i);
    std::vector<fs::path> files;
    for (const auto& entry : fs::directory_iterator(folder_ / cpp)) {
      if (entry.path().extension() == ".cpp") files.push_back(entry.path());
    }
    std::sort(files.begin(), files.end());
    for (const fs::path& file : files) {
      const uint64_t size = fs::file_size(file);
      if (bytes + size > kUnitBytes) finish_unit();
      unit += fmt::format("#include \"{}/{}\"\n", cpp, file.filename().string());
      bytes += size;
    }
  }
  finish_unit();
}

void Cosim::compile_and_link() const {
  const std::string include = verilator_root_ + "/include";
  std::vector<std::string> compile;
  if (program_exists("ccache")) compile.push_back("ccache");
  compile.insert(compile.end(), {"c++", "-std=c++17", config_.optimise ? "-O1" : "-O0", "-w", "-c",
                                 "-I.", "-I" + include, "-isystem", include + "/vltstd"});
  std::vector<std::string> sources = units_;
  sources.push_back(include + "/verilated.cpp");
  if (fs::exists(include + "/verilated_threads.cpp")) {
    sources.push_back(include + "/verilated_threads.cpp");
  }
  std::vector<std::string> link = {"c++", "-o", "simulation", "-pthread"};
  for (const std::string& source : sources) {
    link.push_back(fs::path(source).stem().string() + ".o");
  }
  parallel_blocks(
      static_cast<int64_t>(sources.size()), 1, config_.jobs, [&](int64_t begin, int64_t end) {
        for (int64_t i = begin; i < end; ++i) {
          const std::string& source = sources[static_cast<size_t>(i)];
          std::vector<std::string> command = compile;
          command.insert(command.end(), {source, "-o", fs::path(source).stem().string() + ".o"});
          run_tool(command, folder_);
        }
      });
  run_tool(link, folder_);
}

CosimRun Cosim::run(size_t design, const std::vector<EventTensors>& events,
                    const std::vector<int>& gaps, uint64_t seed,
                    const std::vector<LoadWord>& loads) const {
  const Firmware& firmware = designs_.at(design).firmware;
  Stimulus stimulus(firmware, events, gaps, seed, loads);
  const size_t in_words = total_words(stimulus.input_ports()) + 1;
  const size_t out_words = total_words(stimulus.output_ports()) + 1;
  const auto clocks = static_cast<size_t>(stimulus.clocks());
  std::vector<uint64_t> words(clocks * in_words);
  for (size_t clock = 0; clock < clocks; ++clock) {
    uint64_t* const first = words.data() + clock * in_words;
    first[0] = stimulus.drive({first + 1, in_words - 1}) ? 1 : 0;
  }
  const std::string input = fmt::format("{}.in", design), output = fmt::format("{}.out", design);
  write_file(folder_ / input,
             {reinterpret_cast<const char*>(words.data()), words.size() * sizeof(uint64_t)});
  run_tool({"./simulation", std::to_string(design), input, output, std::to_string(seed)}, folder_);
  const std::string bytes = read_file(folder_ / output);
  ensure(bytes.size() == clocks * out_words * sizeof(uint64_t), "the simulation stopped early");
  std::vector<uint64_t> seen(clocks * out_words);
  std::memcpy(seen.data(), bytes.data(), bytes.size());
  fs::remove(folder_ / input);
  fs::remove(folder_ / output);

  CosimRun result;
  const auto latency = static_cast<size_t>(firmware.latency_cycles);
  for (size_t clock = 0; clock < clocks; ++clock) {
    stimulus.sample({seen.data() + clock * out_words + 1, out_words - 1});
    // Before `latency` clocks have passed, done shows what the registers powered up with.
    if (clock < latency) continue;
    const bool expected = words[(clock - latency) * in_words] != 0;
    if ((seen[clock * out_words] != 0) != expected) ++result.wrong_done_clocks;
  }
  result.outputs = stimulus.take_outputs();
  return result;
}

}  // namespace trigstone
