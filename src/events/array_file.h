// HDF5 files of fixed-size arrays made elsewhere: objects that others reconstructed, so no detector
// of ours stands between them and the tokens.
//
//   challenge  Particles[N,19,4]: (pT, eta, phi, class) of the missing momentum, 4 electrons, 4
//              muons and 10 jets, zero where there are fewer; class 0 none, 1 missing momentum,
//              2 electron or photon, 3 muon, 4 jet. The 40 MHz anomaly detection challenge,
//              E. Govorkova et al., arXiv:2107.02157.
//   jetnet     particle_features[N,P,3 or 4]: (etarel, phirel, ptrel, mask) against the jet, and
//              jet_features[N,2 or more]: (pT, eta, …). Where a text attribute of the dataset
//              (kColumnAttributes) names the columns, they may come in any order. R. Kansal et al.,
//              arXiv:2106.11535.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "events/event.h"
#include "events/hdf5_file.h"

namespace trigstone {

// Where a dataset may name its columns; the first that is there counts.
inline constexpr std::array kColumnAttributes = {"columns", "column_names", "feature_names",
                                                 "features", "names"};

class ArrayFile {
 public:
  // Recognises the layout by its datasets. Throws Error naming the dataset and the shapes when one
  // has another shape, and what the file holds when there is none.
  explicit ArrayFile(const std::filesystem::path& path);

  const char* format() const { return jets_ ? "JetNet" : "40 MHz challenge"; }
  int64_t size() const { return size_; }
  // Events [begin, end), ids counted from 0.
  //   challenge: electrons, muons, jets (as hadrons), and a hadron remainder token of what the
  //     missing momentum has beyond them: the tokens sum to minus the missing momentum
  //   jetnet: one jet an event, at phi = 0 (the layout has none); its particles are hadrons, the
  //   jet
  //     itself is in the truth
  // Particles without a finite momentum are counted in problems() and left out.
  std::vector<Event> read(int64_t begin, int64_t end);
  const std::map<std::string, int64_t>& problems() const { return problems_; }
  // What the text attribute `process` names, where the file has one that is ours.
  std::optional<Process> process() const;

 private:
  void check_challenge();
  void check_jetnet();
  void find_columns();
  void fill_challenge(Event& event, const float* rows);
  void fill_jetnet(Event& event, const float* particles, const float* jet);
  void add(Event& event, TokenKind kind, double pt_gev, double eta, double phi);

  Hdf5Reader file_;
  bool jets_ = false;
  int64_t size_ = 0;
  size_t particles_ = 0, columns_ = 0, jet_columns_ = 0;  // of a row
  struct {                                                // places of JetNet's columns
    size_t eta = 0, phi = 1, pt = 2, jet_pt = 0, jet_eta = 1;
    std::optional<size_t> mask;  // without it a particle without pT is none
  } place_;
  std::map<std::string, int64_t> problems_;
};

}  // namespace trigstone
