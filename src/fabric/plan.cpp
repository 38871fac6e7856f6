#include "fabric/plan.h"

#include <algorithm>

#include "base/error.h"

namespace trigstone {

namespace {

class Waterfall {
 public:
  explicit Waterfall(double clock_ns) : clock_ns_(clock_ns) {}

  void add(const std::string& name, double ns, const std::string& why, bool confirmed = true) {
    stages.push_back({name, now_, now_ + ns, why, confirmed});
    now_ += ns;
  }
  void add_clocks(const std::string& name, int clocks, const std::string& why) {
    add(name, clocks * clock_ns_, why);
  }

  std::vector<WaterfallStage> stages;

 private:
  double clock_ns_, now_ = 0;
};

void add_hop(Waterfall& waterfall, const PlanHop& hop, const Fabric& fabric) {
  const int wire = fabric.hop_clocks();
  const std::string name = fmt::format("{} to {}", hop.from, hop.to);
  waterfall.add_clocks(name + ": words", hop.packet.delta_clocks - wire,
                       fmt::format("{} bits in {} over {}", hop.packet.bits,
                                   counted(hop.packet.words.size(), "word"),
                                   counted(static_cast<size_t>(hop.packet.links), "link")));
  waterfall.add(name + ": hop", wire * fabric.clock_ns(),
                fmt::format("serialiser {:g}, fibre {:g} m x {:g} ns/m, deserialiser {:g}, "
                            "alignment {:g} ns: {} whole clocks",
                            fabric.serialiser_ns, fabric.fibre_m, fabric.fibre_ns_per_m,
                            fabric.deserialiser_ns, fabric.alignment_ns, wire),
                false);
}

}  // namespace

std::string counted(size_t count, const std::string& noun) {
  return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

double PlanHop::use(const LinkRate& rate) const {
  const double places = static_cast<double>(packet.links) * (rate.period_words - rate.gap_words);
  return places > 0 ? static_cast<double>(packet.words.size()) / places : 0;
}

std::vector<WaterfallStage> waterfall_of(const FabricPlan& plan) {
  Waterfall waterfall(plan.fabric.clock_ns());
  for (const FixedStage& stage : plan.fabric.before) {
    waterfall.add(stage.name, stage.ns, stage.source, stage.confirmed);
  }
  // A board is through when the value that sets the start of the next one is there.
  int through = 0;
  for (size_t b = 0; b < plan.boards.size(); ++b) {
    add_hop(waterfall, plan.hops[b], plan.fabric);
    const bool last = b + 1 == plan.boards.size();
    const int next =
        last ? plan.latency_cycles : std::max(through, plan.hops[b + 1].packet.critical_cycle);
    waterfall.add_clocks(
        plan.boards[b].name, next - through,
        fmt::format("clocks {} to {} of {} clocks of logic", through, next, plan.latency_cycles));
    through = next;
  }
  add_hop(waterfall, plan.hops.back(), plan.fabric);
  for (const FixedStage& stage : plan.fabric.after) {
    waterfall.add(stage.name, stage.ns, stage.source, stage.confirmed);
  }
  return std::move(waterfall.stages);
}

}  // namespace trigstone
