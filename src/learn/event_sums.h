// Sums over an event that need no label: what the mean latent has to tell in pre-training, so that
// it holds the event and not its tokens only.
#pragma once

#include <torch/torch.h>

#include <array>

#include "learn/objective.h"

namespace trigstone {

// Each as log2(1 + GeV):
//   all         scalar sum of all tokens
//   cluster     fullest cone of Delta R < 0.4 about a token
//   vertex      tracks within 0.3 cm of a track in z0, the fullest such window
//   vector      vector sum of all tokens
//   photon, lepton, displaced   hardest photon; electron or muon; track with |dxy| > 0.1 mm
inline constexpr std::array<const char*, 7> kEventSums = {"all",    "cluster", "vertex",   "vector",
                                                          "photon", "lepton",  "displaced"};

// [events, sums] of the tokens that the model sees. Turning or mirroring an event changes none.
torch::Tensor event_sums(const TokenTensors& data);

}  // namespace trigstone
