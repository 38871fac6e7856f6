#include "trigger/menu.h"

#include <fmt/ranges.h>
#include <toml++/toml.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <set>

#include "base/error.h"
#include "base/files.h"

namespace trigstone {

namespace {

namespace fs = std::filesystem;

constexpr int64_t kPrescaleMax = (1 << 24) - 1;  // Phase2L1GT/README.md
constexpr const char* kHint = "compare with configs/menu_classical.toml";

bool is_sum(SeedObject object) {
  switch (object) {
    case SeedObject::kHt:
    case SeedObject::kMht:
    case SeedObject::kMet:
    case SeedObject::kRawMet:
    case SeedObject::kScalar:
      return true;
    case SeedObject::kJet:
    case SeedObject::kPhoton:
    case SeedObject::kElectron:
    case SeedObject::kEgamma:
    case SeedObject::kMuon:
    case SeedObject::kHead:
      return false;
  }
  return false;
}

// Reads one table key by key; `finish` refuses what nobody asked for.
class TableReader {
 public:
  TableReader(const toml::table& table, std::string path, std::string what)
      : table_(table), path_(std::move(path)), what_(std::move(what)) {}

  [[noreturn]] void fail(const toml::node& node, const std::string& problem,
                         const std::string& hint = kHint) const {
    throw Error(where(node), problem, hint);
  }
  std::string where(const toml::node& node) const {
    return fmt::format("{}:{}", path_, node.source().begin.line);
  }
  const toml::table& table() const { return table_; }

  std::string text(const char* key, const std::string& fallback) {
    const toml::node* node = find(key);
    if (node == nullptr) return fallback;
    const auto value = node->value<std::string>();
    if (!node->is_string() || !value) fail(*node, fmt::format("'{}' is not a text", key));
    return *value;
  }
  std::string required_text(const char* key) {
    require(key);
    std::string value = text(key, "");
    if (value.empty()) fail(*table_.get(key), fmt::format("'{}' is empty", key));
    return value;
  }
  int64_t whole(const char* key, int64_t fallback, int64_t low, int64_t high) {
    const toml::node* node = find(key);
    if (node == nullptr) return fallback;
    const auto value = node->is_integer() ? node->value<int64_t>() : std::nullopt;
    if (!value || *value < low || *value > high) {
      fail(*node, fmt::format("'{}' is not a whole number from {} to {}", key, low, high));
    }
    return *value;
  }
  double number(const char* key, double fallback, double low) {
    const toml::node* node = find(key);
    return node == nullptr ? fallback : number_of(*node, key, low);
  }
  double required_number(const char* key, double low) {
    require(key);
    return number(key, 0, low);
  }
  // One number or a list of them.
  std::vector<double> required_numbers(const char* key, double low) {
    require(key);
    const toml::node* node = find(key);
    const toml::array* list = node->as_array();
    if (list == nullptr) return {number_of(*node, key, low)};
    std::vector<double> values;
    for (const toml::node& entry : *list) values.push_back(number_of(entry, key, low));
    if (values.empty()) fail(*node, fmt::format("'{}' is empty", key));
    return values;
  }
  // Tables under `key` written [[key]].
  std::vector<const toml::table*> tables(const char* key) {
    const toml::node* node = find(key);
    std::vector<const toml::table*> found;
    if (node == nullptr) return found;
    const toml::array* list = node->as_array();
    if (list == nullptr) fail(*node, fmt::format("'{}' is not a list of tables", key));
    for (const toml::node& entry : *list) {
      if (!entry.is_table()) fail(entry, fmt::format("'{}' is not a list of tables", key));
      found.push_back(entry.as_table());
    }
    return found;
  }
  void finish() const {
    for (const auto& [key, node] : table_) {
      if (known_.contains(std::string(key.str()))) continue;
      fail(node, fmt::format("unknown key '{}' of {}", key.str(), what_),
           fmt::format("it takes {}", fmt::join(known_, ", ")));
    }
  }

