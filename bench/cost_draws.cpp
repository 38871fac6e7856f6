#include "bench/cost_draws.h"

#include <fmt/format.h>

#include <cmath>

#include "base/random.h"
#include "bench/cost_case_makers.h"

namespace trigstone::bench {

namespace {

constexpr int kOfEachKind = 3;
constexpr int kNetworks = 6;

class Draws {
 public:
  explicit Draws(uint64_t seed) : seed_(seed), random_(seed, 77) {}
  std::vector<CostCase> make();

 private:
  int number(int low, int high) { return static_cast<int>(random_.integer(low, high)); }
  Interval operand(int low_bits, int high_bits) {
    const int bits = number(low_bits, high_bits);
    return random_.chance(0.5) ? signed_range(bits) : unsigned_range(bits);
  }
  std::string name(const char* kind) { return fmt::format("{}_{}_{}", kind, seed_, cases_.size()); }
  void logic(const char* kind, const std::vector<Interval>& inputs, const CellMaker& make) {
    cases_.push_back(logic_case(kind, name(kind), inputs, make));
  }
  std::string format(int low_bits, int high_bits, bool is_signed);

  void adder();
  void constant_adder();
  void ternary_adder();
  void multiplier();
  void table();
  void choice();
  void comparison();
  void extreme();
  void shift();
  void quantiser();
  void memory();
  void layer();
  void network();
  Tensor weights(Shape shape, double density);
  ValueId dense(Graph& graph, ValueId x, int64_t outputs, double density, const std::string& name);

