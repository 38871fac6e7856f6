#include "events/detector_config.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <toml++/toml.h>

#include <cmath>
#include <set>

#include "base/error.h"
#include "base/files.h"

namespace trigstone {

namespace {

// The one list of keys: reading, writing and the check for unknown keys expand it.
template <typename Config, typename Visit>
void visit_fields(Config& config, Visit&& visit) {
  visit("vertex.sigma_z_cm", config.vertex.sigma_z_cm);
  visit("vertex.max_z_cm", config.vertex.max_z_cm);
  visit("vertex.sigma_t_ns", config.vertex.sigma_t_ns);
  visit("vertex.max_t_ns", config.vertex.max_t_ns);
  visit("solenoid.field_t", config.solenoid.field_t);
  visit("solenoid.radius_cm", config.solenoid.radius_cm);
  visit("solenoid.half_length_cm", config.solenoid.half_length_cm);
  visit("tracker.pt_min_gev", config.tracker.pt_min_gev);
  visit("tracker.eta_max", config.tracker.eta_max);
  visit("tracker.hadron_efficiency", config.tracker.hadron_efficiency);
  visit("tracker.electron_efficiency", config.tracker.electron_efficiency);
  visit("tracker.muon_efficiency", config.tracker.muon_efficiency);
  visit("tracker.pt_resolution", config.tracker.pt_resolution);
  visit("tracker.electron_energy_resolution", config.tracker.electron_energy_resolution);
  visit("tracker.z0_resolution_scale", config.tracker.z0_resolution_scale);
  visit("tracker.dxy_resolution_cm", config.tracker.dxy_resolution_cm);
  visit("tracker.dxy_max_cm", config.tracker.dxy_max_cm);
  visit("tracker.production_radius_max_cm", config.tracker.production_radius_max_cm);
  visit("tracker.stub_efficiency", config.tracker.stub_efficiency);
  visit("tracker.fakes_per_track_pair", config.tracker.fakes_per_track_pair);
  visit("tracker.fake_residual_scale", config.tracker.fake_residual_scale);
  visit("tracker.fake_stub_probability", config.tracker.fake_stub_probability);
  visit("tracker.fake_z0_max_cm", config.tracker.fake_z0_max_cm);
  visit("tracker.unsupported_pt_max_gev", config.tracker.unsupported_pt_max_gev);
  visit("tracker.support_share", config.tracker.support_share);
  visit("tracker.time_resolution_ns", config.tracker.time_resolution_ns);
  visit("muons.eta_max", config.muons.eta_max);
  visit("muons.radius_cm", config.muons.radius_cm);
  visit("muons.half_length_cm", config.muons.half_length_cm);
  visit("muons.pt_min_gev", config.muons.pt_min_gev);
  visit("muons.efficiency", config.muons.efficiency);
  visit("muons.displaced_efficiency", config.muons.displaced_efficiency);
  visit("muons.curvature_resolution", config.muons.curvature_resolution);
  visit("muons.phi_resolution", config.muons.phi_resolution);
  visit("muons.eta_resolution", config.muons.eta_resolution);
  visit("muons.z0_resolution_cm", config.muons.z0_resolution_cm);
  visit("muons.d0_resolution_cm", config.muons.d0_resolution_cm);
  visit("muons.station_efficiency", config.muons.station_efficiency);
  visit("muons.punch_through", config.muons.punch_through);
  visit("calorimeter.ecal_resolution", config.calorimeter.ecal_resolution);
  visit("calorimeter.hcal_resolution", config.calorimeter.hcal_resolution);
  visit("calorimeter.ecal_min_gev", config.calorimeter.ecal_min_gev);
  visit("calorimeter.hcal_min_gev", config.calorimeter.hcal_min_gev);
  visit("calorimeter.significance_min", config.calorimeter.significance_min);
  visit("calorimeter.photon_smearing", config.calorimeter.photon_smearing);
  visit("calorimeter.strange_ecal_fraction", config.calorimeter.strange_ecal_fraction);
  visit("calorimeter.eta_step", config.calorimeter.eta_step);
  visit("calorimeter.forward_eta_step", config.calorimeter.forward_eta_step);
  visit("calorimeter.forward_eta", config.calorimeter.forward_eta);
  visit("calorimeter.eta_max", config.calorimeter.eta_max);
  visit("calorimeter.phi_cells", config.calorimeter.phi_cells);
  visit("calorimeter.forward_phi_cells", config.calorimeter.forward_phi_cells);
  visit("tokens.max_tokens", config.max_tokens);
  visit("tokens.forward_pt_min_gev", config.forward_pt_min_gev);
  visit("tokens.timing", config.timing);
}

class TomlFields {
 public:
  TomlFields(const toml::table& table, std::string path) : table_(table), path_(std::move(path)) {}

  template <typename T>
  void operator()(const char* key, T& value) {
    known_.insert(key);
    if (const toml::node* node = table_.at_path(key).node()) read(key, *node, value);
  }
  // Every key of the file must have been asked for.
  void reject_unknown() const {
    for (const auto& [section, node] : table_) {
      const toml::table* keys = node.as_table();
      if (keys == nullptr) fail(node, fmt::format("unknown key '{}'", section.str()));
      for (const auto& [key, value] : *keys) {
        const std::string full = fmt::format("{}.{}", section.str(), key.str());
        if (!known_.contains(full)) fail(value, fmt::format("unknown key '{}'", full));
      }
    }
  }

