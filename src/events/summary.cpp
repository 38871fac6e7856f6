#include "events/summary.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "events/collisions.h"
#include "events/event_shards.h"
#include "events/tokens.h"

namespace trigstone {

namespace {

constexpr int64_t kReadBlock = 1024;
constexpr double kLeptonPtMinGev = 10;  // below, pairs are mostly not from the Z

template <typename T>
double mean(const std::vector<T>& values) {
  return values.empty() ? 0
                        : std::accumulate(values.begin(), values.end(), 0.0) /
                              static_cast<double>(values.size());
}

OrderedJson to_json(const Spread& spread) {
  return {{"pairs", spread.count},
          {"median", spread.median},
          {"low_16", spread.low},
          {"high_84", spread.high}};
}

// Which particles of a process make a resonance: Z to leptons, H to photons.
struct Pair {
  int16_t pdg = 0;
  TokenKind kind = TokenKind::kTrack;
};
bool has_pair(Process process, Pair& pair) {
  switch (process) {
    case Process::kZToElectrons:
      pair = {11, TokenKind::kElectron};
      return true;
    case Process::kZToMuons:
      pair = {13, TokenKind::kMuon};
      return true;
    case Process::kVbfHiggsToPhotons:
    case Process::kHiggsToPhotons:
      pair = {22, TokenKind::kPhoton};
      return true;
    case Process::kMinimumBias:
    case Process::kQcd:
    case Process::kTopPairs:
    case Process::kHiggsToBottoms:
    case Process::kImported:
    case Process::kToy:
    case Process::kWToLeptons:
    case Process::kZToTaus:
    case Process::kZToNeutrinos:
    case Process::kPhotonJet:
    case Process::kHiggsToTaus:
    case Process::kHiggsToInvisible:
    case Process::kVbfHiggsToBottoms:
    case Process::kVbfHiggsToTaus:
    case Process::kVbfHiggsToInvisible:
    case Process::kHiggsPairToBottoms:
    case Process::kHiggsToScalarsToBottoms:
    case Process::kTauToMuons:
    case Process::kDarkShower:
    case Process::kSoftUnclustered:
    case Process::kLongLived:
    case Process::kHeavyResonance:
      return false;
  }
  return false;
}

// Mass of the two hardest of what `wanted` chooses; items come by falling pT.
template <typename Items, typename Wanted>
void add_pair_mass(const Items& items, Wanted wanted, std::vector<double>& masses) {
  const auto last = std::end(items);
  const auto first = std::find_if(std::begin(items), last, wanted);
  if (first == last) return;
  const auto second = std::find_if(first + 1, last, wanted);
  if (second == last || second->pt_gev < kLeptonPtMinGev) return;
  masses.push_back(pair_mass_gev(first->pt_gev, first->eta, first->phi, second->pt_gev, second->eta,
                                 second->phi));
}

struct ProcessTotals {
  int64_t events = 0;
  double cross_section_pb = 0;
  int64_t standalone_muons = 0;
  std::vector<double> pileup, tokens, missing_gev, true_missing_gev, pair_mass_gev;
  std::array<int64_t, kTokenKinds> kinds{};
};

void add(ProcessTotals& totals, const Event& event) {
  ++totals.events;
  totals.cross_section_pb += event.weight;
  totals.pileup.push_back(event.pileup);
  totals.tokens.push_back(static_cast<double>(event.tokens.size()));
  const TransverseSum sum = sum_tokens(event.tokens);
  totals.missing_gev.push_back(std::hypot(sum.x_gev, sum.y_gev));
  totals.true_missing_gev.push_back(
      std::hypot(event.truth.missing_x_gev, event.truth.missing_y_gev));
  totals.standalone_muons += std::ssize(event.standalone_muons);
  for (const Token& token : event.tokens) {
    if (!token.is_remainder()) ++totals.kinds[static_cast<size_t>(token.token_kind())];
  }
  Pair pair;
  if (!has_pair(event.process, pair)) return;
  add_pair_mass(
      event.tokens,
      [&](const Token& t) { return !t.is_remainder() && t.token_kind() == pair.kind; },
      totals.pair_mass_gev);
}

// Means an event; of stand-alone muons where the file tells of them.
OrderedJson to_json(const ProcessTotals& totals, bool has_muons) {
  OrderedJson kinds;
  for (size_t i = 0; i < totals.kinds.size(); ++i) {
    kinds[kTokenKindNames[i]] =
        static_cast<double>(totals.kinds[i]) / static_cast<double>(totals.events);
  }
  OrderedJson json = {{"events", totals.events},
                      {"weight_sum_pb", totals.cross_section_pb},
                      {"pileup", mean(totals.pileup)},
                      {"tokens", mean(totals.tokens)},
                      {"tokens_by_kind", kinds},
                      {"missing_gev", mean(totals.missing_gev)},
                      {"true_missing_gev", mean(totals.true_missing_gev)}};
  if (has_muons) {
    json["standalone_muons"] =
        static_cast<double>(totals.standalone_muons) / static_cast<double>(totals.events);
  }
  if (!totals.pair_mass_gev.empty()) {
    json["pair_mass_gev"] = to_json(spread_of(totals.pair_mass_gev));
  }
  return json;
}

OrderedJson summarise_events(const std::filesystem::path& path) {
  const EventShards reader(path);
  const EventFileInfo& info = reader.info();
  OrderedJson json = {{"schema", fmt::format("{}/{}", kEventsSchema, kEventsVersion)},
                      {"events", reader.size()},
                      {"generator", info.generator},
                      {"tune", info.tune},
                      {"seed", info.seed},
                      {"pileup_mean", info.pileup_mean},
                      {"luminosity_hz_per_pb", info.luminosity_hz_per_pb},
                      {"library", info.library},
                      {"weight_unit", info.weight_unit}};
  for (const auto& [name, text] : info.source) json[name] = text;
  std::map<Process, ProcessTotals> totals;
  for (int64_t begin = 0; begin < reader.size(); begin += kReadBlock) {
    for (const Event& event : reader.read(begin, std::min(reader.size(), begin + kReadBlock))) {
      add(totals[event.process], event);
    }
  }
  json["processes"] = OrderedJson::object();
  for (const auto& [process, sums] : totals) {
    json["processes"][process_name(process)] = to_json(sums, info.has_muons);
  }
  return json;
}

OrderedJson summarise_collisions(const std::filesystem::path& path) {
  const Collisions library(path);
  std::vector<double> particles, masses;
  double weight_sum_pb = 0;
  Pair pair;
  const bool paired = has_pair(library.process(), pair);
  for (int64_t i = 0; i < library.size(); ++i) {
    const auto collision = library.collision(i);
    particles.push_back(static_cast<double>(collision.particles.size()));
    weight_sum_pb += library.weight_pb(i);
    if (!paired) continue;
    add_pair_mass(
        collision.particles, [&](const Particle& p) { return std::abs(p.pdg) == pair.pdg; },
        masses);
  }
  OrderedJson json = {{"schema", "trigstone.collisions/1"},
                      {"process", process_name(library.process())},
                      {"collisions", library.size()},
                      {"generator", library.generator()},
                      {"tune", library.tune()},
                      {"seed", library.seed()},
                      {"cross_section_pb", library.cross_section_pb()},
                      {"weight_sum_pb", weight_sum_pb},
                      {"pt_min_gev", library.pt_min_gev()},
                      {"particles", mean(particles)},
                      {"charged_dn_deta", mean(library.charged_central())}};
  if (paired) json["pair_mass_gev"] = to_json(spread_of(masses));
  return json;
}

void append_lines(const OrderedJson& json, int indent, std::string& text) {
  for (const auto& [key, value] : json.items()) {
    const std::string label = fmt::format("{:{}}{}", "", indent, key);
    if (value.is_object()) {
      text += label + "\n";
      append_lines(value, indent + 2, text);
    } else if (value.is_string()) {
      std::string words = value.get<std::string>();
      while (!words.empty() && words.back() == '\n') words.pop_back();
      for (size_t at = words.find('\n'); at != std::string::npos; at = words.find('\n', at + 1)) {
        words.insert(at + 1, 26, ' ');
      }
      text += fmt::format("{:<26}{}\n", label, words);
    } else if (value.is_number_float()) {
      text += fmt::format("{:<26}{:.6g}\n", label, value.get<double>());
    } else {
      text += fmt::format("{:<26}{}\n", label, value.dump());
    }
  }
}

}  // namespace

double pair_mass_gev(double pt1_gev, double eta1, double phi1, double pt2_gev, double eta2,
                     double phi2) {
  const double square = 2 * pt1_gev * pt2_gev * (std::cosh(eta1 - eta2) - std::cos(phi1 - phi2));
  return std::sqrt(std::max(0.0, square));
}

Spread spread_of(std::vector<double> values) {
  if (values.empty()) return {};
  std::sort(values.begin(), values.end());
  const auto quantile = [&](double fraction) {
    return values[static_cast<size_t>(
        std::lround(fraction * static_cast<double>(values.size() - 1)))];
  };
  return {quantile(0.16), quantile(0.5), quantile(0.84), static_cast<int64_t>(values.size())};
}

OrderedJson summarise_file(const std::filesystem::path& path) {
  if (is_shard_list(path)) return summarise_events(path);
  const Hdf5Reader file(path);
  const std::string schema = file.has_attribute("schema") ? file.text("schema") : "";
  const bool collisions = schema.rfind("trigstone.collisions/", 0) == 0;
  return collisions ? summarise_collisions(path) : summarise_events(path);
}

std::string summary_text(const OrderedJson& summary) {
  std::string text;
  append_lines(summary, 0, text);
  return text;
}

}  // namespace trigstone
