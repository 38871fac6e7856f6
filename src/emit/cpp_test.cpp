// The generated C++ as its users meet it; that it computes the right numbers is asked by the
// conformance suite.
#include <dlfcn.h>
#include <gtest/gtest.h>

#include <any>
#include <cmath>
#include <cstring>

#include "base/files.h"
#include "base/process.h"
#include "base/random.h"
#include "base/testing.h"
#include "emit/cpp_build.h"
#include "fixed/quantize.h"
#include "graph/text.h"
#include "interpret/interpret_graph.h"

// As CMS's loader declares it.
namespace hls4mlEmulator {
class Model {
 public:
  virtual void prepare_input(std::any input) = 0;
  virtual void predict() = 0;
  virtual void read_result(std::any result) = 0;
  virtual ~Model() = default;
};
}  // namespace hls4mlEmulator

namespace trigstone {
namespace {

constexpr const char* kModel = R"(trigstone.graph/1 "jet tagger"
%0 "class" = input() {format = <8,4,RND_CONV,SAT>, shape = [3]} : <8,4>[3]
%1 "x:0" = input() {format = u<1,1>, shape = [2]} : u<1,1>[2]
%2 "w" = constant() {} : <4,1>[3,2] = [1, -3, 0, 7, -8, 2]
%3 "y" = linear(%0, %2) {} : <12,5>[2]
%4 "z" = select(%1, %3, %3) {} : <12,5>[2]
output "y/0" = %3
output "y:0" = %4
)";

Graph model() { return parse_graph(kModel, "m"); }

void compile(const TestFolder& folder, const CppSource& source,
             const std::vector<std::string>& flags) {
  write_file(folder / (source.name + ".h"), source.header);
  write_file(folder / (source.name + ".cpp"), source.source);
  std::vector<std::string> command = {"c++",     "-std=c++17", "-O2",     "-Wall",
                                      "-Wextra", "-pedantic",  "-Werror", "-Wno-unused-function"};
  command.insert(command.end(), flags.begin(), flags.end());
  command.push_back(source.name + ".cpp");
  const ProcessResult result = run_process(command, folder.path());
  ASSERT_EQ(result.status, 0) << result.output;
}

TEST(Cpp, NamesAreTakenFromThePortsAndAreValid) {
  const CppSource source = emit_cpp(model());
  EXPECT_EQ(source.name, "jet_tagger");
  ASSERT_EQ(source.inputs.size(), 2U);
  EXPECT_EQ(source.inputs[0].name, "class_0");
  EXPECT_EQ(source.inputs[0].type, "std::int8_t");
  EXPECT_EQ(source.inputs[1].type, "std::uint8_t");
  EXPECT_NE(source.outputs[0].name, source.outputs[1].name);
  const TestFolder folder;
  compile(folder, source, {"-c"});
}

TEST(Cpp, RefusesWhatIsNotQuantised) {
  Graph graph;
  const ValueId x = graph.add(Op::kInput, {}, {{"shape", Shape{2}}}, "x");
  graph.add_output("y", x);
  EXPECT_NE(message_of([&] { emit_cpp(graph); }).find("'x'"), std::string::npos);
}

// Numbers around every border of the formats, ties and far beyond.
std::vector<double> interesting_numbers(const Format& format) {
  std::vector<double> numbers = {0.0,    -0.0,   NAN,     INFINITY, -INFINITY, 1e300,
                                 -1e300, 5e-324, -5e-324, 0x1p63,   -0x1p63,   0x1p64 + 0x1p12};
  Random random(7);
  const auto near = [&](int64_t mantissa) {
    const double x = std::ldexp(static_cast<double>(mantissa), -format.fraction_bits());
    for (const double part : {-0.75, -0.5, -0.25, 0.0, 0.25, 0.5, 0.75}) {
      const double y = x + std::ldexp(part, -format.fraction_bits());
      numbers.insert(numbers.end(), {y, std::nextafter(y, 1e9), std::nextafter(y, -1e9)});
    }
  };
  for (const int64_t m : {int64_t{-2}, int64_t{-1}, int64_t{0}, int64_t{1}, int64_t{2}}) near(m);
  near(format.min_mantissa());
  near(format.max_mantissa());
  for (int i = 0; i < 20; ++i) near(random.integer(format.min_mantissa(), format.max_mantissa()));
  return numbers;
}

TEST(Cpp, NumbersBecomeMantissasAsTheFormatSays) {
  std::vector<Format> formats;
  for (int r = 0; r < kRoundingCount; ++r) {
    for (int o = 0; o < kOverflowCount; ++o) {
      for (const char* text : {"<6,3>", "u<5,7>", "<1,1>", "<64,32>", "u<63,0>"}) {
        Format format = parse_format(text, "test");
        format.rounding = static_cast<Rounding>(r);
        format.overflow = static_cast<Overflow>(o);
        formats.push_back(format);
      }
    }
  }
  Graph graph;
  std::vector<std::vector<double>> numbers;
  std::string calls, file = "#include \"ports.h\"\n#include <cstdio>\n#include <vector>\n";
  std::vector<int64_t> wanted;
  for (size_t f = 0; f < formats.size(); ++f) {
    numbers.push_back(interesting_numbers(formats[f]));
    const auto size = static_cast<int64_t>(numbers.back().size());
    const std::string name = fmt::format("p{}", f);
    const ValueId x = graph.add(Op::kInput, {},
                                {{"shape", Shape{size}}, {"format", FormatMap(formats[f])}}, name);
    graph.add_output(name, x);
    calls += fmt::format(
        "  numbers.resize({0});\n"
        "  if (std::fread(numbers.data(), 8, {0}, in) != {0}) return 1;\n"
        "  outside = ports::set_{1}(input, numbers.data());\n"
        "  for (const auto m : input.{1}) put(m);\n  put(outside);\n",
        size, name);
    int64_t outside = 0;
    for (const double x_number : numbers.back()) {
      wanted.push_back(quantize_real(x_number, formats[f], &outside));
    }
    wanted.push_back(outside);
  }
  file +=
      "int main() {\n  std::FILE* in = std::fopen(\"numbers\", \"rb\");\n"
      "  std::FILE* out = std::fopen(\"mantissas\", \"wb\");\n"
      "  static ports::Input input;\n  std::vector<double> numbers;\n"
      "  long long outside = 0;\n"
      "  const auto put = [&](long long m) { std::fwrite(&m, 8, 1, out); };\n" +
      calls + "  return std::fclose(out);\n}\n";
  const TestFolder folder;
  write_file(folder / "main.cpp", file);
  std::string bytes;
  for (const std::vector<double>& list : numbers) {
    bytes.append(reinterpret_cast<const char*>(list.data()), 8 * list.size());
  }
  write_file(folder / "numbers", bytes);
  compile(
      folder, emit_cpp(graph, {"ports", false}),
      {"main.cpp", "-O0", "-fsanitize=undefined", "-fno-sanitize-recover=all", "-o", "convert"});
  const ProcessResult result = run_process({"./convert"}, folder.path());
  ASSERT_EQ(result.status, 0) << result.output;
  const std::string seen = read_file(folder / "mantissas");
  ASSERT_EQ(seen.size(), 8 * wanted.size());
  size_t at = 0;
  for (size_t f = 0; f < formats.size(); ++f) {
    for (size_t i = 0; i <= numbers[f].size(); ++i, ++at) {
      int64_t m = 0;
      std::memcpy(&m, seen.data() + 8 * at, 8);
      ASSERT_EQ(m, wanted[at]) << to_string(formats[f]) << ", "
                               << (i < numbers[f].size() ? fmt::format("{:a}", numbers[f][i])
                                                         : "count of numbers outside");
    }
  }
}

TEST(Cpp, TheCmsShapeIsLoadedAndAnswers) {
  const TestFolder folder;
  compile(folder, emit_cpp(model(), {"tagger", true}), {"-shared", "-fPIC", "-o", "tagger.so"});
  void* library = dlopen((folder / "tagger.so").c_str(), RTLD_LAZY | RTLD_LOCAL);
  ASSERT_NE(library, nullptr) << dlerror();
  using hls4mlEmulator::Model;
  const auto create = reinterpret_cast<Model* (*)()>(dlsym(library, "create_model"));
  const auto destroy = reinterpret_cast<void (*)(Model*)>(dlsym(library, "destroy_model"));
  ASSERT_TRUE(create != nullptr && destroy != nullptr);
  Model* const emulator = create();

  const Graph graph = model();
  const std::vector<double> numbers = {1.5, -2.25, 3.0, 1, 0};
  const Tensor x = quantize_input(graph, 0, {1.5, -2.25, 3.0});
  const Tensor mask = quantize_input(graph, 1, {1, 0});
  std::vector<int64_t> right;
  for (const Tensor& y : interpret(graph, {x, mask})) {
    right.insert(right.end(), y.mantissas.begin(), y.mantissas.end());
  }
  std::vector<int64_t> mantissas(4);
  std::vector<double> reals(4);
  std::vector<float> floats(numbers.begin(), numbers.end()), float_results(4);
  emulator->prepare_input(numbers.data());
  emulator->predict();
  emulator->read_result(mantissas.data());
  emulator->read_result(reals.data());
  EXPECT_EQ(mantissas, right);
  for (size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(reals[i], std::ldexp(static_cast<double>(right[i]), -7));
  }
  emulator->prepare_input(floats.data());
  emulator->predict();
  emulator->read_result(float_results.data());
  for (size_t i = 0; i < 4; ++i) EXPECT_EQ(float_results[i], static_cast<float>(reals[i]));
  EXPECT_THROW(emulator->prepare_input(std::string("text")), std::bad_any_cast);
  destroy(emulator);
  dlclose(library);
}

}  // namespace
}  // namespace trigstone
