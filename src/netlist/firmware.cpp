#include "netlist/firmware.h"

#include <algorithm>

#include "base/error.h"
#include "base/files.h"

namespace trigstone {

namespace fs = std::filesystem;

namespace {

constexpr const char* kSchemaName = "trigstone.firmware";
constexpr const char *kManifest = "firmware.json", *kDigest = "digest";

OrderedJson to_json(const PortBinding& port) {
  return {{"name", port.name},
          {"shape", port.shape},
          {"token_axis", port.token_axis},
          {"lanes", port.lanes},
          {"format", to_string(port.format)},
          {"port", port.port},
          {"bit_offset", port.bit_offset},
          {"first_cycle", port.first_cycle}};
}

OrderedJson to_json(const LoadedWeights& map) {
  return {{"node", map.node},
          {"bias", map.is_bias},
          {"base", map.base},
          {"end", map.end()},
          {"groups", map.groups},
          {"rows", map.rows},
          {"columns", map.columns},
          {"slots", map.slots},
          {"stride", map.stride},
          {"fold", map.fold},
          {"format", to_string(map.format)},
          {"result", to_string(map.result)}};
}

// Reads members of one JSON object; every error names the file and the member.
class Members {
 public:
  Members(const Json& json, std::string where) : json_(json), where_(std::move(where)) {
    if (!json.is_object()) fail("is not a JSON object");
  }

  [[noreturn]] void fail(const std::string& what) const {
    throw Error(where_, what, "the file may be damaged; compile the model again");
  }

  bool has(const std::string& key) const { return json_.contains(key); }
  const Json& member(const std::string& key) const {
    const auto found = json_.find(key);
    if (found == json_.end()) fail(fmt::format("has no \"{}\"", key));
    return *found;
  }
  std::string text(const std::string& key) const {
    if (!member(key).is_string()) fail(fmt::format("\"{}\" is not a text", key));
    return member(key).get<std::string>();
  }
  bool truth(const std::string& key) const {
    if (!member(key).is_boolean()) fail(fmt::format("\"{}\" is not true or false", key));
    return member(key).get<bool>();
  }
  double real(const std::string& key) const {
    if (!member(key).is_number()) fail(fmt::format("\"{}\" is not a number", key));
    return member(key).get<double>();
  }
  int64_t integer(const std::string& key, int64_t low, int64_t high) const {
    return integer(member(key), key, low, high);
  }
  int64_t integer(const Json& value, const std::string& key, int64_t low, int64_t high) const {
    const bool too_big = value.is_number_unsigned() && value.get<uint64_t>() > INT64_MAX;
    if (!value.is_number_integer() || too_big || value.get<int64_t>() < low ||
        value.get<int64_t>() > high) {
      fail(fmt::format("\"{}\" is not an integer in {}..{}", key, low, high));
    }
    return value.get<int64_t>();
  }
  const Json& list(const std::string& key) const {
    if (!member(key).is_array()) fail(fmt::format("\"{}\" is not a list", key));
    return member(key);
  }

