#include "emit/icarus_cosim.h"

#include "base/error.h"
#include "base/files.h"
#include "emit/cosim_digits.h"

namespace trigstone {

namespace fs = std::filesystem;

namespace {

// Reads a line of digits a clock and writes one.
std::string testbench(const CosimDesign& design, const Stimulus& stimulus) {
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
                     fmt::arg("in_top", digits_per_clock(stimulus.input_ports()) - 1),
                     fmt::arg("out_top", digits_per_clock(stimulus.output_ports()) - 1),
                     fmt::arg("last", stimulus.clocks() - 1), fmt::arg("top", design.firmware.top),
                     fmt::arg("connections", connections));
}

}  // namespace

CosimRun run_icarus(const CosimDesign& design, const fs::path& folder,
                    const std::vector<EventTensors>& events, const std::vector<int>& gaps,
                    uint64_t seed, const std::vector<LoadWord>& loads) {
  const Stimulus stimulus(design.firmware, events, gaps, seed, loads);
  if (stimulus.clocks() == 0) return {};
  const DigitStimulus driven = digits_of(stimulus);
  write_file(folder / "input.txt", driven.input);
  write_file(folder / "testbench.v", testbench(design, stimulus));
  std::vector<std::string> build = {"iverilog", "-g2005",    "-o",         "simulation.vvp",
                                    "-s",       "testbench", "testbench.v"};
  for (const auto& [path, text] : design.verilog) {
    write_file(folder / path, text);
    build.push_back(path);
  }
  run_tool(build, folder);
  run_tool({"vvp", "-n", "simulation.vvp"}, folder);
  return run_from_digits(stimulus, driven.starts, design.firmware.latency_cycles,
                         read_file(folder / "output.txt"));
}

}  // namespace trigstone
