#include "lower/strategy.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <set>
#include <vector>

#include "base/error.h"

namespace trigstone {

namespace {

constexpr const char* kWhere = "--strategy";
constexpr Strategy kAll[] = {Strategy::kDa, Strategy::kDsp};
constexpr size_t kMostNames = 12;  // of nodes in a hint

Strategy strategy_named(const std::string& name) {
  std::string known;
  for (const Strategy strategy : kAll) {
    if (name == name_of(strategy)) return strategy;
    known += (known.empty() ? "" : ", ") + std::string(name_of(strategy));
  }
  throw Error(kWhere, fmt::format("'{}' is not known", name),
              fmt::format("one of {}, or NODE=STRATEGY, separated by commas", known));
}

std::vector<std::string> node_names(const Graph& graph) {
  std::vector<std::string> names;
  for (const Node& node : graph.nodes()) {
    if (takes_strategy(node.op)) names.push_back(node.name);
  }
  return names;
}

void check_node(const std::string& name, const Graph& graph) {
  std::vector<std::string> names = node_names(graph);
  if (std::count(names.begin(), names.end(), name) != 0) return;
  const bool more = names.size() > kMostNames;
  if (more) names.resize(kMostNames);
  throw Error(kWhere, fmt::format("no linear, conv, matmul or mul is named '{}'", name),
              names.empty() ? "the model has no node to choose for"
                            : fmt::format("its nodes are {}{}", fmt::join(names, ", "),
                                          more ? ", …; graph.txt lists all" : ""));
}

}  // namespace

const char* name_of(Strategy strategy) {
  switch (strategy) {
    case Strategy::kDa:
      return "da";
    case Strategy::kDsp:
      return "dsp";
  }
  internal_error("unknown strategy");
}

bool takes_strategy(Op op) {
  return op == Op::kLinear || op == Op::kConv || op == Op::kMatMul || op == Op::kMul;
}

Strategies parse_strategies(const std::string& text, const Graph& graph) {
  Strategies strategies;
  bool has_default = false;
  for (size_t begin = 0; begin <= text.size();) {
    const size_t end = std::min(text.find(',', begin), text.size());
    const std::string item = text.substr(begin, end - begin);
    begin = end + 1;
    const size_t equals = item.rfind('=');
    if (equals == std::string::npos) {
      const Strategy strategy = strategy_named(item);
      if (has_default) {
        throw Error(kWhere, "names two strategies for all nodes", "keep one, others as NODE=…");
      }
      strategies.everywhere = strategy;
      has_default = true;
      continue;
    }
    const std::string node = item.substr(0, equals);
    const Strategy strategy = strategy_named(item.substr(equals + 1));
    check_node(node, graph);
    if (!strategies.of_node.emplace(node, strategy).second) {
      throw Error(kWhere, fmt::format("names node '{}' twice", node));
    }
  }
  return strategies;
}

}  // namespace trigstone
