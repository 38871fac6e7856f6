// plan.json: a plan as JSON and back.
#include <algorithm>

#include "base/error.h"
#include "base/files.h"
#include "fabric/place.h"
#include "fabric/plan.h"

namespace trigstone {

namespace fs = std::filesystem;

namespace {

constexpr const char* kSchemaName = "trigstone.plan";
constexpr const char* kHint = "the file may be damaged; map the model again";
constexpr int64_t kMostClocks = 1 << 24;
constexpr int64_t kMostBits = int64_t{1} << 40;

OrderedJson resources_json(const Resources& r) {
  return {{"lut", r.lut},       {"ff", r.ff},     {"dsp", r.dsp},
          {"bram36", r.bram36}, {"uram", r.uram}, {"power_w", r.power_w}};
}

Resources resources_from(const Json& json) {
  Resources r;
  r.lut = json.at("lut").get<double>();
  r.ff = json.at("ff").get<double>();
  r.dsp = json.at("dsp").get<double>();
  r.bram36 = json.at("bram36").get<double>();
  r.uram = json.at("uram").get<double>();
  r.power_w = json.at("power_w").get<double>();
  return r;
}

OrderedJson board_json(const PlanBoard& board, const Fabric& fabric) {
  OrderedJson json = {{"name", board.name},
                      {"start_clock", board.start_clock},
                      {"resources", resources_json(board.resources)},
                      {"fill", OrderedJson::object()},
                      {"wider_than_an_slr", board.wider_than_an_slr},
                      {"modules", OrderedJson::array()}};
  for (const Fill& fill : fills_of(board.resources, fabric)) {
    json["fill"][fill.resource] = fill.fraction;
  }
  for (const PlanModule& module : board.modules) {
    json["modules"].push_back({{"name", module.name},
                               {"instances", module.instances},
                               {"resources", resources_json(module.resources)}});
  }
  return json;
}

OrderedJson hop_json(const PlanHop& hop, const Fabric& fabric) {
  const Packet& packet = hop.packet;
  const LinkRate rate = LinkRate::of(fabric);
  OrderedJson json = {{"from", hop.from},
                      {"to", hop.to},
                      {"sent", hop.start == PacketStart::kFromSource ? "at once" : "when ready"},
                      {"links", packet.links},
                      {"bits", packet.bits},
                      {"words_per_event", packet.words.size()},
                      {"use", hop.use(rate)},
                      {"hop_clocks", rate.hop_clocks},
                      {"delta_clocks", packet.delta_clocks},
                      {"critical_cycle", packet.critical_cycle},
                      {"fields", OrderedJson::array()},
                      {"word_columns", {"clock", "slot", "link", "first_bit", "bits"}},
                      {"words", OrderedJson::array()}};
  for (const FlowValue& value : hop.values) {
    json["fields"].push_back({{"name", value.name},
                              {"format", to_string(value.format)},
                              {"elements", value.elements},
                              {"cycle", value.cycle},
                              {"beats", value.beats},
                              {"held", value.held},
                              {"first_bits", OrderedJson::array()}});
  }
  for (size_t i = 0; i < hop.sendings.size(); ++i) {
    json["fields"][hop.sendings[i].value]["first_bits"].push_back(hop.first_bit[i]);
  }
  for (const PacketWord& word : packet.words) {
    json["words"].push_back({word.clock, word.slot, word.link, word.first_bit, word.bits});
  }
  return json;
}

class PlanReader {
 public:
  PlanReader(const Json& json, std::string where) : json_(json), where_(std::move(where)) {}

