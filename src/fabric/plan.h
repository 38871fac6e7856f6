// PLAN: which board computes what, which bit of which link carries what, and when.
//
// A plan folder holds plan.json (schema trigstone.plan/1), results.json for the report, and, unless
// it is only an estimate, `firmware/` (the firmware folder it was made of) and for each board
// `board_N/netlist.txt` and `board_N/rtl/*.v`.
//
// Every time slice has the same chain of boards; crossing number n goes to slice n modulo the time
// multiplexing period.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "base/json.h"
#include "fabric/fabric.h"
#include "fabric/flow.h"
#include "fabric/packet.h"

namespace trigstone {

struct PlanModule {
  std::string name;
  int instances = 1;
  Resources resources;  // of all instances
};

struct PlanBoard {
  std::string name;  // "board_0", also its folder
  std::vector<PlanModule> modules;
  Resources resources;
  int start_clock = 0;             // of an event that leaves the source at clock 0
  bool wider_than_an_slr = false;  // one module alone needs more than a die of the device
};

// Between two places of the chain: the source, board 0, …, the sink.
struct PlanHop {
  std::string from, to;
  PacketStart start = PacketStart::kFromBoard;
  std::vector<FlowValue> values;   // element i of the sender's and of the receiver's ports
  std::vector<Sending> sendings;   // in the order of the payload
  std::vector<int64_t> first_bit;  // of each sending
  Packet packet;

  double use(const LinkRate& rate) const;  // words sent / places between two events, 0 … 1
};

struct WaterfallStage {
  std::string name;
  double start_ns = 0, end_ns = 0;
  std::string why;
  bool confirmed = true;  // false: a figure of FABRIC.toml that is still to be confirmed
};

struct FabricPlan {
  Fabric fabric;
  std::string model;      // name of the top
  bool estimate = false;  // of graph nodes, without netlists
  int ii = 1, latency_cycles = 0;
  std::vector<PlanBoard> boards;  // of one time slice
  std::vector<PlanHop> hops;      // boards + 1
  int latency_clocks = 0;         // from the first word out of the source to the decision
  std::vector<WaterfallStage> waterfall;
  std::map<std::string, std::string> inputs;  // what was mapped: path → SHA-256
  std::map<std::string, std::string> files;   // path inside the plan folder → SHA-256

  int boards_in_all() const { return static_cast<int>(boards.size()) * fabric.period_bx; }
  double decision_ns() const { return waterfall.empty() ? 0 : waterfall.back().end_ns; }
};

// The plan's latency from collision to decision, stage by stage, without gaps.
std::vector<WaterfallStage> waterfall_of(const FabricPlan& plan);

// "1 board", "2 boards".
std::string counted(size_t count, const std::string& noun);

inline constexpr int kPlanSchemaVersion = 1;
OrderedJson to_json(const FabricPlan& plan);
// Throws Error at `where` for members that are missing, of a wrong kind or out of range.
FabricPlan plan_from_json(const Json& json, const std::string& where);

// Reads PLAN/plan.json and checks the SHA-256 of every file it lists.
FabricPlan read_plan(const std::filesystem::path& folder);

}  // namespace trigstone
