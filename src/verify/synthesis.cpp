#include "verify/synthesis.h"

#include <chrono>
#include <sstream>

#include "base/error.h"
#include "base/process.h"

namespace trigstone {

namespace {

namespace fs = std::filesystem;

Resources count_resources(const std::map<std::string, int64_t>& cells) {
  Resources used;
  for (const auto& [name, count] : cells) {
    const auto number = static_cast<double>(count);
    const bool lut =
        name.starts_with("LUT") && name.size() >= 4 && name[3] >= '1' && name[3] <= '6';
    if (lut || name.starts_with("SRL") || name.starts_with("RAM")) used.lut += number;
    if (name.starts_with("FD")) used.ff += number;
    if (name.starts_with("DSP")) used.dsp += number;
    if (name.starts_with("RAMB36")) used.bram36 += number;
    if (name.starts_with("RAMB18")) used.bram36 += number / 2;
    if (name.starts_with("RAMB")) used.lut -= number;  // counted above among the LUT memories
    if (name.starts_with("URAM")) used.uram += number;
  }
  return used;
}

std::string yosys_script(const fs::path& rtl, const std::string& module, bool dsp) {
  std::string script;
  for (const auto& entry : fs::directory_iterator(rtl)) {
    if (entry.path().extension() == ".v") script += "read_verilog " + entry.path().string() + "\n";
  }
  script += fmt::format("synth_xilinx -family xcup -flatten -noiopad {}-top {}\n",
                        dsp ? "" : "-nodsp ", module);
  return script + "stat\n";
}

}  // namespace

std::map<std::string, int64_t> parse_yosys_cells(const std::string& log) {
  std::map<std::string, int64_t> cells;
  const size_t begin = log.rfind("Number of cells:");
  if (begin == std::string::npos) return cells;
  std::istringstream lines(log.substr(begin));
  std::string line;
  std::getline(lines, line);
  while (std::getline(lines, line)) {
    std::istringstream words(line);
    std::string name;
    int64_t count = 0;
    if (!(words >> name >> count)) break;
    cells[name] = count;
  }
  return cells;
}

Synthesis synthesize(const fs::path& firmware_folder, const std::string& module) {
  const Firmware firmware = read_firmware(firmware_folder);
  const std::string top = module.empty() ? firmware.top : module;
  const fs::path rtl = fs::absolute(firmware_folder) / "rtl";
  if (!fs::exists(rtl / (top + ".v"))) {
    throw Error(firmware_folder.string(), fmt::format("has no module '{}'", top),
                "look into its folder rtl/");
  }
  const auto start = std::chrono::steady_clock::now();
  const bool dsp = firmware.resources.dsp > 0;
  const ProcessResult yosys = run_process({"yosys", "-Q", "-T", "-p", yosys_script(rtl, top, dsp)});
  if (yosys.status != 0) {
    const size_t error = yosys.output.rfind("ERROR");
    throw Error(firmware_folder.string(),
                "Yosys failed: " + yosys.output.substr(error == std::string::npos ? 0 : error, 300),
                "its own message tells why; the folder's rtl/ may have been changed");
  }
  Synthesis result;
  result.cells = parse_yosys_cells(yosys.output);
  result.resources = count_resources(result.cells);
  result.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return result;
}

}  // namespace trigstone