 private:
  const Json& json_;
  std::string where_;
};

constexpr int64_t kMostClocks = 1 << 24;
constexpr int64_t kMostElements = int64_t{1} << 32;

PortBinding binding_from_json(const Json& json, const std::string& where) {
  const Members members(json, where);
  PortBinding port;
  port.name = members.text("name");
  int64_t elements = 1;
  for (const Json& axis : members.list("shape")) {
    port.shape.push_back(members.integer(axis, "shape", 1, kMostElements));
    if (elements > kMostElements / port.shape.back()) {
      members.fail("\"shape\" has too many elements");
    }
    elements *= port.shape.back();
  }
  const auto rank = static_cast<int64_t>(port.shape.size());
  port.token_axis = static_cast<int>(members.integer("token_axis", -1, rank - 1));
  port.lanes = static_cast<int>(members.integer("lanes", 1, 1 << 20));
  if (port.token_axis >= 0 && port.shape[static_cast<size_t>(port.token_axis)] % port.lanes != 0) {
    members.fail("\"lanes\" does not divide the number of tokens");
  }
  port.format = parse_format(members.text("format"), where);
  port.port = members.text("port");
  port.bit_offset = static_cast<int>(members.integer("bit_offset", 0, 1 << 24));
  port.first_cycle = static_cast<int>(members.integer("first_cycle", 0, kMostClocks));
  return port;
}

std::vector<PortBinding> bindings_from_json(const Members& members, const std::string& key,
                                            const std::string& where) {
  std::vector<PortBinding> ports;
  for (const Json& port : members.list(key)) {
    ports.push_back(binding_from_json(port, fmt::format("{}:{}[{}]", where, key, ports.size())));
  }
  return ports;
}

Resources resources_from_json(const Members& members) {
  Resources resources;
  resources.lut = members.real("lut");
  resources.ff = members.real("ff");
  resources.dsp = members.real("dsp");
  resources.bram36 = members.real("bram36");
  resources.uram = members.real("uram");
  resources.power_w = members.real("power_w");
  return resources;
}

std::vector<Region> regions_from_json(const Members& members, const std::string& where) {
  std::vector<Region> regions;
  for (const Json& item : members.list("regions")) {
    const Members own(item, fmt::format("{}:regions[{}]", where, regions.size()));
    regions.push_back({own.text("name"), own.real("lut"), own.real("period_ns"),
                       static_cast<int>(own.integer("slr", 0, 1 << 10))});
    if (!(regions.back().period_ns > 0)) own.fail("\"period_ns\" is not positive");
  }
  return regions;
}

LoadedWeights weights_from_json(const Members& members, const std::string& where) {
  LoadedWeights map;
  map.node = members.text("node");
  if (!members.member("bias").is_boolean()) members.fail("\"bias\" is not true or false");
  map.is_bias = members.member("bias").get<bool>();
  map.base = members.integer("base", 0, kMostElements);
  for (const auto& [key, field] :
       {std::pair{"groups", &map.groups}, std::pair{"rows", &map.rows},
        std::pair{"columns", &map.columns}, std::pair{"slots", &map.slots},
        std::pair{"stride", &map.stride}}) {
    *field = members.integer(key, 1, 1 << 20);
  }
  if (members.has("fold")) map.fold = members.integer("fold", 1, 1 << 20);  // later than schema 1
  map.format = parse_format(members.text("format"), where);
  map.result = parse_format(members.text("result"), where);
  return map;
}

void read_load(const Members& members, const std::string& where, Firmware& firmware) {
  firmware.load.address_bits = static_cast<int>(members.integer("address_bits", 0, 32));
  firmware.load.data_bits = static_cast<int>(members.integer("data_bits", 0, 64));
  for (const Json& item : members.list("weights")) {
    const std::string here = fmt::format("{}:load.weights[{}]", where, firmware.weights.size());
    firmware.weights.push_back(weights_from_json(Members(item, here), here));
  }
}

// Inside the folder: no absolute path, no "..".
bool stays_inside(const fs::path& path) {
  return path.is_relative() && !path.empty() &&
         std::none_of(path.begin(), path.end(), [](const fs::path& part) { return part == ".."; });
}

// SHA-256 of everything else in firmware.json: keys sorted, no white space.
std::string digest_of(Json json) {
  json.erase(kDigest);
  return sha256_hex(json.dump());
}

}  // namespace

int64_t PortBinding::beats() const {
  return token_axis < 0 ? 1 : shape[static_cast<size_t>(token_axis)] / lanes;
}

int64_t PortBinding::elements_per_beat() const {
  int64_t count = 1;
  for (const int64_t axis : shape) count *= axis;
  return count / beats();
}

int64_t PortBinding::tensor_index(int64_t beat, int64_t element) const {
  if (token_axis < 0) return element;
  int64_t outer = 1, inner = 1;  // axes before and behind the tokens
  for (size_t axis = 0; axis < shape.size(); ++axis) {
    if (static_cast<int>(axis) < token_axis) outer *= shape[axis];
    if (static_cast<int>(axis) > token_axis) inner *= shape[axis];
  }
  const int64_t tokens = shape[static_cast<size_t>(token_axis)];
  const int64_t lane = element / (outer * inner), within = element % (outer * inner);
  const int64_t token = beat * lanes + lane;
  return (within / inner * tokens + token) * inner + within % inner;
}

double Firmware::achievable_mhz() const {
  double period_ns = 0;
  for (const Region& region : regions) period_ns = std::max(period_ns, region.period_ns);
  return period_ns > 0 ? 1e3 / period_ns : clock_mhz;
}

OrderedJson to_json(const Firmware& firmware) {
  OrderedJson json = {{"schema", fmt::format("{}/{}", kSchemaName, kFirmwareSchemaVersion)},
                      {"top", firmware.top},
                      {"device", firmware.device},
                      {"clock_mhz", firmware.clock_mhz},
                      {"ii", firmware.ii},
                      {"latency_cycles", firmware.latency_cycles},
                      {"latency_ns", firmware.latency_ns()},
                      {"strategy", firmware.strategy},
                      {"emitted", firmware.emitted},
                      {"primitives", firmware.primitives},
                      {"lut_cost", firmware.lut_cost},
                      {"lut_cost_ternary", firmware.lut_cost_ternary},
                      {"adders", firmware.adders},
                      {"depth", firmware.depth}};
  for (const auto& [key, ports] :
       {std::pair{"inputs", &firmware.inputs}, std::pair{"outputs", &firmware.outputs}}) {
    json[key] = OrderedJson::array();
    for (const PortBinding& port : *ports) json[key].push_back(to_json(port));
  }
  const Resources& resources = firmware.resources;
  json["resources"] = {{"lut", resources.lut},   {"ff", resources.ff},
                       {"dsp", resources.dsp},   {"bram36", resources.bram36},
                       {"uram", resources.uram}, {"power_w", resources.power_w}};
  json["regions"] = OrderedJson::array();
  for (const Region& region : firmware.regions) {
    json["regions"].push_back({{"name", region.name},
                               {"lut", region.lut},
                               {"period_ns", region.period_ns},
                               {"slr", region.slr}});
  }
  json["border_registers"] = firmware.border_registers;
  json["load"] = {{"address_bits", firmware.load.address_bits},
                  {"data_bits", firmware.load.data_bits},
                  {"weights", OrderedJson::array()}};
  for (const LoadedWeights& map : firmware.weights) {
    json["load"]["weights"].push_back(to_json(map));
  }
  json["cut_head"] = firmware.cut_head;
  json["files"] = OrderedJson::object();
  for (const auto& [path, hash] : firmware.files) json["files"][path] = hash;
  return json;
}

Firmware firmware_from_json(const Json& json, const std::string& where) {
  check_schema(json, kSchemaName, kFirmwareSchemaVersion, where);
  const Members members(json, where);
  Firmware firmware;
  firmware.top = members.text("top");
  firmware.device = members.text("device");
  firmware.clock_mhz = members.real("clock_mhz");
  if (!(firmware.clock_mhz > 0)) members.fail("\"clock_mhz\" is not positive");
  firmware.ii = static_cast<int>(members.integer("ii", 1, kMostClocks));
  firmware.latency_cycles = static_cast<int>(members.integer("latency_cycles", 0, kMostClocks));
  firmware.strategy = members.text("strategy");
  firmware.emitted = members.text("emitted");
  firmware.primitives = json.contains("primitives") && members.truth("primitives");
  firmware.lut_cost = members.integer("lut_cost", 0, INT64_MAX);
  firmware.lut_cost_ternary = members.integer("lut_cost_ternary", 0, INT64_MAX);
  firmware.adders = members.integer("adders", 0, INT64_MAX);
  firmware.depth = members.integer("depth", 0, INT64_MAX);
  firmware.inputs = bindings_from_json(members, "inputs", where);
  firmware.outputs = bindings_from_json(members, "outputs", where);
  firmware.resources =
      resources_from_json(Members(members.member("resources"), where + ":resources"));
  if (json.contains("regions")) firmware.regions = regions_from_json(members, where);
  if (json.contains("border_registers")) {
    firmware.border_registers = members.integer("border_registers", 0, INT64_MAX);
  }
  if (json.contains("load")) read_load(Members(json["load"], where + ":load"), where, firmware);
  firmware.cut_head = members.text("cut_head");
  const Json& files = members.member("files");
  if (!files.is_object()) members.fail("\"files\" is not a JSON object");
  for (const auto& [path, hash] : files.items()) {
    if (!stays_inside(path)) members.fail(fmt::format("file '{}' is outside the folder", path));
    if (!hash.is_string()) members.fail(fmt::format("the hash of '{}' is not a text", path));
    firmware.files[path] = hash.get<std::string>();
  }
  return firmware;
}

Firmware read_firmware(const fs::path& folder) {
  const fs::path manifest = folder / kManifest;
  const Json json = read_json(manifest);
  Firmware firmware = firmware_from_json(json, manifest.string());
  // Files of before the digest have none.
  if (json.contains(kDigest) && json[kDigest] != digest_of(json)) {
    throw Error(manifest.string(), "differs from the SHA-256 of its own contents",
                "it was changed after compilation; compile the model again");
  }
  for (const auto& [path, hash] : firmware.files) {
    const fs::path file = folder / path;
    if (!fs::is_regular_file(file)) {
      throw Error(file.string(), "is listed in firmware.json but missing",
                  "compile the model again");
    }
    if (sha256_hex(read_file(file)) != hash) {
      throw Error(file.string(), "differs from the SHA-256 in firmware.json",
                  "it was changed after compilation; compile the model again");
    }
  }
  return firmware;
}

void write_firmware(Firmware firmware, const fs::path& folder) {
  firmware.files.clear();
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (!entry.is_regular_file()) continue;
    const std::string path = fs::relative(entry.path(), folder).generic_string();
    if (path != kManifest) firmware.files[path] = sha256_hex(read_file(entry.path()));
  }
  OrderedJson json = to_json(firmware);
  json[kDigest] = digest_of(Json::parse(json.dump()));
  write_file(folder / kManifest, json.dump(2) + "\n");
}

}  // namespace trigstone
