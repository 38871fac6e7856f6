// Erf is supported as part of the Gelu that exporters spell out, in either order of its products:
//   d = x / sqrt(2); e = Erf(d); a = e + 1; m = x * a; y = m * 0.5
//   d = x / sqrt(2); e = Erf(d); a = e + 1; h = x * 0.5; y = h * a
//   => y = function(x) {kind = gelu}
// Why: the parts alone would each need a table, and Erf is of no use outside this formula here.
#include <cmath>

#include "graph/onnx_import.h"

namespace trigstone::detail {

namespace {

const std::string& other_input(const onnx::NodeProto& pair, const std::string& name) {
  return pair.input(0) == name ? pair.input(1) : pair.input(0);
}

}  // namespace

// Exporters write the constants in few digits.
bool OnnxImport::is_number(const std::string& name, double expected) const {
  const auto found = values_.find(name);
  return found != values_.end() && found->second.known != nullptr &&
         found->second.known->values.size() == 1 &&
         std::abs(found->second.known->values[0] - expected) < 1e-3;
}

// The one node that reads `name`, when it is of this type and has two operands.
const onnx::NodeProto* OnnxImport::only_reader(const std::string& name, const char* type) {
  const Proto* reader = nullptr;
  for (const Proto& candidate : proto_.node()) {
    for (const std::string& read : candidate.input()) {
      if (read == name) reader = &candidate;
    }
  }
  const bool fits = reader != nullptr && readers_[name] == 1 && reader->op_type() == type &&
                    reader->input_size() == 2 && reader->output_size() == 1;
  return fits ? reader : nullptr;
}

// x when the operand of Erf is x / sqrt(2), else nothing.
std::string OnnxImport::argument_of_erf(const Proto& node) const {
  const auto found = producer_.find(node.input_size() == 1 ? node.input(0) : "");
  if (found == producer_.end() || found->second->input_size() != 2) return "";
  const Proto& divided = *found->second;
  const bool product = divided.op_type() == "Mul";
  if (divided.op_type() == "Div" && is_number(divided.input(1), M_SQRT2)) return divided.input(0);
  if (product && is_number(divided.input(1), M_SQRT1_2)) return divided.input(0);
  if (product && is_number(divided.input(0), M_SQRT1_2)) return divided.input(1);
  return "";
}

bool OnnxImport::is_half_of(const std::string& name, const std::string& x) const {
  const auto found = producer_.find(name);
  if (found == producer_.end()) return false;
  const Proto& half = *found->second;
  return half.op_type() == "Mul" && half.input_size() == 2 &&
         (half.input(0) == x || half.input(1) == x) && is_number(other_input(half, x), 0.5);
}

void OnnxImport::op_erf(const Proto& node) {
  const auto demand = [&](bool condition) {
    require(node, condition, "Erf is supported only inside x * 0.5 * (1 + Erf(x / sqrt(2)))",
            "export Gelu in this form or as the operator Gelu");
  };
  const std::string x = argument_of_erf(node);
  const auto source = values_.find(x);
  demand(source != values_.end());
  const Proto* sum = only_reader(node.output(0), "Add");
  demand(sum != nullptr && is_number(other_input(*sum, node.output(0)), 1.0));
  const Proto* product = only_reader(sum->output(0), "Mul");
  demand(product != nullptr);
  const std::string& factor = other_input(*product, sum->output(0));
  const Proto* last = product;
  if (factor == x) {
    last = only_reader(product->output(0), "Mul");
    demand(last != nullptr && is_number(other_input(*last, product->output(0)), 0.5));
  } else {
    demand(is_half_of(factor, x));
  }
  for (const Proto* taken : {sum, product, last}) absorbed_.insert(taken);
  define_like(*last, source->second,
              add(*last, Op::kFunction, {id_of(source->second)}, {{"kind", std::string("gelu")}}));
}

}  // namespace trigstone::detail
