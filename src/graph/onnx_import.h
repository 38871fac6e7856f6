// The state of reading one ONNX file, and one method an operator. The methods live in
// onnx_import_*.cpp by kind; the table from operator names to them is in onnx_reader.cpp.
//
// All shapes are those of ONNX with the event axis at extent 1, so that every operator can be
// taken literally; `batched` says that the graph's value lacks this leading axis.
#pragma once

#include <map>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/error.h"
#include "graph/graph.h"
#include "graph/onnx_tensor.h"

namespace trigstone::detail {

// doc_string of a MatMul that onnx_writer.cpp made of a linear whose bias follows in an Add.
inline constexpr const char* kLinearPart = "linear";

// What a name of the ONNX graph stands for.
struct OnnxValue {
  std::string name;
  Shape shape;            // in ONNX
  KnownPtr known;         // set when the numbers are known while reading
  ValueId id = -1;        // in our graph, -1 while it is only known
  ValueId param_id = -1;  // the trainable copy of a known value
  bool varies = false;    // depends on an input
  bool batched = false;   // the graph's value lacks the leading 1 of `shape`
};

class OnnxImport {
 public:
  OnnxImport(const onnx::ModelProto& model, std::string where);
  Graph run();

 private:
  using Proto = onnx::NodeProto;
  using Handler = void (OnnxImport::*)(const Proto&);
  static const std::map<std::string, Handler, std::less<>>& standard_operators();
  static const std::map<std::string, Handler, std::less<>>& quant_operators();

  // --- onnx_reader.cpp: the walk
  void check_model() const;
  void read_initializers();
  std::vector<const Proto*> ordered_nodes() const;
  void read_node(const Proto& node);
  void dispatch(const Proto& node);
  void read_outputs();
  std::string supported() const;

  // --- onnx_import_values.cpp: what all operators use
  std::string where(const Proto& node) const;
  static constexpr const char* kHint = "export this node in a plainer form; onnxsim often does";

  [[noreturn]] void refuse(const Proto& node, const std::string& what,
                           const std::string& hint = kHint) const;
  void require(const Proto& node, bool condition, const std::string& what,
               const std::string& hint = kHint) const {
    if (!condition) refuse(node, what, hint);
  }
  const onnx::AttributeProto* attribute(const Proto& node, const std::string& name) const;
  int64_t int_of(const Proto& node, const std::string& name, int64_t fallback) const;
  double float_of(const Proto& node, const std::string& name, double fallback) const;
  std::string text_of(const Proto& node, const std::string& name,
                      const std::string& fallback) const;
  std::vector<int64_t> ints_of(const Proto& node, const std::string& name,
                               std::vector<int64_t> fallback = {}) const;
  bool has_input(const Proto& node, int i) const;
  OnnxValue& input(const Proto& node, int i);
  // The numbers of operand i. Throws Error when it is not a constant.
  const Known& known(const Proto& node, int i);
  std::vector<int64_t> known_integers(const Proto& node, int i);
  double known_scalar(const Proto& node, int i);
  // Attribute `name` in older opsets, operand i in newer ones.
  std::vector<int64_t> ints_or_input(const Proto& node, const std::string& name, int i);

