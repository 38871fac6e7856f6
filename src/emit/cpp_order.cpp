// Moving, reducing, choosing and sorting elements, and decision trees.
#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "emit/cpp_body.h"
#include "interpret/tensor_view.h"

namespace trigstone::cpp {

using trigstone::detail::AxisView;

// transpose and slice: the result read through other strides of the operand.
void Body::move(ValueId id) {
  const Node& n = node(id);
  const ValueId x = operand(id, 0);
  std::vector<int64_t> strides = own_strides(x);
  int64_t offset = 0;
  if (n.op == Op::kTranspose) {
    const std::vector<int64_t> before = strides;
    const auto& perm = ints_attribute(n, "perm");
    for (size_t i = 0; i < perm.size(); ++i) strides[i] = before[static_cast<size_t>(perm[i])];
  } else {
    const auto axis = static_cast<size_t>(axis_attribute(graph_, n));
    // An axis of one element has no stride of its own.
    const int64_t inner = AxisView(shape(x), static_cast<int64_t>(axis)).inner_count;
    offset = int_attribute(n, "start") * inner;
    strides[axis] = int_attribute(n, "step", 1) * inner;
  }
  const LoopNest loops(shape(id), {own_strides(id), strides});
  const Array from = array(x), to = new_array(id);
  code += loops.begin(1);
  line(1 + loops.depth(),
       fmt::format("{}[{}] = {}[{}];", to.name, loops.index(0), from.name, loops.index(1, offset)));
  code += loops.end(1);
}

void Body::gather(ValueId id) {
  const Node& n = node(id);
  const ValueId x = operand(id, 0);
  const auto& indices = ints_attribute(n, "indices");
  const AxisView view(shape(x), axis_attribute(graph_, n));
  const Array from = array(x), to = new_array(id);
  const std::string table = constant_array(indices);
  line(1, fmt::format("for (int i = 0; i < {}; ++i) {{", view.outer_count));
  line(2, fmt::format("for (int j = 0; j < {}; ++j) {{", indices.size()));
  line(3, fmt::format("for (int k = 0; k < {}; ++k) {{", view.inner_count));
  line(4, fmt::format("{}[(i * {} + j) * {} + k] =", to.name, indices.size(), view.inner_count));
  line(4, fmt::format("    {0}[j] < 0 ? 0 : {1}[(i * {2} + {0}[j]) * {3} + k];", table, from.name,
                      view.extent, view.inner_count));
  line(3, "}");
  line(2, "}");
  line(1, "}");
}

void Body::concat(ValueId id) {
  const Node& n = node(id);
  const int64_t axis = axis_attribute(graph_, n);
  const AxisView all(shape(id), axis);
  std::vector<Array> parts;
  for (const ValueId part : n.operands) parts.push_back(array(part));
  const Array to = new_array(id);
  int64_t begin = 0;
  for (size_t p = 0; p < parts.size(); ++p) {
    const ValueId part = n.operands[p];
    const AxisView view(shape(part), axis);
    const int64_t run = view.extent * view.inner_count;
    const Compute type = compute_for(hull(aligned_range(part, fraction(id)), {0, 0}));
    const std::string number = fmt::format("{}[i * {} + j]", parts[p].name, run);
    line(1, fmt::format("for (int i = 0; i < {}; ++i) {{", view.outer_count));
    line(2, fmt::format("for (int j = 0; j < {}; ++j) {}[i * {} + {} + j] = ({})({});", run,
                        to.name, all.extent * all.inner_count, begin * all.inner_count,
                        name_of(to.storage), scaled(number, fraction(id) - fraction(part), type)));
    line(1, "}");
    begin += view.extent;
  }
}

void Body::reduce(ValueId id) {
  const Node& n = node(id);
  const ValueId x = operand(id, 0);
  const auto axes = reduced_axes(graph_, n);
  const std::vector<int64_t> strides = own_strides(x);
  Shape outer, inner;
  std::vector<int64_t> outer_strides, inner_strides;
  for (size_t i = 0; i < shape(x).size(); ++i) {
    const bool reduced = std::find(axes.begin(), axes.end(), static_cast<int64_t>(i)) != axes.end();
    (reduced ? inner : outer).push_back(shape(x)[i]);
    (reduced ? inner_strides : outer_strides).push_back(strides[i]);
  }
  const bool masked = n.operands.size() > 1;
  const std::vector<int64_t> mask_strides(inner.size(), 1);  // a masked reduction has one axis
  const LoopNest results(outer, {broadcast_strides(outer, outer), outer_strides});
  const LoopNest terms(inner, {inner_strides, masked ? mask_strides : inner_strides}, "k");
  const Array from = array(x);
  const std::string mask = masked ? array(operand(id, 1)).name : "";
  const Array to = new_array(id);
  const Format& format = *graph_.type(x).format;
  const char* type = name_of(compute_for(hull(hull(range(id), range(x)), {0, 0})));
  const int64_t start = n.op == Op::kReduceSum   ? 0
                        : n.op == Op::kReduceMax ? format.min_mantissa()
                                                 : format.max_mantissa();
  const int depth = 1 + results.depth();
  code += results.begin(1);
  line(depth, fmt::format("{} result = {};", type, literal(start, Compute::k64)));
  code += terms.begin(depth);
  const int deep = depth + terms.depth();
  const std::string number =
      fmt::format("{}[{} + {}]", from.name, results.index(1), terms.index(0));
  line(deep, masked ? fmt::format("const {} x = {}[{}] != 0 ? {} : {};", type, mask, terms.index(1),
                                  number, literal(start, Compute::k64))
                    : fmt::format("const {} x = {};", type, number));
  line(deep, n.op == Op::kReduceSum   ? "result += x;"
             : n.op == Op::kReduceMax ? "result = x > result ? x : result;"
                                      : "result = x < result ? x : result;");
  code += terms.end(depth);
  line(depth, fmt::format("{}[{}] = ({})result;", to.name, results.index(0), name_of(to.storage)));
  code += results.end(1);
}

void Body::choose(ValueId id) {
  const Node& n = node(id);
  const ValueId x = operand(id, 0);
  const AxisView view(shape(x), axis_attribute(graph_, n));
  const Array from = array(x);
  const bool masked = n.operands.size() > 1;
  const std::string mask = masked ? array(operand(id, 1)).name : "";
  const Array to = new_array(id);
  line(1, fmt::format("for (int i = 0; i < {}; ++i) {{", view.outer_count));
  line(2, fmt::format("for (int j = 0; j < {}; ++j) {{", view.inner_count));
  line(3, fmt::format("const {}* line = {} + i * {} + j;", name_of(from.storage), from.name,
                      view.extent * view.inner_count));
  line(3, "int best = -1;");
  line(3, fmt::format("for (int k = 0; k < {}; ++k) {{", view.extent));
  if (masked) line(4, fmt::format("if ({}[k] == 0) continue;", mask));
  line(4, fmt::format("if (best < 0 || line[k * {0}] {1} line[best * {0}]) best = k;",
                      view.inner_count, n.op == Op::kArgMax ? ">" : "<"));
  line(3, "}");
  line(3, fmt::format("{}[i * {} + j] = ({})(best < 0 ? 0 : best);", to.name, view.inner_count,
                      name_of(to.storage)));
  line(2, "}");
  line(1, "}");
}

void Body::sort(ValueId id) {
  const Node& n = node(id);
  const ValueId x = operand(id, 0);
  const AxisView view(shape(x), axis_attribute(graph_, n));
  const AxisView kept(shape(id), axis_attribute(graph_, n));
  const bool falling = n.op == Op::kTopK || int_attribute(n, "descending", 0) != 0;
  const Array from = array(x), to = new_array(id);
  line(1, fmt::format("for (int i = 0; i < {}; ++i) {{", view.outer_count));
  line(2, fmt::format("for (int j = 0; j < {}; ++j) {{", view.inner_count));
  line(3, fmt::format("{} line[{}];", name_of(from.storage), view.extent));
  line(3, fmt::format("for (int k = 0; k < {0}; ++k) line[k] = {1}[(i * {0} + k) * {2} + j];",
                      view.extent, from.name, view.inner_count));
  if (const auto runs = run_lengths(graph_, n); !runs.empty()) {
    std::vector<int64_t> begins(static_cast<size_t>(view.extent), 0);
    size_t begin = 0;
    for (const int64_t length : runs) begins[begin] = 1, begin += static_cast<size_t>(length);
    line(3, fmt::format("for (int k = 1; k < {}; ++k) {{", view.extent));
    line(4, fmt::format("if ({}[k] == 0 && line[k - 1] < line[k]) line[k] = line[k - 1];",
                        constant_array(begins)));
    line(3, "}");
  }
  line(3, fmt::format("std::sort(line, line + {});", view.extent));
  line(3, fmt::format("for (int k = 0; k < {0}; ++k) {1}[(i * {0} + k) * {2} + j] = line[{3}];",
                      kept.extent, to.name, view.inner_count,
                      falling ? fmt::format("{} - k", view.extent - 1) : std::string("k")));
  line(2, "}");
  line(1, "}");
}

void Body::trees(ValueId id) {
  const Node& n = node(id);
  const Array x = array(operand(id, 0)), to = new_array(id);
  const auto table = [&](const char* name) { return constant_array(ints_attribute(n, name)); };
  const auto& roots = ints_attribute(n, "roots");
  const std::string first = table("roots"), feature = table("feature"),
                    threshold = table("threshold"), left = table("left"), right = table("right"),
                    target = table("target"), leaf = table("leaf");
  line(1, "{");
  // Sums of some trees may leave the format of the sum of all: their low 64 bits are kept.
  line(2, fmt::format("std::uint64_t sum[{}];", count(id)));
  line(2, fmt::format("for (int o = 0; o < {}; ++o) sum[o] = (std::uint64_t){}[o];", count(id),
                      table("base")));
  line(2, fmt::format("for (int tree = 0; tree < {}; ++tree) {{", roots.size()));
  line(3, fmt::format("int n = {}[tree];", first));
  line(3, fmt::format("while ({0}[n] >= 0) n = (int)({1}[{0}[n]] <= {2}[n] ? {3}[n] : {4}[n]);",
                      feature, x.name, threshold, left, right));
  line(3, fmt::format("sum[{}[n]] += (std::uint64_t){}[n];", target, leaf));
  line(2, "}");
  line(2, fmt::format("for (int o = 0; o < {}; ++o) {}[o] = ({})(std::int64_t)sum[o];", count(id),
                      to.name, name_of(to.storage)));
  line(1, "}");
}

}  // namespace trigstone::cpp
