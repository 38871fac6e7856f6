#include "emit/icarus_cosim.h"

#include <string_view>

#include "base/error.h"
#include "base/files.h"
#include "base/process.h"

namespace trigstone {

namespace fs = std::filesystem;

namespace {

int64_t total_bits(const std::vector<PackedPort>& ports) {
  int64_t bits = 0;
  for (const PackedPort& port : ports) bits += port.bits;
  return bits;
}

// Reads one binary word a clock ({ports, start}, last port first), writes one ({ports, done}).
std::string testbench(const CosimDesign& design, const Stimulus& stimulus) {
  const int64_t in_bits = total_bits(stimulus.input_ports()) + 1;
  const int64_t out_bits = total_bits(stimulus.output_ports()) + 1;
  std::string connections = ".clk(clk), .start(in[0]), .done(out[0])";
  for (const auto& [name, ports] :
       {std::pair{"in", &stimulus.input_ports()}, std::pair{"out", &stimulus.output_ports()}}) {
    int64_t low = 1;
    for (const PackedPort& port : *ports) {
      connections +=
          fmt::format(",\n      .{}({}[{}:{}])", port.name, name, low + port.bits - 1, low);
      low += port.bits;
    }
  }
  return fmt::format(R"(module testbench;
  reg clk;
  reg [{in_top}:0] words [0:{last}];
  reg [{in_top}:0] in;
  wire [{out_top}:0] out;
  integer clock, file;
  {top} dut (
      {connections});
  initial begin
    $readmemb("input.txt", words);
    file = $fopen("output.txt", "w");
    clk = 0;
    for (clock = 0; clock <= {last}; clock = clock + 1) begin
      in = words[clock];
      #1 $fdisplay(file, "%b", out);
      clk = 1;
      #1 clk = 0;
    end
    $fclose(file);
  end
endmodule
)",
                     fmt::arg("in_top", in_bits - 1), fmt::arg("out_top", out_bits - 1),
                     fmt::arg("last", stimulus.clocks() - 1), fmt::arg("top", design.firmware.top),
                     fmt::arg("connections", connections));
}

// Words of the ports and the flag in bit 0 as binary digits, highest bit first.
std::string digits_of(const std::vector<PackedPort>& ports, const std::vector<uint64_t>& words,
                      bool flag) {
  std::string digits;
  for (size_t p = ports.size(); p-- > 0;) {
    for (int64_t bit = ports[p].bits; bit-- > 0;) {
      const int64_t at = static_cast<int64_t>(ports[p].first_word) * 64 + bit;
      digits += read_field(words, at, 1, false) != 0 ? '1' : '0';
    }
  }
  return digits + (flag ? "1\n" : "0\n");
}

// The other way round; unknown digits read as `unknown`. Returns the flag.
bool words_of(const std::vector<PackedPort>& ports, std::string_view digits, char unknown,
              std::vector<uint64_t>& words) {
  const auto digit = [&](size_t from_end) {
    const char c = digits[digits.size() - 1 - from_end];
    return (c == '0' || c == '1' ? c : unknown) == '1';
  };
  size_t next = 1;
  for (const PackedPort& port : ports) {
    for (int64_t bit = 0; bit < port.bits; ++bit) {
      write_field(words, static_cast<int64_t>(port.first_word) * 64 + bit, 1,
                  digit(next++) ? 1 : 0);
    }
  }
  return digit(0);
}

void run_tool(const std::vector<std::string>& command, const fs::path& folder) {
  const ProcessResult result = run_process(command, folder);
  if (result.status == 0) return;
  internal_error(fmt::format("{} in {} failed with status {}:\n{}", command[0], folder.string(),
                             result.status, result.output.substr(0, 4000)));
}

}  // namespace

CosimRun run_icarus(const CosimDesign& design, const fs::path& folder,
                    const std::vector<EventTensors>& events, const std::vector<int>& gaps,
                    uint64_t seed) {
  Stimulus zeros(design.firmware, events, gaps, seed);
  Stimulus ones = zeros;  // the same clocks, unknown bits read as 1
  const auto clocks = static_cast<size_t>(zeros.clocks());
  if (clocks == 0) return {};
  std::string input;
  std::vector<bool> starts;
  std::vector<uint64_t> in(total_words(zeros.input_ports()));
  for (size_t clock = 0; clock < clocks; ++clock) {
    starts.push_back(zeros.drive(in));
    input += digits_of(zeros.input_ports(), in, starts.back());
  }
  write_file(folder / "input.txt", input);
  write_file(folder / "testbench.v", testbench(design, zeros));
  std::vector<std::string> build = {"iverilog", "-g2005",    "-o",         "simulation.vvp",
                                    "-s",       "testbench", "testbench.v"};
  for (const auto& [path, text] : design.verilog) {
    write_file(folder / path, text);
    build.push_back(path);
  }
  run_tool(build, folder);
  run_tool({"vvp", "-n", "simulation.vvp"}, folder);

  const std::string output = read_file(folder / "output.txt");
  CosimRun result;
  const auto latency = static_cast<size_t>(design.firmware.latency_cycles);
  std::vector<uint64_t> out(total_words(zeros.output_ports()));
  const auto line_size = static_cast<size_t>(total_bits(zeros.output_ports())) + 2;
  ensure(output.size() == clocks * line_size, "the simulation stopped early");
  for (size_t clock = 0; clock < clocks; ++clock) {
    const auto digits = std::string_view(output).substr(clock * line_size, line_size - 1);
    words_of(ones.output_ports(), digits, '1', out);
    ones.sample(out);
    const bool done = words_of(zeros.output_ports(), digits, '0', out);
    zeros.sample(out);
    if (clock >= latency && done != starts[clock - latency]) ++result.wrong_done_clocks;
  }
  result.outputs = zeros.take_outputs();
  ensure(ones.take_outputs() == result.outputs, "a promised output bit is unknown");
  return result;
}

}  // namespace trigstone
