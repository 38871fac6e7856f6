// The statements that compute a graph's values; used by cpp.cpp alone.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "emit/cpp_loops.h"
#include "emit/cpp_numbers.h"
#include "graph/graph.h"

namespace trigstone::cpp {

class Body {
 public:
  explicit Body(const Graph& graph);

  // Writes everything; `input_fields` and `output_fields` name the members of Input and Output.
  void write(const std::vector<std::string>& input_fields,
             const std::vector<std::string>& output_fields);

  std::string constants;  // arrays
  std::string functions;  // quantisers
  std::string members;    // arrays of struct Work
  std::string code;       // statements of run()
  int64_t work_bytes = 0;

 private:
  // Where a value lives: an array of constants, or a member of Work.
  struct Array {
    std::string name;
    Storage storage = Storage::k64;
  };
  // An operand of a loop: a single number or an array seen through strides.
  struct Leaf {
    ValueId id = 0;
    std::vector<int64_t> strides;
  };

  const Node& node(ValueId id) const { return graph_.node(id); }
  const Shape& shape(ValueId id) const { return graph_.shape(id); }
  ValueId operand(ValueId id, size_t i) const { return node(id).operands[i]; }
  int fraction(ValueId id) const { return graph_.type(id).format->fraction_bits(); }
  int64_t count(ValueId id) const { return element_count(shape(id)); }
  bool is_constant(ValueId id) const { return constant_[static_cast<size_t>(id)]; }
  const Tensor& constant(ValueId id);
  Interval range(ValueId id);
  Interval aligned_range(ValueId id, int fraction_bits) {
    return aligned(range(id), fraction(id), fraction_bits);
  }

  // The array of a value; constants get theirs when it is first asked for.
  const Array& array(ValueId id);
  const Array& new_array(ValueId id);
  // A constant array of numbers under a fresh name.
  std::string constant_array(const std::vector<int64_t>& numbers, Storage storage);
  std::string constant_array(const std::vector<int64_t>& numbers);
  // The name of a quantiser with this text.
  std::string function(const Quantiser& quantiser);
  void line(int indent, const std::string& text) { code += indentation(indent) + text + "\n"; }
  void comment(ValueId id);
  std::vector<int64_t> own_strides(ValueId id) const;

  void visit(ValueId id);
  void copy_input(ValueId id, const std::string& field);

  // cpp_elementwise.cpp
  bool joins_its_reader(ValueId id) const;
  void elementwise(ValueId id);
  std::string statement(ValueId id, const LoopNest& loops,
                        const std::map<std::pair<ValueId, size_t>, size_t>& places);
  std::string quant_statement(ValueId id, const std::string& place);
  std::string thresholds_statement(ValueId id, const std::string& channel);
  std::string aligned_operand(ValueId id, size_t i, int fraction_bits, Compute type);
  std::string local(ValueId id, ValueId operand) const;

  // cpp_products.cpp
  void linear(ValueId id);
  void conv(ValueId id);
  void matmul(ValueId id);
  // Weights as rows of outputs, brought to the products' grid, and the type of the sums.
  struct Weights {
    std::string array, bias;  // names
    std::string sum;          // type; "std::uint64_t" where only the low 64 bits are kept
  };
  Weights weights(ValueId id, int64_t terms);

  // cpp_order.cpp
  void move(ValueId id);
  void concat(ValueId id);
  void gather(ValueId id);
  void reduce(ValueId id);
  void choose(ValueId id);
  void sort(ValueId id);
  void trees(ValueId id);

  const Graph& graph_;
  std::vector<bool> constant_, needed_;
  std::vector<int> uses_;
  std::vector<ValueId> reader_;
  std::map<ValueId, Tensor> evaluated_;
  std::map<ValueId, Array> arrays_;
  std::map<std::string, std::string> functions_by_text_, constants_by_text_;
};

}  // namespace trigstone::cpp
