// A trigger menu: seeds, each a list of conditions that must all hold, with a prescale.
//
//   name = "demo"
//   [[head]]                       # a network; FILE.onnx, graph text or firmware folder
//   name = "accept"
//   model = "../demo/fw"           # relative to the menu file
//   output = "logit"               # may be left out when the model has one output
//   element = 0                    # or reduce = "norm" | "max" | "sum" over the whole output
//   [[seed]]
//   name = "DoubleJet"
//   prescale = 1                   # 1..2^24-1, as the Global Trigger's
//   [[seed.require]]
//   object = "jet"                 # jet photon electron egamma muon: objects
//   pt_min_gev = [112, 112]        # one number an object, falling: how many objects there must be
//   eta_max = 2.4                  # also eta_min, isolation_max (not of jets); and of two objects
//   delta_eta_max = 1.6            # delta_eta_min, delta_r_min, mass_min_gev, mass_max_gev,
//                                  # dz_max_cm (electrons and muons)
//   [[seed.require]]
//   object = "ht"                  # ht mht met met_raw scalar: one number
//   min_gev = 300
//   [[seed.require]]
//   object = "head"
//   head = "accept"
//   threshold = 1.5
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <map>
#include <string>
#include <vector>

namespace trigstone {

enum class SeedObject : uint8_t {
  kJet,
  kPhoton,
  kElectron,
  kEgamma,  // photons and electrons together
  kMuon,
  kHt,
  kMht,
  kMet,
  kRawMet,
  kScalar,
  kHead,
};
inline constexpr std::array<const char*, 11> kSeedObjectNames = {
    "jet", "photon", "electron", "egamma", "muon", "ht", "mht", "met", "met_raw", "scalar", "head"};

// Limits on two objects together; the widest by default.
struct PairCut {
  double delta_eta_min = 0, delta_eta_max = std::numeric_limits<double>::infinity();
  double delta_r_min = 0;
  double mass_min_gev = 0, mass_max_gev = std::numeric_limits<double>::infinity();
  double dz_max_cm = std::numeric_limits<double>::infinity();
  bool operator==(const PairCut&) const = default;
};

struct Condition {
  SeedObject object = SeedObject::kJet;
  // Objects: the i-th hardest of those inside the other cuts has at least the i-th pT (falling).
  std::vector<double> pt_min_gev;
  double eta_min = 0, eta_max = std::numeric_limits<double>::infinity();
  double isolation_max = std::numeric_limits<double>::infinity();
  PairCut pair;        // only of two objects
  double min_gev = 0;  // sums
  size_t head = 0;     // place in Menu::heads
  double threshold = 0;
};

enum class HeadReduce : uint8_t { kElement, kNorm, kMax, kSum };

struct HeadSource {
  std::string name;
  std::filesystem::path model;
  std::string output;  // empty: the only one
  int64_t element = 0;
  HeadReduce reduce = HeadReduce::kElement;
  std::string where;  // "menu.toml:12", for messages
};

struct Seed {
  std::string name;
  int64_t prescale = 1;
  std::vector<Condition> conditions;

  // Whether a network takes part; the others are classical.
  bool has_head() const;
};

struct Menu {
  std::string name, text;  // text: the file as it was read
  std::vector<HeadSource> heads;
  std::vector<Seed> seeds;
};

// Throws Error at "path:line" for broken TOML, unknown keys, objects and heads, names used twice,
// impossible numbers and a menu without seeds. `heads` replaces the model of heads by name.
Menu read_menu(const std::filesystem::path& path,
               const std::map<std::string, std::filesystem::path>& heads = {});

}  // namespace trigstone
