// Random token graphs: what per-particle networks of the trigger are made of, in random order.
#include <algorithm>
#include <array>

#include "graph/passes.h"
#include "verify/graph_maker.h"
#include "verify/random_format.h"
#include "verify/random_graph.h"

namespace trigstone {

namespace {

const Format kBool{1, 1, false};

class TokenMaker {
 public:
  TokenMaker(uint64_t seed, const RandomGraphOptions& options) : maker_(seed, options) {
    slots_ = int64_t{2} * maker_.random.integer(1, 4);
    const int64_t features = maker_.random.integer(1, 4);
    tokens_.push_back(maker_.input({slots_, features}, random_format(maker_.random, 8),
                                   {{"token_axis", int64_t{0}}}, "tokens"));
    valid_ = maker_.input({slots_}, kBool,
                          {{"token_axis", int64_t{0}}, {"role", std::string("valid")}}, "valid");
    valid_column_ =
        graph().add(Op::kReshape, {valid_}, {{"shape", std::vector<int64_t>{slots_, 1}}});
    if (maker_.random.chance(0.3)) {  // a number of the whole event beside the tokens
      event_ =
          maker_.input({maker_.random.integer(1, 4)}, random_format(maker_.random, 8), {}, "event");
    }
  }

  Graph make(int steps) {
    for (int step = 0; step < steps; ++step) layer();
    for (int64_t i = random().integer(1, 2); i > 0; --i) pool();
    if (random().chance(0.5)) {
      output(graph().add(Op::kSelect, {valid_column_, last(), zero()}));
    }
    if (event_ >= 0) pooled_.push_back(maker_.quant(maker_.linear(event_, 2), 8));
    for (const ValueId value : pooled_) output(random().chance(0.5) ? head(value) : value);
    return std::move(graph());
  }

 private:
  Graph& graph() { return maker_.graph; }
  Random& random() { return maker_.random; }
  ValueId last() const { return tokens_.back(); }
  ValueId any() {
    return tokens_[static_cast<size_t>(
        random().integer(0, static_cast<int64_t>(tokens_.size()) - 1))];
  }
  int64_t features(ValueId x) { return graph().shape(x)[1]; }
  ValueId zero() { return graph().add_data(Op::kConstant, maker_.numbers({}, {4, 2, true})); }
  void output(ValueId value) {
    graph().add_output("y" + std::to_string(graph().outputs().size()), value);
  }
  // A value with as many features as x.
  ValueId like(ValueId x) {
    const ValueId y = any();
    if (features(y) == features(x) || features(y) == 1) return y;
    return maker_.quant(maker_.linear(y, features(x)), 8);
  }
  ValueId masked(ValueId x) { return graph().add(Op::kSelect, {valid_column_, x, zero()}); }
  ValueId transposed(ValueId x) {
    return graph().add(Op::kTranspose, {x}, {{"perm", std::vector<int64_t>{1, 0}}});
  }
  ValueId dense(ValueId x, int64_t outputs) {
    ValueId y = maker_.linear(x, outputs);
    if (random().chance(0.5)) y = graph().add(Op::kRelu, {y});
    return maker_.quant(y, 8);
  }
  ValueId head(ValueId x) {
    if (graph().shape(x).empty()) return x;
    return maker_.linear(maker_.narrow(x, 8), random().integer(1, 3));
  }

  void layer();
  ValueId elementwise(ValueId x);
  ValueId within_token(ValueId x);
  ValueId attention(ValueId x);
  ValueId with_context(ValueId x);
  void pool();

