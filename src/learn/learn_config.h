// What the learning verbs are told, as plain structs and as TOML.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "learn/backbone.h"
#include "learn/heads.h"
#include "learn/insert_quant.h"

namespace trigstone {

struct TrainingConfig {
  int64_t steps = 1000;
  int64_t batch = 256;  // events a step
  int64_t shards = 2;   // a batch is cut into so many parts, one thread each at most; batch
                        // norms see their part only, so results do not depend on the threads
  int64_t threads = 0;  // 0: as many as the machine has
  double learning_rate = 2e-3;
  double backbone_rate = 1.0;  // factor on the learning rate of params named "backbone.…"
  int64_t frozen_steps = 0;    // the backbone stands still so long
  int64_t warmup_steps = 50;   // linear, then a cosine down to a hundredth
  double weight_decay = 1e-2;  // of weight matrices only
  double clip = 1.0;           // largest norm of the gradient
  bool augment = true;         // turn events about the beam and mirror them along it
  bool keep_best = false;      // end with the numbers of the lowest validation loss, not the last
  uint64_t seed = 1;
  int64_t validate_every = 100;    // steps; the end is always validated
  int64_t checkpoint_every = 200;  // steps
};

// Masked particles (MPM, arXiv:2401.13537): some tokens lose everything but their direction, and
// the network says what they were.
struct PretrainConfig {
  std::filesystem::path events;  // HDF5, trigstone.events/1
  BackboneConfig backbone;
  double mask_fraction = 0.35;  // of the valid tokens
  double kind_weight = 0.3;     // of the cross-entropy of the kind, beside the regression
  double summary_weight = 1.0;  // of the sums of the event, told from the mean latent
  // Re-simulation (RS3L, arXiv:2403.07066): views of one hard collision have mean latents nearer to
  // each other than to those of other collisions (view_contrast.h). 0: the events stand alone.
  double view_weight = 0.0;
  double view_temperature = 0.1;  // of the cosines
  TrainingConfig training;
};

struct FinetuneConfig {
  std::filesystem::path events;
  BackboneConfig backbone;
  Task task = Task::kAccept;
  int64_t labels = 0;  // labelled training events; 0: all
  TrainingConfig training;
};

struct CompressConfig {
  std::filesystem::path events;
  QuantOptions quant;
  double quantile = 0.999;  // share of the values that formats must cover
  int64_t calibration_events = 512;
  double distillation = 0.5;  // weight of the unquantised model's opinion beside the label
  TrainingConfig training;
};

// Reads a config. Keys that are missing keep their default.
// Throws Error at "FILE:LINE" on a syntax error, a value of the wrong kind or out of range, and an
// unknown key, naming the nearest known one.
PretrainConfig read_pretrain_config(const std::filesystem::path& path);
FinetuneConfig read_finetune_config(const std::filesystem::path& path);
CompressConfig read_compress_config(const std::filesystem::path& path);

// TOML with every key, which reads back to an equal config.
std::string to_toml(const PretrainConfig& config);
std::string to_toml(const FinetuneConfig& config);
std::string to_toml(const CompressConfig& config);

}  // namespace trigstone