  uint64_t seed_;
  Random random_;
  std::vector<CostCase> cases_;
};

void Draws::adder() {
  const int shift = number(0, 6);
  const bool subtracts = random_.chance(0.5);
  const Interval a = operand(4, 24), b = operand(4, 24);
  logic("adder", {a, b}, [=](ModuleBuilder& m, const auto& x) {
    const CellId shifted = m.shl(x[1], shift);
    return subtracts ? m.sub(x[0], shifted) : m.add(x[0], shifted);
  });
}

void Draws::constant_adder() {
  const int64_t constant = random_.integer(-500, 500);
  logic("constant_adder", {operand(8, 18)},
        [=](ModuleBuilder& m, const auto& x) { return m.add(x[0], m.constant(constant)); });
}

void Draws::ternary_adder() {
  const int up = number(0, 4), more = number(0, 3);
  const bool negative = random_.chance(0.5);
  const Interval a = operand(4, 16), b = operand(4, 16), c = operand(4, 16);
  logic("ternary_adder", {a, b, c}, [=](ModuleBuilder& m, const auto& x) {
    return m.add3({{{x[0], false}, {m.shl(x[1], up), negative}, {m.shl(x[2], up + more), false}}});
  });
}

void Draws::multiplier() {
  const Interval a = operand(3, 14), b = operand(3, 14);
  logic("multiplier", {a, b}, [](ModuleBuilder& m, const auto& x) { return m.mul(x[0], x[1]); });
}

void Draws::table() {
  const int index_bits = number(5, 10), value_bits = number(4, 12);
  const bool smooth = random_.chance(0.5);
  const double steepness = 4 + 10 * random_.uniform();
  std::vector<int64_t> entries;
  const double top = std::ldexp(1, value_bits) - 1, count = std::ldexp(1, index_bits);
  for (int i = 0; i < 1 << index_bits; ++i) {
    const double curve = top / (1 + std::exp(steepness * (0.5 - i / count)));
    entries.push_back(smooth ? std::llround(curve)
                             : random_.integer(0, (int64_t{1} << value_bits) - 1));
  }
  logic("table", {unsigned_range(index_bits)},
        [&](ModuleBuilder& m, const auto& x) { return m.table(x[0], entries, 0, 0); });
}

void Draws::choice() {
  const bool of_zero = random_.chance(0.3);
  const Interval a = operand(4, 24), b = operand(4, 24);
  logic("choice", {a, b, unsigned_range(1)}, [=](ModuleBuilder& m, const auto& x) {
    return of_zero ? m.mux(x[2], m.sub(x[0], x[1]), m.constant(0)) : m.mux(x[2], x[0], x[1]);
  });
}

void Draws::comparison() {
  const bool equal = random_.chance(0.4), fixed = random_.chance(0.4);
  const Interval a = operand(6, 24), b = operand(6, 24);
  const auto limit =
      random_.integer(static_cast<int64_t>(a.low) + 2, static_cast<int64_t>(a.high) - 2);
  logic("comparison", {a, b, unsigned_range(1)}, [=](ModuleBuilder& m, const auto& x) {
    const CellId other = fixed ? m.constant(limit) : x[1];
    return m.logic_and(equal ? m.equal(x[0], other) : m.less(x[0], other), x[2]);
  });
}

void Draws::extreme() {
  const bool largest = random_.chance(0.5), relu = random_.chance(0.4);
  const Interval a = signed_range(number(5, 20)), b = operand(5, 20);
  logic("extreme", {a, b}, [=](ModuleBuilder& m, const auto& x) {
    if (relu) return m.max(m.add(x[0], x[1]), m.constant(0));
    return largest ? m.max(x[0], x[1]) : m.min(x[0], x[1]);
  });
}

void Draws::shift() {
  if (random_.chance(0.5)) {
    const int bits = number(5, 28);
    logic("shift", {unsigned_range(bits)},
          [](ModuleBuilder& m, const auto& x) { return m.leading_one(x[0]); });
    return;
  }
  const Interval a = operand(6, 16), amount = unsigned_range(number(2, 4));
  logic("shift", {a, amount},
        [](ModuleBuilder& m, const auto& x) { return m.shift_var(x[0], x[1]); });
}

std::string Draws::format(int low_bits, int high_bits, bool is_signed) {
  static const std::vector<const char*> roundings = {"TRN", "RND", "RND_CONV", "RND_ZERO"};
  static const std::vector<const char*> overflows = {"SAT", "SAT", "SAT_SYM", "WRAP"};
  const int bits = number(low_bits, high_bits), integer_bits = number(2, 4);
  const auto rounding = static_cast<size_t>(number(0, 3));
  const auto overflow = static_cast<size_t>(number(0, 3));
  return fmt::format("{}<{},{},{},{}>", is_signed ? "" : "u", bits, integer_bits,
                     roundings[rounding], overflows[overflow]);
}

void Draws::quantiser() {
  const int bits = number(14, 22), fraction = number(8, 12);
  const Format to = parse_format(format(6, 11, random_.chance(0.5)), "draw");
  logic("quantiser", {signed_range(bits)},
        [=](ModuleBuilder& m, const auto& x) { return m.quantize(m.relabel(x[0], fraction), to); });
}

void Draws::memory() {
  const int bits = number(5, 18), clocks = number(3, 120);
  const int64_t half = int64_t{1} << (bits - 1);
  const char* kinds[] = {"ram", "acc_sum", "acc_max", "hold"};
  const std::string kind = kinds[number(0, 3)];
  const int64_t beats = kind == "acc_sum" ? 16 : 1;
  std::string cell = fmt::format(" : [{}, {}] f0 ", -half * beats, (half - 1) * beats);
  if (kind == "ram") cell = fmt::format("ram(%0) amount={}{}@{} x16", clocks, cell, clocks);
  if (kind.starts_with("acc")) cell = kind + "(%0) strobe=0" + cell + "@16 x1";
  if (kind == "hold") cell = "hold(%0) strobe=3" + cell + "@4 x16 held";
  cases_.push_back(clocked_case("memory", name("memory"), bits, cell));
}

Tensor Draws::weights(Shape shape, double density) {
  const Format format = {number(3, 8), 1};
  Tensor tensor{std::move(shape), format, {}, {}};
  for (int64_t i = tensor.size(); i > 0; --i) {
    const int64_t w = random_.integer(format.min_mantissa(), format.max_mantissa());
    tensor.mantissas.push_back(random_.chance(density) ? w : 0);
  }
  return tensor;
}

// With a bias; matrix and bias are drawn.
ValueId Draws::dense(Graph& graph, ValueId x, int64_t outputs, double density,
                     const std::string& name) {
  const auto data = [&](Shape shape) {
    auto tensor = std::make_shared<Tensor>(weights(std::move(shape), density));
    return graph.add_data(Op::kConstant, std::move(tensor), "weights");
  };
  const ValueId matrix = data({graph.shape(x)[0], outputs}), bias = data({outputs});
  return graph.add(Op::kLinear, {x, matrix, bias}, {}, name);
}

void Draws::layer() {
  const std::string name = fmt::format("layer_{}_{}", seed_, cases_.size());
  Graph graph;
  const Format in = parse_format(format(5, 10, random_.chance(0.5)), name);
  const int64_t inputs = number(6, 16), outputs = number(4, 10);
  const double density = 0.3 + 0.7 * random_.uniform();
  ValueId y = graph.add(Op::kInput, {}, {{"shape", Shape{inputs}}, {"format", FormatMap(in)}}, "x");
  y = dense(graph, y, outputs, density, "dense");
  if (random_.chance(0.7)) y = graph.add(Op::kRelu, {y}, {}, "relu");
  const FormatMap to(parse_format(format(6, 10, false), name));
  if (random_.chance(0.7)) y = graph.add(Op::kQuant, {y}, {{"formats", to}}, "act");
  graph.add_output("y", y);
  LowerOptions options;
  if (random_.chance(0.3)) options.adders = "ternary";
  cases_.push_back(compiled_case("layer", name, std::move(graph), options));
}

// Dense layers with relu and a quantiser between them, as the trigger's taggers are.
void Draws::network() {
  Graph graph;
  const std::string name = fmt::format("network_{}_{}", seed_, cases_.size());
  const Format in = parse_format(format(6, 9, random_.chance(0.7)), name);
  const int64_t width = number(8, 24);
  const double density = 0.2 + 0.7 * random_.uniform();
  const std::string between = format(6, 9, false);
  ValueId y = graph.add(Op::kInput, {}, {{"shape", Shape{width}}, {"format", FormatMap(in)}}, "x");
  const int layers = number(2, 4);
  for (int i = 0; i < layers; ++i) {
    const bool last = i + 1 == layers;
    const int64_t outputs = last ? number(1, 6) : number(8, 32);
    y = dense(graph, y, outputs, density, fmt::format("dense_{}", i));
    if (last) continue;
    y = graph.add(Op::kRelu, {y}, {}, fmt::format("relu_{}", i));
    const FormatMap to(parse_format(between, name));
    y = graph.add(Op::kQuant, {y}, {{"formats", to}}, fmt::format("act_{}", i));
  }
  graph.add_output("y", y);
  LowerOptions options;
  if (random_.chance(0.3)) options.adders = "ternary";
  cases_.push_back(compiled_case("network", name, std::move(graph), options));
  cases_.back().set = CostSet::kNetwork;
}

std::vector<CostCase> Draws::make() {
  for (int i = 0; i < kOfEachKind; ++i) {
    adder();
    constant_adder();
    ternary_adder();
    multiplier();
    table();
    choice();
    comparison();
    extreme();
    shift();
    quantiser();
    memory();
    layer();
  }
  for (int i = 0; i < kNetworks; ++i) network();
  return std::move(cases_);
}

}  // namespace

std::vector<CostCase> drawn_cost_cases(uint64_t seed) { return Draws(seed).make(); }

}  // namespace trigstone::bench
