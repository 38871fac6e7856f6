#include "verify/verify_firmware.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <map>

#include "base/error.h"
#include "base/files.h"
#include "base/npy.h"
#include "base/testing.h"
#include "emit/compile.h"
#include "graph/text.h"
#include "verify/mutate_graph.h"
#include "verify/mutate_netlist.h"

namespace trigstone {
namespace {

namespace fs = std::filesystem;

constexpr const char* kModel = R"(trigstone.graph/1 "small"
%0 "tokens" = input() {format = <6,3>, shape = [4, 2], token_axis = 0} : <6,3>[4,2]
%1 "valid" = input() {format = u<1,1>, role = "valid", shape = [4], token_axis = 0} : u<1,1>[4]
%2 "w" = constant() {} : <4,1>[2,2] = [3, -2, 1, 7]
%3 "dense" = linear(%0, %2) {} : <10,4>[4,2]
%4 "rounded" = quant(%3) {formats = <7,4,RND,SAT>} : <7,4>[4,2]
%5 "sum" = reduce_sum(%4, %1) {axes = [0], keepdims = 0} : <9,6>[2]
output "score" = %5
)";

class VerifyFirmware : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::temp_directory_path() / ("trigstone_verify_test_" + std::to_string(getpid()));
    fs::remove_all(folder_);
    fs::create_directories(folder_);
    compiled_ = compile_graph(parse_graph(kModel, "model"));
  }
  void TearDown() override { fs::remove_all(folder_); }

  fs::path firmware() const { return folder_ / "fw"; }
  void write() const { write_firmware_folder(compiled_, firmware()); }
  static VerifyOptions quick() {
    VerifyOptions options;
    options.random_events = 60;
    options.engines = {"netlist"};
    return options;
  }
  static std::string refusal(const std::function<void()>& call) {
    try {
      call();
    } catch (const Error& error) {
      return error.what();
    }
    return "";
  }

  fs::path folder_;
  Compiled compiled_;
};

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

// The firmware computes another model once that model's words have gone through its load port.
TEST_F(VerifyFirmware, LoadsAnotherModelsWeights) {
  constexpr const char* kDense = R"(trigstone.graph/1 "dense"
%0 "x" = input() {format = <6,3>, shape = [3]} : <6,3>[3]
%1 "w" = constant() {} : <4,1>[3,4] = [7, -8, 3, 1, -8, 7, 0, 2, 7, 7, -1, -5]
%2 "b" = constant() {} : <6,3>[4] = [31, -32, 5, 0]
%3 "y" = linear(%0, %1, %2) {} : <11,5>[4]
output "y" = %3
)";
  std::string retrained = kDense;
  retrained.replace(retrained.find("[7, -8, 3"), 9, "[-7, 0, 5");
  write_file(folder_ / "new.txt", retrained);
  for (const int reuse : {2, 6}) {  // inputs in turn, and outputs
    CompileOptions options;
    options.lower.strategy = "stream";
    options.lower.reuse = reuse;
    compiled_ = compile_graph(parse_graph(kDense, "dense"), options);
    write();
    VerifyOptions with_new = quick();
    with_new.weights = folder_ / "new.txt";
    with_new.engines = {"netlist", "verilator", "icarus", "ghdl"};
    const VerifyResult result = verify_firmware(firmware(), with_new);
    ASSERT_EQ(result.rows.size(), 4u);
    for (const VerifyRow& row : result.rows) EXPECT_EQ(row.detail, "") << row.engine;
  }
  write_file(folder_ / "new.txt", kModel);
  VerifyOptions with_other = quick();
  with_other.weights = folder_ / "new.txt";
  EXPECT_TRUE(contains(refusal([&] { verify_firmware(firmware(), with_other); }),
                       "graph:node 'tokens': error: has the shape [4,2], in the firmware [3]"));
}