 private:
  [[noreturn]] void fail(const toml::node& node, const std::string& what) const {
    throw Error(fmt::format("{}:{}", path_, node.source().begin.line), what,
                "compare with configs/detector_cms_phase2.toml");
  }
  void read(const char* key, const toml::node& node, double& value) {
    const auto found = node.value<double>();
    if (!found || !std::isfinite(*found) || *found < 0) {
      fail(node, fmt::format("'{}' is not a number >= 0", key));
    }
    value = *found;
  }
  void read(const char* key, const toml::node& node, int& value) {
    const auto found = node.value<int64_t>();
    if (!found || *found < 1 || *found > 4096) {
      fail(node, fmt::format("'{}' is not an integer of 1..4096", key));
    }
    value = static_cast<int>(*found);
  }
  void read(const char* key, const toml::node& node, bool& value) {
    const auto found = node.value_exact<bool>();
    if (!found) fail(node, fmt::format("'{}' is not true or false", key));
    value = *found;
  }
  template <size_t N>
  void read(const char* key, const toml::node& node, std::vector<std::array<double, N>>& rows) {
    const toml::array* list = node.as_array();
    if (list == nullptr || list->empty())
      fail(node, fmt::format("'{}' is not a list of rows", key));
    rows.clear();
    for (const toml::node& item : *list) {
      const toml::array* numbers = item.as_array();
      if (numbers == nullptr || numbers->size() != N) {
        fail(item, fmt::format("a row of '{}' has {} numbers", key, N));
      }
      std::array<double, N> row{};
      for (size_t i = 0; i < N; ++i) read(key, *numbers->get(i), row[i]);
      if (!rows.empty() && row[0] <= rows.back()[0]) {
        fail(item, fmt::format("the edges of '{}' do not rise", key));
      }
      rows.push_back(row);
    }
  }

  const toml::table& table_;
  std::string path_;
  std::set<std::string> known_;
};

std::string value_text(double value) { return fmt::format("{}", value); }
std::string value_text(int value) { return fmt::format("{}", value); }
std::string value_text(bool value) { return value ? "true" : "false"; }
template <size_t N>
std::string value_text(const std::vector<std::array<double, N>>& rows) {
  return fmt::format("{}", rows);
}

template <typename Demand>
void check_muons(const DetectorConfig::Muons& muons, Demand&& demand) {
  demand(muons.radius_cm > 0, "muons.radius_cm", "is not positive");
  demand(muons.half_length_cm > 0, "muons.half_length_cm", "is not positive");
  demand(muons.station_efficiency <= 1, "muons.station_efficiency", "is above 1");
  demand(muons.punch_through <= 1, "muons.punch_through", "is above 1");
  const auto demand_reach = [&](const auto& bands, const char* key) {
    demand(bands.back()[0] >= muons.eta_max, key, "does not reach muons.eta_max");
  };
  demand_reach(muons.pt_min_gev, "muons.pt_min_gev");
  demand_reach(muons.efficiency, "muons.efficiency");
  demand_reach(muons.curvature_resolution, "muons.curvature_resolution");
  demand_reach(muons.phi_resolution, "muons.phi_resolution");
  demand_reach(muons.eta_resolution, "muons.eta_resolution");
  demand_reach(muons.z0_resolution_cm, "muons.z0_resolution_cm");
  demand_reach(muons.d0_resolution_cm, "muons.d0_resolution_cm");
}

// What the code divides by, or must cover.
void check_sense(const DetectorConfig& config, const std::string& where) {
  Diagnostics problems;
  const auto demand = [&](bool good, const char* key, const char* what) {
    if (!good)
      problems.add(where + ":" + key, what, "compare with configs/detector_cms_phase2.toml");
  };
  const auto& calorimeter = config.calorimeter;
  demand(config.solenoid.radius_cm > 0, "solenoid.radius_cm", "is not positive");
  demand(config.solenoid.half_length_cm > 0, "solenoid.half_length_cm", "is not positive");
  demand(calorimeter.eta_step > 0.001, "calorimeter.eta_step", "is below 0.001");
  demand(calorimeter.forward_eta_step > 0.001, "calorimeter.forward_eta_step", "is below 0.001");
  demand(calorimeter.eta_max > calorimeter.forward_eta && calorimeter.eta_max <= 6,
         "calorimeter.eta_max", "is not between forward_eta and 6");
  demand(calorimeter.strange_ecal_fraction <= 1, "calorimeter.strange_ecal_fraction", "is above 1");
  demand(config.tracker.pt_min_gev > 0, "tracker.pt_min_gev", "is not positive");
  demand(config.tracker.stub_efficiency <= 1, "tracker.stub_efficiency", "is above 1");
  demand(config.tracker.fake_stub_probability <= 1, "tracker.fake_stub_probability", "is above 1");
  demand(config.tracker.pt_resolution.back()[0] >= config.tracker.eta_max, "tracker.pt_resolution",
         "does not reach tracker.eta_max");
  check_muons(config.muons, demand);
  problems.throw_if_any();
}

}  // namespace

DetectorConfig read_detector_config(const std::filesystem::path& path) {
  const std::string where = path.string(), text = read_file(path, 1 << 20);
  toml::table table;
  try {
    table = toml::parse(text, where);
  } catch (const toml::parse_error& problem) {
    throw Error(fmt::format("{}:{}", where, problem.source().begin.line),
                std::string(problem.description()), "this is not valid TOML");
  }
  DetectorConfig config;
  TomlFields fields(table, where);
  visit_fields(config, fields);
  fields.reject_unknown();
  check_sense(config, where);
  return config;
}

std::string describe_detector(const DetectorConfig& config) {
  std::string text;
  visit_fields(config, [&text](const char* key, const auto& value) {
    text += fmt::format("{} = {}\n", key, value_text(value));
  });
  return text;
}

}  // namespace trigstone
