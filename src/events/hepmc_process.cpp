#include "events/hepmc_process.h"

#include <HepMC3/Attribute.h>
#include <HepMC3/GenEvent.h>
#include <HepMC3/GenParticle.h>
#include <HepMC3/GenVertex.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdlib>
#include <vector>

namespace trigstone {

namespace {

constexpr int kTop = 6, kPhoton = 22, kZ = 23, kW = 24, kHiggs = 25;

enum class Family { kNone, kSoft, kJets, kPhotonJet, kTopPair, kZ, kW, kHiggs, kVbfHiggs };

// Pythia 8.3 manual, pages "QCD Processes", "Electroweak Processes", "Top Processes" and "Higgs
// Processes": the numbers in front of each name.
Family family_of(int number) {
  struct Range {
    int first, last;
    Family family;
  };
  constexpr std::array kRanges = {
      Range{101, 106, Family::kSoft},      Range{111, 116, Family::kJets},
      Range{121, 124, Family::kJets},      Range{131, 140, Family::kJets},
      Range{201, 203, Family::kPhotonJet}, Range{221, 221, Family::kZ},
      Range{222, 222, Family::kW},         Range{241, 242, Family::kZ},
      Range{251, 252, Family::kW},         Range{601, 602, Family::kTopPair},
      Range{902, 902, Family::kHiggs},     Range{906, 907, Family::kVbfHiggs}};
  for (const Range& range : kRanges) {
    if (number >= range.first && number <= range.last) return range.family;
  }
  return Family::kNone;
}

// The tool's name, or without one status codes that only Pythia 8 writes (its manual, page
// "Particle Properties"; 11 is every generator's).
bool is_pythia8(const HepMC3::GenEvent& event, const std::string& generator) {
  if (generator != "unknown") {
    std::string name = generator.substr(0, 7);
    std::transform(name.begin(), name.end(), name.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return name.starts_with("pythia") && !name.starts_with("pythia6");
  }
  const auto& particles = event.particles();
  return std::any_of(particles.begin(), particles.end(), [](const auto& particle) {
    return particle->status() > 11 && particle->status() < 100;
  });
}

// PDG numbers, sorted, of what the only particle of one of the numbers +-`pdg` decays to: copies of
// it before its decay are passed over. Empty when there are several or none.
std::vector<int> products_of(const HepMC3::GenEvent& event, int pdg) {
  std::vector<int> products;
  int found = 0;
  for (const auto& particle : event.particles()) {
    if (std::abs(particle->pid()) != pdg) continue;
    std::vector<int> children;
    for (const auto& child : particle->children()) children.push_back(child->pid());
    if (std::count(children.begin(), children.end(), particle->pid()) > 0) continue;
    products = children;
    ++found;
  }
  std::sort(products.begin(), products.end());
  return found == 1 ? products : std::vector<int>();
}

bool is_pair(const std::vector<int>& products, int pdg) {
  return products == std::vector<int>{-pdg, pdg};
}

Process z_process(const std::vector<int>& products) {
  if (is_pair(products, 11)) return Process::kZToElectrons;
  if (is_pair(products, 13)) return Process::kZToMuons;
  if (is_pair(products, 15)) return Process::kZToTaus;
  for (const int neutrino : {12, 14, 16}) {
    if (is_pair(products, neutrino)) return Process::kZToNeutrinos;
  }
  return Process::kImported;
}

Process w_process(const std::vector<int>& products) {
  for (const int lepton : {11, 13, 15}) {
    if (products == std::vector<int>{-lepton - 1, lepton}) return Process::kWToLeptons;
    if (products == std::vector<int>{-lepton, lepton + 1}) return Process::kWToLeptons;
  }
  return Process::kImported;
}

Process higgs_process(const std::vector<int>& products, bool fusion) {
  if (is_pair(products, 5)) {
    return fusion ? Process::kVbfHiggsToBottoms : Process::kHiggsToBottoms;
  }
  if (is_pair(products, 15)) return fusion ? Process::kVbfHiggsToTaus : Process::kHiggsToTaus;
  if (products == std::vector<int>{kPhoton, kPhoton}) {
    return fusion ? Process::kVbfHiggsToPhotons : Process::kHiggsToPhotons;
  }
  return Process::kImported;
}

bool holds(const HepMC3::GenEvent& event, int pdg) {
  const auto& particles = event.particles();
  return std::any_of(particles.begin(), particles.end(),
                     [pdg](const auto& particle) { return particle->pid() == pdg; });
}

Process light(const HepMC3::GenEvent& event, Process process) {
  for (const int heavy : {kTop, -kTop, kZ, kW, -kW, kHiggs}) {
    if (holds(event, heavy)) return Process::kImported;
  }
  return process;
}

}  // namespace

Process process_of(const HepMC3::GenEvent& event, const std::string& generator) {
  const auto number = event.attribute<HepMC3::IntAttribute>("signal_process_id");
  if (number == nullptr || !is_pythia8(event, generator)) return Process::kImported;
  switch (family_of(number->value())) {
    case Family::kNone:
      return Process::kImported;
    case Family::kSoft:
      return light(event, Process::kMinimumBias);
    case Family::kJets:
      return light(event, Process::kQcd);
    case Family::kPhotonJet:
      return light(event, Process::kPhotonJet);
    case Family::kTopPair:
      return holds(event, kTop) && holds(event, -kTop) ? Process::kTopPairs : Process::kImported;
    case Family::kZ:
      return z_process(products_of(event, kZ));
    case Family::kW:
      return w_process(products_of(event, kW));
    case Family::kHiggs:
      return higgs_process(products_of(event, kHiggs), false);
    case Family::kVbfHiggs:
      return higgs_process(products_of(event, kHiggs), true);
  }
  return Process::kImported;
}

}  // namespace trigstone
