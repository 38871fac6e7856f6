// Events on disk: HDF5, schema trigstone.events/1 (docs/design.md, "Events on disk").
//
//   /events  id, hard_id, library_offset, library_id, weight, process, pileup, vertex_z_cm,
//            vertex_t_ns
//   /tokens  offset, kind, quality, is_pileup, pt_gev, eta, phi, z0_cm, dxy_cm, depth, time_ns,
//            charge, hit_pattern, is_fake, chi2_rphi, chi2_rz, bend_chi2 (these may be absent: then
//            they are not known, and 0)
//   /muons   stand-alone muons (muon_columns.h; may be absent: then the file does not tell)
//   /truth   missing_x_gev, missing_y_gev, pt_hat_gev, parton_offset, parton_pdg, parton_pt_gev,
//            parton_eta, parton_phi, jet_offset, jet_pt_gev, jet_eta, jet_phi,
//            label (class in a labelled file made elsewhere, -1 none; may be absent)
//
// The elements of event i in a ragged column are [offset[i], offset[i + 1]). Events are appended in
// whole blocks; columns are chunked, shuffled and deflated.
#pragma once

#include <array>
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "base/files.h"
#include "events/event.h"
#include "events/hdf5_file.h"

namespace trigstone {

inline constexpr const char* kEventsSchema = "trigstone.events";
inline constexpr int kEventsVersion = 1;

// The attributes of an event file.
struct EventFileInfo {
  std::string generator, tune;  // of the hard collisions
  std::string detector;         // describe_detector()
  std::string library;          // files and their SHA-256, one per line
  int64_t seed = 0;
  double pileup_mean = 0;
  // Instantaneous luminosity at which the pile-up is that mean; 0 when there is no pile-up.
  double luminosity_hz_per_pb = 0;
  std::string weight_unit = "pb";
  // How a file made elsewhere was read, and what its labels mean: those of kSourceAttributes that
  // there are.
  std::map<std::string, std::string> source = {};
  bool has_muons = true;  // whether the events tell of stand-alone muons
};
inline constexpr std::array kSourceAttributes = {"source_kind", "collection", "converted_with",
                                                 "label_names"};

class EventWriter {
 public:
  // Nothing appears under `path` before commit(). Throws Error when it cannot be written.
  EventWriter(const std::filesystem::path& path, const EventFileInfo& info);
  void append(std::span<const Event> events);
  // Finishes the file and puts it in place. Without it the destructor leaves nothing behind.
  void commit();
  int64_t written() const { return written_; }

 private:
  void append_truth(std::span<const Event> events, bool first);

  PendingFile pending_;
  Hdf5Writer file_;
  int64_t written_ = 0;
  bool started_ = false;  // the offsets have their leading 0
  int64_t tokens_ = 0, library_rows_ = 0, partons_ = 0, jets_ = 0;  // ends of the ragged columns
  int64_t muons_ = 0;
  bool has_muons_;
};

class EventReader {
 public:
  // Checks schema, columns and lengths. Throws Error naming what is wrong.
  explicit EventReader(const std::filesystem::path& path);

  int64_t size() const { return size_; }
  const EventFileInfo& info() const { return info_; }
  // Events [begin, end): memory grows with the range, not with the file. Throws Error when damaged
  // (offsets that do not rise, unknown kinds or processes) or outside the file.
  std::vector<Event> read(int64_t begin, int64_t end) const;

 private:
  struct Ragged {
    std::vector<int64_t> offset;  // of the range, end - begin + 1
  };
  Ragged read_ragged(const std::string& offset_name, int64_t begin, int64_t end,
                     int64_t elements) const;
  void read_tokens(std::span<Event> events, int64_t begin, int64_t end) const;
  void read_standalone_muons(std::span<Event> events, int64_t begin, int64_t end) const;
  void read_truth(std::span<Event> events, int64_t begin, int64_t end) const;
  std::vector<std::vector<TruthObject>> read_objects(const std::string& prefix, bool has_pdg,
                                                     int64_t begin, int64_t end) const;
  void check_columns() const;

  Hdf5Reader file_;
  EventFileInfo info_;
  int64_t size_ = 0;
};

}  // namespace trigstone
