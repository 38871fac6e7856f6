#include "lower/partition.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <set>

#include "netlist/identifier.h"

namespace trigstone {

namespace {

bool is_heavy(Op op) {
  return op == Op::kLinear || op == Op::kConv || op == Op::kMatMul || op == Op::kTreeEnsemble ||
         op == Op::kSort || op == Op::kTopK;
}

class Partitioner {
 public:
  Partitioner(const Graph& graph, const Plan& plan)
      : graph_(graph),
        plan_(plan),
        levels_(static_cast<size_t>(graph.size()), 0),
        leaders_(static_cast<size_t>(graph.size())) {
    std::iota(leaders_.begin(), leaders_.end(), 0);
  }

  Partition run() {
    for (ValueId id = 0; id < graph_.size(); ++id) {
      if (has_logic(id)) place(id);
    }
    return gather();
  }

 private:
  bool has_logic(ValueId id) const {
    return !plan_.of(id).constant && !plan_.of(id).view && graph_.node(id).op != Op::kInput;
  }

  // True when `reader` may share a module with an operand it reads.
  bool same_side(const Root& root, ValueId reader) const {
    const NodePlan& from = plan_.of(root.value);
    return root.direct && !from.accumulates && from.per_lane == plan_.of(reader).per_lane;
  }

  template <class Visit>
  void each_root(ValueId id, Visit visit) const {
    const Node& node = graph_.node(id);
    for (size_t i = 0; i < node.operands.size(); ++i) {
      for (const Root& root : roots_of(graph_, plan_, node.operands[i], plan_.of(id).operands[i])) {
        if (has_logic(root.value)) visit(root);
      }
    }
  }

  ValueId leader(ValueId id) {
    while (leaders_[static_cast<size_t>(id)] != id) id = leaders_[static_cast<size_t>(id)];
    return id;
  }

  void place(ValueId id) {
    int& level = levels_[static_cast<size_t>(id)];
    const bool heavy = is_heavy(graph_.node(id).op);
    each_root(id, [&](const Root& root) {
      const int step = heavy || !same_side(root, id) ? 1 : 0;
      level = std::max(level, levels_[static_cast<size_t>(root.value)] + step);
    });
    each_root(id, [&](const Root& root) {
      if (levels_[static_cast<size_t>(root.value)] != level || !same_side(root, id)) return;
      const ValueId a = leader(root.value), b = leader(id);
      leaders_[static_cast<size_t>(std::max(a, b))] = std::min(a, b);
    });
  }

  Partition gather() {
    std::map<std::pair<int, ValueId>, Cluster> ordered;  // by level, then first node
    for (ValueId id = 0; id < graph_.size(); ++id) {
      if (!has_logic(id)) continue;
      const int level = levels_[static_cast<size_t>(id)];
      Cluster& cluster = ordered[{level, leader(id)}];
      cluster.level = level;
      cluster.per_lane = plan_.of(id).per_lane;
      cluster.nodes.push_back(id);
    }
    Partition result;
    result.cluster_of.assign(static_cast<size_t>(graph_.size()), -1);
    for (auto& [key, cluster] : ordered) {
      cluster.name = name_of(cluster);
      for (const ValueId id : cluster.nodes) {
        result.cluster_of[static_cast<size_t>(id)] = static_cast<int>(result.clusters.size());
      }
      result.clusters.push_back(std::move(cluster));
    }
    mark_readers(result);
    return result;
  }

  void mark_readers(Partition& partition) const {
    partition.read_outside.assign(static_cast<size_t>(graph_.size()), false);
    for (ValueId id = 0; id < graph_.size(); ++id) {
      const int own = partition.cluster_of[static_cast<size_t>(id)];
      if (own < 0) continue;
      each_root(id, [&](const Root& root) {
        const auto at = static_cast<size_t>(root.value);
        if (partition.cluster_of[at] != own) partition.read_outside[at] = true;
      });
    }
    for (const Output& output : graph_.outputs()) {
      for (const Root& root : roots_of(graph_, plan_, output.value, {})) {
        partition.read_outside[static_cast<size_t>(root.value)] = true;
      }
    }
  }

  // A layer is called after its heavy node.
  std::string name_of(const Cluster& cluster) {
    ValueId chosen = cluster.nodes.front();
    for (const ValueId id : cluster.nodes) {
      if (!is_heavy(graph_.node(id).op)) continue;
      chosen = id;
      break;
    }
    const std::string base = identifier_from(graph_.node(chosen).name);
    std::string name = base;
    for (int n = 2; !names_.insert(name).second; ++n) name = base + "_" + std::to_string(n);
    return name;
  }

  const Graph& graph_;
  const Plan& plan_;
  std::vector<int> levels_;
  std::vector<ValueId> leaders_;
  std::set<std::string> names_;
};

}  // namespace

Partition make_partition(const Graph& graph, const Plan& plan) {
  return Partitioner(graph, plan).run();
}

}  // namespace trigstone
