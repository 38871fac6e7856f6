#include "fabric/fabric.h"

#include <toml++/toml.h>

#include <cmath>
#include <set>

#include "base/error.h"
#include "base/files.h"
#include "cost/device.h"

namespace trigstone {

namespace {

constexpr const char* kHint = "compare with configs/fabric_vu13p.toml";

// The one list of keys, each with the range it may have: reading and the check for unknown keys
// expand it.
template <class AnyFabric, class Visit>
void visit_fields(AnyFabric& f, Visit&& visit) {
  visit("fabric.name", f.name);
  visit("board.device", f.device);
  visit("board.count", f.boards, 1, 1e6);
  visit("board.fill_lut", f.fill.lut, 1e-4, 1);
  visit("board.fill_ff", f.fill.ff, 1e-4, 1);
  visit("board.fill_dsp", f.fill.dsp, 1e-4, 1);
  visit("board.fill_bram36", f.fill.bram36, 1e-4, 1);
  visit("board.fill_uram", f.fill.uram, 1e-4, 1);
  visit("board.clock_mhz", f.board_clock_mhz, 1, 2000);
  visit("time_multiplexing.bunch_clock_mhz", f.bunch_clock_mhz, 1, 1000);
  visit("time_multiplexing.period_bx", f.period_bx, 1, 3564);  // at most an orbit
  visit("link.gbps", f.link_gbps, 0.1, 1000);
  visit("link.encoding_payload", f.encoding_payload, 1, 4096);
  visit("link.encoding_line", f.encoding_line, 1, 4096);
  visit("link.word_bits", f.word_bits, 1, 64);
  visit("link.words_per_bx", f.words_per_bx, 1, 1024);
  visit("link.gap_words", f.gap_words, 0, 1024);
  visit("link.per_board", f.links_per_board, 1, 4096);
  visit("hop.serialiser_ns", f.serialiser_ns, 0, 1e6);
  visit("hop.deserialiser_ns", f.deserialiser_ns, 0, 1e6);
  visit("hop.alignment_ns", f.alignment_ns, 0, 1e6);
  visit("hop.fibre_m", f.fibre_m, 0, 1e6);
  visit("hop.fibre_ns_per_m", f.fibre_ns_per_m, 0, 1e3);
  visit("budget.total_ns", f.budget_ns, 1, 1e9);
}

class TomlReader {
 public:
  TomlReader(const toml::table& table, std::string where)
      : table_(table), where_(std::move(where)) {}

  void operator()(const char* key, std::string& value) {
    if (const toml::node* node = find(key)) value = text(*node, key);
  }
  template <class T>
  void operator()(const char* key, T& value, double low, double high) {
    if (const toml::node* node = find(key)) value = number<T>(*node, key, low, high);
  }

  void read_stages(const char* key, std::vector<FixedStage>& stages) {
    known_.insert(key);
    const toml::node* node = table_.get(key);
    if (node == nullptr) return;
    const toml::array* list = node->as_array();
    if (list == nullptr) fail(*node, fmt::format("'{}' is not a list of stages", key));
    for (const toml::node& item : *list) stages.push_back(stage(item, key));
  }

  void reject_unknown() const {
    for (const auto& [section, node] : table_) {
      const std::string name(section.str());
      if (known_.contains(name)) continue;
      const toml::table* keys = node.as_table();
      if (keys == nullptr) fail(node, fmt::format("unknown key '{}'", name));
      for (const auto& [key, value] : *keys) {
        const std::string full = fmt::format("{}.{}", name, key.str());
        if (!known_.contains(full)) fail(value, fmt::format("unknown key '{}'", full));
      }
    }
  }

  [[noreturn]] void fail_at(const char* key, const std::string& what,
                            const std::string& hint) const {
    const toml::node* node = table_.at_path(key).node();
    throw Error(node == nullptr ? where_ : place(*node), what, hint);
  }

 private:
  const toml::node* find(const char* key) {
    known_.insert(key);
    return table_.at_path(key).node();
  }
  std::string place(const toml::node& node) const {
    return fmt::format("{}:{}", where_, node.source().begin.line);
  }
  [[noreturn]] void fail(const toml::node& node, const std::string& what) const {
    throw Error(place(node), what, kHint);
  }
  std::string text(const toml::node& node, const std::string& key) const {
    const auto value = node.value_exact<std::string>();
    if (!value || value->empty()) fail(node, fmt::format("'{}' is not a text", key));
    return *value;
  }
  template <class T>
  T number(const toml::node& node, const std::string& key, double low, double high) const {
    const bool whole = std::is_integral_v<T>;
    const auto found = whole && !node.is_integer() ? std::optional<double>() : node.value<double>();
    if (!found || !(*found >= low && *found <= high)) {
      fail(node, fmt::format("'{}' is not {} from {:g} to {:g}", key,
                             whole ? "an integer" : "a number", low, high));
    }
    return static_cast<T>(*found);
  }
  FixedStage stage(const toml::node& node, const std::string& key) const {
    const toml::table* table = node.as_table();
    if (table == nullptr) fail(node, fmt::format("'{}' is not a list of stages", key));
    FixedStage result;
    std::set<std::string> missing = {"name", "ns"};
    for (const auto& [field_key, value] : *table) {
      const std::string field(field_key.str());
      missing.erase(field);
      if (field == "name") {
        result.name = text(value, field);
      } else if (field == "ns") {
        result.ns = number<double>(value, field, 0, 1e9);
      } else if (field == "source") {
        result.source = text(value, field);
      } else if (field == "confirmed") {
        if (!value.is_boolean()) fail(value, "'confirmed' is not true or false");
        result.confirmed = *value.value<bool>();
      } else {
        fail(value, fmt::format("unknown key '{}.{}'", key, field));
      }
    }
    if (!missing.empty())
      fail(node, fmt::format("a stage of '{}' has no '{}'", key, *missing.begin()));
    return result;
  }

