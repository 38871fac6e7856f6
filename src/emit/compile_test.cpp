// From a model file to a firmware folder, and what is refused on the way.
#include "emit/compile.h"

#include <cmath>

#include "base/error.h"
#include "base/files.h"
#include "base/testing.h"
#include "graph/onnx_reader.h"
#include "graph/read_model.h"
#include "graph/text.h"
#include "interpret/interpret_graph.h"
#include "interpret/interpret_netlist.h"
#include "netlist/text.h"

namespace trigstone {
namespace {

const Format kBytes{8, 8};

NpyArray small_matrix() { return npy_of({2, 3}, std::vector<int64_t>{1, -3, 0, 7, 2, 5}); }

TEST(MatrixGraph, MultipliesRowsByInputs) {
  const Compiled compiled = compile_graph(matrix_graph(small_matrix(), kBytes, "m.npy"));
  const EventTensors x = {Tensor{{2}, kBytes, {-100, 127}, {}}};
  const auto y = run_netlist(compiled.lowered.netlist, compiled.lowered.firmware, {x});
  EXPECT_EQ(y[0][0].mantissas, (std::vector<int64_t>{-100 + 7 * 127, 300 + 2 * 127, 5 * 127}));
  EXPECT_EQ(compiled.lowered.firmware.inputs[0].format, kBytes);
}

TEST(MatrixGraph, RefusesWhatIsNoIntegerMatrix) {
  EXPECT_EQ(message_of([] {
              matrix_graph(npy_of({2}, std::vector<int64_t>{1, 2}), kBytes, "v");
            }),
            "v: error: is not a matrix of two axes — one row an input, one column an output");
  EXPECT_EQ(message_of([] {
              matrix_graph(npy_of({2, 2}, std::vector<double>{1, -0.0, 3, 0.5}), kBytes, "r");
            }),
            "r[1,1]: error: 0.5 is not an integer of a double — scale and round the matrix first");
  for (const double bad : {static_cast<double>(NAN), HUGE_VAL, 1e308}) {
    EXPECT_THROW(matrix_graph(npy_of({1, 1}, std::vector<double>{bad}), kBytes, "r"), Error);
  }
  EXPECT_EQ(message_of([] {
              matrix_graph(npy_of({0, 3}, std::vector<int64_t>{}), kBytes, "e");
            }),
            "e: error: is an empty matrix — give at least one row and one column");
}

TEST(MatrixGraph, TakesWholeFloats) {
  const Graph floats =
      matrix_graph(npy_of({2, 2}, std::vector<double>{1, -0.0, -3, 0x1p53}), kBytes, "m.npy");
  const Graph integers = matrix_graph(
      npy_of({2, 2}, std::vector<int64_t>{1, 0, -3, int64_t{1} << 53}), kBytes, "m.npy");
  EXPECT_EQ(to_text(floats), to_text(integers));
}

TEST(Compile, WritesAFolderThatReadsBack) {
  const TestFolder folder;
  write_npy(folder / "m.npy", small_matrix());
  const Graph model = read_compile_input(folder / "m.npy", kBytes);
  const Compiled compiled = compile_graph(model);
  const Firmware firmware = write_firmware_folder(compiled, folder / "fw");
  EXPECT_EQ(firmware.inputs, compiled.lowered.firmware.inputs);
  EXPECT_TRUE(firmware.files.contains("rtl/m.v"));
  const Graph text = read_model(folder / "fw/graph.txt");
  EXPECT_EQ(to_text(text), to_text(compiled.graph));
  EXPECT_EQ(to_text(read_onnx(folder / "fw/model.onnx")), to_text(compiled.graph));
  const std::string netlist = read_file(folder / "fw/netlist.txt");
  EXPECT_EQ(to_text(parse_netlist(netlist, "netlist.txt")), netlist);
  // graph.txt ends in .txt as a matrix may, and is still read as a graph.
  EXPECT_EQ(read_compile_input(folder / "fw/graph.txt", kBytes).size(), text.size());
}

TEST(Compile, ATextMatrixIsTheSameMatrix) {
  const TestFolder folder;
  write_file(folder / "m.txt", "1 -3 0\n7 2 5\n");
  const Graph graph = read_compile_input(folder / "m.txt", kBytes);
  EXPECT_EQ(to_text(graph), to_text(matrix_graph(small_matrix(), kBytes, "m.txt")));
}

TEST(Compile, ReportsEachPassInOrder) {
  CompileOptions options;
  std::vector<std::string> passes, expected;
  options.after_pass = [&](const std::string& pass, const Graph&) { passes.push_back(pass); };
  compile_graph(matrix_graph(small_matrix(), kBytes, "m"), options);
  for (const GraphPass& pass : hardware_passes(evaluate_constant)) expected.push_back(pass.name);
  EXPECT_EQ(passes, expected);
}

TEST(Compile, GivesInputsTheFormatAskedFor) {
  Graph graph;
  const ValueId x = graph.add(Op::kInput, {}, {{"shape", Shape{2}}}, "x");
  graph.add_output("y", graph.add(Op::kRelu, {x}));
  CompileOptions options;
  options.hardware.input_format = parse_format("<7,3,RND,SAT>", "test");
  const Compiled compiled = compile_graph(graph, options);
  EXPECT_TRUE(compiled.lowered.firmware.inputs[0].format.same_numbers({7, 3}));
}

TEST(Calibrated, HoldsEveryNumberInTheFewestIntegerBits) {
  const Format base = parse_format("<8,8,RND_CONV,SAT>", "test");
  EXPECT_EQ(to_string(calibrated(base, {-1.5, 0.3, 1.2}, "x")), "<8,2,RND_CONV,SAT>");
  EXPECT_EQ(to_string(calibrated(base, {0, 3.9}, "x")), "u<8,2,RND_CONV,SAT>");
  EXPECT_EQ(to_string(calibrated(base, {0, 4.0}, "x")), "u<8,3,RND_CONV,SAT>");
  EXPECT_EQ(
      message_of([&] { calibrated(base, {}, "x.npy"); }),
      "x.npy: error: holds no numbers to choose a format from — give events with at least one "
      "number");
  EXPECT_EQ(
      message_of([&] { calibrated(base, {NAN}, "x.npy"); }),
      "x.npy: error: holds a number that is not finite — mend or drop the events that hold it");
}

TEST(Compile, QkerasJetTaggerOfTheModelZoo) {
  const auto path = interop_path("models/qonnx_model_zoo/qkeras_jettagging.onnx");
  if (path.empty()) GTEST_SKIP() << "TRIGSTONE_INTEROP is not set";
  const Compiled compiled = compile_graph(read_compile_input(path, kBytes));
  EXPECT_EQ(compiled.lowered.firmware.ii, 1);
  EXPECT_FALSE(compiled.lowered.firmware.cut_head.empty());
  std::vector<EventTensors> events;
  Random random(5);
  for (int e = 0; e < 20; ++e) {
    const Format format = *compiled.graph.type(compiled.graph.inputs()[0]).format;
    Tensor x{compiled.graph.shape(compiled.graph.inputs()[0]), format, {}, {}};
    for (int64_t i = 0; i < x.size(); ++i) {
      x.mantissas.push_back(random.integer(format.min_mantissa(), format.max_mantissa()));
    }
    events.push_back({std::move(x)});
  }
  const auto outputs = run_netlist(compiled.lowered.netlist, compiled.lowered.firmware, events);
  for (size_t e = 0; e < events.size(); ++e) {
    EXPECT_EQ(outputs[e], interpret(compiled.graph, events[e])) << e;
  }
}

}  // namespace
}  // namespace trigstone
