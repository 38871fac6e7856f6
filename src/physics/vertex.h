// The primary vertex as Level-1 finds it: the fullest window of a z0 histogram of tracks, weighted
// with pT (the method of the Global Track Trigger's first vertex finder).
#pragma once

#include <span>

#include "events/event.h"

namespace trigstone {

struct VertexConfig {
  int bins = 256;                 // over the range of the track word: 0.16 cm each
  double z_max_cm = 20.46912512;  // TTTrack_TrackWord.h
  int window_bins = 3;            // odd; the sum of neighbours is maximised
  double pt_max_gev = 50;         // a track counts at most this much: mismeasured ones cannot win
};

struct Vertex {
  float z_cm = 0;    // pT-weighted mean inside the window; 0 without tracks
  float pt_gev = 0;  // sum of pT inside the window, each cut at pt_max_gev
};

// Of the tracks, electrons and muons among `tokens`; exact sums, so their order does not matter.
// Of equal windows the one at smaller |z| wins, then the one at smaller z.
Vertex find_vertex(std::span<const Token> tokens, const VertexConfig& config = {});

// Whether a token has a track (remainders have none).
bool has_track(const Token& token);

}  // namespace trigstone
