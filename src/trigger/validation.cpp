#include "trigger/validation.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "base/error.h"
#include "base/progress.h"
#include "base/threads.h"
#include "events/summary.h"
#include "physics/classical.h"
#include "physics/kinematics.h"
#include "trigger/seeds.h"

namespace trigstone {

namespace {

constexpr int64_t kReadBlock = 1024, kThreadBlock = 32;
constexpr float kPairPtMinGev = 10;  // below, pairs are mostly not from the resonance

// What the serial part needs of one event, made by many threads.
struct Looked {
  ClassicalObjects objects;
  std::vector<uint8_t> passed;  // seed by seed
};

// Minimum-bias crossings, for rates.
struct Crossings {
  std::vector<double> weight;
  std::vector<int32_t> hard_id;
  std::vector<std::vector<uint8_t>> passed;  // [seed][crossing]
};

Looked look(const Event& event, const Menu& menu) {
  Looked looked{classical_objects(event), {}};
  for (const Seed& seed : menu.seeds) {
    looked.passed.push_back(evaluate_seed(seed, looked.objects, {}).passed ? 1 : 0);
  }
  return looked;
}

void add_masses(ProcessValidation& process, const Event& event) {
  for (size_t i = 0; i < kPairKinds.size(); ++i) {
    std::vector<const Token*> found;
    for (const Token& token : event.tokens) {
      const bool fits = !token.is_remainder() && token.token_kind() == kPairKinds[i];
      if (fits && token.pt_gev >= kPairPtMinGev && found.size() < 2) found.push_back(&token);
    }
    if (found.size() < 2) continue;
    const double mass_gev = pair_mass_gev(found[0]->pt_gev, found[0]->eta, found[0]->phi,
                                          found[1]->pt_gev, found[1]->eta, found[1]->phi);
    process.mass[i].add(mass_gev);
    process.masses_gev[i].push_back(mass_gev);
  }
}

void add_tokens(Validation& all, ProcessValidation& process, const Event& event,
                const PuppiWeights& puppi) {
  int64_t kept = 0, plain = 0;
  for (size_t i = 0; i < event.tokens.size(); ++i) {
    const Token& token = event.tokens[i];
    if (token.is_remainder()) {
      process.remainders += 1;
      continue;
    }
    ++plain;
    const auto kind = static_cast<size_t>(token.token_kind());
    const double log_pt = std::log10(std::max(token.pt_gev, 1e-6F));
    process.tokens[kind] += 1;
    all.log_pt[kind].add(log_pt);
    all.eta[kind].add(token.eta);
    all.pileup_share.add(log_pt, token.is_pileup);
    if (token.chi2_rphi > 0) {  // a file may not tell
      all.fake_share.add(log_pt, token.is_fake);
      all.track_chi2[token.is_fake != 0 ? 1 : 0].add(token.chi2_rphi);
    }
    if (puppi.pt_gev[i] > 0) {
      ++kept;
      all.kept_pileup_share.add(log_pt, token.is_pileup);
    }
  }
  process.multiplicity.add(static_cast<double>(plain));
  all.candidates.add(event.pileup, static_cast<double>(kept));
}

// Tracker muons as the reference of stand-alone ones: no file tells the truth of all muons.
void add_muons(Validation& all, ProcessValidation& process, const Event& event) {
  process.standalone_muons += static_cast<double>(event.standalone_muons.size());
  if (!all.info.has_muons) return;
  for (const Token& token : event.tokens) {
    const bool muon = !token.is_remainder() && token.token_kind() == TokenKind::kMuon;
    const PtEtaPhi track = momentum_of(token);
    if (!muon || track.pt_gev == 0) continue;
    const double log_pt = std::log10(track.pt_gev);
    const StandaloneMuon* nearest = nullptr;
    float least = kMuonMatchR * kMuonMatchR;
    for (const StandaloneMuon& one : event.standalone_muons) {
      const PtEtaPhi momentum = momentum_of(one);
      const float distance = delta_r2(momentum.eta, momentum.phi, track.eta, track.phi);
      if (momentum.pt_gev == 0 || distance > least) continue;
      least = distance;
      nearest = &one;
    }
    all.muon_found.add(log_pt, nearest != nullptr ? 1 : 0);
    if (nearest == nullptr || token.charge == 0) continue;
    const double sign = nearest->charge == token.charge ? 1 : -1;
    all.muon_curvature.add(log_pt, sign * track.pt_gev / nearest->pt_gev - 1);
  }
}

void add_event(Validation& all, ProcessValidation& process, const Event& event,
               const Looked& looked) {
  const ClassicalObjects& objects = looked.objects;
  ++process.events;
  process.pileup += event.pileup;
  process.raw_sum_gev += objects.raw_missing.scalar_gev;
  process.puppi_sum_gev += objects.missing.scalar_gev;
  add_tokens(all, process, event, objects.puppi);
  add_masses(process, event);
  add_muons(all, process, event);
  all.raw_sum_gev.add(event.pileup, objects.raw_missing.scalar_gev);
  all.puppi_sum_gev.add(event.pileup, objects.missing.scalar_gev);
  const double root = std::sqrt(objects.raw_missing.scalar_gev);
  for (const auto& [truth, raw, puppi] :
       {std::array{double{event.truth.missing_x_gev}, objects.raw_missing.x_gev,
                   objects.missing.x_gev},
        std::array{double{event.truth.missing_y_gev}, objects.raw_missing.y_gev,
                   objects.missing.y_gev}}) {
    all.raw_missing_x.add(root, raw - truth);
    all.missing_x.add(root, puppi - truth);
  }
}

// Sums become means and shares.
void finish(ProcessValidation& process, double weight) {
  const auto events = static_cast<double>(process.events);
  for (double& mean : process.tokens) mean /= events;
  for (double* mean : {&process.standalone_muons, &process.remainders, &process.pileup,
                       &process.raw_sum_gev, &process.puppi_sum_gev}) {
    *mean /= events;
  }
  for (double& share : process.seeds) share = weight > 0 ? share / weight : 0;
  process.any_seed = weight > 0 ? process.any_seed / weight : 0;
}

void check(const Menu& menu, const EventShards& reader, const std::filesystem::path& events) {
  for (const Seed& seed : menu.seeds) {
    if (!seed.has_head()) continue;
    throw Error(fmt::format("menu {}: seed {}", menu.name, seed.name), "needs a network",
                "validation is of events; use a classical menu, configs/menu_classical.toml");
  }
  if (reader.size() == 0) throw Error(events.string(), "holds no event", "nothing to look at");
}

}  // namespace

void Histogram::add(double value, double weight) {
  if (!(value >= low && value < high)) return;
  const auto bin = static_cast<size_t>((value - low) / width());
  counts[std::min(bin, counts.size() - 1)] += weight;
}

void Profile::add(double x, double y) {
  entries.add(x);
  sum.add(x, y);
  square.add(x, y * y);
}

double Profile::rms(size_t bin) const {
  return std::sqrt(square.counts[bin] / entries.counts[bin]);
}

Validation validate_events(const std::filesystem::path& events, const Menu& menu, int threads) {
  const EventShards reader(events);
  check(menu, reader, events);
  Validation all;
  all.info = reader.info();
  all.menu = menu;
  all.events = reader.size();
  all.log_pt.fill(Histogram(-0.5, 3, 35));
  all.eta.fill(Histogram(-5, 5, 50));
  std::map<Process, ProcessValidation> processes;
  std::map<Process, double> weights;
  Crossings crossings;
  crossings.passed.resize(menu.seeds.size());
  Progress progress("validate", reader.size(), "events");
  for (int64_t begin = 0; begin < reader.size(); begin += kReadBlock) {
    const auto block = reader.read(begin, std::min(reader.size(), begin + kReadBlock));
    std::vector<Looked> looked(block.size());
    parallel_blocks(std::ssize(block), kThreadBlock, threads, [&](int64_t from, int64_t to) {
      for (auto i = static_cast<size_t>(from); i < static_cast<size_t>(to); ++i) {
        looked[i] = look(block[i], menu);
      }
    });
    for (size_t i = 0; i < block.size(); ++i) {
      const Event& event = block[i];
      ProcessValidation& process = processes[event.process];
      process.process = event.process;
      process.seeds.resize(menu.seeds.size());
      add_event(all, process, event, looked[i]);
      const double weight = std::isfinite(event.weight) ? std::fabs(event.weight) : 0;
      weights[event.process] += weight;
      const std::vector<uint8_t>& passed = looked[i].passed;
      for (size_t seed = 0; seed < passed.size(); ++seed)
        process.seeds[seed] += weight * passed[seed];
      process.any_seed += std::count(passed.begin(), passed.end(), 1) > 0 ? weight : 0;
      if (event.process != Process::kMinimumBias) continue;
      crossings.weight.push_back(weight);
      crossings.hard_id.push_back(event.hard_id);
      for (size_t seed = 0; seed < passed.size(); ++seed) {
        crossings.passed[seed].push_back(passed[seed]);
      }
    }
    progress.update(begin + std::ssize(block));
  }
  for (auto& [process, result] : processes) {
    finish(result, weights[process]);
    all.processes.push_back(std::move(result));
  }
  if (weights[Process::kMinimumBias] > 0) {
    const RateSample sample(crossings.weight, crossings.hard_id, events.string());
    for (const auto& passed : crossings.passed) {
      all.rates.push_back(sample.rate([&](size_t i) { return passed[i] != 0; }));
    }
  }
  return all;
}

}  // namespace trigstone
