#include "lower/constant_products.h"

#include <algorithm>
#include <bit>
#include <cstdlib>
#include <optional>

#include "base/error.h"
#include "fixed/quantize.h"
#include "lower/dsp_products.h"
#include "lower/solved_products.h"
#include "lower/weight_stream.h"
#include "lower/xnor_products.h"

namespace trigstone {

namespace {

const Tensor& constant_operand(const NodeContext& context, size_t i) {
  const Tensor& data = context.constants.of(context.node.operands[i]);
  if (!data.is_fixed()) {
    throw Error(where_of(context.node), "its weights are real numbers", "quantise them");
  }
  return data;
}

// Weights and biases of one linear map as a single matrix: the biases are further inputs, constants
// that enter the adder trees where they cost least. All on the finer grid of both. A constant is
// odd and positive, so that zeros behind it take no adder bits and columns share it.
struct AffineMap {
  IntegerMatrix matrix;
  std::vector<int64_t> offsets;  // one a row behind the weights' rows
  int weight_fraction = 0;       // of the result relative to x
};

AffineMap affine_map(const NodeContext& context, int64_t rows, int64_t first_column,
                     int64_t columns, int x_fraction) {
  const Tensor& weights = constant_operand(context, 1);
  const bool biased = context.node.operands.size() > 2;
  const Tensor* bias = biased ? &constant_operand(context, 2) : nullptr;
  const int own = weights.format->fraction_bits();
  const int finest = bias ? std::max(own, bias->format->fraction_bits() - x_fraction) : own;
  const int64_t stride = weights.shape.back();
  constexpr int kMostZeros = 61;
  AffineMap map;
  map.weight_fraction = finest;
  map.matrix = {rows, columns, {}};
  const auto on_grid = [&](int64_t mantissa, int fraction) {
    const Int128 aligned = align(mantissa, fraction, finest);
    if (!fits_64_bits({aligned, aligned})) {
      throw Error(where_of(context.node), "weights and bias need more than 64 bits on one grid",
                  "quantise the bias more coarsely");
    }
    return static_cast<int64_t>(aligned);
  };
  // A weight of 0 is no agreement and no disagreement: with strategy kXnor all stay.
  const auto is_read = [&](int64_t column) {
    return context.strategy == Strategy::kXnor ||
           context.columns_read[static_cast<size_t>(first_column + column)];
  };
  for (int64_t row = 0; row < rows; ++row) {
    for (int64_t column = 0; column < columns; ++column) {
      const auto at = static_cast<size_t>(row * stride + first_column + column);
      map.matrix.entries.push_back(is_read(column) ? on_grid(weights.mantissas[at], own) : 0);
    }
  }
  for (int64_t column = 0; bias != nullptr && column < columns; ++column) {
    if (!is_read(column)) continue;
    const int64_t b = on_grid(bias->mantissas[static_cast<size_t>(first_column + column)],
                              bias->format->fraction_bits() - x_fraction);
    if (b == 0) continue;
    const int zeros = std::min(std::countr_zero(static_cast<uint64_t>(b)), kMostZeros);
    const int64_t odd = std::abs(b >> zeros);
    const auto known = std::find(map.offsets.begin(), map.offsets.end(), odd);
    const auto row = rows + (known - map.offsets.begin());
    if (known == map.offsets.end()) {
      map.offsets.push_back(odd);
      map.matrix.entries.resize(static_cast<size_t>((row + 1) * columns), 0);
      ++map.matrix.rows;
    }
    map.matrix.entries[static_cast<size_t>(row * columns + column)] =
        (b < 0 ? -1 : 1) * (int64_t{1} << zeros);
  }
  return map;
}

// One solution serves every row of x: its intervals are those of all rows together.
class SharedMap {
 public:
  SharedMap(NodeContext& context, AffineMap map, const std::vector<std::vector<CellId>>& rows)
      : context_(context), map_(std::move(map)) {
    if (context.strategy == Strategy::kDsp) return;
    std::vector<Interval> ranges = ranges_of(context.builder, rows.front());
    for (const auto& row : rows) {
      const auto own = ranges_of(context.builder, row);
      for (size_t i = 0; i < own.size(); ++i) ranges[i] = hull(ranges[i], own[i]);
    }
    for (const int64_t b : map_.offsets) ranges.push_back({b, b});
    if (context.strategy == Strategy::kXnor) {
      values_ = xnor_input(context.graph, context.constants, context.node);
    }
    if (context.strategy != Strategy::kDa) return;
    products_ = &context.solver.solve(map_.matrix, ranges, context.options, context.ternary_adders);
    add_cost(context.cost, products_->cost(), static_cast<int64_t>(rows.size()));
  }