 private:
  const toml::node* find(const char* key) {
    known_.insert(key);
    return table_.get(key);
  }
  void require(const char* key) {
    known_.insert(key);
    if (table_.get(key) == nullptr) fail(table_, fmt::format("{} has no '{}'", what_, key));
  }
  double number_of(const toml::node& node, const char* key, double low) const {
    const auto value = node.is_number() ? node.value<double>() : std::nullopt;
    if (!value || !std::isfinite(*value) || *value < low) {
      fail(node, std::isfinite(low) ? fmt::format("'{}' is not a number of at least {}", key, low)
                                    : fmt::format("'{}' is not a number", key));
    }
    return *value;
  }

  const toml::table& table_;
  std::string path_, what_;
  std::set<std::string> known_;
};

SeedObject object_named(TableReader& reader) {
  const std::string name = reader.required_text("object");
  const auto found = std::find(kSeedObjectNames.begin(), kSeedObjectNames.end(), name);
  if (found == kSeedObjectNames.end()) {
    reader.fail(*reader.table().get("object"), fmt::format("unknown object '{}'", name),
                fmt::format("use {}", fmt::join(kSeedObjectNames, ", ")));
  }
  return static_cast<SeedObject>(found - kSeedObjectNames.begin());
}

constexpr double kLeastGev = 1e-3;  // a threshold of zero asks for nothing and cannot be scaled

PairCut read_pair(TableReader& reader, bool has_z) {
  PairCut pair;
  pair.delta_eta_min = reader.number("delta_eta_min", pair.delta_eta_min, 0);
  pair.delta_eta_max = reader.number("delta_eta_max", pair.delta_eta_max, 0);
  pair.delta_r_min = reader.number("delta_r_min", pair.delta_r_min, 0);
  pair.mass_min_gev = reader.number("mass_min_gev", pair.mass_min_gev, 0);
  pair.mass_max_gev = reader.number("mass_max_gev", pair.mass_max_gev, 0);
  if (has_z) pair.dz_max_cm = reader.number("dz_max_cm", pair.dz_max_cm, 0);
  return pair;
}

void read_objects(TableReader& reader, Condition& condition) {
  condition.pt_min_gev = reader.required_numbers("pt_min_gev", kLeastGev);
  if (!std::is_sorted(condition.pt_min_gev.rbegin(), condition.pt_min_gev.rend())) {
    reader.fail(*reader.table().get("pt_min_gev"), "'pt_min_gev' does not fall");
  }
  condition.eta_min = reader.number("eta_min", condition.eta_min, 0);
  condition.eta_max = reader.number("eta_max", condition.eta_max, 0);
  if (condition.object != SeedObject::kJet) {
    condition.isolation_max = reader.number("isolation_max", condition.isolation_max, 0);
  }
  const bool has_z =
      condition.object == SeedObject::kElectron || condition.object == SeedObject::kMuon;
  condition.pair = read_pair(reader, has_z);
  if (condition.pair != PairCut() && condition.pt_min_gev.size() != 2) {
    reader.fail(reader.table(), "limits on a pair need two numbers in 'pt_min_gev'");
  }
}

Condition read_condition(const toml::table& table, const std::string& path,
                         const std::vector<HeadSource>& heads) {
  TableReader reader(table, path, "a seed's requirement");
  Condition condition;
  condition.object = object_named(reader);
  if (is_sum(condition.object)) {
    condition.min_gev = reader.required_number("min_gev", kLeastGev);
  } else if (condition.object == SeedObject::kHead) {
    const std::string name = reader.required_text("head");
    const auto found = std::find_if(heads.begin(), heads.end(),
                                    [&](const HeadSource& head) { return head.name == name; });
    if (found == heads.end()) {
      reader.fail(*table.get("head"), fmt::format("there is no head '{}'", name),
                  "name one of the menu's [[head]] tables");
    }
    condition.head = static_cast<size_t>(found - heads.begin());
    condition.threshold =
        reader.required_number("threshold", -std::numeric_limits<double>::infinity());
  } else {
    read_objects(reader, condition);
  }
  reader.finish();
  return condition;
}

HeadSource read_head(const toml::table& table, const std::string& path, const fs::path& folder) {
  TableReader reader(table, path, "a head");
  HeadSource head;
  head.where = reader.where(table);
  head.name = reader.required_text("name");
  head.model = folder / reader.required_text("model");
  head.output = reader.text("output", "");
  head.element = reader.whole("element", 0, 0, std::numeric_limits<int32_t>::max());
  const std::string reduce = reader.text("reduce", "");
  if (reduce == "norm") {
    head.reduce = HeadReduce::kNorm;
  } else if (reduce == "max") {
    head.reduce = HeadReduce::kMax;
  } else if (reduce == "sum") {
    head.reduce = HeadReduce::kSum;
  } else if (!reduce.empty()) {
    reader.fail(*table.get("reduce"), fmt::format("unknown reduce '{}'", reduce),
                "use norm, max or sum, or 'element' instead");
  }
  reader.finish();
  return head;
}

Seed read_seed(const toml::table& table, const std::string& path,
               const std::vector<HeadSource>& heads) {
  TableReader reader(table, path, "a seed");
  Seed seed;
  seed.name = reader.required_text("name");
  seed.prescale = reader.whole("prescale", 1, 1, kPrescaleMax);
  for (const toml::table* entry : reader.tables("require")) {
    seed.conditions.push_back(read_condition(*entry, path, heads));
  }
  if (seed.conditions.empty()) {
    reader.fail(table, fmt::format("seed '{}' has no [[seed.require]]", seed.name));
  }
  reader.finish();
  return seed;
}

toml::table parse(const std::string& text, const fs::path& path) {
  try {
    return toml::parse(text, path.string());
  } catch (const toml::parse_error& error) {
    throw Error(fmt::format("{}:{}", path.string(), error.source().begin.line),
                std::string(error.description()), kHint);
  }
}

}  // namespace

bool Seed::has_head() const {
  return std::any_of(conditions.begin(), conditions.end(),
                     [](const Condition& c) { return c.object == SeedObject::kHead; });
}

Menu read_menu(const fs::path& path, const std::map<std::string, fs::path>& heads) {
  Menu menu;
  menu.text = read_file(path);
  const toml::table table = parse(menu.text, path);
  TableReader reader(table, path.string(), "a menu");
  menu.name = reader.text("name", path.stem().string());
  std::set<std::string> names;
  const auto unique = [&](const toml::table& at, const char* what, const std::string& name) {
    if (!names.insert(fmt::format("{} {}", what, name)).second) {
      reader.fail(at, fmt::format("two {}s are called '{}'", what, name));
    }
  };
  for (const toml::table* entry : reader.tables("head")) {
    menu.heads.push_back(read_head(*entry, path.string(), path.parent_path()));
    unique(*entry, "head", menu.heads.back().name);
  }
  for (const toml::table* entry : reader.tables("seed")) {
    menu.seeds.push_back(read_seed(*entry, path.string(), menu.heads));
    unique(*entry, "seed", menu.seeds.back().name);
  }
  reader.finish();
  if (menu.seeds.empty()) throw Error(path.string(), "has no [[seed]]", kHint);
  for (const auto& [name, model] : heads) {
    const auto found = std::find_if(menu.heads.begin(), menu.heads.end(),
                                    [&](const HeadSource& head) { return head.name == name; });
    if (found == menu.heads.end()) {
      throw Error("--head " + name, fmt::format("{} has no such head", path.string()),
                  "name one of its [[head]] tables");
    }
    found->model = model;
  }
  return menu;
}

}  // namespace trigstone
