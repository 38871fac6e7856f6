#include "verify/synthesis.h"

#include <cctype>
#include <chrono>
#include <sstream>

#include "base/error.h"
#include "base/files.h"
#include "base/process.h"
#include "verify/temporary_folder.h"

namespace trigstone {

namespace {

namespace fs = std::filesystem;

// LUTs inside a memory primitive: RAM64X1S one, RAM64M8 eight.
int64_t luts_of_memory(const std::string& name) {
  if (name.ends_with("M8") || name.ends_with("M16") || name.starts_with("RAM512")) return 8;
  if (name.ends_with("M")) return 4;
  const int64_t ports = name.ends_with("D") ? 2 : 1;
  if (name.starts_with("RAM128")) return 2 * ports;
  return (name.starts_with("RAM256") ? 4 : 1) * ports;
}

Resources count_resources(const std::map<std::string, int64_t>& cells) {
  Resources used;
  for (const auto& [name, count] : cells) {
    const auto number = static_cast<double>(count);
    // A LUT6_2 gives two functions, but is one LUT.
    const bool lut =
        name.starts_with("LUT") && name.size() >= 4 && name[3] >= '1' && name[3] <= '6';
    const bool block = name.starts_with("RAMB");
    if (lut || name.starts_with("SRL")) used.lut += number;
    if (name.starts_with("RAM") && !block) {
      used.lut += number * static_cast<double>(luts_of_memory(name));
    }
    if (name.starts_with("FD")) used.ff += number;
    if (name.starts_with("DSP")) used.dsp += number;
    if (name.starts_with("RAMB36")) used.bram36 += number;
    if (name.starts_with("RAMB18")) used.bram36 += number / 2;
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

// All identifiers `from` in `text` become `to`.
std::string renamed(const std::string& text, const std::string& from, const std::string& to) {
  const auto is_part = [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '$';
  };
  std::string result;
  size_t done = 0;
  for (size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + 1)) {
    const size_t end = at + from.size();
    if ((at > 0 && is_part(text[at - 1])) || (end < text.size() && is_part(text[end]))) continue;
    result.append(text, done, at - done).append(to);
    done = end;
  }
  return result.append(text, done);
}

// The unit's files under names that no other unit has, written to `folder`; the new top's name.
std::string write_unit(const SynthesisUnit& unit, const fs::path& folder,
                       std::vector<fs::path>& files) {
  std::vector<std::string> modules;
  for (const auto& [path, text] : unit.verilog) {
    if (path.starts_with("rtl/")) modules.push_back(fs::path(path).stem().string());
  }
  const auto own_name = [&](const std::string& module) { return unit.name + "__" + module; };
  for (const std::string& module : modules) {
    std::string text = unit.verilog.at("rtl/" + module + ".v");
    for (const std::string& other : modules) text = renamed(text, other, own_name(other));
    files.push_back(folder / (own_name(module) + ".v"));
    write_file(files.back(), text);
  }
  return own_name(unit.top);
}

// The ports of a module's text as this writer declares them, one a line.
std::vector<std::string> declarations_of(const std::string& text) {
  std::vector<std::string> found;
  std::istringstream lines(text.substr(0, text.find(");\n")));
  for (std::string line; std::getline(lines, line);) {
    const size_t begin = std::min(line.find("input  wire"), line.find("output wire"));
    if (begin == std::string::npos) continue;
    found.push_back(line.substr(begin, line.find_first_of(",/", begin) - begin));
  }
  return found;
}

[[noreturn]] void fail(const std::string& where, const ProcessResult& yosys) {
  const size_t error = yosys.output.rfind("ERROR");
  throw Error(where,
              "Yosys failed: " + yosys.output.substr(error == std::string::npos ? 0 : error, 300),
              "its own message tells why; the folder's rtl/ may have been changed");
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
  if (yosys.status != 0) fail(firmware_folder.string(), yosys);
  Synthesis result;
  result.cells = parse_yosys_cells(yosys.output);
  result.resources = count_resources(result.cells);
  result.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return result;
}

std::map<std::string, Resources> synthesize_units(const std::vector<SynthesisUnit>& units) {
  const TemporaryFolder folder("trigstone_synthesis");
  std::vector<fs::path> files;
  std::string ports, instances, kept;
  for (const SynthesisUnit& unit : units) {
    const std::string top = write_unit(unit, folder.path(), files);
    kept += " " + top;
    std::string connections;
    for (const std::string& port : declarations_of(unit.verilog.at("rtl/" + unit.top + ".v"))) {
      const size_t space = port.rfind(' ');
      const std::string name = port.substr(space + 1), outside = unit.name + "__" + name;
      ports +=
          fmt::format("{}\n    {} {}", ports.empty() ? "" : ",", port.substr(0, space), outside);
      connections += fmt::format("{}.{}({})", connections.empty() ? "" : ", ", name, outside);
    }
    instances += fmt::format("  {} {}__u ({});\n", top, unit.name, connections);
  }
  files.push_back(folder.path() / "all_units.v");
  write_file(files.back(), fmt::format("module all_units ({});\n{}endmodule\n", ports, instances));
  std::string script;
  for (const fs::path& file : files) script += "read_verilog " + file.string() + "\n";
  script += "setattr -mod -set keep_hierarchy 1" + kept + "\n";
  script += "synth_xilinx -family xcup -flatten -noiopad -nodsp -top all_units\nstat\n";
  write_file(folder.path() / "script.ys", script);
  const ProcessResult yosys = run_process({"yosys", "-Q", "-T", "-s", "script.ys"}, folder.path());
  if (yosys.status != 0) fail("synthesis", yosys);
  std::map<std::string, Resources> result;
  for (const SynthesisUnit& unit : units) {
    const std::string heading = fmt::format("=== {}__{} ===", unit.name, unit.top);
    const size_t begin = yosys.output.rfind(heading);
    ensure(begin != std::string::npos, "Yosys prints no statistics of " + unit.name);
    const size_t end = yosys.output.find("\n===", begin + heading.size());
    result[unit.name] = count_resources(parse_yosys_cells(yosys.output.substr(begin, end - begin)));
  }
  return result;
}

}  // namespace trigstone
