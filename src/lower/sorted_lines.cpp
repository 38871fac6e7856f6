#include "lower/sorted_lines.h"

#include <algorithm>
#include <map>

#include "lower/elements.h"
#include "lower/known_order.h"
#include "lower/sorting_network.h"

namespace trigstone {

namespace {

using Places = std::vector<int64_t>;

class SortLowering {
 public:
  SortLowering(NodeContext& context, const LocalTensor& x)
      : context_(context), node_(context.node), x_(x), order_(context.graph) {}

  std::vector<CellId> run() {
    const Reading axis{axis_attribute(context_.graph, node_)};
    const TokenAxis from(x_.shape, axis);
    Shape shape = x_.shape;
    const int64_t kept = node_.op == Op::kTopK ? int_attribute(node_, "k") : from.tokens;
    shape[static_cast<size_t>(axis.axis)] = kept;
    const TokenAxis to(shape, axis);
    const bool falling = node_.op == Op::kTopK || int_attribute(node_, "descending", 0) != 0;
    std::vector<CellId> result(static_cast<size_t>(element_count(shape)));
    const auto lines = static_cast<int64_t>(x_.cells.size()) / from.tokens;
    for (int64_t at = 0; at < lines; ++at) {
      Places line;
      for (int64_t i = 0; i < from.tokens; ++i) line.push_back(from.whole(at, i));
      const std::vector<CellId> largest = largest_of(line, kept);
      for (int64_t i = 0; i < kept; ++i) {
        const int64_t rank = falling ? i : kept - 1 - i;
        result[static_cast<size_t>(to.whole(at, i))] = largest[static_cast<size_t>(rank)];
      }
    }
    return result;
  }

 private:
  // Falling; `line` has places in x_.
  std::vector<CellId> largest_of(const Places& line, int64_t kept) {
    std::vector<CellId> cells;
    for (const int64_t place : line) cells.push_back(x_.cells[static_cast<size_t>(place)]);
    const std::vector<Places> elements = elements_of(line);
    Places lengths = run_lengths(context_.graph, node_);
    std::vector<CellId> wires;
    if (lengths.empty() || !lower_in_runs(lengths, elements, cells)) {
      lengths.clear();
      for (const Places& run : order_.falling_runs(node_.operands[0], elements)) {
        lengths.push_back(static_cast<int64_t>(run.size()));
        for (const int64_t i : run) wires.push_back(cells[static_cast<size_t>(i)]);
      }
    } else {
      wires = std::move(cells);
    }
    const SortingNetwork& network = network_for(lengths, kept);
    for (const Exchange& e : network.exchanges) exchange(wires, e);
    std::vector<CellId> largest;
    for (const int64_t wire : network.outputs) {
      largest.push_back(wires[static_cast<size_t>(wire)]);
    }
    return largest;
  }

  // Makes each number the smallest so far in its run, where the graph does not show that it is.
  // True when something had to be done.
  bool lower_in_runs(const Places& lengths, const std::vector<Places>& elements,
                     std::vector<CellId>& cells) {
    bool changed = false;
    size_t begin = 0;
    for (const int64_t length : lengths) {
      bool falls = true;  // the run so far
      for (size_t i = begin + 1; i < begin + static_cast<size_t>(length); ++i) {
        falls = falls && std::all_of(elements.begin(), elements.end(), [&](const Places& line) {
                  return order_.at_least(node_.operands[0], line[i - 1], line[i]);
                });
        if (!falls) cells[i] = context_.builder.min(cells[i - 1], cells[i]);
      }
      changed |= !falls;
      begin += static_cast<size_t>(length);
    }
    return changed;
  }

  void exchange(std::vector<CellId>& wires, const Exchange& exchange) {
    ModuleBuilder& builder = context_.builder;
    CellId& first = wires[static_cast<size_t>(exchange.first)];
    CellId& second = wires[static_cast<size_t>(exchange.second)];
    const CellId swap = builder.less(first, second);
    const CellId front = builder.mux(swap, second, first);
    second = builder.mux(swap, first, second);
    first = front;
  }

  // Elements of the whole operand, for each token that the cells serve.
  std::vector<Places> elements_of(const Places& line) const {
    const TokenAxis tokens(context_.graph.shape(node_.operands[0]), context_.plan.operands[0]);
    std::vector<Places> lines;
    for (int64_t token = 0; token < tokens.tokens; ++token) {
      Places& elements = lines.emplace_back();
      for (const int64_t local : line) elements.push_back(tokens.whole(local, token));
    }
    return lines;
  }

  const SortingNetwork& network_for(const Places& lengths, int64_t kept) {
    const auto known = networks_.find(lengths);
    if (known != networks_.end()) return known->second;
    return networks_.emplace(lengths, chooser_.cheapest(lengths, kept)).first->second;
  }

  NodeContext& context_;
  const Node& node_;
  const LocalTensor& x_;
  KnownOrder order_;
  NetworkChooser chooser_;
  std::map<Places, SortingNetwork> networks_;  // by the lengths of the runs
};

}  // namespace

std::vector<CellId> lower_sorted(NodeContext& context, const LocalTensor& x) {
  return SortLowering(context, x).run();
}

}  // namespace trigstone
