// Events as board patterns: which link and frame carries which word.
//
// Packets follow the time multiplexing of the CMS Phase-2 trigger: nine frames a bunch crossing at
// 360 MHz, so 54 for a source of period 6, 162 for the tracks of period 18, whose three time slices
// lie on links of their own and begin 54 frames after each other.
//
//   tracks    18 x 3 links: sector (0..8) and side (negative eta first), then the slice; two tracks
//             in three frames, at most 104; the last 6 frames of a packet are a gap
//   puppi     34 links: three barrel boards of 6 (three sectors each), two endcap boards of 3 (a
//             side each), one of 4 without tracks, two forward ones of 3; a region fills the same
//             frames of all links of its board
//   muons of  5 links, one for each of those boards that have tracks: stand-alone muons as the
//   regions   regions read them, two words of 72 bits in three frames, room for two (barrel) or
//             four (endcap) of each region
//   the rest  one link to the Global Trigger: 12 objects from the first frame on
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "events/event.h"
#include "events/event_file.h"
#include "events/pattern_file.h"

namespace trigstone {

enum class TriggerObject {
  kTracks,
  kPuppi,
  kJets,
  kWideJets,
  kSums,
  kTaus,
  kElectrons,
  kPhotons,
  kMuons,
  kVertices,
  kStandaloneMuons,
  kRegionMuons
};
inline constexpr std::array<const char*, 12> kTriggerObjectNames = {
    "tracks",    "puppi",   "jets",  "widejets", "sums",    "taus",
    "electrons", "photons", "muons", "vertices", "samuons", "regionmuons"};
// Throws Error at `where` listing the names.
TriggerObject trigger_object_named(std::string_view name, const std::string& where);

// Throws Error at `where` when the object is made of stand-alone muons and the file of `info` does
// not tell of them: no word would say that there were none.
void check_file_tells(TriggerObject object, const EventFileInfo& info, const std::string& where);

// Packets of the events, in order.
Pattern trigger_pattern(std::span<const Event> events, TriggerObject object);

// The objects of a pattern as numbers: {"event", "link", "slot", …}, empty slots left out. Throws
// Error at `where` when the links are not those of `object`.
std::vector<OrderedJson> read_trigger_pattern(const Pattern& pattern, TriggerObject object,
                                              const std::string& where);

}  // namespace trigstone
