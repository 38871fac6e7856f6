#include "emit/ghdl_cosim.h"

#include "base/error.h"
#include "base/files.h"
#include "emit/cosim_digits.h"
#include "emit/vhdl.h"

namespace trigstone {

namespace fs = std::filesystem;

namespace {

// Reads a line of digits a clock and writes one.
std::string testbench(const VhdlDesign& design, const Stimulus& stimulus) {
  std::string connections = "clk => clk, start => words_in(0), done => words_out(0)";
  for (const auto& [name, ports] : {std::pair{"words_in", &stimulus.input_ports()},
                                    std::pair{"words_out", &stimulus.output_ports()}}) {
    int64_t low = 1;
    for (const PackedPort& port : *ports) {
      connections +=
          fmt::format(",\n      {} => {}({} downto {})", port.name, name, low + port.bits - 1, low);
      low += port.bits;
    }
  }
  return fmt::format(R"(library ieee;
use ieee.std_logic_1164.all;
use std.textio.all;

entity trigstone_testbench is
end entity;

architecture simulation of trigstone_testbench is
  signal clk : std_logic := '0';
  signal words_in : std_logic_vector({in_top} downto 0);
  signal words_out : std_logic_vector({out_top} downto 0);
begin
  dut : entity work.{top}
    port map ({connections});

  process
    file input : text open read_mode is "input.txt";
    file output : text open write_mode is "output.txt";
    variable row : line;
    variable word : std_logic_vector({in_top} downto 0);
  begin
    while not endfile(input) loop
      readline(input, row);
      read(row, word);
      words_in <= word;
      wait for 1 ns;
      write(row, words_out);
      writeline(output, row);
      clk <= '1';
      wait for 1 ns;
      clk <= '0';
    end loop;
    wait;
  end process;
end architecture;
)",
                     fmt::arg("in_top", digits_per_clock(stimulus.input_ports()) - 1),
                     fmt::arg("out_top", digits_per_clock(stimulus.output_ports()) - 1),
                     fmt::arg("top", design.firmware.top), fmt::arg("connections", connections));
}

}  // namespace

VhdlDesign vhdl_design(const Netlist& netlist, const Firmware& firmware) {
  return {with_vhdl_names(netlist, firmware), emit_vhdl(netlist, firmware)};
}

CosimRun run_ghdl(const VhdlDesign& design, const fs::path& folder,
                  const std::vector<EventTensors>& events, const std::vector<int>& gaps,
                  uint64_t seed, const std::vector<LoadWord>& loads) {
  const Stimulus stimulus(design.firmware, events, gaps, seed, loads);
  if (stimulus.clocks() == 0) return {};
  const DigitStimulus driven = digits_of(stimulus);
  write_file(folder / "input.txt", driven.input);
  write_file(folder / "testbench.vhd", testbench(design, stimulus));
  // Analyses in whatever order is needed, elaborates and runs, all in one process.
  std::vector<std::string> command = {"ghdl", "-c", "--std=08", "testbench.vhd"};
  for (const auto& [path, text] : design.vhdl) {
    write_file(folder / path, text);
    command.push_back(path);
  }
  // Outside of its window a value may be unknown; numeric_std would say so in every clock.
  command.insert(command.end(), {"-r", "trigstone_testbench", "--ieee-asserts=disable"});
  run_tool(command, folder);
  return run_from_digits(stimulus, driven.starts, design.firmware.latency_cycles,
                         read_file(folder / "output.txt"));
}

}  // namespace trigstone