TEST_F(VerifyFirmware, FindsAHonestFolderEqual) {
  write();
  const VerifyResult result = verify_firmware(firmware(), quick());
  ASSERT_EQ(result.rows.size(), 2u);
  EXPECT_EQ(result.rows[0].engine, "graph.txt");
  EXPECT_EQ(result.rows[1].engine, "netlist");
  for (const VerifyRow& row : result.rows) {
    EXPECT_EQ(row.detail, "");
    EXPECT_EQ(row.events, 60);
    EXPECT_EQ(row.differences, 0);
  }
  EXPECT_TRUE(result.equal());
  EXPECT_FALSE(result.timing_confirmed);  // the Verilog has not been run
  const OrderedJson json = to_json(result);
  EXPECT_EQ(json["equal"], true);
  EXPECT_EQ(json["latency_cycles"], compiled_.lowered.firmware.latency_cycles);
}

TEST_F(VerifyFirmware, NamesTheFirstDifferenceOfABrokenNetlist) {
  for (const NetlistMutant& mutant : netlist_mutants()) {
    if (mutant.name == "add: one step off") {
      compiled_.lowered.netlist = mutant.apply(compiled_.lowered.netlist);
    }
  }
  write();
  const VerifyResult result = verify_firmware(firmware(), quick());
  EXPECT_FALSE(result.equal());
  EXPECT_GT(result.rows[1].differences, 0);
  EXPECT_TRUE(contains(result.rows[1].detail, "output 'score'[")) << result.rows[1].detail;
  EXPECT_TRUE(contains(result.rows[1].detail, ", reference ")) << result.rows[1].detail;
  EXPECT_EQ(to_json(result)["equal"], false);
  EXPECT_EQ(to_json(result)["rows"][1]["first_difference"], result.rows[1].detail);
}

TEST_F(VerifyFirmware, FindsAGraphTextThatIsNotTheModel) {
  write();
  Graph other = compiled_.graph;
  for (const GraphMutant& mutant : graph_mutants()) {
    if (mutant.name == "quant: RND rounds as its neighbour") other = mutant.apply(other);
  }
  write_file(firmware() / "graph.txt", to_text(other));
  write_firmware(compiled_.lowered.firmware, firmware());  // with the new file's SHA-256
  const VerifyResult result = verify_firmware(firmware(), quick());
  EXPECT_FALSE(result.equal());
  EXPECT_NE(result.rows[0].detail, "");
  EXPECT_EQ(result.rows[1].detail, "");
}

TEST_F(VerifyFirmware, RunsRecordedEventsToo) {
  write();
  std::map<std::string, NpyArray> arrays;
  arrays["tokens"] = npy_of({2, 4, 2}, std::vector<int64_t>{-32, 31, 0, 1, 2, 3, 4, 5,  //
                                                            9, 9, 9, 9, -9, -9, -9, -9});
  arrays["valid"] = npy_of({2, 4}, std::vector<int64_t>{1, 0, 1, 1, 0, 0, 0, 0});
  write_npz(folder_ / "recorded.npz", arrays);
  VerifyOptions options = quick();
  options.recorded = folder_ / "recorded.npz";
  options.recorded_raw = true;
  options.random_events = 0;
  const VerifyResult result = verify_firmware(firmware(), options);
  ASSERT_EQ(result.rows.size(), 2u);
  EXPECT_EQ(result.rows[1].vectors, "recorded.npz");
  EXPECT_EQ(result.rows[1].events, 2);
  EXPECT_TRUE(result.equal());
}

TEST_F(VerifyFirmware, RefusesWhatItCannotVerify) {
  write();
  VerifyOptions options = quick();
  options.engines = {"crystal ball"};
  EXPECT_TRUE(
      contains(refusal([&] { verify_firmware(firmware(), options); }), "there is no such engine"));
  EXPECT_TRUE(
      contains(refusal([&] { verify_firmware(folder_, quick()); }), "is no firmware folder"));
  write_file(firmware() / "netlist.txt", "changed behind the manifest's back");
  EXPECT_TRUE(contains(refusal([&] { verify_firmware(firmware(), quick()); }), "netlist.txt"));
}