  ValueId constant(const Known& numbers, const std::string& name);
  ValueId id_of(OnnxValue& value);
  ValueId trainable(OnnxValue& value, bool is_trainable = true);
  // The graph's value with its full ONNX shape.
  ValueId full(OnnxValue& value);
  ValueId reshaped(ValueId id, const Shape& shape, const std::string& name);
  std::string name_of(const Proto& node, const std::string& suffix = "") const;
  ValueId add(const Proto& node, Op op, std::vector<ValueId> operands, Attributes attributes = {});
  ValueId add_part(const Proto& node, const std::string& suffix, Op op,
                   std::vector<ValueId> operands, Attributes attributes = {});
  int64_t onnx_axis(const Proto& node, int64_t axis, size_t rank) const;
  void define(const Proto& node, const OnnxValue& value, int output = 0);
  // Result `id` of an operation on `from`: batched and varying as that is.
  void define_like(const Proto& node, const OnnxValue& from, ValueId id);
  void define_known(const Proto& node, Known known, int output = 0);
  void alias(const Proto& node, int from = 0);
  // x with `axis` of ONNX made an axis of the graph's value (the event axis needs the full shape).
  struct AxisView {
    ValueId id;
    int64_t axis;
    bool batched;
  };
  AxisView along(const Proto& node, OnnxValue& x, int64_t axis);
  void define_view(const Proto& node, const OnnxValue& x, const AxisView& view, ValueId id,
                   int output = 0);
  // Brings operands that broadcast in ONNX to graph values that broadcast the same way.
  struct Broadcast {
    std::vector<ValueId> ids;
    bool batched;
    bool varies;
  };
  Broadcast broadcast_inputs(const Proto& node, const std::vector<OnnxValue*>& values);
  void define_broadcast(const Proto& node, const Broadcast& operands, ValueId id);

  // --- onnx_import_known.cpp: operators on known numbers
  bool evaluate_known(const Proto& node);
  std::optional<Known> known_arithmetic(const Proto& node);
  std::optional<Known> known_cast(const Proto& node);
  std::optional<Known> known_reshaped(const Proto& node);
  std::optional<Known> known_transposed(const Proto& node);
  std::optional<Known> known_picked(const Proto& node);
  std::optional<Known> known_concat(const Proto& node);

  // --- onnx_import_arithmetic.cpp
  void op_constant(const Proto& node);
  void op_add(const Proto& node);
  void op_sub(const Proto& node);
  void op_mul(const Proto& node);
  void op_div(const Proto& node);
  void op_pow(const Proto& node);
  void op_neg(const Proto& node);
  void op_abs(const Proto& node);
  void op_sum(const Proto& node);
  void op_extreme(const Proto& node);  // Max, Min
  void op_relu(const Proto& node);
  void op_leaky_relu(const Proto& node);
  void op_clip(const Proto& node);
  void op_function(const Proto& node);
  void op_compare(const Proto& node);
  void op_logic(const Proto& node);
  void op_where(const Proto& node);
  void op_identity(const Proto& node);
  void op_cast(const Proto& node);
  // --- onnx_import_gelu.cpp
  void op_erf(const Proto& node);
  bool is_number(const std::string& name, double expected) const;
  const Proto* only_reader(const std::string& name, const char* type);
  std::string argument_of_erf(const Proto& node) const;
  bool is_half_of(const std::string& name, const std::string& x) const;

  bool fuse_bias(const Proto& node, OnnxValue& product, OnnxValue& bias);
  ValueId one_sided(const Proto& node, const char* relation, ValueId x, ValueId bound);
  void multiply_by(const Proto& node, OnnxValue& x, OnnxValue& factor, bool divide);

  // --- onnx_import_linear.cpp
  void op_matmul(const Proto& node);
  void op_gemm(const Proto& node);
  void op_conv(const Proto& node);
  void op_batch_normalization(const Proto& node);
  void op_layer_normalization(const Proto& node);
  void op_softmax(const Proto& node);
  ValueId gemm_operand(const Proto& node, OnnxValue& value, bool transpose, double factor,
                       const std::string& suffix);

  // --- onnx_import_pool.cpp
  void op_pool(const Proto& node);
  void op_global_pool(const Proto& node);
  void op_reduce(const Proto& node);
  void op_arg(const Proto& node);
  void op_topk(const Proto& node);
  std::vector<int64_t> pads_of(const Proto& node, const std::vector<int64_t>& extents,
                               const std::vector<int64_t>& kernel,
                               const std::vector<int64_t>& strides) const;