  std::vector<CellId> write(std::vector<CellId> row, int x_fraction) {
    // The offsets are numbers of the result; a product adds the matrix' fraction to x's.
    for (const int64_t b : map_.offsets) {
      row.push_back(context_.builder.constant(b, x_fraction));
    }
    if (context_.strategy == Strategy::kXnor) {
      return write_xnor_products(context_.builder, map_.matrix, row, values_, map_.weight_fraction);
    }
    if (context_.strategy == Strategy::kDsp) {
      return write_dsp_products(context_.builder, map_.matrix, row, map_.weight_fraction,
                                context_.dsp_chain);
    }
    return products_->write(context_.builder, row, map_.weight_fraction);
  }

 private:
  NodeContext& context_;
  AffineMap map_;
  TwoValues values_;                          // of x, with strategy kXnor
  const SolvedProducts* products_ = nullptr;  // with strategy kDa
};

void place_in_memory(NodeContext& context, int64_t groups) {
  const bool biased = context.node.operands.size() > 2;
  context.stream->place(context, constant_operand(context, 1),
                        biased ? &constant_operand(context, 2) : nullptr, groups);
}

// Batches of two broadcast operands: the offset of each operand's matrix for every result matrix.
struct Batches {
  std::vector<int64_t> of_a, of_b;
  int64_t rows, terms, columns;

  Batches(const Shape& a, const Shape& b, const std::string& where) {
    rows = a[a.size() - 2];
    terms = a.back();
    columns = b.back();
    const Shape outer_a(a.begin(), a.end() - 2), outer_b(b.begin(), b.end() - 2);
    const Shape outer = broadcast(outer_a, outer_b, where);
    const auto strides_a = broadcast_strides(outer_a, outer);
    const auto strides_b = broadcast_strides(outer_b, outer);
    for (int64_t flat = 0; flat < element_count(outer); ++flat) {
      int64_t rest = flat, at_a = 0, at_b = 0;
      for (size_t axis = outer.size(); axis-- > 0;) {
        at_a += rest % outer[axis] * strides_a[axis];
        at_b += rest % outer[axis] * strides_b[axis];
        rest /= outer[axis];
      }
      of_a.push_back(at_a * rows * terms);
      of_b.push_back(at_b * terms * columns);
    }
  }
};

// One result matrix with a constant operand: adder graphs instead of multipliers. `vectors` are the
// rows (or columns) of the other operand, each multiplied by `matrix`.
std::vector<std::vector<CellId>> times_matrix(NodeContext& context,
                                              const std::vector<std::vector<CellId>>& vectors,
                                              IntegerMatrix matrix, int matrix_fraction) {
  AffineMap map;
  map.matrix = std::move(matrix);
  map.weight_fraction = matrix_fraction;
  SharedMap shared(context, std::move(map), vectors);
  std::vector<std::vector<CellId>> result;
  for (const auto& vector : vectors) result.push_back(shared.write(vector, 0));
  return result;
}

// The cells of one matrix, and its product with another.
struct CellMatrix {
  int64_t rows, columns;
  const CellId* cells;