TEST_F(VerifyFirmware, AsksTheRandomGraphOfASeed) {
  const VerifyResult result = verify_seed(5, 12, {"netlist"});
  ASSERT_EQ(result.rows.size(), 1u);
  EXPECT_EQ(result.rows[0].vectors, "trigstone verify --seed 5");
  EXPECT_TRUE(result.equal());
}

// A program that is not installed is named with the package that brings it.
TEST_F(VerifyFirmware, NamesTheSimulatorThatIsMissing) {
  const std::string path = std::getenv("PATH");
  ::setenv("PATH", "/nonexistent", 1);
  std::map<std::string, std::string> refusals;
  for (const char* engine : {"verilator", "icarus", "ghdl"}) {
    try {
      verify_seed(0, 1, {engine});
    } catch (const Error& error) {
      refusals[engine] = error.what();
    }
  }
  ::setenv("PATH", path.c_str(), 1);
  EXPECT_TRUE(contains(refusals["verilator"], "apt-get install verilator"));
  EXPECT_TRUE(contains(refusals["icarus"], "iverilog: error: cannot be started"));
  EXPECT_TRUE(contains(refusals["icarus"], "apt-get install iverilog"));
  EXPECT_TRUE(contains(refusals["ghdl"], "ghdl: error: cannot be started"));
  EXPECT_TRUE(contains(refusals["ghdl"], "apt-get install ghdl"));
}

TEST_F(VerifyFirmware, SimulatesItsVhdl) {
  if (is_missing("ghdl")) GTEST_SKIP() << "GHDL is missing";
  write();
  VerifyOptions options = quick();
  options.engines = {"ghdl"};
  const VerifyResult result = verify_firmware(firmware(), options);
  EXPECT_TRUE(result.equal()) << to_json(result).dump(1);
  EXPECT_TRUE(result.timing_confirmed);
}

class VerifyFirmwareRtl : public VerifyFirmware {
 protected:
  void SetUp() override {
    if (is_missing("verilator")) GTEST_SKIP() << "Verilator is missing";
    VerifyFirmware::SetUp();
  }
};

TEST_F(VerifyFirmwareRtl, ConfirmsLatencyAndRateOfTheFoldersVerilog) {
  write();
  VerifyOptions options = quick();
  options.engines = {"verilator"};
  const VerifyResult result = verify_firmware(firmware(), options);
  EXPECT_TRUE(result.equal()) << to_json(result).dump(1);
  EXPECT_TRUE(result.timing_confirmed);
}

TEST_F(VerifyFirmwareRtl, FindsALatencyThatIsNotTheVerilogs) {
  write();
  Firmware wrong = compiled_.lowered.firmware;
  wrong.latency_cycles += 1;
  write_firmware(wrong, firmware());
  VerifyOptions options = quick();
  options.engines = {"verilator"};
  const VerifyResult result = verify_firmware(firmware(), options);
  EXPECT_FALSE(result.equal());
  EXPECT_TRUE(contains(result.rows[1].detail, "done is not start delayed"))
      << result.rows[1].detail;
  EXPECT_EQ(to_json(result)["timing_confirmed"], false);
}

TEST_F(VerifyFirmwareRtl, FindsVerilogThatComputesSomethingElse) {
  for (const NetlistMutant& mutant : netlist_mutants()) {
    if (mutant.name == "acc_sum: strobe one clock late") {
      compiled_.lowered.netlist = mutant.apply(compiled_.lowered.netlist);
    }
  }
  write();
  VerifyOptions options = quick();
  options.engines = {"verilator"};
  const VerifyResult result = verify_firmware(firmware(), options);
  EXPECT_GT(result.rows[1].differences, 0) << to_json(result).dump(1);
}

}  // namespace
}  // namespace trigstone