  // --- onnx_import_shape.cpp
  void op_shape(const Proto& node);
  void op_reshape(const Proto& node);
  void op_flatten(const Proto& node);
  void op_squeeze(const Proto& node);
  void op_unsqueeze(const Proto& node);
  void op_transpose(const Proto& node);
  void op_slice(const Proto& node);
  void op_split(const Proto& node);
  void op_concat(const Proto& node);
  void op_gather(const Proto& node);
  void op_pad(const Proto& node);
  void op_expand(const Proto& node);
  void define_reshaped(const Proto& node, OnnxValue& x, const Shape& to);
  Shape squeezed_shape(const Proto& node, const Shape& from, bool keep_first);
  Shape unsqueezed_shape(const Proto& node, Shape shape);
  std::vector<int64_t> permutation_of(const Proto& node, size_t rank) const;
  Shape resolved_shape(const Proto& node, const Shape& from, std::vector<int64_t> to) const;

  // --- onnx_import_quant.cpp
  void op_quant(const Proto& node);
  void op_bipolar_quant(const Proto& node);
  void op_trunc(const Proto& node);
  void op_quantize_linear(const Proto& node);
  void op_dequantize_linear(const Proto& node);
  // A uniform quantiser: (clip(round(x / scale + zero)) - zero) * scale in `integers`' modes.
  struct Quantiser {
    Known scale;                   // positive
    Known zero;                    // integers
    FormatMap integers;            // formats <W,W,…>
    bool narrow_unsigned = false;  // the largest code is not used
    bool zero_is_0() const;
    bool moves_point_only() const;  // zero is 0 and every scale a power of two
  };
  Quantiser quantiser_of(const Proto& node);
  std::pair<Rounding, bool> rounding_of(const Proto& node) const;
  void quantise_variable(const Proto& node, OnnxValue& x, const Quantiser& quantiser);
  void quantise_known(const Proto& node, OnnxValue& x, const Quantiser& quantiser);
  ValueId scaled(const Proto& node, const std::string& suffix, ValueId x, const Known& factor,
                 bool divide);
  ValueId integer_constant(const Proto& node, const std::string& suffix, Shape shape,
                           std::vector<int64_t> integers);
  // Known numbers that broadcast to x in ONNX, in the shape that broadcasts to the graph's value.
  Known inner(const Proto& node, const Known& numbers, const OnnxValue& x) const;
  Known along_axis(const Proto& node, const Known& numbers, const OnnxValue& x) const;

  // --- onnx_import_own.cpp: inputs, and nodes and notes that onnx_writer.cpp left
  void read_inputs();
  void read_input(const onnx::ValueInfoProto& proto);
  void note_source(const std::string& name, const std::string& note);
  // Adds inputs and constants at the place their notes state; all that are left when `all`.
  void add_noted_sources(bool all);
  ValueId add_source(const std::string& name);
  Tensor noted_tensor(const std::string& name) const;
  void op_own(const Proto& node);
  Attributes own_attributes(const Proto& node) const;
  Attribute own_attribute(const Proto& node, const onnx::AttributeProto& entry) const;
  void own_data(const Proto& node, Op op);

  const onnx::ModelProto& model_;
  const onnx::GraphProto& proto_;
  std::string file_;
  bool own_ = false;         // written by Trigstone: nodes are taken one for one
  bool event_axis_ = false;  // some input had one
  int64_t opset_ = 0;
  Graph graph_;
  std::unordered_map<std::string, OnnxValue> values_;
  std::unordered_map<std::string, int> readers_;
  std::unordered_map<std::string, const Proto*> producer_;
  // An input, or in our own files a constant, with what the writer noted about it.
  struct Source {
    KnownPtr known;  // null for an input
    Attributes attributes;
    std::string graph_name;
    std::optional<Format> format;
    bool is_param = false, is_trainable = false;
  };
  std::unordered_map<std::string, Source> sources_;
  std::multimap<int64_t, std::string> places_;  // in the old graph, of sources not added yet
  // MatMuls that are the first half of a linear with bias in our own files: x and weights.
  std::unordered_map<std::string, std::pair<ValueId, ValueId>> products_;
  std::set<const Proto*> absorbed_;  // nodes that a pattern has taken in
};

}  // namespace trigstone::detail
