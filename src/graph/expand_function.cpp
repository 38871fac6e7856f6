// An elementwise function of a short fixed-point number is a table.
//   %1 = function(%0: <8,4>) {kind = sigmoid}; %2 = quant(%1) u<6,0,RND_CONV,SAT>
//   => %2 = table(%0) {entries = […], format = u<6,0>, function = "sigmoid"}
// Why: the quant is folded into the entries, so the rounding costs nothing.
#include <cmath>

#include "base/error.h"
#include "graph/expand.h"

namespace trigstone::detail {

namespace {

RealFunction function_named(const Node& node, const std::string& kind) {
  using Real = long double;
  static const std::map<std::string, Real (*)(Real)> functions = {
      {"exp", [](Real x) { return std::exp(x); }},
      {"log", [](Real x) { return std::log(x); }},
      {"sigmoid", [](Real x) { return 1 / (1 + std::exp(-x)); }},
      {"tanh", [](Real x) { return std::tanh(x); }},
      {"gelu", [](Real x) { return x * std::erfc(-x * std::sqrt(0.5L)) / 2; }},
      {"silu", [](Real x) { return x / (1 + std::exp(-x)); }},
      {"sqrt", [](Real x) { return std::sqrt(x); }},
      {"rsqrt", [](Real x) { return 1 / std::sqrt(x); }},
      {"reciprocal", [](Real x) { return 1 / x; }},
      {"abs", [](Real x) { return std::abs(x); }},
      {"softplus", [](Real x) { return std::log1p(std::exp(-std::abs(x))) + std::max(x, 0.0L); }},
  };
  const auto found = functions.find(kind);
  if (found == functions.end()) {
    throw Error(where_of(node), fmt::format("function '{}' does not exist", kind),
                "docs/ops.md names the functions there are");
  }
  return found->second;
}

}  // namespace

ValueId expand_function(Expansion& e, const Node& node, ValueId x, const Format& result) {
  const std::string& kind = text_attribute(node, "kind");
  return e.table("", x, result, kind, function_named(node, kind));
}

}  // namespace trigstone::detail
