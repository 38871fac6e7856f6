#include "emit/verilator_harness.h"

#include <fmt/core.h>

#include "interpret/stimulus.h"

namespace trigstone {

namespace {

constexpr const char* kHeader = R"(#pragma once
#include <cstddef>
#include <cstdint>
#include "verilated.h"

struct Design {
  size_t input_words, output_words;
  void* (*make)(VerilatedContext*);
  void (*drive)(void*, bool clk, bool start, const uint64_t* inputs);
  bool (*read)(void*, uint64_t* outputs);  // returns done
  void (*destroy)(void*);
};
)";

constexpr const char* kMain = R"(
int main(int, char** argv) {
  const Design& design = *kDesigns[std::strtoull(argv[1], nullptr, 10)];
  std::FILE* input = std::fopen(argv[2], "rb");
  std::FILE* output = std::fopen(argv[3], "wb");
  if (input == nullptr || output == nullptr) return 2;
  VerilatedContext context;
  context.randReset(2);
  context.randSeed(static_cast<int>(std::strtoull(argv[4], nullptr, 10) & 0x7fffffff));
  void* model = design.make(&context);
  std::vector<uint64_t> in(design.input_words + 1), out(design.output_words + 1);
  while (std::fread(in.data(), 8, in.size(), input) == in.size()) {
    design.drive(model, false, in[0] != 0, in.data() + 1);
    out[0] = design.read(model, out.data() + 1);
    if (std::fwrite(out.data(), 8, out.size(), output) != out.size()) return 2;
    design.drive(model, true, in[0] != 0, in.data() + 1);
  }
  design.destroy(model);
  return std::fclose(output) == 0 ? 0 : 2;
}
)";

// Verilator keeps up to 64 bits in one integer, more in 32-bit words.
std::string copy_in(const PackedPort& port) {
  if (port.bits <= 64) return fmt::format("  m->{} = w[{}];\n", port.name, port.first_word);
  return fmt::format(
      "  for (int i = 0; i < {}; ++i)\n"
      "    m->{}[i] = static_cast<uint32_t>(w[{} + i / 2] >> (32 * (i % 2)));\n",
      (port.bits + 31) / 32, port.name, port.first_word);
}

std::string copy_out(const PackedPort& port) {
  if (port.bits <= 64) return fmt::format("  w[{}] = m->{};\n", port.first_word, port.name);
  return fmt::format(
      "  for (size_t i = 0; i < {}; ++i) w[{} + i] = 0;\n"
      "  for (int i = 0; i < {}; ++i)\n"
      "    w[{} + i / 2] |= static_cast<uint64_t>(m->{}[i]) << (32 * (i % 2));\n",
      port.word_count(), port.first_word, (port.bits + 31) / 32, port.first_word, port.name);
}

}  // namespace

std::string cosim_header() { return kHeader; }

std::string cosim_glue(const Firmware& firmware, size_t index) {
  const auto inputs = input_ports_of(firmware), outputs = packed_ports(firmware.outputs);
  std::string set, get;
  for (const PackedPort& port : inputs) set += copy_in(port);
  for (const PackedPort& port : outputs) get += copy_out(port);
  return fmt::format(R"(#include "V{0}.h"
#include "harness.h"
static void* make_{0}(VerilatedContext* context) {{ return new V{0}(context, "top"); }}
static void drive_{0}(void* model, bool clk, bool start, const uint64_t* w) {{
  (void)w;
  V{0}* m = static_cast<V{0}*>(model);
{1}  m->start = start;
  m->clk = clk;
  m->eval();
}}
static bool read_{0}(void* model, uint64_t* w) {{
  (void)w;
  V{0}* m = static_cast<V{0}*>(model);
{2}  return m->done;
}}
static void destroy_{0}(void* model) {{ delete static_cast<V{0}*>(model); }}
extern const Design design_{0};
const Design design_{0} = {{{3}, {4}, make_{0}, drive_{0}, read_{0}, destroy_{0}}};
)",
                     index, set, get, total_words(inputs), total_words(outputs));
}

std::string cosim_main(size_t design_count) {
  std::string text =
      "#include \"harness.h\"\n#include <cstdio>\n#include <cstdlib>\n#include <vector>\n";
  std::string list;
  for (size_t i = 0; i < design_count; ++i) {
    text += fmt::format("extern const Design design_{};\n", i);
    list += fmt::format("&design_{}, ", i);
  }
  return text + "static const Design* const kDesigns[] = {" + list + "};\n" + kMain;
}

}  // namespace trigstone
