// The transformer backbone as a graph: token features in, latents out.
//
// Attention without positions (Vaswani et al., arXiv:1706.03762), made for firmware: every linear
// is followed by a batch norm over the valid tokens, which folds into it, where the usual layer
// norm would cost a division and a square root for each token. Branches are normalised before they
// are added to the residual (as in Swin v2, arXiv:2111.09883). The score scale 1/sqrt(d) is the
// nearest power of two, so it only moves the binary point. Nothing has more than two axes.
#pragma once

#include <cstdint>
#include <string>

#include "graph/graph.h"

namespace trigstone {

struct BackboneConfig {
  int64_t tokens = 32;    // slots of an event
  int64_t features = 14;  // numbers of a token (kTokenFeatures)
  int64_t width = 32;     // numbers of a latent token
  int64_t layers = 2;
  int64_t heads = 2;          // divides width
  int64_t feed_forward = 96;  // hidden numbers of the feed-forward part
  uint64_t seed = 1;          // of the first weights
};

struct TokenInputs {
  ValueId tokens = 0;  // "tokens" [tokens, features], real
  ValueId valid = 0;   // "valid" u<1,1>[tokens]
};

// Throws Error at `where` when the sizes do not fit each other.
void check_backbone(const BackboneConfig& config, const std::string& where);

TokenInputs add_token_inputs(Graph& graph, const BackboneConfig& config);
// Latents [tokens, width]. Its params are named "backbone.…".
ValueId add_backbone(Graph& graph, const TokenInputs& inputs, const BackboneConfig& config);

// Backbone alone: output "latents".
Graph make_backbone(const BackboneConfig& config);
// Decoder of masked tokens: input "latents" [tokens, width] and "valid", output "prediction"
// [tokens, outputs]. Params "decoder.…".
Graph make_decoder(const BackboneConfig& config, int64_t outputs);
// Decoder of the mean latent: the same inputs, output "summary" [outputs]. Params "summary.…".
Graph make_summary(const BackboneConfig& config, int64_t outputs);

// The same for comparing views of a collision: output "projection" [width]. Params "projection.…".
Graph make_projection(const BackboneConfig& config);

// Copies the numbers of params that have the same name and shape; returns how many params it set.
int64_t copy_parameters(const Graph& from, Graph& to);
// Params (not numbers) whose name begins so.
int64_t parameter_count(const Graph& graph, const std::string& prefix);
// Numbers that training moves.
int64_t trainable_count(const Graph& graph);

}  // namespace trigstone
