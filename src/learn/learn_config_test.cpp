#include "learn/learn_config.h"

#include <fmt/core.h>
#include <gtest/gtest.h>

#include "base/files.h"
#include "base/testing.h"
#include "test_folders.h"

namespace trigstone {
namespace {

std::string refused(const std::string& text) {
  const TestFolder folder;
  write_file(folder / "c.toml", text);
  const std::string message = message_of([&] { read_pretrain_config(folder / "c.toml"); });
  return message.substr(message.rfind("c.toml"));
}

TEST(LearnConfig, ReadsBackWhatItWrites) {
  const TestFolder folder;
  PretrainConfig config;
  config.events = "a \"quoted\" name.h5";
  config.backbone.heads = 4;
  config.mask_fraction = 0.25;
  config.training.learning_rate = 1e-5;
  config.training.seed = 7;
  write_file(folder / "c.toml", to_toml(config));
  const PretrainConfig back = read_pretrain_config(folder / "c.toml");
  EXPECT_EQ(to_toml(back), to_toml(config));
  EXPECT_EQ(back.events, config.events);
  EXPECT_EQ(back.training.learning_rate, 1e-5);
  write_file(folder / "f.toml", to_toml(FinetuneConfig()));
  EXPECT_EQ(to_toml(read_finetune_config(folder / "f.toml")), to_toml(FinetuneConfig()));
  write_file(folder / "q.toml", to_toml(CompressConfig()));
  EXPECT_EQ(to_toml(read_compress_config(folder / "q.toml")), to_toml(CompressConfig()));
}

TEST(LearnConfig, TheNamedConfigsAreRead) {
  const std::filesystem::path folder = std::filesystem::path(kSourceFolder) / "configs";
  EXPECT_EQ(read_pretrain_config(folder / "pretrain_nano.toml").backbone.tokens, 32);
  EXPECT_EQ(read_pretrain_config(folder / "pretrain_views_nano.toml").view_weight, 0.1);
  EXPECT_EQ(read_finetune_config(folder / "finetune_nano.toml").labels, 0);
  EXPECT_EQ(read_compress_config(folder / "compress_nano.toml").quant.weight_bits, 5);
  EXPECT_EQ(read_compress_config(folder / "compress_met_nano.toml").quant.input_bits, 11);
  EXPECT_EQ(read_finetune_config(folder / "few_labels_nano.toml").task, Task::kAccept);
  for (const Task task : {Task::kMet, Task::kPileup, Task::kAnomaly}) {
    const std::string name = fmt::format("finetune_{}_nano.toml", task_name(task));
    EXPECT_EQ(read_finetune_config(folder / name).task, task) << name;
  }
}

TEST(LearnConfig, NamesTheLineAndTheNearestKey) {
  EXPECT_EQ(refused("[training]\nsteps = 10\nlerning_rate = 1\n"),
            "c.toml:3: error: unknown key 'training.lerning_rate' — did you mean "
            "'training.learning_rate'?");
  EXPECT_EQ(refused("[data]\n\n[trainin]\nsteps = 10\n"),
            "c.toml:4: error: unknown key 'trainin.steps' — did you mean 'training.steps'?");
}

TEST(LearnConfig, RefusesValuesThatDoNotFit) {
  const std::string hint = " — the files in configs/ are complete examples";
  EXPECT_EQ(refused("[training]\nsteps = 1.5\n"),
            "c.toml:2: error: 'training.steps' is not an integer from 0 to 1e+09" + hint);
  EXPECT_EQ(refused("[masking]\nfraction = 2\n"),
            "c.toml:2: error: 'masking.fraction' is not a number from 0.01 to 0.9" + hint);
  EXPECT_EQ(refused("[data]\nevents = 3\n"), "c.toml:2: error: 'data.events' is not a text" + hint);
  EXPECT_EQ(refused("[backbone]\nwidth = 32\nheads = 3\n"),
            "c.toml: error: 3 heads do not divide the width 32 — choose a width that is a multiple "
            "of heads");
  EXPECT_EQ(refused("[backbone\n").substr(0, 34), "c.toml:1: error: is not valid TOML");
}

}  // namespace
}  // namespace trigstone
