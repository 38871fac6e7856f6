#include "lower/load_words.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "lower/constant_data.h"

namespace trigstone {

namespace {

const Node& node_named(const Graph& graph, const std::string& name) {
  const auto& nodes = graph.nodes();
  const auto found =
      std::find_if(nodes.begin(), nodes.end(), [&](const Node& node) { return node.name == name; });
  if (found == nodes.end()) {
    throw Error("weights", fmt::format("the model has no node '{}'", name),
                "load a model of the same structure as the firmware's");
  }
  return *found;
}

const Tensor& data_of(ConstantData& constants, const Node& node, const LoadedWeights& block) {
  const size_t operand = block.is_bias ? 2 : 1;
  const bool linear = node.op == Op::kLinear || node.op == Op::kConv;
  if (!linear || node.operands.size() <= operand) {
    throw Error(where_of(node), fmt::format("has no {}", block.is_bias ? "bias" : "weights"),
                "load a model of the same structure as the firmware's");
  }
  const Tensor& data = constants.of(node.operands[operand]);
  const int64_t expected = block.groups * block.rows * block.columns;
  if (!data.is_fixed() || !data.format->same_numbers(block.format) || data.size() != expected) {
    throw Error(
        where_of(node),
        fmt::format("its {} are not {} numbers of format {}", block.is_bias ? "biases" : "weights",
                    expected, to_string(block.format)),
        "quantise the model as the firmware's was");
  }
  const Format& result = *node.type.format;
  if (result.fraction_bits() != block.result.fraction_bits() ||
      hull(result.range(), block.result.range()) != block.result.range()) {
    throw Error(where_of(node),
                fmt::format("its results need {}, the firmware keeps {}", to_string(result),
                            to_string(block.result)),
                "scale the weights down, or compile a new firmware");
  }
  return data;
}

}  // namespace

std::vector<LoadWord> load_words(const Firmware& firmware, const Graph& graph) {
  ConstantData constants(graph);
  std::vector<LoadWord> words;
  for (const LoadedWeights& block : firmware.weights) {
    const Tensor& data = data_of(constants, node_named(graph, block.node), block);
    const int64_t stride = block.groups * block.columns;
    for (int64_t group = 0; group < block.groups; ++group) {
      for (int64_t row = 0; row < block.rows; ++row) {
        for (int64_t column = 0; column < block.columns; ++column) {
          const int64_t at = row * stride + group * block.columns + column;
          words.push_back(
              {block.address(group, row, column), data.mantissas[static_cast<size_t>(at)]});
        }
      }
    }
  }
  std::sort(words.begin(), words.end(),
            [](const LoadWord& a, const LoadWord& b) { return a.address < b.address; });
  return words;
}

}  // namespace trigstone
