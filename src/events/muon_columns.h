// The group /muons of an event file: stand-alone muons, ragged by event. A file may lack it: then
// it does not tell of them.
//
//   /muons  offset, pt_gev, eta, phi, z0_cm, d0_cm, charge, quality, is_pileup, is_fake
#pragma once

#include <cstdint>
#include <vector>

#include "events/event.h"
#include "events/hdf5_file.h"

namespace trigstone {

inline constexpr const char* kMuonOffset = "/muons/offset";

// Appends rows to the columns; the offsets are the caller's.
void append_muons(Hdf5Writer& file, const std::vector<StandaloneMuon>& muons);

// Whether the file has the group, known by any of its columns. Throws Error when some are missing
// or of another length, or when the offsets are not those of `events` events.
bool check_muon_columns(const Hdf5Reader& file, int64_t events);

// Number of rows, and rows [begin, end). Throws Error for charges and qualities that no muon has
// and for momenta that are not finite.
int64_t muon_rows(const Hdf5Reader& file);
std::vector<StandaloneMuon> read_muons(const Hdf5Reader& file, int64_t begin, int64_t end);

}  // namespace trigstone
