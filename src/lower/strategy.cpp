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
constexpr Strategy kAll[] = {Strategy::kDa, Strategy::kDsp, Strategy::kStream, Strategy::kXnor};
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

bool needs_weights(Strategy strategy) {
  return strategy == Strategy::kStream || strategy == Strategy::kXnor;
}

std::vector<std::string> node_names(const Graph& graph) {
  std::vector<std::string> names;
  for (const Node& node : graph.nodes()) {
    if (takes_strategy(node.op)) names.push_back(node.name);
  }
  return names;
}

void check_node(const std::string& name, Strategy strategy, const Graph& graph) {
  const bool any_node = !needs_weights(strategy);
  for (const Node& node : graph.nodes()) {
    if (node.name != name || any_node || !takes_strategy(node.op)) continue;
    if (node.op == Op::kLinear || node.op == Op::kConv) continue;
    throw Error(kWhere,
                fmt::format("node '{}' is a {}, which has no weights of its own", name,
                            traits_of(node.op).text),
                "stream and xnor are for linear and conv; da and dsp are for all");
  }
  std::vector<std::string> names = node_names(graph);
  if (std::count(names.begin(), names.end(), name) != 0) return;
  const bool more = names.size() > kMostNames;
  if (more) names.resize(kMostNames);
  throw Error(kWhere, fmt::format("no linear, conv, matmul or mul is named '{}'", name),
              names.empty() ? "the model has no node to choose for"
                            : fmt::format("its nodes are {}{}", fmt::join(names, ", "),
                                          more ? ", …; graph.txt lists all" : ""));
}

struct Item {
  std::optional<std::string> node;  // none: for all nodes
  std::string strategy;
};

// The name in quotes that begins at `begin`, which is moved behind them.
std::string quoted_name(const std::string& text, size_t& begin) {
  std::string name;
  for (size_t at = begin + 1; at < text.size(); ++at) {
    const bool quote = text[at] == '"';
    if (quote && (at + 1 == text.size() || text[at + 1] != '"')) {
      begin = at + 1;
      return name;
    }
    if (quote) ++at;
    name += text[at];
  }
  throw Error(kWhere, fmt::format("the name {} does not end", text.substr(begin)),
              "\"NODE\"=STRATEGY; a quote inside of a name is written twice");
}

// The item that begins at `begin`, which is moved behind it and its comma.
Item next_item(const std::string& text, size_t& begin) {
  Item item;
  if (begin < text.size() && text[begin] == '"') item.node = quoted_name(text, begin);
  const size_t end = std::min(text.find(',', begin), text.size());
  const std::string rest = text.substr(begin, end - begin);
  begin = end + 1;
  if (item.node && !rest.starts_with('=')) {
    throw Error(kWhere, fmt::format("names no strategy for node '{}'", *item.node),
                "\"NODE\"=STRATEGY");
  }
  const size_t equals = item.node ? 0 : rest.rfind('=');
  if (equals == std::string::npos) return {std::nullopt, rest};
  if (!item.node) item.node = rest.substr(0, equals);
  item.strategy = rest.substr(equals + 1);
  return item;
}

}  // namespace

const char* name_of(Strategy strategy) {
  switch (strategy) {
    case Strategy::kDa:
      return "da";
    case Strategy::kDsp:
      return "dsp";
    case Strategy::kStream:
      return "stream";
    case Strategy::kXnor:
      return "xnor";
  }
  internal_error("unknown strategy");
}

bool Strategies::use(Strategy strategy) const {
  return everywhere == strategy ||
         std::any_of(of_node.begin(), of_node.end(),
                     [&](const auto& own) { return own.second == strategy; });
}

Strategy Strategies::of(const Node& node) const {
  const auto own = of_node.find(node.name);
  if (own != of_node.end()) return own->second;
  const bool fits = node.op == Op::kLinear || node.op == Op::kConv || !needs_weights(everywhere);
  return fits ? everywhere : Strategy::kDa;
}

bool takes_strategy(Op op) {
  return op == Op::kLinear || op == Op::kConv || op == Op::kMatMul || op == Op::kMul;
}

std::string quoted_node(const std::string& name) {
  if (name.find_first_of(",=\"") == std::string::npos) return name;
  std::string quoted = "\"";
  for (const char c : name) quoted += c == '"' ? "\"\"" : std::string(1, c);
  return quoted + '"';
}

Strategies parse_strategies(const std::string& text, const Graph& graph) {
  Strategies strategies;
  bool has_default = false;
  for (size_t begin = 0; begin <= text.size();) {
    const Item item = next_item(text, begin);
    const Strategy strategy = strategy_named(item.strategy);
    if (!item.node) {
      if (has_default) {
        throw Error(kWhere, "names two strategies for all nodes", "keep one, others as NODE=…");
      }
      strategies.everywhere = strategy;
      has_default = true;
      continue;
    }
    check_node(*item.node, strategy, graph);
    if (!strategies.of_node.emplace(*item.node, strategy).second) {
      throw Error(kWhere, fmt::format("names node '{}' twice", *item.node),
                  "keep one of its strategies");
    }
  }
  return strategies;
}

}  // namespace trigstone
