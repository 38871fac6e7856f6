// Runs that are killed, and runs made again from their folder: the same bits.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <functional>
#include <thread>

#include "base/random.h"
#include "learn/learn.h"
#include "learn/learn_testing.h"

namespace trigstone {
namespace {

namespace fs = std::filesystem;

class Resume : public LearnSuite {};

void expect_same_run(const fs::path& a, const fs::path& b) {
  for (const char* file : {"model.onnx", "metrics.jsonl", "trigstone.toml"}) {
    EXPECT_EQ(read_file(a / file), read_file(b / file)) << file;
  }
}

TrainingConfig often_saved(int64_t steps) {
  TrainingConfig training = short_training(steps);
  training.batch = 32;
  training.checkpoint_every = 3;
  training.validate_every = 10;
  training.keep_best = true;
  return training;
}

// Starts `run(folder)` in processes of its own and kills each at a random moment, `kills` times;
// what such a process leaves is gone on with by the next. Returns how many kills met a checkpoint
// of an unfinished run. Finished runs are compared with `whole` and begun anew.
int kill_again_and_again(const std::function<void(const fs::path&)>& run, const fs::path& folder,
                         const fs::path& whole, int kills, double longest_s) {
  Random random(static_cast<uint64_t>(getpid()));
  int in_the_middle = 0;
  // On a busy machine most kills come before the first checkpoint: go on until two did not.
  for (int killed = 0; killed < kills || (in_the_middle < 2 && killed < 10 * kills);) {
    const pid_t child = fork();
    if (child == 0) {
      run(folder);
      _exit(0);
    }
    const double wait_s = longest_s * random.uniform();
    std::this_thread::sleep_for(std::chrono::duration<double>(wait_s));
    kill(child, SIGKILL);
    int status = 0;
    waitpid(child, &status, 0);
    if (WIFSIGNALED(status)) {
      ++killed;
      if (fs::exists(folder / "checkpoint.pt") && !fs::exists(folder / "model.onnx")) {
        ++in_the_middle;
      }
      continue;
    }
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    expect_same_run(folder, whole);
    fs::remove_all(folder);
  }
  return in_the_middle;
}

void expect_the_same_bits_after_kills(const std::function<void(const fs::path&)>& run,
                                      const fs::path& whole, const fs::path& broken) {
  const auto start = std::chrono::steady_clock::now();
  run(whole);
  const std::chrono::duration<double> once = std::chrono::steady_clock::now() - start;
  EXPECT_GE(kill_again_and_again(run, broken, whole, 10, 0.8 * once.count()), 2);
  run(broken);
  expect_same_run(broken, whole);
}

TEST_F(Resume, PretrainingKilledTenTimesGivesTheSameBits) {
  PretrainConfig config = small_pretrain(events(), 0);
  config.training = often_saved(60);
  expect_the_same_bits_after_kills(
      [&](const fs::path& folder) { pretrain(config, folder, /*resume=*/true); },
      out("pretrain-whole"), out("pretrain-broken"));
}

TEST_F(Resume, FinetuningKilledTenTimesGivesTheSameBits) {
  FinetuneConfig config = small_finetune(events(), 0);
  config.training = often_saved(60);
  expect_the_same_bits_after_kills(
      [&](const fs::path& folder) { finetune(config, {}, folder, /*resume=*/true); },
      out("finetune-whole"), out("finetune-broken"));
}

TEST_F(Resume, WhatAKillLeavesBeforeRunJsonIsNoForeignFolder) {
  FinetuneConfig config = small_finetune(events(), 0);
  config.training = often_saved(10);
  fs::create_directories(out("begun"));
  write_file(out("begun") / "trigstone.toml", "half");
  write_file(out("begun") / ".run.json.1.partial", "{");
  finetune(config, {}, out("begun"), /*resume=*/true);
  EXPECT_TRUE(fs::exists(out("begun") / "model.onnx"));
  fs::create_directories(out("foreign"));
  write_file(out("foreign") / "notes.txt", "mine");
  EXPECT_THROW(finetune(config, {}, out("foreign"), /*resume=*/true), Error);
  EXPECT_EQ(read_file(out("foreign") / "notes.txt"), "mine");
}

TEST_F(Resume, TheConfigInTheFolderMakesTheRunAgain) {
  PretrainConfig first = small_pretrain(events(), 12);
  first.training.learning_rate = 0.1 + 0.2;  // not a short decimal
  pretrain(first, out("pretrain"));
  pretrain(read_pretrain_config(out("pretrain") / "trigstone.toml"), out("pretrain-again"));
  expect_same_run(out("pretrain"), out("pretrain-again"));

  FinetuneConfig second = small_finetune(events(), 12);
  second.task = Task::kPileup;
  finetune(second, out("pretrain"), out("finetune"));
  finetune(read_finetune_config(out("finetune") / "trigstone.toml"), out("pretrain"),
           out("finetune-again"));
  expect_same_run(out("finetune"), out("finetune-again"));

  CompressConfig third;
  third.events = events();
  third.training = short_training(6);
  compress(third, out("finetune"), out("compress"));
  compress(read_compress_config(out("compress") / "trigstone.toml"), out("finetune"),
           out("compress-again"));
  expect_same_run(out("compress"), out("compress-again"));
}

}  // namespace
}  // namespace trigstone
