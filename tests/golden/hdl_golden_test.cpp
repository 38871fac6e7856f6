// Whole-file goldens of netlist.txt, the Verilog and the VHDL of small netlists, one folder
// each. They show what the emitters print, and every change of it shows in a review.
//
// `hdl_golden_test --update-goldens` (run by `./dev golden`) writes them again.
#include <gtest/gtest.h>

#include <cstring>
#include <filesystem>
#include <map>

#include "base/files.h"
#include "base/process.h"
#include "base/testing.h"
#include "emit/verilog.h"
#include "emit/vhdl.h"
#include "netlist/text.h"
#include "netlist/verify_netlist.h"
#include "test_folders.h"

namespace trigstone {

bool update_goldens = false;

namespace {

namespace fs = std::filesystem;

struct GoldenCase {
  std::string name;
  Netlist netlist;
  int latency_cycles = 0;
};

Netlist single(Module module) {
  Netlist netlist;
  netlist.modules.push_back(std::move(module));
  mark_starts(netlist);
  return netlist;
}

// Sum and largest of four beats, the sum shifted, kept until the next event.
Netlist accumulate() {
  return parse_netlist(R"(trigstone.netlist/1
module "accumulate" period 4 "sum and largest of 4 beats"
%0 = input() "x" : [-8, 7] f2 @0 x4
%1 = acc_sum(%0) "sum" : [-32, 28] f2 @4 x1
%2 = acc_max(%0) "largest" : [-8, 7] f2 @4 x1
%3 = add(%1, %2) amount=2 flag=1 "sum - 4 * largest" : [-60, 60] f2 @4 x1
%4 = hold(%3) strobe=4 "kept" : [-60, 60] f2 @5 x4 held
in "x" bits=4 signed=1 (%0)
out "y" bits=7 signed=1 (%4)
)",
                       "accumulate");
}

Netlist quantise() {
  ModuleBuilder builder("quantise");
  const CellId x = builder.input({-128, 127}, 4, "x");
  builder.input_port("x", 8, true, {x});
  builder.output_port("even", 5, true,
                      {builder.quantize(x, parse_format("<5,3,RND_CONV,SAT>", ""))});
  builder.output_port("floor", 3, false, {builder.quantize(x, parse_format("u<3,2>", ""))});
  return single(builder.finish("<8,4> to two formats"));
}

// A table, a weight memory read by phase, and delay lines short and long.
Netlist weights() {
  return parse_netlist(R"(trigstone.netlist/1
module "weights" period 3 "squares times weights"
%0 = input() "x" : [-2, 3] f0 @0 x3
%1 = table(%0) constant=-2 entries=[4, 1, 0, 1, 4, 9] "square" : [0, 9] f0 @0 x3
%2 = rom() strobe=1 entries=[5, -3, 7] "weight" : [-3, 7] f1 @1 x3
%3 = reg(%1) : [0, 9] f0 @1 x3
%4 = mul(%3, %2) "product" : [-27, 63] f1 @1 x3
%5 = ram(%4) amount=5 : [-27, 63] f1 @6 x3
%6 = ram(%4) amount=40 : [-27, 63] f1 @41 x3
in "x" bits=3 signed=1 (%0)
out "soon" bits=7 signed=1 (%5)
out "late" bits=8 signed=1 (%6)
)",
                       "weights");
}

// Four tokens over two lanes through one module a lane; the lanes' sums meet at the end.
Netlist stage() {
  return parse_netlist(R"(trigstone.netlist/1
module "token" period 2 "squared length of one token a clock"
%0 = input() "px" : [-8, 7] f0 @0 x2
%1 = input() "py" : [-8, 7] f0 @0 x2
%2 = mul(%0, %0) : [0, 64] f0 @0 x2
%3 = mul(%1, %1) : [0, 64] f0 @0 x2
%4 = add(%2, %3) : [0, 128] f0 @0 x2
%5 = reg(%4) : [0, 128] f0 @1 x2
%6 = acc_sum(%5) strobe=1 "sum" : [0, 256] f0 @3 x1
in "p" bits=4 signed=1 (%0, %1)
out "length2" bits=9 signed=0 (%6)
module "stage" period 2 "sum over 4 tokens in 2 lanes"
%0 = input() "px_0" : [-8, 7] f0 @0 x2
%1 = input() "py_0" : [-8, 7] f0 @0 x2
%2 = input() "px_1" : [-8, 7] f0 @0 x2
%3 = input() "py_1" : [-8, 7] f0 @0 x2
%4 = instance(%0, %1) module="token" "lane_0" : [0, 0] f0 @0 x1
%5 = instance(%2, %3) module="token" "lane_1" : [0, 0] f0 @0 x1
%6 = result(%4) : [0, 256] f0 @3 x1
%7 = result(%5) : [0, 256] f0 @3 x1
%8 = add(%6, %7) "total" : [0, 512] f0 @3 x1
%9 = reg(%8) : [0, 512] f0 @4 x1
in "tokens" bits=4 signed=1 (%0, %1, %2, %3)
out "total" bits=10 signed=0 (%9)
)",
                       "stage");
}

