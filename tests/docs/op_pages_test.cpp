// docs/ops.md is generated from the two op lists and docs/passes.md from the list of passes; these
// tests fail when a page is out of date.
// `op_pages_test --update-goldens` (run by `./dev golden`) writes it again.
#include <gtest/gtest.h>

#include <cstring>

#include "base/files.h"
#include "graph/graph.h"
#include "graph/passes.h"
#include "netlist/netlist.h"
#include "test_folders.h"

namespace trigstone {
namespace {

bool update_goldens = false;

std::string operand_count(int fewest, int most) {
  if (most < 0) return fmt::format("{}+", fewest);
  return fewest == most ? fmt::format("{}", fewest) : fmt::format("{}–{}", fewest, most);
}

std::string class_name(OpClass kind) {
  switch (kind) {
    case OpClass::kSource:
      return "source";
    case OpClass::kExact:
      return "exact";
    case OpClass::kRounding:
      return "rounding";
    case OpClass::kComposite:
      return "composite";
  }
  return "";
}

std::string class_name(NetClass kind) {
  switch (kind) {
    case NetClass::kSource:
      return "source";
    case NetClass::kWire:
      return "wire";
    case NetClass::kLogic:
      return "logic";
    case NetClass::kClocked:
      return "clocked";
  }
  return "";
}

// A bar would end the table cell.
std::string cell(std::string text) {
  for (size_t at = 0; (at = text.find('|', at)) != std::string::npos; at += 2)
    text.insert(at, "\\");
  return text;
}

std::string page() {
  std::string text =
      "# Operations\n\nGenerated from `src/graph/ops.def` and `src/netlist/ops.def` by `./dev "
      "golden`.\n\n"
      "## Graph\n\nTensors of one event. *exact* operations grow their format and never round; "
      "*rounding* ones have\n"
      "their result format as an attribute; *composites* compute in real numbers until "
      "`expand_for_hardware`\n"
      "rewrites them into exact ones. Attributes stand in brackets.\n\n"
      "| operation | operands | class | computes |\n|---|---|---|---|\n";
  for (const Op op : all_ops()) {
    const OpTraits& traits = traits_of(op);
    text += fmt::format("| `{}` | {} | {} | {} |\n", traits.text,
                        operand_count(traits.fewest, traits.most), class_name(traits.kind),
                        cell(traits.doc));
  }
  text +=
      "\n## Netlist\n\nInteger mantissas, clock by clock.\n\n| operation | operands | class | "
      "computes |\n|---|---|---|---|\n";
  for (const NetOp op : all_net_ops()) {
    const NetTraits& traits = traits_of(op);
    text += fmt::format("| `{}` | {} | {} | {} |\n", traits.text,
                        traits.operands < 0 ? "any" : fmt::format("{}", traits.operands),
                        class_name(traits.kind), cell(traits.doc));
  }
  return text;
}

std::string pass_page() {
  std::string text =
      "# Passes\n\nGenerated from `hardware_passes` by `./dev golden`. `trigstone compile` runs "
      "them "
      "in this order on a\nmodel with quantisers; `--dump-after PASS` prints the graph behind one. "
      "The verifier runs behind the last\n(after each in builds without NDEBUG).\n\n"
      "| pass | does |\n|---|---|\n";
  for (const GraphPass& pass : hardware_passes(nullptr)) {
    text += fmt::format("| `{}` | {} |\n", pass.name, cell(pass.doc));
  }
  HardwareOptions keep_head;
  keep_head.keep_head = true;
  const GraphPass& head = hardware_passes(nullptr, keep_head)[4];
  return text + fmt::format("\nIn place of `cut_head`: `{}`, {}.\n", head.name, head.doc);
}

void expect_page(const std::string& name, const std::string& text) {
  const std::string path = std::string(kSourceFolder) + "/docs/" + name;
  if (update_goldens) write_file(path, text);
  EXPECT_EQ(read_file(path), text) << "run `./dev golden`";
}

TEST(Docs, OpPageIsUpToDate) { expect_page("ops.md", page()); }

TEST(Docs, PassPageIsUpToDate) { expect_page("passes.md", pass_page()); }

}  // namespace
}  // namespace trigstone

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  for (int i = 1; i < argc; ++i)
    trigstone::update_goldens |= std::strcmp(argv[i], "--update-goldens") == 0;
  return RUN_ALL_TESTS();
}
