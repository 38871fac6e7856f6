// The tensor-level model: one pure function of one event, as a list of operations in SSA form.
//
// A node computes one value, so a node's index is also its value's. Operands come before their
// readers. There is no batch axis, no randomness and no loss here; those live in `learn`.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "fixed/format.h"

namespace trigstone {

enum class Op : uint8_t {
#define OP(name, text, fewest, most, kind, doc) k##name,
#include "graph/ops.def"
#undef OP
};

enum class OpClass : uint8_t { kSource, kExact, kRounding, kComposite };

struct OpTraits {
  const char* text;  // name in graph.txt
  int fewest, most;  // operands; most = -1: any number
  OpClass kind;
  const char* doc;
};
const OpTraits& traits_of(Op op);
std::optional<Op> op_named(std::string_view text);
const std::vector<Op>& all_ops();

using Shape = std::vector<int64_t>;
int64_t element_count(const Shape& shape);
std::string to_string(const Shape& shape);  // "[32,16]"

// Formats that broadcast (NumPy rules) to a value's shape: {} is per tensor, [C] per channel, …
struct FormatMap {
  Shape shape;
  std::vector<Format> formats;  // row-major, element_count(shape) of them

  FormatMap() = default;
  FormatMap(const Format& one) : formats{one} {}  // NOLINT: a format is a map for all elements
  bool uniform() const { return formats.size() == 1; }
  bool operator==(const FormatMap&) const = default;
};
// The narrowest single format that holds all of them (modes of the first one).
Format carrier_of(const FormatMap& map, const std::string& where);

// Numbers of a constant or parameter. Exactly one of `mantissas` (with `format`) and `reals` is
// used.
struct Tensor {
  Shape shape;
  std::optional<Format> format;
  std::vector<int64_t> mantissas;
  std::vector<double> reals;

  bool is_fixed() const { return format.has_value(); }
  int64_t size() const { return element_count(shape); }
  bool operator==(const Tensor&) const = default;
};
using TensorPtr = std::shared_ptr<const Tensor>;

using Attribute = std::variant<int64_t, double, std::string, std::vector<int64_t>, FormatMap>;
using Attributes = std::map<std::string, Attribute>;

// Shape and number format of a value. No format: a real number (training only). All elements of a
// value share one carrier format; a `quant` with many formats rounds each element to its own, and
// the mantissas are kept in the carrier.
struct Type {
  Shape shape;
  std::optional<Format> format;
  bool is_fixed() const { return format.has_value(); }
};

using ValueId = int32_t;

struct Node {
  Op op = Op::kInput;
  std::string name;  // unique in the graph, from the user's model where there is one
  std::vector<ValueId> operands;
  Attributes attributes;
  TensorPtr data;  // constant and param only
  Type type;       // of the result; set by Graph::add
};

struct Output {
  std::string name;
  ValueId value = 0;
};

class Graph {
 public:
  std::string name = "model";
  std::map<std::string, std::string> metadata;  // "cut_head": "Softmax_0", …

  const std::vector<Node>& nodes() const { return nodes_; }
  const Node& node(ValueId id) const { return nodes_.at(static_cast<size_t>(id)); }
  const Type& type(ValueId id) const { return node(id).type; }
  const Shape& shape(ValueId id) const { return node(id).type.shape; }
  ValueId size() const { return static_cast<ValueId>(nodes_.size()); }
  std::vector<ValueId> inputs() const;
  const std::vector<Output>& outputs() const { return outputs_; }

  // Appends a node, infers its type and makes its name unique ("relu" → "relu_3").
  // Throws Error at "graph:node 'NAME'" when operands or attributes do not fit.
  ValueId add(Op op, std::vector<ValueId> operands, Attributes attributes = {},
              std::string name = "");
  ValueId add_data(Op op, TensorPtr data, std::string name = "", bool trainable = false);
  void add_output(std::string name, ValueId value);

  // Replaces the numbers of a constant or parameter (same shape); formats downstream are not
  // updated: call `reinfer`.
  void set_data(ValueId id, TensorPtr data);
  // Infers every type again, in order.
  void reinfer();

 private:
  std::vector<Node> nodes_;
  std::vector<Output> outputs_;
  std::map<std::string, int> used_names_;
};

// Attribute access; `where` of errors is "graph:node 'NAME'". The versions without a fallback
// throw Error when the attribute is missing or of another kind.
std::string where_of(const Node& node);
int64_t int_attribute(const Node& node, const std::string& key);
int64_t int_attribute(const Node& node, const std::string& key, int64_t fallback);
double real_attribute(const Node& node, const std::string& key);
double real_attribute(const Node& node, const std::string& key, double fallback);
const std::string& text_attribute(const Node& node, const std::string& key);
std::string text_attribute(const Node& node, const std::string& key, const std::string& fallback);
const std::vector<int64_t>& ints_attribute(const Node& node, const std::string& key);
const FormatMap& formats_attribute(const Node& node, const std::string& key);
// Attribute `format` of thresholds, table and tree_ensemble.
const Format& format_attribute(const Node& node, const std::string& key = "format");
// `axis` made non-negative against operand 0's rank.
int64_t axis_attribute(const Graph& graph, const Node& node, const std::string& key = "axis");
// The lengths of all falling runs on the axis of a sort or topk that says `runs`, else none.
std::vector<int64_t> run_lengths(const Graph& graph, const Node& node);
// `axes` of a reduction, non-negative, sorted.
std::vector<int64_t> reduced_axes(const Graph& graph, const Node& node);

// NumPy broadcasting. Throws Error at `where` when the shapes do not fit.
Shape broadcast(const Shape& a, const Shape& b, const std::string& where);
// Row-major strides of `from` read as if it had shape `to` (0 where broadcast).
std::vector<int64_t> broadcast_strides(const Shape& from, const Shape& to);

// True when the value depends on constants and parameters only.
std::vector<bool> constant_values(const Graph& graph);

}  // namespace trigstone
