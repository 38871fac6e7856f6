// Stand-alone muons: what the muon system finds without the tracker. It measures outside of the
// calorimeter and assumes no vertex, so it also sees muons that are made metres away from the beam.
#pragma once

#include <optional>

#include "base/random.h"
#include "events/detector_config.h"
#include "events/event.h"
#include "events/particle.h"

namespace trigstone {

// pT never reads more: the largest number of the 16 bits of the word, in steps of 1/32 GeV.
inline constexpr double kMuonPtMaxGev = 65535.0 / 32;
inline constexpr int kMuonStations = 4, kMuonStationsMin = 2;

// Pseudorapidity, seen from the centre, of the place where a particle of a collision at
// `vertex_z_cm` enters the stations. Nothing for what is made beyond them. The way there is taken
// to be straight: the field turns it by little along the radius.
std::optional<double> muon_station_eta(const DetectorConfig::Muons& config,
                                       const Particle& particle, double vertex_z_cm);

// Probability that a muon is found; 0 below the momentum that gets there and outside the
// acceptance.
double muon_efficiency(const DetectorConfig::Muons& config, double pt_gev, double station_eta,
                       double d0_cm);

// Standard deviation of 1/pT, times pT.
double muon_curvature_resolution(const DetectorConfig::Muons& config, double pt_gev,
                                 double station_eta);
// A resolution at the beam line by a table {upper |eta| edge, at high pT, times 1 GeV / pT}.
double muon_resolution(const std::vector<std::array<double, 3>>& bands, double pt_gev,
                       double station_eta);

// The muon that a particle looks like, or nothing. `particle` is as it was made; hadrons, too, with
// the probability of punch-through.
std::optional<StandaloneMuon> measure_muon(const DetectorConfig& config, const Particle& particle,
                                           double vertex_z_cm, Random& random);

// By falling pT; ties by eta and phi, so that the order never depends on that of the input.
void sort_muons(std::vector<StandaloneMuon>& muons);

}  // namespace trigstone
