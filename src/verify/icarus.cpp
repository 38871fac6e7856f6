#include "verify/icarus.h"

#include <fmt/format.h>

#include <sstream>

#include "base/error.h"
#include "base/files.h"
#include "base/process.h"

namespace trigstone {

namespace {

namespace fs = std::filesystem;

// One vector of all ports of a side, port 0 in the lowest bits; bit `low` of a port in it.
struct Side {
  std::vector<PackedPort> ports;
  std::vector<int64_t> low;
  int64_t bits = 0;
};
Side side_of(const std::vector<PortBinding>& bindings) {
  Side side;
  side.ports = packed_ports(bindings);
  for (const PackedPort& port : side.ports) {
    side.low.push_back(side.bits);
    side.bits += port.bits;
  }
  return side;
}

// Hexadecimal digits, most significant first, of the ports' words with `flag` above them.
std::string to_hex(const Side& side, const std::vector<uint64_t>& words, bool flag) {
  std::string bits(static_cast<size_t>((side.bits + 1 + 3) / 4 * 4), '0');  // bit 0 first
  for (size_t p = 0; p < side.ports.size(); ++p) {
    for (int64_t i = 0; i < side.ports[p].bits; ++i) {
      const uint64_t word = words[side.ports[p].first_word + static_cast<size_t>(i / 64)];
      bits[static_cast<size_t>(side.low[p] + i)] = (word >> (i % 64) & 1) != 0 ? '1' : '0';
    }
  }
  bits[static_cast<size_t>(side.bits)] = flag ? '1' : '0';
  std::string hex;
  for (size_t digit = bits.size() / 4; digit-- > 0;) {
    int value = 0;
    for (size_t i = 4; i-- > 0;) value = 2 * value + (bits[4 * digit + i] == '1');
    hex += "0123456789abcdef"[value];
  }
  return hex;
}

// The words of a line of binary digits (most significant first), undefined ones read as `unknown`.
std::vector<uint64_t> from_binary(const Side& side, const std::string& line, bool unknown) {
  std::vector<uint64_t> words(total_words(side.ports));
  for (size_t p = 0; p < side.ports.size(); ++p) {
    for (int64_t i = 0; i < side.ports[p].bits; ++i) {
      const char digit = line[line.size() - 1 - static_cast<size_t>(side.low[p] + i)];
      const bool high = digit == '1' || (digit != '0' && unknown);
      const auto word = side.ports[p].first_word + static_cast<size_t>(i / 64);
      words[word] |= static_cast<uint64_t>(high) << (i % 64);
    }
  }
  return words;
}

std::string test_bench(const Firmware& firmware, const Side& in, const Side& out, int64_t clocks) {
  std::string connections = ".clk(clk), .start(in[" + std::to_string(in.bits) + "])";
  const auto connect = [&](const Side& side, const char* vector) {
    for (size_t p = 0; p < side.ports.size(); ++p) {
      connections += fmt::format(",\n    .{}({}[{}:{}])", side.ports[p].name, vector,
                                 side.low[p] + side.ports[p].bits - 1, side.low[p]);
    }
  };
  connect(in, "in");
  connect(out, "out");
  return fmt::format(
      "module trigstone_test_bench;\n"
      "  reg clk = 0;\n"
      "  reg [{0}:0] in;\n"
      "  wire [{1}:0] out;\n"
      "  reg [{0}:0] stimulus [0:{2}];\n"
      "  integer file, k;\n"
      "  {3} dut ({4},\n    .done(out[{1}]));\n"
      "  initial begin\n"
      "    $readmemh(\"stimulus.hex\", stimulus);\n"
      "    file = $fopen(\"outputs.txt\", \"w\");\n"
      "    for (k = 0; k <= {2}; k = k + 1) begin\n"
      "      in = stimulus[k];\n"
      "      #1 $fwrite(file, \"%b\\n\", out);\n"
      "      clk = 1; #1 clk = 0;\n"
      "    end\n"
      "    $fclose(file);\n"
      "  end\n"
      "endmodule\n",
      in.bits, out.bits, clocks - 1, firmware.top, connections);
}

void run_tool(const std::vector<std::string>& arguments, const fs::path& folder) {
  const ProcessResult result = run_process(arguments, folder);
  if (result.status == 0) return;
  internal_error(fmt::format("{} failed with status {}:\n{}", arguments[0], result.status,
                             result.output.substr(0, 4000)));
}

bool same(const EventTensors& a, const EventTensors& b) {
  for (size_t i = 0; i < a.size(); ++i) {
    if (a[i].mantissas != b[i].mantissas) return false;
  }
  return true;
}

}  // namespace

IcarusRun run_icarus(const Firmware& firmware, const VerilogFiles& verilog, const fs::path& folder,
                     const std::vector<EventTensors>& events, const std::vector<int>& gaps) {
  constexpr uint64_t kSeed = 1;
  const Side in = side_of(firmware.inputs), out = side_of(firmware.outputs);
  Stimulus zeros(firmware, events, gaps, kSeed), ones(firmware, events, gaps, kSeed);
  const int64_t clocks = zeros.clocks();
  std::string stimulus;
  std::vector<bool> starts;
  for (int64_t clock = 0; clock < clocks; ++clock) {
    std::vector<uint64_t> words(total_words(in.ports));
    starts.push_back(zeros.drive(words));
    stimulus += to_hex(in, words, starts.back()) + "\n";
  }
  write_file(folder / "stimulus.hex", stimulus);
  write_file(folder / "test_bench.v", test_bench(firmware, in, out, clocks));
  std::vector<std::string> compile = {"iverilog", "-g2005", "-o", "simulation", "test_bench.v"};
  for (const auto& [path, text] : verilog) {
    write_file(folder / path, text);
    compile.push_back(path);
  }
  run_tool(compile, folder);
  run_tool({"vvp", "-n", "simulation"}, folder);

  IcarusRun result;
  std::istringstream lines(read_file(folder / "outputs.txt"));
  std::string line;
  for (int64_t clock = 0; clock < clocks; ++clock) {
    ensure(static_cast<bool>(std::getline(lines, line)) &&
               line.size() == static_cast<size_t>(out.bits) + 1,
           "the simulation stopped early");
    zeros.sample(from_binary(out, line, false));
    ones.sample(from_binary(out, line, true));
    if (clock < firmware.latency_cycles) continue;
    const bool expected = starts[static_cast<size_t>(clock - firmware.latency_cycles)];
    result.wrong_done_clocks += line[0] == (expected ? '1' : '0') ? 0 : 1;
  }
  result.outputs = zeros.take_outputs();
  const std::vector<EventTensors> other = ones.take_outputs();
  for (size_t e = 0; e < other.size(); ++e) {
    result.undefined_events += same(result.outputs[e], other[e]) ? 0 : 1;
  }
  return result;
}

}  // namespace trigstone
