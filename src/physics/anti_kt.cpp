#include <fastjet/ClusterSequence.hh>

#include "physics/jets.h"

namespace trigstone {

std::vector<Jet> anti_kt_jets(std::span<const PtEtaPhi> momenta, double radius, double pt_min_gev) {
  // FastJet prints its citation to standard output, which belongs to the user's results.
  fastjet::ClusterSequence::set_fastjet_banner_stream(nullptr);
  std::vector<fastjet::PseudoJet> particles;
  particles.reserve(momenta.size());
  for (const PtEtaPhi& momentum : momenta) {
    if (momentum.pt_gev <= 0) continue;
    particles.push_back(fastjet::PtYPhiM(momentum.pt_gev, momentum.eta, momentum.phi));
  }
  const fastjet::ClusterSequence sequence(
      particles, fastjet::JetDefinition(fastjet::antikt_algorithm, radius));
  std::vector<Jet> jets;
  for (const fastjet::PseudoJet& found :
       fastjet::sorted_by_pt(sequence.inclusive_jets(pt_min_gev))) {
    const auto constituents = static_cast<int>(sequence.constituents(found).size());
    Jet jet;
    jet.momentum = {static_cast<float>(found.pt()), static_cast<float>(found.eta()),
                    static_cast<float>(found.phi_std())};
    jet.mass_gev = constituents > 1 ? static_cast<float>(std::sqrt(std::max(0.0, found.m2()))) : 0;
    jet.constituents = constituents;
    jets.push_back(jet);
  }
  return jets;
}

}  // namespace trigstone
