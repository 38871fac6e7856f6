#include "report/plan_items.h"

#include "base/error.h"
#include "fabric/place.h"

namespace trigstone {

namespace {

Json with_caption(const char* type, const Caption& caption) {
  return {{"type", type},
          {"title", caption.title},
          {"meaning", caption.meaning},
          {"command", caption.command}};
}

std::string modules_text(const PlanBoard& board) {
  std::string text;
  for (const PlanModule& module : board.modules) {
    if (module.name == "between modules") continue;
    if (!text.empty()) text += ", ";
    text +=
        module.instances > 1 ? fmt::format("{} x {}", module.instances, module.name) : module.name;
  }
  return text.empty() ? "registers only" : text;
}

Json totals_item(const FabricPlan& plan, const std::string& command) {
  const Fabric& fabric = plan.fabric;
  return facts_item(
      {"The plan",
       "Words and clocks of a compiled model are exact; resources and stages to be confirmed are "
       "as good as the cost model and the fabric file.",
       command},
      {{"Boards", plan.boards_in_all(), fabric.device,
        fmt::format("{} for each of {} time slices", plan.boards.size(), fabric.period_bx)},
       {"Boards and links", plan.latency_clocks * fabric.clock_ns(), "ns",
        fmt::format("{} clocks at {:g} MHz", plan.latency_clocks, fabric.board_clock_mhz)},
       {"Decision", plan.decision_ns(), "ns",
        fmt::format("after the collision; budget {:.0f} ns", fabric.budget_ns)},
       {"Between two events of a board", fabric.period_clocks(), "clocks",
        fmt::format("it could take one every {}", plan.ii)}});
}

Json boards_item(const FabricPlan& plan, const std::string& command) {
  const LinkRate rate = LinkRate::of(plan.fabric);
  std::vector<ChainBox> boxes;
  for (const PlanBoard& board : plan.boards) {
    ChainBox box{board.name, modules_text(board), {}};
    for (const Fill& fill : fills_of(board.resources, plan.fabric)) {
      if (fill.fraction > 0) box.fills.emplace_back(fill.resource, fill.fraction);
    }
    boxes.push_back(std::move(box));
  }
  std::vector<ChainLink> links;
  for (const PlanHop& hop : plan.hops) {
    links.push_back(
        {fmt::format("{} to {}: {} bits an event, {} words over {} links", hop.from, hop.to,
                     hop.packet.bits, hop.packet.words.size(), hop.packet.links),
         hop.use(rate)});
  }
  return chain_item({"Boards and links",
                     "One time slice: bars show the share of each board's resources and of each "
                     "hop's link time in use.",
                     command},
                    boxes, links);
}

Json stages_item(const FabricPlan& plan, const std::string& command) {
  std::vector<TimedStage> stages;
  for (const WaterfallStage& stage : plan.waterfall) {
    stages.push_back({stage.name, stage.start_ns, stage.end_ns, stage.why, stage.confirmed});
  }
  return waterfall_item({"From collision to decision",
                         "Each bar is one stage of the latency; pale ones rest on figures still to "
                         "be confirmed, the dashed line is the budget.",
                         command},
                        "ns", plan.fabric.budget_ns, stages);
}

}  // namespace

Json waterfall_item(const Caption& caption, const std::string& unit, double limit,
                    const std::vector<TimedStage>& stages) {
  Json json = with_caption("waterfall", caption);
  json["unit"] = unit;
  json["limit"] = limit;
  json["stages"] = Json::array();
  for (const TimedStage& stage : stages) {
    json["stages"].push_back({{"name", stage.name},
                              {"start", stage.start},
                              {"end", stage.end},
                              {"why", stage.why},
                              {"confirmed", stage.confirmed}});
  }
  return json;
}

Json chain_item(const Caption& caption, const std::vector<ChainBox>& boxes,
                const std::vector<ChainLink>& links) {
  ensure(links.size() == boxes.size() + 1, "a chain has one link more than boxes");
  Json json = with_caption("chain", caption);
  json["boxes"] = Json::array();
  for (const ChainBox& box : boxes) {
    Json fills = Json::array();
    for (const auto& [name, fraction] : box.fills) {
      fills.push_back({{"name", name}, {"fraction", fraction}});
    }
    json["boxes"].push_back({{"name", box.name}, {"text", box.text}, {"fills", std::move(fills)}});
  }
  json["links"] = Json::array();
  for (const ChainLink& link : links) {
    json["links"].push_back({{"text", link.text}, {"use", link.use}});
  }
  return json;
}

Json plan_section(const FabricPlan& plan, const std::string& command) {
  return results_section(
      plan.estimate ? "Boards (estimate)" : "Boards",
      fmt::format("{} on the fabric '{}': {} in a chain, each crossing in one of {}.", plan.model,
                  plan.fabric.name, counted(plan.boards.size(), "board"),
                  counted(static_cast<size_t>(plan.fabric.period_bx), "time slice")),
      {totals_item(plan, command), boards_item(plan, command), stages_item(plan, command)});
}

Json plan_results(const FabricPlan& plan, const std::string& command) {
  return results_document("Trigstone: " + plan.model + " on boards", {plan_section(plan, command)});
}

}  // namespace trigstone
