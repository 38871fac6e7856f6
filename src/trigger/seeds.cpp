#include "trigger/seeds.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/error.h"
#include "events/summary.h"

namespace trigstone {

namespace {

struct SeedCandidate {
  PtEtaPhi momentum;
  float z0_cm = 0;
};

// Those of the condition's objects that lie inside its limits on single objects, falling pT.
std::vector<SeedCandidate> candidates_of(const Condition& condition,
                                         const ClassicalObjects& objects) {
  std::vector<SeedCandidate> found;
  const auto inside = [&](const PtEtaPhi& momentum) {
    const double eta = std::fabs(momentum.eta);
    return eta >= condition.eta_min && eta <= condition.eta_max;
  };
  const auto add = [&](const std::vector<Candidate>& list) {
    for (const Candidate& one : list) {
      if (inside(one.momentum) && one.relative_isolation <= condition.isolation_max) {
        found.push_back({one.momentum, one.z0_cm});
      }
    }
  };
  switch (condition.object) {
    case SeedObject::kJet:
      for (const Jet& jet : objects.jets) {
        if (inside(jet.momentum)) found.push_back({jet.momentum});
      }
      break;
    case SeedObject::kPhoton:
      add(objects.photons);
      break;
    case SeedObject::kElectron:
      add(objects.electrons);
      break;
    case SeedObject::kEgamma:
      add(objects.photons);
      add(objects.electrons);
      std::stable_sort(found.begin(), found.end(),
                       [](const SeedCandidate& a, const SeedCandidate& b) {
                         return a.momentum.pt_gev > b.momentum.pt_gev;
                       });
      break;
    case SeedObject::kMuon:
      add(objects.muons);
      break;
    case SeedObject::kHt:
    case SeedObject::kMht:
    case SeedObject::kMet:
    case SeedObject::kRawMet:
    case SeedObject::kScalar:
    case SeedObject::kHead:
      internal_error("a condition without objects");
  }
  return found;
}

bool inside_pair(const PairCut& cut, const SeedCandidate& a, const SeedCandidate& b) {
  const PtEtaPhi &p = a.momentum, &q = b.momentum;
  const double delta_eta = std::fabs(p.eta - q.eta);
  if (delta_eta < cut.delta_eta_min || delta_eta > cut.delta_eta_max) return false;
  if (delta_r2(p.eta, p.phi, q.eta, q.phi) < cut.delta_r_min * cut.delta_r_min) return false;
  if (std::fabs(a.z0_cm - b.z0_cm) > cut.dz_max_cm) return false;
  const double mass_gev = pair_mass_gev(p.pt_gev, p.eta, p.phi, q.pt_gev, q.eta, q.phi);
  return mass_gev >= cut.mass_min_gev && mass_gev <= cut.mass_max_gev;
}

double objects_margin(const Condition& condition, const ClassicalObjects& objects) {
  const std::vector<SeedCandidate> found = candidates_of(condition, objects);
  const std::vector<double>& wanted = condition.pt_min_gev;
  if (found.size() < wanted.size()) return 0;
  if (condition.pair == PairCut()) {
    double margin = std::numeric_limits<double>::infinity();
    for (size_t i = 0; i < wanted.size(); ++i) {
      margin = std::min(margin, found[i].momentum.pt_gev / wanted[i]);
    }
    return margin;
  }
  double best = 0;
  for (size_t i = 0; i < found.size(); ++i) {
    for (size_t j = i + 1; j < found.size(); ++j) {
      const double margin =
          std::min(found[i].momentum.pt_gev / wanted[0], found[j].momentum.pt_gev / wanted[1]);
      if (margin > best && inside_pair(condition.pair, found[i], found[j])) best = margin;
    }
  }
  return best;
}

}  // namespace

double threshold_margin(const Condition& condition, const ClassicalObjects& objects) {
  switch (condition.object) {
    case SeedObject::kJet:
    case SeedObject::kPhoton:
    case SeedObject::kElectron:
    case SeedObject::kEgamma:
    case SeedObject::kMuon:
      return objects_margin(condition, objects);
    case SeedObject::kHt:
      return objects.ht.scalar_gev / condition.min_gev;
    case SeedObject::kMht:
      return objects.ht.pt_gev() / condition.min_gev;
    case SeedObject::kMet:
      return objects.missing.pt_gev() / condition.min_gev;
    case SeedObject::kRawMet:
      return objects.raw_missing.pt_gev() / condition.min_gev;
    case SeedObject::kScalar:
      return objects.missing.scalar_gev / condition.min_gev;
    case SeedObject::kHead:
      break;
  }
  internal_error("a head has no margin");
}

SeedAnswer evaluate_seed(const Seed& seed, const ClassicalObjects& objects,
                         std::span<const double> head_values) {
  double margin = std::numeric_limits<double>::infinity();
  const Condition* scanned = nullptr;  // the first head
  bool heads_passed = true, others_passed = true;
  for (const Condition& condition : seed.conditions) {
    if (condition.object != SeedObject::kHead) {
      margin = std::min(margin, threshold_margin(condition, objects));
      continue;
    }
    const bool passed = head_values[condition.head] >= condition.threshold;
    heads_passed = heads_passed && passed;
    if (scanned == nullptr) {
      scanned = &condition;
    } else {
      others_passed = others_passed && passed;
    }
  }
  constexpr double kNever = -std::numeric_limits<double>::infinity();
  if (scanned == nullptr) return {margin >= 1, margin > 0 ? margin : kNever};
  others_passed = others_passed && margin >= 1;
  return {heads_passed && margin >= 1, others_passed ? head_values[scanned->head] : kNever};
}

}  // namespace trigstone