  GraphMaker maker_;
  int64_t slots_ = 0;
  ValueId valid_ = -1, valid_column_ = -1, event_ = -1;
  std::vector<ValueId> tokens_, pooled_;
};

ValueId TokenMaker::elementwise(ValueId x) {
  switch (random().integer(0, 7)) {
    case 0:
      return graph().add(random().chance(0.5) ? Op::kAdd : Op::kSub, {x, like(x)});
    case 1:
      return graph().add(Op::kMul, {maker_.narrow(x, 7), maker_.narrow(like(x), 7)});
    case 2:
      return maker_.table(x);
    case 3:
      return maker_.thresholds(x, 1);
    case 4:
      return graph().add(Op::kRelu, {x});
    case 5: {
      const ValueId bound = maker_.constant({features(x)}, random_format(random(), 6));
      const ValueId mask = graph().add(Op::kCompare, {x, bound}, {{"relation", std::string("le")}});
      return graph().add(Op::kSelect, {mask, x, like(x)});
    }
    case 6:
      return masked(x);
    default: {
      const ValueId size = graph().add(Op::kRelu, {maker_.narrow(x, 7)});
      const ValueId bits = graph().add(Op::kLeadingOne, {size});
      return graph().add(random().chance(0.5) ? Op::kAdd : Op::kSub, {x, bits});
    }
  }
}

// Operations along the features of one token.
ValueId TokenMaker::within_token(ValueId x) {
  const int64_t count = features(x);
  switch (random().integer(0, 5)) {
    case 0:
      return graph().add(
          Op::kSort, {x},
          {{"axis", int64_t{1}}, {"descending", int64_t{1}}, {"runs", maker_.some_runs(count)}});
    case 1:
      return graph().add(Op::kTopK, {x}, {{"axis", int64_t{-1}}, {"k", (count + 1) / 2}});
    case 2: {
      static constexpr std::array<Op, 3> kReductions = {Op::kReduceSum, Op::kReduceMax,
                                                        Op::kReduceMin};
      const Op op = kReductions[static_cast<size_t>(random().integer(0, 2))];
      const ValueId y =
          graph().add(op, {x}, {{"axes", std::vector<int64_t>{1}}, {"keepdims", int64_t{1}}});
      return graph().add(Op::kSub, {x, y});
    }
    case 3:
      return graph().add(random().chance(0.5) ? Op::kArgMax : Op::kArgMin, {x},
                         {{"axis", int64_t{1}}, {"keepdims", int64_t{1}}});
    case 4: {
      const ValueId y = any();
      if (count + features(y) > 5) {
        return graph().add(Op::kSlice, {x},
                           {{"axis", int64_t{1}},
                            {"start", int64_t{0}},
                            {"stop", (count + 1) / 2},
                            {"step", int64_t{1}}});
      }
      return graph().add(Op::kConcat, {x, y}, {{"axis", int64_t{1}}});
    }
    default:
      return graph().add(
          Op::kGather, {x},
          {{"axis", int64_t{1}}, {"indices", std::vector<int64_t>{count - 1, -1, 0}}});
  }
}

// softmax(q k^T, valid) v, quantised where the hardware needs it.
ValueId TokenMaker::attention(ValueId x) {
  const int64_t width = random().integer(1, 2);
  const ValueId q = maker_.quant(maker_.linear(x, width), 5);
  const ValueId k = maker_.quant(maker_.linear(x, width), 5);
  const ValueId v = maker_.quant(maker_.linear(x, random().integer(1, 3)), 6);
  const ValueId scores = graph().add(Op::kMatMul, {q, transposed(k)});
  const ValueId index = graph().add(
      Op::kQuant, {scores}, {{"formats", FormatMap({6, 4, true, Rounding::kRND, Overflow::kSAT})}});
  const ValueId weights = graph().add(Op::kSoftmax, {index, valid_}, {{"axis", int64_t{-1}}});
  const ValueId rounded =
      graph().add(Op::kQuant, {weights},
                  {{"formats", FormatMap({6, 0, false, Rounding::kRND, Overflow::kSAT})}});
  return maker_.quant(graph().add(Op::kMatMul, {rounded, v}), 8);
}

// A sum over the tokens handed back to every token.
ValueId TokenMaker::with_context(ValueId x) {
  static constexpr std::array<Op, 3> kReductions = {Op::kReduceSum, Op::kReduceMax, Op::kReduceMin};
  const Op op = kReductions[static_cast<size_t>(random().integer(0, 2))];
  const ValueId sum =
      graph().add(op, {x, valid_}, {{"axes", std::vector<int64_t>{0}}, {"keepdims", int64_t{1}}});
  return graph().add(random().chance(0.5) ? Op::kAdd : Op::kSub, {x, maker_.quant(sum, 8)});
}

void TokenMaker::layer() {
  const ValueId x = random().chance(0.7) ? last() : any();
  ValueId y = -1;
  switch (random().integer(0, 9)) {
    case 0:
    case 1:
    case 2:
      y = dense(x, random().integer(1, 4));
      break;
    case 3:
    case 4:
    case 5:
      y = elementwise(x);
      break;
    case 6:
    case 7:
      y = within_token(x);
      break;
    case 8:
      y = attention(x);
      break;
    default:
      y = with_context(x);
  }
  tokens_.push_back(maker_.settle(y));
}

void TokenMaker::pool() {
  const ValueId x = random().chance(0.6) ? last() : any();
  const std::vector<int64_t> axes = {0};
  const int64_t keepdims = random().integer(0, 1);
  switch (random().integer(0, 8)) {
    case 0:
    case 1:
      pooled_.push_back(
          graph().add(Op::kReduceSum, {x, valid_}, {{"axes", axes}, {"keepdims", keepdims}}));
      return;
    case 2:
      pooled_.push_back(
          graph().add(Op::kReduceMax, {x, valid_}, {{"axes", axes}, {"keepdims", keepdims}}));
      return;
    case 3:
      pooled_.push_back(
          graph().add(Op::kReduceMin, {x, valid_}, {{"axes", axes}, {"keepdims", keepdims}}));
      return;
    case 4: {
      const ValueId mean = graph().add(Op::kReduceMean, {maker_.narrow(x, 8), valid_},
                                       {{"axes", axes}, {"keepdims", int64_t{0}}});
      pooled_.push_back(
          graph().add(Op::kQuant, {mean},
                      {{"formats", FormatMap({8, 4, true, Rounding::kRND, Overflow::kSAT})}}));
      return;
    }
    case 5:
      pooled_.push_back(graph().add(random().chance(0.5) ? Op::kArgMax : Op::kArgMin, {x, valid_},
                                    {{"axis", int64_t{0}}, {"keepdims", int64_t{0}}}));
      return;
    case 6: {  // every slot at once, as a network without pooling reads them
      const ValueId flat = graph().add(Op::kReshape, {masked(x)},
                                       {{"shape", std::vector<int64_t>{slots_ * features(x)}}});
      pooled_.push_back(maker_.linear(flat, 2));
      return;
    }
    case 7: {
      const ValueId best = graph().add(Op::kTopK, {masked(x)},
                                       {{"axis", int64_t{0}}, {"k", std::min<int64_t>(2, slots_)}});
      pooled_.push_back(best);
      return;
    }
    default: {  // the second moments: x^T x over valid tokens
      const ValueId y = masked(maker_.narrow(x, 6));
      pooled_.push_back(graph().add(Op::kMatMul, {transposed(y), y}));
    }
  }
}

}  // namespace

Graph random_token_graph(uint64_t seed, const RandomGraphOptions& options) {
  TokenMaker maker(seed, options);
  const Graph graph = maker.make(std::max(1, options.steps / 2));
  Graph expanded = expand_for_hardware(drop_dead(graph));
  expanded.name = "tokens_" + std::to_string(seed);
  return expanded;
}

}  // namespace trigstone
