// Torch in exact precision equals the reference interpreter, op by op and on random graphs; in
// training precision it follows the same function and has gradients.
#include "learn/torch_graph.h"

#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "base/error.h"
#include "base/random.h"
#include "graph/text.h"
#include "interpret/interpret_graph.h"
#include "learn/run_torch.h"

namespace trigstone {
namespace {

Tensor random_value(const Graph& graph, ValueId id, Random& random) {
  Tensor value;
  value.shape = graph.shape(id);
  value.format = graph.type(id).format;
  for (int64_t i = 0; i < value.size(); ++i) {
    if (!value.is_fixed()) {
      value.reals.push_back(random.normal());
    } else if (random.chance(0.2)) {  // ends of the range, where mistakes hide
      value.mantissas.push_back(random.chance(0.5) ? value.format->min_mantissa()
                                                   : value.format->max_mantissa());
    } else {
      value.mantissas.push_back(
          random.integer(value.format->min_mantissa(), value.format->max_mantissa()));
    }
  }
  return value;
}

std::vector<std::vector<Tensor>> random_events(const Graph& graph, uint64_t seed, int count) {
  std::vector<std::vector<Tensor>> events;
  for (int e = 0; e < count; ++e) {
    Random random(seed, static_cast<uint64_t>(e));
    events.emplace_back();
    for (const ValueId id : graph.inputs())
      events.back().push_back(random_value(graph, id, random));
  }
  return events;
}

void expect_equal_to_interpreter(const Graph& graph, uint64_t seed, int count = 40) {
  const auto events = random_events(graph, seed, count);
  const auto results = run_torch(graph, events);
  for (size_t e = 0; e < events.size(); ++e) {
    const std::vector<Tensor> expected = interpret(graph, events[e]);
    ASSERT_EQ(expected.size(), results[e].size());
    for (size_t o = 0; o < expected.size(); ++o) {
      if (expected[o].is_fixed()) {
        ASSERT_EQ(results[e][o], expected[o]) << "seed " << seed << " event " << e << "\n"
                                              << to_text(graph);
        continue;
      }
      ASSERT_EQ(results[e][o].shape, expected[o].shape) << to_text(graph);
      for (size_t i = 0; i < expected[o].reals.size(); ++i) {  // real numbers: libm may differ
        const double want = expected[o].reals[i];
        if (std::isinf(want)) {
          ASSERT_EQ(results[e][o].reals[i], want);
        } else {
          ASSERT_NEAR(results[e][o].reals[i], want, 1e-12 * (1 + std::abs(want))) << to_text(graph);
        }
      }
    }
  }
}

// A named graph for one op; the whole list covers every op (the test below holds it to that).
struct Case {
  std::string name;
  std::function<void(Graph&)> build;
};

const Format kTrunc{5, 3, true};
const Format kSat{6, 2, true, Rounding::kRND_CONV, Overflow::kSAT};

ValueId input(Graph& g, Shape shape, std::optional<Format> format, const char* name = "x") {
  Attributes attributes{{"shape", shape}};
  if (format) attributes["format"] = FormatMap(*format);
  return g.add(Op::kInput, {}, attributes, name);
}
ValueId mask(Graph& g, int64_t slots) { return input(g, {slots}, Format{1, 1, false}, "valid"); }

ValueId constant(Graph& g, Shape shape, std::optional<Format> format, uint64_t seed,
                 Op op = Op::kConstant) {
  Random random(seed);
  auto data = std::make_shared<Tensor>();
  data->shape = shape;
  data->format = format;
  for (int64_t i = 0; i < element_count(shape); ++i) {
    if (format) {
      data->mantissas.push_back(random.integer(format->min_mantissa(), format->max_mantissa()));
    } else {
      data->reals.push_back(random.normal());
    }
  }
  return g.add_data(op, data, op == Op::kParam ? "param" : "constant", op == Op::kParam);
}

void output(Graph& g, ValueId value) { g.add_output("y" + std::to_string(value), value); }

using Ints = std::vector<int64_t>;
const Format kX{7, 3, true}, kY{6, 4, true}, kU{5, 2, false};

std::vector<Case> binary_cases(Op op, Attributes attributes = {}) {
  const std::string text = traits_of(op).text;
  return {{text + "_same",
           [=](Graph& g) {
             output(g, g.add(op, {input(g, {3, 4}, kX), input(g, {3, 4}, kY)}, attributes));
           }},
          {text + "_broadcast",
           [=](Graph& g) {
             const ValueId row = input(g, {4}, kX), column = input(g, {2, 3, 1}, kY);
             output(g, g.add(op, {row, column}, attributes));
             output(g, g.add(op, {constant(g, {3, 4}, kU, 1), row}, attributes));
             output(g, g.add(op, {column, constant(g, {}, kU, 2)}, attributes));
           }},
          {text + "_real", [=](Graph& g) {
             output(g, g.add(op, {input(g, {3}, std::nullopt), input(g, {2, 3}, kY)}, attributes));
           }}};
}

std::vector<Case> reduction_cases(Op op) {
  const std::string text = traits_of(op).text;
  return {{text + "_axes",
           [=](Graph& g) {
             const ValueId x = input(g, {2, 3, 4}, kX);
             output(g, g.add(op, {x}, {{"axes", Ints{0, -1}}, {"keepdims", int64_t{0}}}));
             output(g, g.add(op, {x}, {{"axes", Ints{1}}, {"keepdims", int64_t{1}}}));
           }},
          {text + "_masked",
           [=](Graph& g) {
             const ValueId x = input(g, {5, 3}, kX), valid = mask(g, 5);
             output(g, g.add(op, {x, valid}, {{"axes", Ints{0}}, {"keepdims", int64_t{0}}}));
             output(g, g.add(op, {constant(g, {5, 3}, kU, 3), valid},
                             {{"axes", Ints{0}}, {"keepdims", int64_t{1}}}));
             const ValueId last = g.add(Op::kTranspose, {x}, {{"perm", Ints{1, 0}}});
             output(g, g.add(op, {last, valid}, {{"axes", Ints{-1}}, {"keepdims", int64_t{0}}}));
           }},
          {text + "_real", [=](Graph& g) {
             output(g, g.add(op, {input(g, {3, 2}, std::nullopt), mask(g, 3)},
                             {{"axes", Ints{0}}, {"keepdims", int64_t{0}}}));
           }}};
}

std::vector<Case> all_cases() {
  std::vector<Case> cases;
  const auto add = [&](std::string name, std::function<void(Graph&)> build) {
    cases.push_back({std::move(name), std::move(build)});
  };
  const auto append = [&](std::vector<Case> more) {
    cases.insert(cases.end(), more.begin(), more.end());
  };
  for (const Op op : {Op::kAdd, Op::kSub, Op::kMul}) append(binary_cases(op));
  for (const char* relation : {"lt", "le", "gt", "ge", "eq", "ne"}) {
    for (Case& c : binary_cases(Op::kCompare, {{"relation", std::string(relation)}})) {
      c.name += std::string("_") + relation;
      cases.push_back(c);
    }
  }
  for (const Op op : {Op::kReduceSum, Op::kReduceMax, Op::kReduceMin, Op::kReduceMean}) {
    append(reduction_cases(op));
  }
  for (const Op op : {Op::kArgMax, Op::kArgMin}) {
    add(traits_of(op).text, [=](Graph& g) {
      const ValueId x = input(g, {3, 6}, Format{2, 2, true}), valid = mask(g, 6);  // many ties
      output(g, g.add(op, {x}, {{"axis", int64_t{1}}, {"keepdims", int64_t{0}}}));
      output(g, g.add(op, {x, valid}, {{"axis", int64_t{-1}}, {"keepdims", int64_t{1}}}));
      output(g, g.add(op, {x}, {{"axis", int64_t{0}}, {"keepdims", int64_t{0}}}));
    });
  }
  add("param", [](Graph& g) {
    const ValueId w = constant(g, {4, 3}, std::nullopt, 5, Op::kParam);
    const ValueId fixed = g.add(Op::kQuant, {w}, {{"formats", FormatMap(kSat)}});
    output(g, g.add(Op::kLinear, {input(g, {2, 4}, kX), fixed}));
    output(g, fixed);
  });
  add("quant", [](Graph& g) {
    const ValueId x = input(g, {4, 3}, Format{9, 4, true});
    for (int r = 0; r < kRoundingCount; ++r) {
      for (int o = 0; o < kOverflowCount; ++o) {
        const Format to{5, 2, o % 2 == 0, static_cast<Rounding>(r), static_cast<Overflow>(o)};
        output(g, g.add(Op::kQuant, {x}, {{"formats", FormatMap(to)}}));
      }
    }
    FormatMap map;
    map.shape = {3};
    map.formats = {kTrunc, kSat, Format{4, 4, false, Rounding::kRND, Overflow::kSAT_ZERO}};
    output(g, g.add(Op::kQuant, {x}, {{"formats", map}}));
  });
  add("thresholds", [](Graph& g) {
    auto steps = std::make_shared<Tensor>();
    steps->shape = {3, 4};
    steps->format = Format{10, 4, true};
    steps->mantissas = {-300, -20, 0, 100, -5, -5, 7, 8, 0, 1, 2, 500};
    const ValueId t = g.add_data(Op::kConstant, steps);
    output(g, g.add(Op::kThresholds, {input(g, {3, 2}, kX), t},
                    {{"format", FormatMap(kTrunc)},
                     {"axis", int64_t{0}},
                     {"base", Ints{-3, 4, 0}},
                     {"direction", Ints{1, -1, 1}}}));
    auto one = std::make_shared<Tensor>();
    one->shape = {1, 3};
    one->format = kX;
    one->mantissas = {-9, 0, 11};
    output(g, g.add(Op::kThresholds, {input(g, {2, 5}, kX), g.add_data(Op::kConstant, one)},
                    {{"format", FormatMap(kTrunc)},
                     {"axis", int64_t{-1}},
                     {"base", Ints{0}},
                     {"direction", Ints{1}}}));
  });
  add("table", [](Graph& g) {
    Ints entries;
    for (int64_t i = 0; i < 128; ++i) entries.push_back((i * i) % 61 - 30);
    output(g, g.add(Op::kTable, {input(g, {3, 2}, kX)},
                    {{"entries", entries}, {"format", FormatMap(kY)}}));
  });
  add("linear", [](Graph& g) {
    const ValueId x = input(g, {2, 5, 3}, kX), w = constant(g, {3, 4}, kY, 7);
    output(g, g.add(Op::kLinear, {x, w}));
    output(g, g.add(Op::kLinear, {x, w, constant(g, {4}, Format{9, 1, true}, 8)}));
    output(g, g.add(Op::kLinear, {input(g, {3}, kU), w}));
    output(g, g.add(Op::kLinear, {constant(g, {6, 3}, kU, 9), w}));
    // 30 + 12 bits and the sum: double holds it, float would not.
    output(g, g.add(Op::kLinear, {input(g, {9}, Format{30, 5, true}, "wide"),
                                  constant(g, {9, 2}, Format{12, 3, true}, 10)}));
  });
  add("conv", [](Graph& g) {
    const ValueId line = input(g, {7, 4}, kX);
    output(g, g.add(Op::kConv, {line, constant(g, {3, 4, 2}, kY, 11)},
                    {{"strides", Ints{2}}, {"pads", Ints{1, 2}}, {"groups", int64_t{1}}}));
    output(g, g.add(Op::kConv, {line, constant(g, {2, 2, 6}, kY, 12), constant(g, {6}, kX, 13)},
                    {{"strides", Ints{1}}, {"pads", Ints{0, 0}}, {"groups", int64_t{2}}}));
    output(g, g.add(Op::kConv, {input(g, {5, 6, 3}, kU), constant(g, {3, 2, 3, 4}, kX, 14)},
                    {{"strides", Ints{2, 1}}, {"pads", Ints{1, 0, 1, 1}}, {"groups", int64_t{1}}}));
  });
  add("matmul", [](Graph& g) {
    const ValueId a = input(g, {2, 3, 4}, kX), b = input(g, {4, 5}, kY);
    output(g, g.add(Op::kMatMul, {a, b}));
    output(g, g.add(Op::kMatMul, {constant(g, {1, 2, 4}, kX, 15), b}));
  });
  add("relu", [](Graph& g) { output(g, g.add(Op::kRelu, {input(g, {4}, kX)})); });
  add("clamp", [](Graph& g) {
    output(g, g.add(Op::kClamp, {input(g, {4}, kX)}, {{"low", -1.25}, {"high", 0.5}}));
  });
  add("scale", [](Graph& g) {
    output(g, g.add(Op::kScale, {input(g, {4}, kX)}, {{"exponent", int64_t{-3}}}));
    output(g, g.add(Op::kScale, {input(g, {4}, std::nullopt)}, {{"exponent", int64_t{5}}}));
  });
  add("reshape", [](Graph& g) {
    output(g, g.add(Op::kReshape, {input(g, {4, 3}, kX)}, {{"shape", Ints{2, 6}}}));
  });
  add("transpose", [](Graph& g) {
    output(g, g.add(Op::kTranspose, {input(g, {4, 3, 2}, kX)}, {{"perm", Ints{2, 0, 1}}}));
  });
  add("slice", [](Graph& g) {
    output(g, g.add(Op::kSlice, {input(g, {7, 2}, kX)},
                    {{"axis", int64_t{0}},
                     {"start", int64_t{1}},
                     {"stop", int64_t{6}},
                     {"step", int64_t{2}}}));
  });
  add("concat", [](Graph& g) {
    output(g, g.add(Op::kConcat,
                    {input(g, {2, 3}, kX), constant(g, {2, 1}, kU, 16), input(g, {2, 2}, kY)},
                    {{"axis", int64_t{-1}}}));
  });
  add("gather", [](Graph& g) {
    const ValueId x = input(g, {4, 3}, kX);
    output(g, g.add(Op::kGather, {x}, {{"axis", int64_t{0}}, {"indices", Ints{3, -1, 0, 0}}}));
    output(g, g.add(Op::kGather, {x}, {{"axis", int64_t{1}}, {"indices", Ints{2, 1}}}));
  });
  add("select", [](Graph& g) {
    const ValueId c = input(g, {4}, Format{1, 1, false});
    output(g, g.add(Op::kSelect, {c, input(g, {3, 4}, kX), input(g, {3, 1}, kY)}));
    output(g, g.add(Op::kSelect, {c, constant(g, {}, kX, 17), input(g, {4}, kU)}));
  });
  add("topk_sort", [](Graph& g) {
    const ValueId x = input(g, {3, 6}, Format{3, 3, true});
    output(g, g.add(Op::kTopK, {x}, {{"axis", int64_t{1}}, {"k", int64_t{2}}}));
    output(g, g.add(Op::kSort, {x}, {{"axis", int64_t{0}}, {"descending", int64_t{0}}}));
    output(g, g.add(Op::kSort, {x}, {{"axis", int64_t{-1}}, {"descending", int64_t{1}}}));
    output(g, g.add(Op::kTopK, {x},
                    {{"axis", int64_t{1}}, {"k", int64_t{4}}, {"runs", Ints{3, 2, 1}}}));
    output(g, g.add(Op::kSort, {x}, {{"axis", int64_t{0}}, {"runs", Ints{3}}}));
  });
  add("leading_one_shift", [](Graph& g) {
    const ValueId x = input(g, {5}, Format{13, 3, false});
    output(g, g.add(Op::kLeadingOne, {x}));
    output(g, g.add(Op::kShiftLeft, {x, input(g, {3, 5}, Format{4, 4, false})}));
    output(g,
           g.add(Op::kShiftLeft, {constant(g, {1}, kX, 18), input(g, {2}, Format{5, 5, false})}));
  });
  add("tree_ensemble", [](Graph& g) {
    output(g, g.add(Op::kTreeEnsemble, {input(g, {3}, kX)},
                    {{"outputs", int64_t{2}},
                     {"roots", Ints{0, 5, 8}},
                     {"feature", Ints{0, 2, -1, -1, -1, 1, -1, -1, -1}},
                     {"threshold", Ints{3, -10, 0, 0, 0, 5, 0, 0, 0}},
                     {"left", Ints{1, 2, 0, 0, 0, 6, 0, 0, 0}},
                     {"right", Ints{4, 3, 0, 0, 0, 7, 0, 0, 0}},
                     {"target", Ints{0, 0, 0, 1, 0, 0, 1, 1, 0}},
                     {"leaf", Ints{0, 0, 7, -3, 2, 0, 5, -11, 4}},
                     {"base", Ints{1, -2}},
                     {"format", FormatMap(Format{6, 3, true})}}));
  });
  add("norms", [](Graph& g) {
    const ValueId x = input(g, {5, 3}, std::nullopt), valid = mask(g, 5);
    const ValueId one = constant(g, {3}, std::nullopt, 19),
                  two = constant(g, {3}, std::nullopt, 20);
    const ValueId variance = g.add(Op::kMul, {two, two});
    output(g, g.add(Op::kBatchNorm, {x, one, two, two, variance, valid},
                    {{"axis", int64_t{1}}, {"epsilon", 1e-3}}));
    output(g, g.add(Op::kLayerNorm, {x, one, two}, {{"epsilon", 1e-3}}));
    output(g, g.add(Op::kLayerNorm, {x}, {{"epsilon", 1e-3}}));
    output(g, g.add(Op::kSoftmax, {x, valid}, {{"axis", int64_t{0}}}));
    output(g, g.add(Op::kSoftmax, {x}, {{"axis", int64_t{-1}}}));
  });
  for (const char* kind : {"exp", "sigmoid", "tanh", "gelu", "silu", "abs", "softplus"}) {
    add(std::string("function_") + kind, [kind](Graph& g) {
      output(g, g.add(Op::kFunction, {input(g, {4}, std::nullopt)}, {{"kind", std::string(kind)}}));
    });
  }
  for (const char* kind : {"log", "sqrt", "rsqrt", "reciprocal"}) {
    add(std::string("function_") + kind, [kind](Graph& g) {
      const ValueId x =
          g.add(Op::kFunction, {input(g, {4}, std::nullopt)}, {{"kind", std::string("exp")}});
      output(g, g.add(Op::kFunction, {x}, {{"kind", std::string(kind)}}));
    });
  }
  return cases;
}

class EveryOp : public testing::TestWithParam<Case> {};

TEST_P(EveryOp, EqualsTheInterpreter) {
  Graph graph;
  GetParam().build(graph);
  expect_equal_to_interpreter(graph, 1);
}

INSTANTIATE_TEST_SUITE_P(Ops, EveryOp, testing::ValuesIn(all_cases()),
                         [](const auto& c) { return c.param.name; });

TEST(Ops, AreAllCovered) {
  std::set<Op> seen;
  for (const Case& c : all_cases()) {
    Graph graph;
    c.build(graph);
    for (const Node& node : graph.nodes()) seen.insert(node.op);
  }
  for (const Op op : all_ops()) EXPECT_TRUE(seen.contains(op)) << traits_of(op).text;
}

// A chain of random exact and rounding ops over a few values of one shape.
Graph random_fixed_graph(uint64_t seed) {
  Random random(seed);
  Graph g;
  const auto format = [&] {
    const auto width = static_cast<int>(random.integer(2, 9));
    return Format{width, static_cast<int>(random.integer(-1, width)), random.chance(0.7),
                  static_cast<Rounding>(random.integer(0, kRoundingCount - 1)),
                  static_cast<Overflow>(random.integer(0, kOverflowCount - 1))};
  };
  std::vector<ValueId> values = {input(g, {4, 4}, format(), "a"), input(g, {4, 4}, format(), "b")};
  const ValueId valid = mask(g, 4);
  const auto pick = [&] {
    return values[static_cast<size_t>(random.integer(0, std::ssize(values) - 1))];
  };
  const auto narrow = [&](ValueId id) {
    return g.add(Op::kQuant, {id}, {{"formats", FormatMap(format())}});
  };
  for (int step = 0; step < 8; ++step) {
    const ValueId x = pick();
    ValueId y = x;
    switch (random.integer(0, 8)) {
      case 0:
        y = g.add(Op::kLinear, {x, constant(g, {4, 4}, format(), random.bits())});
        break;
      case 1:
        y = g.add(Op::kMatMul, {x, pick()});
        break;
      case 2:
        y = g.add(Op::kMul, {x, pick()});
        break;
      case 3:
        y = g.add(Op::kSub, {x, pick()});
        break;
      case 4:
        y = g.add(Op::kRelu, {x});
        break;
      case 5:
        y = g.add(Op::kTranspose, {x}, {{"perm", Ints{1, 0}}});
        break;
      case 6:
        y = g.add(Op::kAdd, {x, g.add(Op::kReduceMax, {x, valid},
                                      {{"axes", Ints{0}}, {"keepdims", int64_t{1}}})});
        break;
      case 7:
        y = g.add(Op::kSelect,
                  {g.add(Op::kCompare, {x, pick()}, {{"relation", std::string("le")}}), x, pick()});
        break;
      case 8:
        y = g.add(Op::kSort, {x}, {{"axis", int64_t{0}}, {"descending", int64_t{1}}});
        break;
    }
    values.push_back(random.chance(0.8) ? narrow(y) : y);
    if (g.type(values.back()).format->width_bits > 20) values.back() = narrow(values.back());
  }
  output(g, values.back());
  output(g, values[values.size() - 2]);
  return g;
}

TEST(RandomGraphs, EqualTheInterpreter) {
  for (uint64_t seed = 1; seed <= 60; ++seed) {
    expect_equal_to_interpreter(random_fixed_graph(seed), seed, 12);
  }
}

TEST(Exactness, IsRefusedByNameBeyondDouble) {
  Graph g;
  const ValueId x = input(g, {4}, Format{40, 4, true});
  output(g, g.add(Op::kMul, {x, input(g, {4}, Format{20, 4, true}, "z")}, {}, "product"));
  try {
    run_torch(g, {});
    FAIL() << "60-bit products were accepted";
  } catch (const Error& error) {
    EXPECT_EQ(error.where(), "graph:node 'product'");
    EXPECT_EQ(error.problem(), "torch computes exactly up to 53 bits; this node needs 59");
  }
}

TEST(BatchNorm, CountsValidSlotsOnlyAndMovesTheRunningStatistics) {
  Graph g;
  const ValueId x = input(g, {3, 2}, std::nullopt);
  const ValueId valid = mask(g, 3);
  const auto param = [&](const char* name, double value, bool trainable) {
    auto data = std::make_shared<Tensor>();
    data->shape = {2};
    data->reals = {value, value};
    return g.add_data(Op::kParam, data, name, trainable);
  };
  const ValueId y = g.add(Op::kBatchNorm,
                          {x, param("gain", 1, true), param("bias", 0, true),
                           param("mean", 0, false), param("var", 1, false), valid},
                          {{"axis", int64_t{1}}, {"epsilon", 0.0}});
  g.add_output("y", y);
  TorchGraph graph(g);
  graph.use_batch_statistics(true);
  // Valid numbers of channel 0: 1, 3, 5, 7 (mean 4, variance 5); the slot full of 1e6 is invalid.
  const torch::Tensor events =
      torch::tensor({{{1., 0.}, {3., 0.}, {1e6, 1e6}}, {{5., 0.}, {7., 4.}, {-1e6, 1e6}}});
  const torch::Tensor mask_of = torch::tensor({{1., 1., 0.}, {1., 1., 0.}});
  const torch::Tensor result = graph.run({events, mask_of})[0];
  EXPECT_NEAR(result[0][0][0].item<double>(), -3 / std::sqrt(5.0), 1e-6);
  EXPECT_NEAR(result[1][1][0].item<double>(), 3 / std::sqrt(5.0), 1e-6);
  EXPECT_NEAR(result[0][2][0].item<double>(), (1e6 - 4) / std::sqrt(5.0), 1);
  const Graph trained = graph.trained();
  EXPECT_NEAR(trained.node(4).data->reals[0], 0.4, 1e-6);                   // 0.1 * 4
  EXPECT_NEAR(trained.node(5).data->reals[0], 0.9 + 0.1 * 20.0 / 3, 1e-6);  // unbiased variance
}

TEST(Training, SeesTheRoundedFunctionAndHasGradients) {
  Graph g;
  const ValueId x = input(g, {5, 4}, kX);
  const ValueId w = constant(g, {4, 3}, std::nullopt, 3, Op::kParam);
  const ValueId fixed = g.add(Op::kQuant, {w}, {{"formats", FormatMap(kSat)}});
  const ValueId y = g.add(Op::kLinear, {x, fixed});
  g.add_output("y", g.add(Op::kQuant, {g.add(Op::kRelu, {y})}, {{"formats", FormatMap(kSat)}}));
  const TorchGraph training(g);
  const TorchGraph exact(g, Precision::kExact);
  const torch::Tensor events = torch::randint(-64, 64, {50, 5, 4}).to(torch::kFloat32) / 16;
  const torch::Tensor result = training.run({events})[0];
  EXPECT_TRUE(torch::equal(result.to(torch::kFloat64), exact.run({events})[0].to(torch::kFloat64)));
  result.sum().backward();
  ASSERT_EQ(training.parameters().size(), 1u);
  EXPECT_GT(training.parameters()[0].second.grad().abs().sum().item<double>(), 0.0);
}

}  // namespace
}  // namespace trigstone
