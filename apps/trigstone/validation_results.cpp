#include "validation_results.h"

#include <fmt/format.h>

#include <cmath>

#include "base/files.h"
#include "events/summary.h"
#include "report/items.h"
#include "report/report.h"

namespace trigstone {

namespace {

constexpr size_t kPairsForACurve = 10;
constexpr std::array<const char*, 3> kPairNames = {"electrons", "muons", "photons"};
// Masses of the Z and the Higgs boson in GeV, Particle Data Group 2024.
constexpr const char* kMassMeaning =
    "A Z boson is a peak at 91.2 GeV, a Higgs boson in two photons one at 125.2 GeV.";

Json facts(const Validation& v, const std::string& command) {
  return facts_item({"Events", "What the file says of itself.", command},
                    {{"Events", v.events},
                     {"Generator", v.info.generator},
                     {"Tune", v.info.tune},
                     {"Seed", v.info.seed},
                     {"Mean pile-up", std::round(10 * v.info.pileup_mean) / 10, "",
                      "0: none, or the source did not say"}});
}

Json multiplicity_table(const Validation& v, const std::string& command) {
  std::vector<std::string> columns = {"process", "events", "pile-up"};
  for (const char* kind : kTokenKindNames) columns.emplace_back(std::string(kind) + "s");
  if (v.info.has_muons) columns.emplace_back("stand-alone muons");
  for (const char* name : {"remainders", "ΣET / GeV", "PUPPI ΣET / GeV"})
    columns.emplace_back(name);
  std::vector<std::vector<Json>> rows;
  for (const ProcessValidation& p : v.processes) {
    std::vector<Json> row = {process_name(p.process), p.events, fmt::format("{:.1f}", p.pileup)};
    for (const double mean : p.tokens) row.emplace_back(fmt::format("{:.2f}", mean));
    if (v.info.has_muons) row.emplace_back(fmt::format("{:.2f}", p.standalone_muons));
    for (const double mean : {p.remainders, p.raw_sum_gev, p.puppi_sum_gev}) {
      row.emplace_back(fmt::format("{:.1f}", mean));
    }
    rows.push_back(std::move(row));
  }
  return table_item({"Tokens an event",
                     "Means over the events of each process; a remainder sums "
                     "what did not fit the list of tokens.",
                     command},
                    columns, rows);
}

// Heights over the centres of a histogram's bins, in units of one per `events` and bin width.
Series curve(const std::string& name, const Histogram& histogram, double events) {
  Series series{name, {}, {}};
  for (size_t bin = 0; bin < histogram.counts.size(); ++bin) {
    series.x.push_back(histogram.centre(bin));
    series.y.push_back(histogram.counts[bin] / events / histogram.width());
  }
  return series;
}

Json multiplicity_curves(const Validation& v, const std::string& command) {
  std::vector<Series> series;
  for (const ProcessValidation& p : v.processes) {
    series.push_back(curve(process_name(p.process), p.multiplicity, static_cast<double>(p.events)));
  }
  return lines_item(
      {"Number of tokens",
       "How many tokens an event has, remainders left out; a pile at 128 is the limit "
       "of the list.",
       command},
      {"tokens"}, {"share of events per token"}, series);
}

Json spectra(const Validation& v, const std::string& command) {
  std::vector<Series> series;
  for (size_t kind = 0; kind < v.log_pt.size(); ++kind) {
    Series one{kTokenKindNames[kind], {}, {}};
    for (size_t bin = 0; bin < v.log_pt[kind].counts.size(); ++bin) {
      const double height = v.log_pt[kind].counts[bin];
      if (height == 0) continue;  // the axes are logarithmic
      one.x.push_back(std::pow(10, v.log_pt[kind].centre(bin)));
      one.y.push_back(height / static_cast<double>(v.events) / v.log_pt[kind].width());
    }
    if (!one.x.empty()) series.push_back(std::move(one));
  }
  return lines_item({"Transverse momentum of tokens",
                     "Tokens an event and decade of transverse momentum, by kind.", command},
                    {"pT / GeV", true}, {"tokens per event and decade", true}, series);
}

Json rapidity(const Validation& v, const std::string& command) {
  std::vector<Series> series;
  for (size_t kind = 0; kind < v.eta.size(); ++kind) {
    series.push_back(curve(kTokenKindNames[kind], v.eta[kind], static_cast<double>(v.events)));
  }
  return lines_item({"Pseudorapidity of tokens",
                     "Tokens an event and unit of pseudorapidity, by kind: tracks end with the "
                     "tracker, the rest with the calorimeters.",
                     command},
                    {"η"}, {"tokens per event and unit"}, series);
}

// Means of a profile where it has entries.
Series means(const std::string& name, const Profile& profile, bool power_of_ten) {
  Series series{name, {}, {}};
  for (size_t bin = 0; bin < profile.entries.counts.size(); ++bin) {
    if (profile.entries.counts[bin] < 1) continue;
    const double x = profile.entries.centre(bin);
    series.x.push_back(power_of_ten ? std::pow(10, x) : x);
    series.y.push_back(profile.mean(bin));
  }
  return series;
}

// Where the file tells them.
void add_track_quality(const Validation& v, const std::string& command, std::vector<Json>& items) {
  const Series fakes = means("fakes", v.fake_share, true);
  if (fakes.x.empty()) return;
  items.push_back(
      lines_item({"χ² of tracks",
                  "Transverse, per degree of freedom: near 1 where the stubs are one particle's. "
                  "Tracks an event and unit of χ².",
                  command},
                 {"χ² / n"}, {"tracks per event and unit"},
                 {curve("a particle's", v.track_chi2[0], static_cast<double>(v.events)),
                  curve("fake", v.track_chi2[1], static_cast<double>(v.events))}));
  items.push_back(lines_item({"Fake tracks",
                              "Share of tracks that are fake (truth). Above 10 GeV the calorimeter "
                              "must support a track.",
                              command},
                             {"pT / GeV", true}, {"share of tracks"}, {fakes}));
}

// One plot a kind that has pairs at all.
void add_masses(const Validation& v, const std::string& command, std::vector<Json>& items) {
  std::vector<std::vector<Json>> rows;
  for (size_t kind = 0; kind < kPairKinds.size(); ++kind) {
    std::vector<Series> series;
    for (const ProcessValidation& p : v.processes) {
      if (p.masses_gev[kind].size() < kPairsForACurve) continue;
      series.push_back(curve(process_name(p.process), p.mass[kind], static_cast<double>(p.events)));
      const Spread spread = spread_of(p.masses_gev[kind]);
      rows.push_back({process_name(p.process), kPairNames[kind], spread.count,
                      fmt::format("{:.1f}", spread.median),
                      fmt::format("{:.1f} to {:.1f}", spread.low, spread.high)});
    }
    if (series.empty()) continue;
    items.push_back(lines_item(
        {fmt::format("Mass of two {}", kPairNames[kind]),
         fmt::format("Of the two hardest, of at least 10 GeV each. {}", kMassMeaning), command},
        {"mass / GeV"}, {"share of events per GeV"}, series));
  }
  if (rows.empty()) return;
  items.push_back(table_item({"Masses of pairs",
                              "Median and central 68 % of the same masses, where there are ten "
                              "pairs at least.",
                              command},
                             {"process", "pair", "pairs", "median / GeV", "68 % / GeV"}, rows));
}

Series resolution(const std::string& name, const Profile& profile, bool power_of_ten = false) {
  Series series{name, {}, {}};
  for (size_t bin = 0; bin < profile.entries.counts.size(); ++bin) {
    if (profile.entries.counts[bin] < 10) continue;  // of fewer there is no width
    const double x = profile.entries.centre(bin);
    series.x.push_back(power_of_ten ? std::pow(10, x) : x);
    series.y.push_back(profile.rms(bin));
  }
  return series;
}

std::vector<Series> with_points(std::vector<Series> all) {
  std::erase_if(all, [](const Series& one) { return one.x.empty(); });
  return all;
}

void add_profiles(const Validation& v, const std::string& command, std::vector<Json>& items) {
  const auto add = [&](const char* title, const char* meaning, const Axis& x, const Axis& y,
                       std::vector<Series> series) {
    series = with_points(std::move(series));
    if (!series.empty()) items.push_back(lines_item({title, meaning, command}, x, y, series));
  };
  add("Pile-up among the tokens",
      "Share of tokens that mostly come from other collisions (truth; 0 where the file has none), "
      "of all tokens and of those that PUPPI keeps.",
      {"pT / GeV", true}, {"share from pile-up"},
      {means("all tokens", v.pileup_share, true),
       means("kept by PUPPI", v.kept_pileup_share, true)});
  add("Sum of transverse energy against pile-up",
      "Mean scalar sum of all tokens and of PUPPI momenta: PUPPI should stay nearly flat.",
      {"other collisions"}, {"ΣET / GeV"},
      {means("all tokens", v.raw_sum_gev, false), means("PUPPI", v.puppi_sum_gev, false)});
  add("PUPPI candidates against pile-up", "Mean number of tokens that PUPPI keeps.",
      {"other collisions"}, {"candidates"}, {means("kept", v.candidates, false)});
  add("Resolution of the missing momentum",
      "Root mean square of one component minus the truth; calorimeters make it grow like √ΣET.",
      {"√ΣET / √GeV"}, {"resolution / GeV"},
      {resolution("all tokens", v.raw_missing_x), resolution("PUPPI", v.missing_x)});
}

// Where the file tells of stand-alone muons and has tracker muons to compare them with.
void add_muons(const Validation& v, const std::string& command, std::vector<Json>& items) {
  const Series found = means("found", v.muon_found, true);
  const Series width = resolution("stand-alone", v.muon_curvature, true);
  if (!found.x.empty()) {
    items.push_back(lines_item(
        {"Stand-alone muons: efficiency",
         fmt::format(
             "Share of tracker muons with a stand-alone muon within {:.1f} in η and φ; none below "
             "the momentum that reaches the stations.",
             kMuonMatchR),
         command},
        {"pT of the tracker muon / GeV", true}, {"share found"}, {found}));
  }
  if (!width.x.empty()) {
    items.push_back(lines_item({"Stand-alone muons: resolution",
                                "Root mean square of 1/pT with the sign of the charge, over the "
                                "tracker muon's, minus one.",
                                command},
                               {"pT of the tracker muon / GeV", true}, {"σ(1/pT) · pT"}, {width}));
  }
}

std::string rate_text(const Rate& rate) {
  return rate.measured
             ? fmt::format("{:.4g} ({:.4g}–{:.4g})", rate.khz, rate.low_khz, rate.high_khz)
             : fmt::format("< {:.3g}", rate.limit_khz);
}

Json seeds_table(const Validation& v, const std::string& command) {
  std::vector<std::string> columns = {"seed"};
  if (!v.rates.empty()) columns.emplace_back("rate / kHz");
  for (const ProcessValidation& p : v.processes) {
    columns.push_back(fmt::format("{} / %", process_name(p.process)));
  }
  std::vector<std::vector<Json>> rows;
  for (size_t seed = 0; seed < v.menu.seeds.size(); ++seed) {
    std::vector<Json> row = {v.menu.seeds[seed].name};
    if (!v.rates.empty()) row.emplace_back(rate_text(v.rates[seed]));
    for (const ProcessValidation& p : v.processes) {
      row.emplace_back(fmt::format("{:.1f}", 100 * p.seeds[seed]));
    }
    rows.push_back(std::move(row));
  }
  return table_item(
      {fmt::format("Seeds of the menu {}", v.menu.name),
       "Share of each process that a classical seed keeps, and its rate where the file "
       "has minimum bias (68 % of bootstraps in brackets; < marks a 95 % limit).",
       command},
      columns, rows);
}

}  // namespace

Json validation_section(const Validation& v, const std::string& command) {
  std::vector<Json> items = {facts(v, command), multiplicity_table(v, command),
                             multiplicity_curves(v, command), spectra(v, command),
                             rapidity(v, command)};
  add_track_quality(v, command, items);
  add_muons(v, command, items);
  add_masses(v, command, items);
  add_profiles(v, command, items);
  items.push_back(seeds_table(v, command));
  return results_section("Validation of events",
                         "What a physicist looks at first. Classical quantities are those of "
                         "today's algorithms on these tokens.",
                         items);
}

OrderedJson validation_json(const Validation& v) {
  OrderedJson json = {{"events", v.events}, {"pileup_mean", v.info.pileup_mean}};
  json["processes"] = OrderedJson::object();
  for (const ProcessValidation& p : v.processes) {
    OrderedJson entry = {{"events", p.events},
                         {"pileup", p.pileup},
                         {"raw_sum_gev", p.raw_sum_gev},
                         {"puppi_sum_gev", p.puppi_sum_gev},
                         {"any_seed", p.any_seed}};
    for (size_t kind = 0; kind < p.tokens.size(); ++kind) {
      entry["tokens"][kTokenKindNames[kind]] = p.tokens[kind];
    }
    if (v.info.has_muons) entry["standalone_muons"] = p.standalone_muons;
    for (size_t kind = 0; kind < kPairKinds.size(); ++kind) {
      if (p.masses_gev[kind].empty()) continue;
      const Spread spread = spread_of(p.masses_gev[kind]);
      entry["mass_gev"][kPairNames[kind]] = {{"pairs", spread.count},
                                             {"median", spread.median},
                                             {"low_16", spread.low},
                                             {"high_84", spread.high}};
    }
    for (size_t seed = 0; seed < v.menu.seeds.size(); ++seed) {
      entry["seeds"][v.menu.seeds[seed].name] = p.seeds[seed];
    }
    json["processes"][process_name(p.process)] = std::move(entry);
  }
  for (size_t seed = 0; seed < v.rates.size(); ++seed) {
    const Rate& rate = v.rates[seed];
    OrderedJson entry = {{"measured", rate.measured}};
    if (rate.measured) {
      entry["khz"] = rate.khz;
    } else {
      entry["upper_limit_95_khz"] = rate.limit_khz;
    }
    json["rates"][v.menu.seeds[seed].name] = std::move(entry);
  }
  return json;
}

void write_validation_folder(const Validation& validation, const std::filesystem::path& out,
                             const std::string& command) {
  PendingFolder folder(out);
  const Json document =
      results_document("Validation of events", {validation_section(validation, command)});
  check_results(document, out.string());
  write_file(folder.path() / "results.json", document.dump(1));
  write_file(folder.path() / "validation.json", validation_json(validation).dump(1));
  folder.commit();
}

}  // namespace trigstone