// Three operands on one carry chain, as primitives; one stands in wires below the chain.
Netlist ternary() {
  return parse_netlist(R"(trigstone.netlist/1
module "ternary" period 1 "two sums of three"
%0 = input() "a" : [-8, 7] f0 @0 x1
%1 = input() "b" : [-8, 7] f0 @0 x1
%2 = input() "c" : [0, 7] f0 @0 x1
%3 = add3(%0, %1, %2) entries=[1, -1, 2] "sum" : [-15, 29] f0 @0 x1
%4 = add3(%2, %0, %1) entries=[1, -4, -16] "high" : [-140, 167] f0 @0 x1
in "x" bits=4 signed=1 (%0, %1)
in "z" bits=3 signed=0 (%2)
out "y" bits=9 signed=1 (%3, %4)
)",
                       "ternary");
}

std::vector<GoldenCase> cases() {
  return {{"accumulate", accumulate(), 5},
          {"quantise", quantise(), 0},
          {"weights", weights(), 41},
          {"stage", stage(), 4},
          {"ternary", ternary(), 0}};
}

fs::path folder_of(const GoldenCase& golden) {
  return fs::path(kSourceFolder) / "tests/golden/hdl" / golden.name;
}

std::map<std::string, std::string> files_of(const GoldenCase& golden) {
  Firmware firmware;
  firmware.latency_cycles = golden.latency_cycles;
  firmware.primitives = true;
  std::map<std::string, std::string> files = emit_verilog(golden.netlist, firmware);
  files.merge(emit_vhdl(golden.netlist, firmware));
  files["netlist.txt"] = to_text(golden.netlist);
  return files;
}

class HdlGolden : public testing::TestWithParam<size_t> {};

TEST_P(HdlGolden, IsWhatIsPrinted) {
  const GoldenCase golden = cases()[GetParam()];
  const Diagnostics found = verify(golden.netlist);
  ASSERT_TRUE(found.empty()) << found.errors()[0].what();
  const auto files = files_of(golden);
  const fs::path folder = folder_of(golden);
  if (update_goldens) fs::remove_all(folder);
  for (const auto& [path, text] : files) {
    if (update_goldens) write_file(folder / path, text);
    EXPECT_EQ(read_file(folder / path), text) << "run ./dev golden and look at git diff";
  }
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (!entry.is_regular_file()) continue;
    EXPECT_TRUE(files.contains(fs::relative(entry.path(), folder).generic_string()))
        << entry.path() << " is printed no more";
  }
}

TEST_P(HdlGolden, ReadsBackAsTheSameNetlist) {
  const GoldenCase golden = cases()[GetParam()];
  const std::string text = read_file(folder_of(golden) / "netlist.txt");
  EXPECT_TRUE(parse_netlist(text, "netlist.txt") == golden.netlist);
}

// Every tool reads it without a warning; no lint is waived.
void expect_accepted(const GoldenCase& golden, std::vector<std::string> command,
                     const std::string& extension = ".v",
                     const std::vector<std::string>& folders = {"rtl", "sim"}) {
  if (is_missing(command[0])) GTEST_SKIP() << command[0] << " is missing";
  for (const std::string& name : folders) {
    const fs::path folder = folder_of(golden) / name;
    if (!fs::exists(folder)) continue;
    for (const auto& entry : fs::directory_iterator(folder)) {
      if (entry.path().extension() == extension) command.push_back(entry.path().string());
    }
  }
  const ProcessResult result = run_process(command);
  EXPECT_EQ(result.status, 0) << result.output;
  EXPECT_EQ(result.output.find("arning"), std::string::npos) << result.output;
}

TEST_P(HdlGolden, PassesVerilatorLint) {
  const GoldenCase golden = cases()[GetParam()];
  expect_accepted(golden, {"verilator", "--lint-only", "-Wall", "--top-module", golden.name});
}

TEST_P(HdlGolden, PassesIcarus) {
  expect_accepted(cases()[GetParam()], {"iverilog", "-g2005", "-Wall", "-o", "/dev/null"});
}

TEST_P(HdlGolden, PassesYosys) {
  const GoldenCase golden = cases()[GetParam()];
  expect_accepted(golden,
                  {"yosys", "-p",
                   "read_verilog -lib +/xilinx/cells_sim.v; hierarchy -check -top " + golden.name +
                       "; proc; memory_collect; check -assert"},
                  ".v", {"rtl"});
}

TEST_P(HdlGolden, PassesGhdl) {
  const fs::path library = fs::path(kBuildFolder) / "ghdl" / cases()[GetParam()].name;
  fs::create_directories(library);
  const std::string workdir = "--workdir=" + library.string();
  const std::vector<std::string> analyse = {"ghdl", "-i", "--std=08", workdir};
  expect_accepted(cases()[GetParam()], analyse, ".vhd");
  if (IsSkipped()) return;
  const ProcessResult result =
      run_process({"ghdl", "-m", "--std=08", workdir, cases()[GetParam()].name}, library);
  EXPECT_EQ(result.status, 0) << result.output;
  EXPECT_EQ(result.output.find("arning"), std::string::npos) << result.output;
}

std::string name_of(const testing::TestParamInfo<size_t>& info) { return cases()[info.param].name; }

INSTANTIATE_TEST_SUITE_P(Cases, HdlGolden, testing::Range<size_t>(0, cases().size()), name_of);

}  // namespace
}  // namespace trigstone

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  for (int i = 1; i < argc; ++i) {
    trigstone::update_goldens |= std::strcmp(argv[i], "--update-goldens") == 0;
  }
  return RUN_ALL_TESTS();
}
