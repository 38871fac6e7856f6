// What a backbone is asked: one small head for each question, on the same latents.
//
//   task     output              what it says
//   accept   "logit" [1]         signal or minimum bias: log-odds, from the mean of the latents
//   met      "hard_momentum" [2] transverse momentum (x, y) of what is seen of the hard collision,
//                                in units of 128 GeV: the missing momentum is its negative. It is
//                                the sum of the tokens' momenta, each weighted by a number in 0..1,
//                                so it turns with the event as far as the weights stay the same.
//                                Learnt from the vector sum of the neutrinos, /truth/missing_*_gev
//   pileup   "from_hard" [tokens] log-odds that a token comes from the hard collision; 0 in slots
//                                without a token. Learnt from /tokens/is_pileup
//   anomaly  "anomaly" [1]       error of an auto-encoder on the mean latent, as in CMS's AXOL1TL:
//                                large for what is unlike the minimum bias it was trained on
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "graph/graph.h"
#include "learn/backbone.h"

namespace trigstone {

enum class Task : uint8_t { kAccept, kMet, kPileup, kAnomaly };
inline constexpr std::array<const char*, 4> kTaskNames = {"accept", "met", "pileup", "anomaly"};
inline constexpr std::array<const char*, 4> kTaskOutputs = {"logit", "hard_momentum", "from_hard",
                                                            "anomaly"};

const char* task_name(Task task);
// Throws Error at `where` when there is no such task, listing those there are.
Task task_named(const std::string& name, const std::string& where);
// By the name of its output. Throws Error at `where` for a model without a head of these.
Task task_of(const Graph& model, const std::string& where);

// Momenta in "hard_momentum" are in these units.
inline constexpr double kMomentumUnitGev = 128.0;

// Backbone and head. The backbone's params are named "backbone.…", the head's "head.…".
Graph make_model(const BackboneConfig& config, Task task);

// The backbone is fixed and the head's first layer standardises the mean latent: params
// "head.standard.weight" (diagonal) and "head.standard.bias", given here for the mean latent's
// means and spreads [width]. Without it both would be 1.
void standardise_embedding(Graph& anomaly_model, const std::vector<double>& mean,
                           const std::vector<double>& spread);

// The same graph whose params with names that begin with `prefix` are trained, or not.
Graph with_trainable(const Graph& graph, const std::string& prefix, bool trainable);

}  // namespace trigstone
