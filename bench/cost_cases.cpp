#include "bench/cost_cases.h"

#include <cmath>

#include "base/random.h"
#include "bench/cost_case_makers.h"

namespace trigstone::bench {

namespace {

class Cases {
 public:
  std::vector<CostCase> make();

 private:
  void logic(const std::string& kind, const std::string& name, bool fitted,
             const std::vector<Interval>& inputs, const CellMaker& make) {
    add(fitted, logic_case(kind, name, inputs, make));
  }
  void clocked(const std::string& kind, const std::string& name, bool fitted, int bits,
               const std::string& cell) {
    add(fitted, clocked_case(kind, name, bits, cell));
  }
  void compiled(const std::string& kind, const std::string& name, bool fitted, Graph graph,
                const LowerOptions& options) {
    add(fitted, compiled_case(kind, name, std::move(graph), options));
  }
  void add(bool fitted, CostCase made) {
    made.set = fitted ? CostSet::kFitted : CostSet::kSeen;
    cases_.push_back(std::move(made));
  }

  void adders();
  void multipliers();
  void tables();
  void choices();
  void shifts();
  void quantisers();
  void memories();
  void layers();

  std::vector<CostCase> cases_;
};

void Cases::adders() {
  const auto add2 = [&](const char* name, bool fitted, Interval a, Interval b, int shift,
                        bool sub) {
    logic("adder", name, fitted, {a, b}, [=](ModuleBuilder& m, const auto& x) {
      const CellId shifted = m.shl(x[1], shift);
      return sub ? m.sub(x[0], shifted) : m.add(x[0], shifted);
    });
  };
  add2("add_12", true, signed_range(12), signed_range(12), 0, false);
  add2("add_16_10_up_3", true, signed_range(16), signed_range(10), 3, false);
  add2("sub_9_up_2", true, signed_range(9), signed_range(9), 2, true);
  add2("add_u14_u6", false, unsigned_range(14), unsigned_range(6), 0, false);
  add2("sub_24_20", false, signed_range(24), signed_range(20), 0, true);
  const auto add3 = [&](const char* name, bool fitted, int bits, int up, bool negative) {
    logic("ternary adder", name, fitted,
          {signed_range(bits), signed_range(bits), signed_range(bits)},
          [=](ModuleBuilder& m, const auto& x) {
            return m.add3(
                {{{x[0], false}, {m.shl(x[1], up), negative}, {m.shl(x[2], up + 1), false}}});
          });
  };
  add3("add3_12", true, 12, 0, false);
  add3("add3_9_up_4", false, 9, 4, true);
}

void Cases::multipliers() {
  const auto product = [&](const char* name, bool fitted, Interval a, Interval b) {
    logic("multiplier", name, fitted, {a, b},
          [](ModuleBuilder& m, const auto& x) { return m.mul(x[0], x[1]); });
  };
  product("mul_4_4", true, signed_range(4), signed_range(4));
  product("mul_8_8", true, signed_range(8), signed_range(8));
  product("mul_12_6", true, signed_range(12), signed_range(6));
  product("mul_16_16", true, signed_range(16), signed_range(16));
  product("mul_u8_u8", true, unsigned_range(8), unsigned_range(8));
  product("mul_u12_5", true, unsigned_range(12), signed_range(5));
  product("mul_10_10", false, signed_range(10), signed_range(10));
  product("mul_u6_u6", false, unsigned_range(6), unsigned_range(6));
  product("mul_14_9", false, signed_range(14), signed_range(9));
  product("mul_u16_8", false, unsigned_range(16), signed_range(8));
  product("mul_16_3", false, signed_range(16), signed_range(3));
  logic("multiplier", "square_8", true, {signed_range(8)},
        [](ModuleBuilder& m, const auto& x) { return m.mul(x[0], x[0]); });
  logic("multiplier", "square_12", false, {signed_range(12)},
        [](ModuleBuilder& m, const auto& x) { return m.mul(x[0], x[0]); });
}

std::vector<int64_t> curve(int index_bits, int value_bits) {
  std::vector<int64_t> entries;
  const double top = std::ldexp(1, value_bits) - 1, count = std::ldexp(1, index_bits);
  for (int i = 0; i < 1 << index_bits; ++i) {
    entries.push_back(std::llround(top / (1 + std::exp(6 - 12 * i / count))));
  }
  return entries;
}

std::vector<int64_t> noise(int index_bits, int value_bits, uint64_t seed) {
  Random random(seed);
  std::vector<int64_t> entries;
  for (int i = 0; i < 1 << index_bits; ++i) {
    entries.push_back(random.integer(0, (int64_t{1} << value_bits) - 1));
  }
  return entries;
}

void Cases::tables() {
  const auto table = [&](const std::string& name, bool fitted, std::vector<int64_t> entries) {
    int bits = 0;
    while (size_t{1} << bits < entries.size()) ++bits;
    logic("table", name, fitted, {unsigned_range(bits)},
          [&](ModuleBuilder& m, const auto& x) { return m.table(x[0], entries, 0, 0); });
  };
  table("sigmoid_6_to_8", true, curve(6, 8));
  table("sigmoid_8_to_8", true, curve(8, 8));
  table("sigmoid_10_to_12", true, curve(10, 12));
  table("noise_7_to_6", true, noise(7, 6, 1));
  table("noise_10_to_8", true, noise(10, 8, 2));
  table("sigmoid_7_to_10", false, curve(7, 10));
  table("sigmoid_9_to_6", false, curve(9, 6));
  table("noise_8_to_8", false, noise(8, 8, 3));
  table("noise_9_to_4", false, noise(9, 4, 4));
}

void Cases::choices() {
  const auto two = [&](const char* kind, const char* name, bool fitted, int bits,
                       const CellMaker& make) {
    logic(kind, name, fitted, {signed_range(bits), signed_range(bits), unsigned_range(1)}, make);
  };
  const CellMaker mux = [](ModuleBuilder& m, const auto& x) { return m.mux(x[2], x[0], x[1]); };
  const CellMaker gate = [](ModuleBuilder& m, const auto& x) {
    return m.mux(x[2], m.add(x[0], x[1]), m.constant(0));
  };
  two("mux", "mux_12", true, 12, mux);
  two("mux", "mux_25", false, 25, mux);
  two("mux", "gated_sum_11", false, 11, gate);
  const CellMaker less = [](ModuleBuilder& m, const auto& x) {
    return m.logic_and(m.less(x[0], x[1]), x[2]);
  };
  two("comparison", "less_12", true, 12, less);
  two("comparison", "less_20", false, 20, less);
  const CellMaker equal = [](ModuleBuilder& m, const auto& x) {
    return m.logic_and(m.equal(x[0], x[1]), x[2]);
  };
  two("comparison", "equal_12", true, 12, equal);
  two("comparison", "equal_21", false, 21, equal);
  const auto limit = [&](const char* name, bool fitted, int bits, int64_t constant) {
    logic("comparison", name, fitted, {signed_range(bits)},
          [=](ModuleBuilder& m, const auto& x) { return m.less(x[0], m.constant(constant)); });
  };
  limit("less_16_than_1234", true, 16, 1234);
  limit("less_14_than_57", false, 14, 57);
  const CellMaker larger = [](ModuleBuilder& m, const auto& x) { return m.max(x[0], x[1]); };
  const CellMaker smaller = [](ModuleBuilder& m, const auto& x) { return m.min(x[0], x[1]); };
  two("extreme", "max_12", true, 12, larger);
  two("extreme", "min_8", true, 8, smaller);
  two("extreme", "max_18", false, 18, larger);
  const auto relu = [&](const char* name, bool fitted, int bits) {
    logic("extreme", name, fitted, {signed_range(bits), signed_range(bits)},
          [](ModuleBuilder& m, const auto& x) { return m.max(m.add(x[0], x[1]), m.constant(0)); });
  };
  relu("relu_of_sum_10", true, 10);
  relu("relu_of_sum_17", false, 17);
}

void Cases::shifts() {
  const auto shift = [&](const char* name, bool fitted, int bits, int amount_bits) {
    logic("shift", name, fitted, {signed_range(bits), unsigned_range(amount_bits)},
          [](ModuleBuilder& m, const auto& x) { return m.shift_var(x[0], x[1]); });
  };
  shift("shift_8_by_3", true, 8, 3);
  shift("shift_12_by_4", true, 12, 4);
  shift("shift_10_by_2", false, 10, 2);
  shift("shift_16_by_4", false, 16, 4);
  const auto leading = [&](const char* name, bool fitted, int bits) {
    logic("leading one", name, fitted, {unsigned_range(bits)},
          [](ModuleBuilder& m, const auto& x) { return m.leading_one(x[0]); });
  };
  leading("leading_one_8", true, 8);
  leading("leading_one_16", true, 16);
  leading("leading_one_12", false, 12);
  leading("leading_one_24", false, 24);
}

void Cases::quantisers() {
  const auto quant = [&](const char* name, bool fitted, int bits, int fraction,
                         const char* format) {
    logic("quantiser", name, fitted, {signed_range(bits)}, [=](ModuleBuilder& m, const auto& x) {
      return m.quantize(m.relabel(x[0], fraction), parse_format(format, name));
    });
  };
  quant("rnd_conv_sat_16_to_8", true, 16, 8, "<8,4,RND_CONV,SAT>");
  quant("rnd_sat_u_14_to_8", true, 14, 8, "u<8,3,RND,SAT>");
  quant("trn_sat_20_to_10", true, 20, 9, "<10,5,TRN,SAT>");
  quant("rnd_wrap_15_to_9", false, 15, 9, "<9,4,RND,WRAP>");
  quant("rnd_conv_sat_20_to_12", false, 20, 10, "<12,6,RND_CONV,SAT>");
  quant("rnd_sat_u_19_to_7", false, 19, 10, "u<7,3,RND,SAT>");
}

void Cases::memories() {
  clocked("register", "register_11", true, 11, "reg(%0) : [-1024, 1023] f0 @1 x16");
  clocked("delay line", "delay_10_by_7", true, 10, "ram(%0) amount=7 : [-512, 511] f0 @7 x16");
  clocked("delay line", "delay_9_by_40", true, 9, "ram(%0) amount=40 : [-256, 255] f0 @40 x16");
  clocked("delay line", "delay_12_by_100", false, 12,
          "ram(%0) amount=100 : [-2048, 2047] f0 @100 x16");
  clocked("accumulator", "sum_12", true, 12, "acc_sum(%0) strobe=0 : [-32768, 32752] f0 @16 x1");
  clocked("accumulator", "sum_8", false, 8, "acc_sum(%0) strobe=0 : [-2048, 2032] f0 @16 x1");
  clocked("accumulator", "largest_10", true, 10, "acc_max(%0) strobe=0 : [-512, 511] f0 @16 x1");
  clocked("accumulator", "smallest_15", false, 15,
          "acc_min(%0) strobe=0 : [-16384, 16383] f0 @16 x1");
  clocked("hold", "hold_14", true, 14, "hold(%0) strobe=3 : [-8192, 8191] f0 @4 x16 held");
  const auto rom = [&](const char* name, bool fitted, uint64_t seed) {
    std::string entries;
    for (const int64_t x : noise(4, 10, seed)) {
      entries += (entries.empty() ? "" : ", ") + std::to_string(x - 512);
    }
    clocked("rom", name, fitted, 4,
            "rom() strobe=0 entries=[" + entries + "] : [-512, 511] f0 @0 x16");
  };
  rom("rom_16_of_10", true, 5);
  rom("rom_16_of_10_other", false, 6);
}

Graph layer(uint64_t seed, int64_t inputs, int64_t outputs, const char* input_format,
            const char* output_format) {
  Random random(seed);
  Graph graph;
  const Format in = parse_format(input_format, "layer"), weight = {6, 1};
  const auto data = [&](Shape shape) {
    Tensor tensor{std::move(shape), weight, {}, {}};
    for (int64_t i = tensor.size(); i > 0; --i) {
      tensor.mantissas.push_back(random.integer(weight.min_mantissa(), weight.max_mantissa()));
    }
    return graph.add_data(Op::kConstant, std::make_shared<Tensor>(std::move(tensor)), "weights");
  };
  const ValueId x =
      graph.add(Op::kInput, {}, {{"shape", Shape{inputs}}, {"format", FormatMap(in)}}, "x");
  ValueId y = graph.add(Op::kLinear, {x, data({inputs, outputs}), data({outputs})}, {}, "dense");
  if (output_format != nullptr) {
    y = graph.add(Op::kQuant, {graph.add(Op::kRelu, {y}, {}, "relu")},
                  {{"formats", FormatMap(parse_format(output_format, "layer"))}}, "act");
  }
  graph.add_output("y", y);
  return graph;
}

void Cases::layers() {
  LowerOptions binary, ternary;
  ternary.adders = "ternary";
  compiled("layer", "products_16_8", true, layer(1, 16, 8, "<8,3>", nullptr), binary);
  compiled("layer", "dense_relu_16_8", true, layer(2, 16, 8, "<8,3>", "u<8,3,RND,SAT>"), binary);
  compiled("layer", "dense_relu_12_6", false, layer(3, 12, 6, "u<8,3>", "u<7,3,RND_CONV,SAT>"),
           binary);
  compiled("layer", "ternary_dense_relu_16_8", false, layer(4, 16, 8, "<8,3>", "u<8,3,RND,SAT>"),
           ternary);
}

std::vector<CostCase> Cases::make() {
  adders();
  multipliers();
  tables();
  choices();
  shifts();
  quantisers();
  memories();
  layers();
  return std::move(cases_);
}

}  // namespace

std::vector<CostCase> cost_cases() { return Cases().make(); }

}  // namespace trigstone::bench