  FabricPlan run() {
    check_schema(json_, kSchemaName, kPlanSchemaVersion, where_);
    FabricPlan plan;
    plan.fabric = fabric_from_json(json_.at("fabric"), where_ + ":fabric");
    plan.model = json_.at("model").get<std::string>();
    plan.estimate = json_.at("estimate").get<bool>();
    const Json& totals = json_.at("totals");
    plan.ii = static_cast<int>(integer(totals.at("ii"), "ii", 1, kMostClocks));
    plan.latency_cycles =
        static_cast<int>(integer(totals.at("logic_clocks"), "logic_clocks", 0, kMostClocks));
    plan.latency_clocks =
        static_cast<int>(integer(totals.at("latency_clocks"), "latency_clocks", 0, kMostClocks));
    for (const Json& board : json_.at("boards")) plan.boards.push_back(board_from(board));
    for (const Json& hop : json_.at("links")) plan.hops.push_back(hop_from(hop, plan.fabric));
    if (plan.boards.empty() || plan.hops.size() != plan.boards.size() + 1) {
      fail("a chain of n boards has n + 1 hops");
    }
    for (const Json& stage : json_.at("waterfall")) {
      plan.waterfall.push_back(
          {stage.at("stage").get<std::string>(), stage.at("start_ns").get<double>(),
           stage.at("end_ns").get<double>(), stage.at("why").get<std::string>(),
           stage.at("confirmed").get<bool>()});
    }
    plan.inputs = json_.at("inputs").get<std::map<std::string, std::string>>();
    plan.files = json_.at("files").get<std::map<std::string, std::string>>();
    return plan;
  }

 private:
  [[noreturn]] void fail(const std::string& what) const { throw Error(where_, what, kHint); }

  int64_t integer(const Json& value, const char* key, int64_t low, int64_t high) const {
    if (!value.is_number_integer() || value.get<int64_t>() < low || value.get<int64_t>() > high) {
      fail(fmt::format("\"{}\" is not an integer in {}..{}", key, low, high));
    }
    return value.get<int64_t>();
  }

  PlanBoard board_from(const Json& json) const {
    PlanBoard board;
    board.name = json.at("name").get<std::string>();
    board.start_clock =
        static_cast<int>(integer(json.at("start_clock"), "start_clock", 0, kMostClocks));
    board.resources = resources_from(json.at("resources"));
    board.wider_than_an_slr = json.at("wider_than_an_slr").get<bool>();
    for (const Json& module : json.at("modules")) {
      board.modules.push_back(
          {module.at("name").get<std::string>(),
           static_cast<int>(integer(module.at("instances"), "instances", 1, kMostClocks)),
           resources_from(module.at("resources"))});
    }
    return board;
  }

  PlanHop hop_from(const Json& json, const Fabric& fabric) const {
    PlanHop hop;
    hop.from = json.at("from").get<std::string>();
    hop.to = json.at("to").get<std::string>();
    if (json.at("sent") == "at once") hop.start = PacketStart::kFromSource;
    Packet& packet = hop.packet;
    packet.links = static_cast<int>(integer(json.at("links"), "links", 0, 4096));
    packet.bits = integer(json.at("bits"), "bits", 0, kMostBits);
    packet.delta_clocks =
        static_cast<int>(integer(json.at("delta_clocks"), "delta_clocks", 1, kMostClocks));
    packet.critical_cycle =
        static_cast<int>(integer(json.at("critical_cycle"), "critical_cycle", 0, kMostClocks));
    read_fields(json.at("fields"), hop);
    for (const Json& row : json.at("words")) packet.words.push_back(word_from(row, hop, fabric));
    return hop;
  }

  void read_fields(const Json& fields, PlanHop& hop) const {
    for (const Json& field : fields) {
      FlowValue value;
      value.name = field.at("name").get<std::string>();
      value.format = parse_format(field.at("format").get<std::string>(), where_);
      value.elements = integer(field.at("elements"), "elements", 1, kMostBits);
      value.cycle = static_cast<int>(integer(field.at("cycle"), "cycle", 0, kMostClocks));
      value.beats = static_cast<int>(integer(field.at("beats"), "beats", 1, kMostClocks));
      value.held = field.at("held").get<bool>();
      if (field.at("first_bits").size() != static_cast<size_t>(value.sendings())) {
        fail(fmt::format("field '{}' needs {} first bits", value.name, value.sendings()));
      }
      hop.values.push_back(std::move(value));
    }
    hop.sendings = sendings_of(hop.values);
    for (const Sending& sending : hop.sendings) {
      const Json& bit =
          fields[sending.value].at("first_bits").at(static_cast<size_t>(sending.beat));
      hop.first_bit.push_back(
          integer(bit, "first_bits", 0, hop.packet.bits - hop.values[sending.value].bits()));
    }
  }