  const toml::table& table_;
  std::string where_;
  std::set<std::string> known_;
};

// The same figures in plan.json, written by a program: all of them must be there.
class JsonReader {
 public:
  JsonReader(const Json& json, std::string where) : json_(json), where_(std::move(where)) {}

  void operator()(const char* key, std::string& value) const { value = at(key).get<std::string>(); }
  template <class T>
  void operator()(const char* key, T& value, double low, double high) const {
    value = at(key).get<T>();
    if (!(value >= low && value <= high)) fail_at(key, "is out of range", kHint);
  }
  void read_stages(const char* key, std::vector<FixedStage>& stages) const {
    for (const Json& stage : json_.at(key)) {
      stages.push_back({stage.at("name").get<std::string>(), stage.at("ns").get<double>(),
                        stage.at("source").get<std::string>(), stage.at("confirmed").get<bool>()});
    }
  }
  [[noreturn]] void fail_at(const char* key, const std::string& what,
                            const std::string& hint) const {
    throw Error(fmt::format("{}:{}", where_, key), what, hint);
  }

 private:
  const Json& at(std::string_view key) const {
    const size_t dot = key.find('.');
    return json_.at(std::string(key.substr(0, dot))).at(std::string(key.substr(dot + 1)));
  }
  const Json& json_;
  std::string where_;
};

class JsonWriter {
 public:
  template <class T>
  void operator()(std::string_view key, const T& value, double = 0, double = 0) {
    const size_t dot = key.find('.');
    json[std::string(key.substr(0, dot))][std::string(key.substr(dot + 1))] = value;
  }
  void write_stages(const char* key, const std::vector<FixedStage>& stages) {
    json[key] = OrderedJson::array();
    for (const FixedStage& stage : stages) {
      json[key].push_back({{"name", stage.name},
                           {"ns", stage.ns},
                           {"source", stage.source},
                           {"confirmed", stage.confirmed}});
    }
  }
  OrderedJson json;
};

// What several keys together must obey.
template <class Reader>
void check_together(const Fabric& f, const Reader& reader) {
  try {
    device_named(f.device);
  } catch (const Error& error) {
    reader.fail_at("board.device", error.problem(), error.hint());
  }
  const double ratio = f.board_clock_mhz / f.bunch_clock_mhz;
  if (ratio != std::round(ratio)) {
    reader.fail_at("board.clock_mhz",
                   fmt::format("{} MHz is no multiple of the bunch clock of {} MHz",
                               f.board_clock_mhz, f.bunch_clock_mhz),
                   "the boards must keep in step with the crossings; 240, 360 and 480 do");
  }
  if (f.words_per_bx > f.line_words_per_bx()) {
    reader.fail_at("link.words_per_bx",
                   fmt::format("a link of {} Gb/s carries {:.3f} words of {} bits in a crossing",
                               f.link_gbps, f.line_words_per_bx(), f.word_bits),
                   fmt::format("at most {:.0f}", std::floor(f.line_words_per_bx())));
  }
  if (f.gap_words >= f.words_per_period()) {
    reader.fail_at("link.gap_words",
                   fmt::format("a gap of {} words leaves none of the {} between two events",
                               f.gap_words, f.words_per_period()),
                   "a longer time multiplexing period or a shorter gap");
  }
}

}  // namespace

int Fabric::clocks_per_bx() const {
  return static_cast<int>(std::lround(board_clock_mhz / bunch_clock_mhz));
}

double Fabric::hop_ns() const {
  return serialiser_ns + fibre_m * fibre_ns_per_m + deserialiser_ns + alignment_ns;
}

int Fabric::hop_clocks() const {
  // A hop given in whole clocks must not become one longer by rounding of the product.
  constexpr double kSlack = 1e-9;
  return std::max(1, static_cast<int>(std::ceil(hop_ns() / clock_ns() - kSlack)));
}

double Fabric::line_words_per_bx() const {
  return link_gbps * 1e3 / bunch_clock_mhz * encoding_payload / encoding_line / word_bits;
}

Fabric parse_fabric(const std::string& text, const std::string& where) {
  toml::table table;
  try {
    table = toml::parse(text);
  } catch (const toml::parse_error& error) {
    throw Error(fmt::format("{}:{}", where, error.source().begin.line),
                std::string(error.description()), kHint);
  }
  Fabric fabric;
  TomlReader reader(table, where);
  visit_fields(fabric, reader);
  reader.read_stages("before", fabric.before);
  reader.read_stages("after", fabric.after);
  reader.reject_unknown();
  check_together(fabric, reader);
  return fabric;
}

OrderedJson to_json(const Fabric& fabric) {
  JsonWriter writer;
  visit_fields(fabric, writer);
  writer.write_stages("before", fabric.before);
  writer.write_stages("after", fabric.after);
  return std::move(writer.json);
}

Fabric fabric_from_json(const Json& json, const std::string& where) {
  Fabric fabric;
  const JsonReader reader(json, where);
  try {
    visit_fields(fabric, reader);
    reader.read_stages("before", fabric.before);
    reader.read_stages("after", fabric.after);
  } catch (const Json::exception& error) {
    throw Error(where, error.what(), "the file may be damaged; map the model again");
  }
  check_together(fabric, reader);
  return fabric;
}

Fabric read_fabric(const std::filesystem::path& path) {
  return parse_fabric(read_file(path), path.string());
}

}  // namespace trigstone
