// The regions of the Level-1 correlator: which inputs each of the 108 sees, in what order, how
// many, and the PUPPI candidates that leave them.
//
// Source: CMSSW L1Trigger/Phase2L1ParticleFlow, l1ctLayer1_cff.py (borders, overlap, limits) and
// DataFormats/L1TParticleFlow, pf.h (local and global coordinates). Inputs and candidates are
// sorted by falling pT, equal ones by their order in the event, and cut where the firmware's arrays
// end; the firmware's regionizer also loses what arrives too late in its clock, which is not
// simulated.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "events/correlator_words.h"
#include "events/event.h"
#include "physics/puppi.h"

namespace trigstone {

enum class RegionKind { kBarrel, kEndcap, kEndcapNoTracks, kForward };

// Sizes of a region's arrays. In the barrel `clusters` are hadronic; in the endcap they are all
// clusters, and `em_clusters` those of them that are photons.
struct RegionLimits {
  int tracks = 0, clusters = 0, em_clusters = 0, muons = 0, candidates = 0;
};

// All numbers in steps of pi / 720.
struct Region {
  RegionKind kind = RegionKind::kBarrel;
  RegionLimits limits;
  int eta_centre = 0, phi_centre = 0;
  int eta_half_width = 0, phi_half_width = 0;
  int eta_extra = 0, phi_extra = 0;  // overlap with the neighbours

  int local_eta(int eta) const { return eta - eta_centre; }
  int local_phi(int phi) const { return wrapped_correlator_phi(phi - phi_centre); }
  int global_eta(int eta) const { return eta + eta_centre; }
  int global_phi(int phi) const { return wrapped_correlator_phi(phi + phi_centre); }
  // Local coordinates. Every direction within |eta| 5.5 is the own of exactly one region.
  bool owns(int eta, int phi) const;
  bool sees(int eta, int phi) const;
};

// 54 barrel regions (eta rising, then phi rising from 0), 18 endcap, 18 without tracks, 18 forward;
// each pair of endcaps begins with negative eta.
const std::vector<Region>& correlator_regions();

// What a region reads: places in the event's tokens and stand-alone muons, sorted and cut.
struct RegionInputs {
  std::vector<int> tracks;  // muons and electrons too
  std::vector<int> clusters, em_clusters;
  std::vector<int> muons;  // stand-alone ones
};
// One entry a region. Remainders and what momentum_of refuses are left out. A token or muon
// counts where its particle meets the calorimeter; of a displaced muon that is where one with its
// momentum and z0 from the beam line would.
std::vector<RegionInputs> region_inputs(std::span<const Token> tokens,
                                        std::span<const StandaloneMuon> muons = {});

// The words of a region's inputs, in local coordinates.
RegionTrackWord region_track_word(const Token& token, const Region& region);
RegionMuonWord region_muon_word(const StandaloneMuon& muon, const Region& region);
HadronClusterWord hadron_cluster_word(const Token& token, const Region& region);
EmClusterWord em_cluster_word(const Token& token, const Region& region);

// PUPPI candidates of each region: puppi_fixed of what the region reads, the region's own ones by
// falling pT, cut at its limit, in global coordinates at the vertex.
std::vector<std::vector<PuppiWord>> region_candidates(std::span<const Token> tokens,
                                                      const Vertex& vertex,
                                                      const PuppiConfig& config = {});

}  // namespace trigstone