  PacketWord word_from(const Json& row, const PlanHop& hop, const Fabric& fabric) const {
    if (!row.is_array() || row.size() != 5) fail("a word has five columns");
    const LinkRate rate = LinkRate::of(fabric);
    PacketWord word;
    word.clock = static_cast<int>(integer(row[0], "clock", 0, kMostClocks));
    word.slot = static_cast<int>(integer(row[1], "slot", 0, rate.slots_in_a_clock() - 1));
    word.link = static_cast<int>(integer(row[2], "link", 0, hop.packet.links - 1));
    word.bits = static_cast<int>(integer(row[4], "bits", 1, rate.word_bits));
    word.first_bit = integer(row[3], "first_bit", 0, hop.packet.bits - word.bits);
    return word;
  }

  const Json& json_;
  std::string where_;
};

}  // namespace

OrderedJson to_json(const FabricPlan& plan) {
  const Fabric& fabric = plan.fabric;
  OrderedJson json = {{"schema", fmt::format("{}/{}", kSchemaName, kPlanSchemaVersion)},
                      {"model", plan.model},
                      {"estimate", plan.estimate},
                      {"totals",
                       {{"boards", plan.boards_in_all()},
                        {"boards_per_slice", plan.boards.size()},
                        {"time_slices", fabric.period_bx},
                        {"clock_mhz", fabric.board_clock_mhz},
                        {"ii", plan.ii},
                        {"period_clocks", fabric.period_clocks()},
                        {"logic_clocks", plan.latency_cycles},
                        {"latency_clocks", plan.latency_clocks},
                        {"latency_ns", plan.latency_clocks * fabric.clock_ns()},
                        {"decision_ns", plan.decision_ns()},
                        {"budget_ns", fabric.budget_ns}}},
                      {"waterfall", OrderedJson::array()},
                      {"boards", OrderedJson::array()},
                      {"links", OrderedJson::array()},
                      {"fabric", to_json(fabric)},
                      {"inputs", plan.inputs},
                      {"files", plan.files}};
  for (const WaterfallStage& stage : plan.waterfall) {
    json["waterfall"].push_back({{"stage", stage.name},
                                 {"start_ns", stage.start_ns},
                                 {"end_ns", stage.end_ns},
                                 {"why", stage.why},
                                 {"confirmed", stage.confirmed}});
  }
  for (const PlanBoard& board : plan.boards) json["boards"].push_back(board_json(board, fabric));
  for (const PlanHop& hop : plan.hops) json["links"].push_back(hop_json(hop, fabric));
  return json;
}

FabricPlan plan_from_json(const Json& json, const std::string& where) {
  try {
    return PlanReader(json, where).run();
  } catch (const Json::exception& error) {
    throw Error(where, error.what(), kHint);
  }
}

FabricPlan read_plan(const fs::path& folder) {
  const fs::path path = folder / "plan.json";
  FabricPlan plan = plan_from_json(read_json(path), path.string());
  for (const auto& [name, hash] : plan.files) {
    const fs::path relative(name), file = folder / relative;
    const bool leaves = std::any_of(relative.begin(), relative.end(),
                                    [](const fs::path& part) { return part == ".."; });
    if (leaves || relative.is_absolute()) {
      throw Error(path.string(), fmt::format("file '{}' is outside the folder", name), kHint);
    }
    if (!fs::is_regular_file(file)) {
      throw Error(file.string(), "is listed in plan.json but missing", "map the model again");
    }
    if (sha256_hex(read_file(file)) != hash) {
      throw Error(file.string(), "differs from the SHA-256 in plan.json",
                  "it was changed after mapping; map the model again");
    }
  }
  return plan;
}

}  // namespace trigstone
