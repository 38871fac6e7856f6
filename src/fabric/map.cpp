#include "fabric/map.h"

#include <algorithm>
#include <optional>

#include "base/error.h"
#include "base/files.h"
#include "cost/area.h"
#include "cost/device.h"
#include "emit/verilog.h"
#include "fabric/estimate_flow.h"
#include "fabric/netlist_flow.h"
#include "fabric/place.h"
#include "netlist/flatten.h"
#include "netlist/text.h"

namespace trigstone {

namespace fs = std::filesystem;

namespace {

PlanHop hop_of(std::string from, std::string to, PacketStart start, std::vector<FlowValue> values,
               Packet packet) {
  PlanHop hop{std::move(from), std::move(to), start, std::move(values), {}, {}, std::move(packet)};
  hop.sendings = sendings_of(hop.values);
  int64_t bit = 0;
  for (const Sending& sending : hop.sendings) {
    hop.first_bit.push_back(bit);
    bit += hop.values[sending.value].bits();
  }
  return hop;
}

// Items of one name are lanes of one module, or clocks between modules.
std::vector<PlanModule> modules_of(const Flow& flow, int first, int end) {
  std::vector<PlanModule> modules;
  for (int i = first; i < end; ++i) {
    const FlowItem& item = flow.items[static_cast<size_t>(i)];
    const std::string name = item.name.starts_with("clock ") ? "between modules" : item.name;
    const auto known = std::find_if(modules.begin(), modules.end(),
                                    [&](const PlanModule& m) { return m.name == name; });
    if (known == modules.end()) {
      modules.push_back({name, 1, item.resources});
    } else {
      ++known->instances;
      known->resources = known->resources + item.resources;
    }
  }
  return modules;
}

void check_boards(const FabricPlan& plan, const std::string& where) {
  if (plan.boards_in_all() <= plan.fabric.boards) return;
  throw Error(where,
              fmt::format("needs {} for each of {}, {} in all; the fabric has {}",
                          counted(plan.boards.size(), "board"),
                          counted(static_cast<size_t>(plan.fabric.period_bx), "time slice"),
                          plan.boards_in_all(), plan.fabric.boards),
              fmt::format("board.count = {}, a smaller model, fewer --lanes, or fewer time slices",
                          plan.boards_in_all()));
}

void check_latency(const FabricPlan& plan, const std::string& where) {
  if (plan.decision_ns() <= plan.fabric.budget_ns) return;
  throw Error(
      where,
      fmt::format("the decision comes {:.0f} ns after the collision, the budget is {:.0f} ns",
                  plan.decision_ns(), plan.fabric.budget_ns),
      fmt::format("{:.0f} ns of it lie on {} and the links: more --lanes, fewer layers, or "
                  "shorter hops",
                  plan.latency_clocks * plan.fabric.clock_ns(),
                  counted(plan.boards.size(), "board")));
}

FabricPlan plan_of(const Flow& flow, const Placement& placement, const Fabric& fabric,
                   const std::string& model, const std::string& where) {
  FabricPlan plan;
  plan.fabric = fabric;
  plan.model = model;
  plan.ii = flow.ii;
  plan.latency_cycles = flow.latency_cycles;
  plan.latency_clocks = placement.latency_clocks;
  const size_t count = placement.first_item.size();
  const Resources die = die_of(fabric);
  int clock = 0;
  for (size_t b = 0; b <= count; ++b) {
    const int first = b < count ? placement.first_item[b] : flow.end();
    std::vector<FlowValue> crossing;
    for (const size_t i : flow.crossing(first)) crossing.push_back(flow.values[i]);
    plan.hops.push_back(hop_of(b == 0 ? "source" : fmt::format("board_{}", b - 1),
                               b == count ? "sink" : fmt::format("board_{}", b),
                               b == 0 ? PacketStart::kFromSource : PacketStart::kFromBoard,
                               b == 0 ? flow.inputs : (b == count ? flow.outputs : crossing),
                               placement.hops[b]));
    clock += placement.hops[b].delta_clocks;
    if (b == count) break;
    const int end = b + 1 < count ? placement.first_item[b + 1] : flow.end();
    PlanBoard board{fmt::format("board_{}", b), modules_of(flow, first, end), {}, clock, false};
    for (int i = first; i < end; ++i) {
      const Resources& used = flow.items[static_cast<size_t>(i)].resources;
      board.resources = board.resources + used;
      board.wider_than_an_slr = board.wider_than_an_slr || !fits(used, die);
    }
    plan.boards.push_back(std::move(board));
  }
  plan.waterfall = waterfall_of(plan);
  check_boards(plan, where);
  check_latency(plan, where);
  return plan;
}

void check_clock(const Firmware& firmware, const Fabric& fabric, const std::string& where) {
  if (firmware.clock_mhz == fabric.board_clock_mhz) return;
  throw Error(where,
              fmt::format("was compiled for {} MHz, the boards run at {} MHz", firmware.clock_mhz,
                          fabric.board_clock_mhz),
              fmt::format("compile it with --clock-mhz {}, or set board.clock_mhz",
                          fabric.board_clock_mhz));
}

MappedModel map_netlist(const Netlist& netlist, const Firmware& firmware, const Fabric& fabric,
                        const std::string& where, const std::optional<Resources>& most) {
  const NetlistFlow flow = flow_of(netlist, firmware, most);
  const Placement placement = place(flow.flow, fabric, where);
  MappedModel mapped{plan_of(flow.flow, placement, fabric, firmware.top, where), {}};
  mapped.boards = cut(netlist, flow, placement.first_item);
  const Device& device = device_named(fabric.device);
  for (size_t b = 0; b < mapped.boards.size(); ++b) {
    mapped.plan.boards[b].resources = estimate(mapped.boards[b], device, fabric.board_clock_mhz);
  }
  return mapped;
}

// A board filled with items of this size is full to within one of them.
Resources finest_items(const Fabric& fabric) {
  constexpr double kItemsOfABoard = 16;
  Resources most = board_limits(fabric);
  for (double* share : {&most.lut, &most.ff, &most.dsp, &most.bram36, &most.uram}) {
    *share /= kItemsOfABoard;
  }
  return most;
}

}  // namespace

MappedModel map_firmware(const Netlist& netlist, const Firmware& firmware, const Fabric& fabric,
                         const std::string& where) {
  check_clock(firmware, fabric, where);
  try {
    return map_netlist(netlist, firmware, fabric, where, {});
  } catch (const ItemTooLarge&) {
    return map_netlist(flatten(netlist), firmware, fabric, where, finest_items(fabric));
  }
}

MappedModel map_estimate(const Graph& graph, int lanes, const Fabric& fabric,
                         const std::string& where) {
  const Flow flow = estimate_flow(graph, lanes, fabric);
  MappedModel mapped{plan_of(flow, place(flow, fabric, where), fabric, graph.name, where), {}};
  mapped.plan.estimate = true;
  return mapped;
}

void write_plan(MappedModel& mapped, const fs::path& firmware, const fs::path& folder) {
  FabricPlan& plan = mapped.plan;
  plan.files.clear();
  const auto write = [&](const std::string& name, const std::string& content) {
    write_file(folder / name, content);
    plan.files[name] = sha256_hex(content);
  };
  for (size_t b = 0; b < mapped.boards.size(); ++b) {
    const std::string board = plan.boards[b].name + "/";
    write(board + "netlist.txt", to_text(mapped.boards[b]));
    Firmware timing;  // the emitter only asks when `done` comes
    timing.latency_cycles = plan.latency_cycles;
    for (const auto& [name, text] : emit_verilog(mapped.boards[b], timing))
      write(board + name, text);
  }
  if (!firmware.empty()) {
    write("firmware/firmware.json", read_file(firmware / "firmware.json"));
    for (const auto& [name, hash] : read_firmware(firmware).files) {
      write("firmware/" + name, read_file(firmware / name));
    }
  }
  write_file(folder / "plan.json", to_json(plan).dump(1) + "\n");
}

}  // namespace trigstone
