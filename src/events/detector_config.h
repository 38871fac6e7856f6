// The numbers of the simple detector response. The defaults are those of
// configs/detector_cms_phase2.toml, which states their source line by line.
#pragma once

#include <array>
#include <filesystem>
#include <string>
#include <vector>

namespace trigstone {

struct DetectorConfig {
  struct Vertex {  // luminous region: Gaussian, cut off
    double sigma_z_cm = 5.3, max_z_cm = 25.0;
    double sigma_t_ns = 0.160, max_t_ns = 0.800;
  } vertex;

  struct Solenoid {
    double field_t = 3.8, radius_cm = 129.0, half_length_cm = 300.0;
  } solenoid;

  // One row per range of |eta|: {upper edge, value(s)}.
  struct Tracker {
    double pt_min_gev = 2.0, eta_max = 2.4;
    std::vector<std::array<double, 2>> hadron_efficiency = {{1.2, 0.97}, {2.5, 0.87}};
    // Electrons: {upper edge, at pT -> 0, rise per GeV, from 10 GeV on}.
    std::vector<std::array<double, 4>> electron_efficiency = {{1.2, 0.97, 0.0, 0.97},
                                                              {2.5, 0.82, 0.01, 0.90}};
    std::vector<std::array<double, 2>> muon_efficiency = {{2.8, 1.0}};
    // sigma(pT)/pT: {upper edge, at 1 GeV, at 10 GeV, at 100 GeV}; linear between, constant below
    // and proportional to pT above.
    std::vector<std::array<double, 4>> pt_resolution = {
        {0.2, 0.004579, 0.004983, 0.009244}, {0.4, 0.005050, 0.005343, 0.009172},
        {0.6, 0.005106, 0.005317, 0.009077}, {0.8, 0.005780, 0.005779, 0.009177},
        {1.0, 0.007287, 0.007011, 0.010429}, {1.2, 0.010451, 0.009989, 0.013867},
        {1.4, 0.014772, 0.013616, 0.016800}, {1.6, 0.017315, 0.015439, 0.018161},
        {1.8, 0.019420, 0.015669, 0.018039}, {2.0, 0.022014, 0.016012, 0.020098},
        {2.2, 0.025743, 0.015681, 0.020289}, {2.4, 0.028858, 0.016753, 0.021524}};
    std::vector<std::array<double, 2>> electron_energy_resolution = {
        {1.5, 0.028}, {1.75, 0.037}, {2.15, 0.038}, {3.0, 0.044}};
    double z0_resolution_scale = 20.0;  // times the offline formula
    double dxy_resolution_cm = 0.03;
    // Particles farther from the beam line, and those made farther from it, leave no track.
    double dxy_max_cm = 10.0, production_radius_max_cm = 52.3;
    double stub_efficiency = 0.97;  // each of six layers
    // Tracks of stubs that no particle made together: their mean number for each ordered pair of
    // real tracks.
    double fakes_per_track_pair = 4e-4;
    double fake_residual_scale = 3.0;     // of their stubs, in units of the resolution
    double fake_stub_probability = 0.25;  // of each layer beyond the four that a track needs
    double fake_z0_max_cm = 15.0;         // their z0 is flat up to here
    // A hadron's track above the first needs the second times its pT in the towers around it.
    double unsupported_pt_max_gev = 10.0, support_share = 0.8;
    double time_resolution_ns = 0.040;  // used only with timing
  } tracker;

  // Stand-alone muons (muon_system.h).
  struct Muons {
    double eta_max = 2.4;                              // of the place where one enters the stations
    double radius_cm = 400.0, half_length_cm = 600.0;  // the cylinder that they begin at
    std::vector<std::array<double, 2>> pt_min_gev = {{0.83, 3.5}, {1.24, 3.0}, {2.4, 2.0}};
    std::vector<std::array<double, 2>> efficiency = {{0.83, 0.95}, {1.24, 0.92}, {2.4, 0.94}};
    // A factor on the efficiency: {upper |d0| edge in cm, factor}; beyond the last none is found.
    std::vector<std::array<double, 2>> displaced_efficiency = {{245.76, 1.0}};
    // sigma(1/pT) times pT: {upper edge, constant, rise per GeV}, added in squares.
    std::vector<std::array<double, 3>> curvature_resolution = {
        {0.83, 0.15, 0.001}, {1.24, 0.20, 0.002}, {2.4, 0.25, 0.002}};
    // At the beam line: {upper edge, at high pT, times 1 GeV / pT}, added in squares.
    std::vector<std::array<double, 3>> phi_resolution = {{2.4, 0.005, 0.15}};
    std::vector<std::array<double, 3>> eta_resolution = {{2.4, 0.02, 0.05}};
    std::vector<std::array<double, 3>> z0_resolution_cm = {{2.4, 5.0, 20.0}};
    std::vector<std::array<double, 3>> d0_resolution_cm = {{2.4, 4.0, 30.0}};
    double station_efficiency = 0.95;  // each of four stations, of which two are needed
    double punch_through = 0.0;        // share of charged hadrons that look like a muon
  } muons;

  // Energy resolution: {upper |eta| edge, constant term, stochastic, noise in GeV}:
  // sigma^2 = (constant*E)^2 + stochastic^2*E + noise^2.
  struct Calorimeter {
    std::vector<std::array<double, 4>> ecal_resolution = {{1.5, 0.009, 0.12, 0.45},
                                                          {1.75, 0.006, 0.20, 0.0},
                                                          {2.15, 0.007, 0.21, 0.0},
                                                          {3.0, 0.008, 0.24, 0.0},
                                                          {5.0, 0.08, 1.98, 0.0}};
    std::vector<std::array<double, 4>> hcal_resolution = {{3.0, 0.05, 1.0, 0.0},
                                                          {5.0, 0.11, 2.8, 0.0}};
    double ecal_min_gev = 0.5, hcal_min_gev = 1.0;  // smallest energy of a cell
    double significance_min = 1.0;                  // smallest energy in units of its resolution
    double photon_smearing = 0.01;                  // relative, on top of the electromagnetic cells
    double strange_ecal_fraction = 0.3;             // of K0s and Lambda
    double eta_step = 0.0873, forward_eta_step = 0.175;
    double forward_eta = 2.9682, eta_max = 5.0;  // forward_eta is 34 steps of eta_step
    int phi_cells = 72, forward_phi_cells = 36;
  } calorimeter;

  int max_tokens = 128;  // by pT; the rest goes into one remainder token per kind
  // Forward calorimeter tokens below this go into the remainder at once.
  double forward_pt_min_gev = 10.0;
  bool timing = false;  // today's Level-1 cannot read timing
};

// Reads a TOML file; keys that are absent keep their default. Throws Error naming file and line for
// broken TOML, unknown keys, wrong types and values that make no detector.
DetectorConfig read_detector_config(const std::filesystem::path& path);

// All values as "section.key = value" lines: goes into event files, so that they explain
// themselves.
std::string describe_detector(const DetectorConfig& config);

}  // namespace trigstone
