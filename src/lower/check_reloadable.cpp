// Two graphs side by side, node by node: what may differ are the numbers that firmware reads from
// memories, and the formats that follow from them.
#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "lower/load_words.h"

namespace trigstone {

namespace {

class Comparison {
 public:
  Comparison(const Firmware& firmware, const Graph& compiled, const Graph& other)
      : firmware_(firmware), compiled_(compiled), other_(other) {}

  void run() {
    find_loaded();
    for (ValueId id = 0; id < std::min(compiled_.size(), other_.size()); ++id) check_node(id);
    if (compiled_.size() != other_.size()) {
      throw Error(
          "graph",
          fmt::format("has {} nodes, the firmware's has {}", other_.size(), compiled_.size()),
          kStructure);
    }
    check_outputs();
  }

 private:
  static constexpr const char* kStructure =
      "load a model of the same structure, or compile this one";

  void find_loaded();
  bool in_memory(const Node& node, size_t operand) const;
  void check_node(ValueId id) const;
  void check_numbers(ValueId id) const;
  void check_format(const Node& node) const;
  void check_outputs() const;

  const Firmware& firmware_;
  const Graph& compiled_;
  const Graph& other_;
  std::vector<bool> loaded_;     // read as weights in memories and by nobody else
  std::vector<ValueId> reader_;  // one of them
};

bool Comparison::in_memory(const Node& node, size_t operand) const {
  return operand > 0 && std::any_of(firmware_.weights.begin(), firmware_.weights.end(),
                                    [&](const LoadedWeights& map) {
                                      return map.node == node.name && map.is_bias == (operand == 2);
                                    });
}

void Comparison::find_loaded() {
  const auto constant = constant_values(compiled_);
  loaded_ = constant;
  reader_.assign(constant.size(), -1);
  for (const Output& output : compiled_.outputs())
    loaded_[static_cast<size_t>(output.value)] = false;
  for (ValueId id = compiled_.size(); id-- > 0;) {
    const Node& node = compiled_.node(id);
    const bool passes_on = loaded_[static_cast<size_t>(id)];
    for (size_t i = 0; i < node.operands.size(); ++i) {
      const auto operand = static_cast<size_t>(node.operands[i]);
      reader_[operand] = id;
      if (!passes_on && !in_memory(node, i)) loaded_[operand] = false;
    }
  }
}

void Comparison::check_node(ValueId id) const {
  const Node &ours = compiled_.node(id), &theirs = other_.node(id);
  const auto refuse = [&](const std::string& what) {
    throw Error(where_of(theirs), what, kStructure);
  };
  if (ours.op != theirs.op) {
    refuse(fmt::format("is a {}, the firmware has the {} '{}' there", traits_of(theirs.op).text,
                       traits_of(ours.op).text, ours.name));
  }
  if (ours.operands != theirs.operands) {
    refuse(fmt::format("reads other values than the firmware's '{}'", ours.name));
  }
  if (ours.type.shape != theirs.type.shape) {
    refuse(fmt::format("has the shape {}, in the firmware {}", to_string(theirs.type.shape),
                       to_string(ours.type.shape)));
  }
  for (const auto& [key, value] : ours.attributes) {
    const auto found = theirs.attributes.find(key);
    if (found != theirs.attributes.end() && found->second == value) continue;
    refuse(fmt::format("its attribute '{}' is not that of the firmware's", key));
  }
  if (ours.attributes.size() != theirs.attributes.size()) {
    refuse("has attributes that the firmware's has not");
  }
  if (ours.data != nullptr && !loaded_[static_cast<size_t>(id)]) check_numbers(id);
  check_format(theirs);
}

void Comparison::check_numbers(ValueId id) const {
  const Node &ours = compiled_.node(id), &theirs = other_.node(id);
  if (*ours.data == *theirs.data) return;
  const ValueId reader = reader_[static_cast<size_t>(id)];
  const Node& where = reader < 0 ? theirs : other_.node(reader);
  throw Error(
      where_of(where),
      fmt::format("its constant '{}' differs, and the firmware has it in logic", theirs.name),
      "only numbers in memories can be loaded: compile with stream for this node, or "
      "compile this model");
}

// The meaning of these depends on the format of what they read.
void Comparison::check_format(const Node& node) const {
  const bool masked =
      (node.op == Op::kReduceMax || node.op == Op::kReduceMin) && node.operands.size() > 1;
  if (node.op != Op::kTable && !masked) return;
  const Format& ours = *compiled_.type(node.operands[0]).format;
  const Format& theirs = *other_.type(node.operands[0]).format;
  if (ours.same_numbers(theirs)) return;
  throw Error(where_of(node),
              fmt::format("reads {}, in the firmware {}", to_string(theirs), to_string(ours)),
              "put a quant in front of it, so that its format does not follow the weights");
}

void Comparison::check_outputs() const {
  const auto same = [](const Output& a, const Output& b) {
    return a.name == b.name && a.value == b.value;
  };
  const auto &ours = compiled_.outputs(), &theirs = other_.outputs();
  if (std::equal(ours.begin(), ours.end(), theirs.begin(), theirs.end(), same)) return;
  throw Error("graph", "its outputs are not those of the firmware", kStructure);
}

}  // namespace

void check_reloadable(const Firmware& firmware, const Graph& compiled, const Graph& other) {
  if (firmware.weights.empty()) {
    throw Error("firmware", "keeps no weights in memories",
                "compile it with --strategy stream, or NODE=stream");
  }
  Comparison(firmware, compiled, other).run();
}

}  // namespace trigstone