  CellId at(int64_t row, int64_t column) const { return cells[row * columns + column]; }
  bool constant(const ModuleBuilder& builder) const {
    return std::all_of(cells, cells + rows * columns,
                       [&](CellId id) { return builder.cell(id).op == NetOp::kConst; });
  }
  std::vector<CellId> row(int64_t r) const {
    return {cells + r * columns, cells + (r + 1) * columns};
  }
  std::vector<CellId> column(int64_t c) const {
    std::vector<CellId> result;
    for (int64_t r = 0; r < rows; ++r) result.push_back(at(r, c));
    return result;
  }
};

void multiply(NodeContext& context, const CellMatrix& a, const CellMatrix& b,
              std::vector<CellId>& result) {
  ModuleBuilder& builder = context.builder;
  IntegerMatrix matrix{a.columns, 0, {}};
  const auto mantissa = [&](CellId id) { return builder.cell(id).constant; };
  if (b.constant(builder)) {
    matrix.columns = b.columns;
    for (int64_t i = 0; i < b.rows * b.columns; ++i) matrix.entries.push_back(mantissa(b.cells[i]));
    std::vector<std::vector<CellId>> rows;
    for (int64_t r = 0; r < a.rows; ++r) rows.push_back(a.row(r));
    const int fraction = builder.cell(b.cells[0]).fraction_bits;
    for (const auto& y : times_matrix(context, rows, std::move(matrix), fraction)) {
      result.insert(result.end(), y.begin(), y.end());
    }
  } else if (a.constant(builder)) {
    matrix.columns = a.rows;
    for (int64_t k = 0; k < a.columns; ++k) {
      for (int64_t r = 0; r < a.rows; ++r) matrix.entries.push_back(mantissa(a.at(r, k)));
    }
    std::vector<std::vector<CellId>> columns;
    for (int64_t c = 0; c < b.columns; ++c) columns.push_back(b.column(c));
    const int fraction = builder.cell(a.cells[0]).fraction_bits;
    const auto y = times_matrix(context, columns, std::move(matrix), fraction);
    for (int64_t r = 0; r < a.rows; ++r) {
      for (const auto& column : y) result.push_back(column[static_cast<size_t>(r)]);
    }
  } else {
    for (int64_t r = 0; r < a.rows; ++r) {
      for (int64_t c = 0; c < b.columns; ++c) {
        std::vector<CellId> products;
        for (int64_t k = 0; k < a.columns; ++k) {
          products.push_back(multiply(context, a.at(r, k), b.at(k, c)));
        }
        result.push_back(combine_all(builder, std::move(products), Combine::kSum));
      }
    }
  }
}

}  // namespace

std::vector<CellId> lower_linear(NodeContext& context, const LocalTensor& x) {
  const int64_t inputs = x.shape.back(), outputs = context.node.type.shape.back();
  const int x_fraction = context.graph.type(context.node.operands[0]).format->fraction_bits();
  std::vector<std::vector<CellId>> rows;
  for (size_t begin = 0; begin < x.cells.size(); begin += static_cast<size_t>(inputs)) {
    const auto first = x.cells.begin() + static_cast<ptrdiff_t>(begin);
    rows.emplace_back(first, first + inputs);
  }
  std::optional<SharedMap> map;
  if (context.stream != nullptr) {
    place_in_memory(context, 1);
  } else {
    map.emplace(context, affine_map(context, inputs, 0, outputs, x_fraction), rows);
  }
  std::vector<CellId> result;
  for (const auto& row : rows) {
    const auto y =
        map ? map->write(row, x_fraction) : context.stream->products(context.builder, row, 0);
    result.insert(result.end(), y.begin(), y.end());
  }
  return result;
}

// Every position is a linear map of the same weights over its neighbourhood, one map per group.
std::vector<CellId> lower_conv(NodeContext& context, const LocalTensor& x) {
  const Node& node = context.node;
  const bool flat = x.shape.size() == 2;
  const auto widen = [&](Shape shape) {
    if (flat) shape.insert(shape.begin(), 1);
    return shape;
  };
  const Shape in = widen(x.shape), out = widen(node.type.shape);
  const Shape kernel = widen(context.graph.shape(node.operands[1]));
  auto strides = ints_attribute(node, "strides"), pads = ints_attribute(node, "pads");
  if (flat) {
    strides.insert(strides.begin(), 1);
    pads = {0, pads[0], 0, pads[1]};
  }
  const int64_t groups = int_attribute(node, "groups", 1);
  const int64_t group_in = kernel[2], group_out = out[2] / groups;
  const int x_fraction = context.graph.type(node.operands[0]).format->fraction_bits();
  const auto neighbourhood = [&](int64_t y, int64_t z, int64_t group) {
    std::vector<CellId> cells;
    for (int64_t ky = 0; ky < kernel[0]; ++ky) {
      for (int64_t kx = 0; kx < kernel[1]; ++kx) {
        const int64_t at_y = y * strides[0] + ky - pads[0], at_z = z * strides[1] + kx - pads[1];
        const bool inside = at_y >= 0 && at_y < in[0] && at_z >= 0 && at_z < in[1];
        for (int64_t c = 0; c < group_in; ++c) {
          const int64_t at = (at_y * in[1] + at_z) * in[2] + group * group_in + c;
          cells.push_back(inside ? x.cells[static_cast<size_t>(at)]
                                 : context.builder.constant(0, x_fraction));
        }
      }
    }
    return cells;
  };
  if (context.stream != nullptr) place_in_memory(context, groups);
  std::vector<CellId> result;
  for (int64_t group = 0; group < groups; ++group) {
    std::vector<std::vector<CellId>> rows;
    for (int64_t y = 0; y < out[0]; ++y) {
      for (int64_t z = 0; z < out[1]; ++z) rows.push_back(neighbourhood(y, z, group));
    }
    const auto terms = static_cast<int64_t>(rows.front().size());
    std::optional<SharedMap> map;
    if (context.stream == nullptr) {
      map.emplace(context, affine_map(context, terms, group * group_out, group_out, x_fraction),
                  rows);
    }
    for (size_t position = 0; position < rows.size(); ++position) {
      const auto y = map ? map->write(rows[position], x_fraction)
                         : context.stream->products(context.builder, rows[position], group);
      const size_t each = y.size();  // fewer than the outputs when those come in turn
      result.resize(rows.size() * static_cast<size_t>(groups) * each);
      const size_t first = (position * static_cast<size_t>(groups) + static_cast<size_t>(group));
      std::copy(y.begin(), y.end(), result.begin() + static_cast<ptrdiff_t>(first * each));
    }
  }
  return result;
}

std::vector<CellId> lower_matmul(NodeContext& context, const LocalTensor& a, const LocalTensor& b) {
  const Batches batches(a.shape, b.shape, where_of(context.node));
  std::vector<CellId> result;
  for (size_t batch = 0; batch < batches.of_a.size(); ++batch) {
    multiply(context, {batches.rows, batches.terms, a.cells.data() + batches.of_a[batch]},
             {batches.terms, batches.columns, b.cells.data() + batches.of_b[batch]}, result);
  }
  return result;
}

CellId multiply(NodeContext& context, CellId a, CellId b) {
  ModuleBuilder& builder = context.builder;
  if (context.strategy == Strategy::kDsp) return dsp_product(builder, a, b);
  if (builder.cell(a).op == NetOp::kConst) std::swap(a, b);
  if (builder.cell(b).op != NetOp::kConst) return builder.mul(a, b);
  const Cell factor = builder.cell(b);
  const SolvedProducts& product = context.solver.solve(
      {1, 1, {factor.constant}}, {builder.cell(a).range}, {}, context.ternary_adders);
  add_cost(context.cost, product.cost(), 1);
  return product.write(builder, {a}, factor.fraction_bits)[0];
}

}  // namespace trigstone
