#include "learn/view_pairs.h"

#include <gtest/gtest.h>

#include <map>
#include <set>

#include "base/testing.h"
#include "events/event_shards.h"
#include "learn/learn.h"
#include "learn/learn_testing.h"
#include "learn/token_set.h"

namespace trigstone {
namespace {

namespace fs = std::filesystem;

constexpr int64_t kCollisions = 200;

// Top pairs 0 .. kCollisions: their own momenta, and with each view another crossing around them.
void write_views(const fs::path& path, int64_t first_id, int64_t view, const std::string& library) {
  EventFileInfo info;
  info.generator = "toy";
  info.library = library;
  EventWriter writer(path, info);
  std::vector<Event> events;
  for (int64_t hard = 0; hard < kCollisions; ++hard) {
    Event event = toy_event(2 * hard + 1, 1);
    const Event crossing = toy_event(2 * hard, 100 + static_cast<uint64_t>(view));
    event.tokens.resize(std::min<size_t>(event.tokens.size(), 10));
    const auto soft = std::min<size_t>(crossing.tokens.size(), 2);
    event.tokens.insert(event.tokens.end(), crossing.tokens.begin(),
                        crossing.tokens.begin() + static_cast<int64_t>(soft));
    event.id = first_id + hard;
    event.hard_id = static_cast<int32_t>(hard);
    events.push_back(event);
  }
  writer.append(events);
  writer.commit();
}

TokenSet two_shards(const TestFolder& folder, const std::string& first, const std::string& second) {
  write_views(folder / "a.h5", 0, 0, first);
  write_views(folder / "b.h5", 100000, 1, second);
  const std::vector<fs::path> shards = {folder / "a.h5", folder / "b.h5"};
  write_shard_list(folder / "views.list", shards);
  return load_token_set(folder / "views.list", 12);
}

TEST(ViewPairs, AreFoundAcrossShards) {
  const TestFolder folder;
  const TokenSet set = two_shards(folder, "ttbar.h5 sha256:1\n", "ttbar.h5 sha256:1\n");
  const ViewPairs views(set.batch, set.train);
  EXPECT_EQ(views.paired(), std::ssize(set.train));
  EXPECT_EQ(views.alone(), 0);
  Random random(1);
  for (const int64_t row : set.train) {
    const int64_t other = views.partner(row, random);
    EXPECT_EQ(other, (row + kCollisions) % (2 * kCollisions));
    EXPECT_EQ(views.collision(other), views.collision(row));
  }
}

TEST(ViewPairs, RowsOfAnotherLibraryAreOtherCollisions) {
  const TestFolder folder;
  const TokenSet set = two_shards(folder, "ttbar.h5 sha256:1\n", "ttbar.h5 sha256:2\n");
  const ViewPairs views(set.batch, set.train);
  EXPECT_EQ(views.paired(), 0);
  EXPECT_EQ(views.alone(), std::ssize(set.train));
}

TEST(ViewPairs, KnowWhichCollisionsAreTheSame) {
  Event event;
  event.process = Process::kTopPairs;
  event.hard_id = 5;
  EventFileInfo info;
  info.library = "minbias.h5 sha256:3\nttbar.h5 sha256:1\n";
  const uint64_t key = collision_key(event, info);
  EXPECT_NE(key, 0U);
  info.library = "minbias.h5 sha256:4\nttbar.h5 sha256:1\n";  // the pile-up does not matter
  EXPECT_EQ(collision_key(event, info), key);
  Event other = event;
  other.id = 9;
  EXPECT_EQ(collision_key(other, info), key);
  other.hard_id = 6;
  EXPECT_NE(collision_key(other, info), key);
  other.hard_id = -1;
  EXPECT_EQ(collision_key(other, info), 0U);
  other = event;
  other.process = Process::kZToMuons;
  EXPECT_NE(collision_key(other, info), key);
  other.process = Process::kMinimumBias;
  EXPECT_EQ(collision_key(other, info), 0U);
  // Joined from two libraries of the process: row 5 may be either's.
  info.library += "ttbar.h5 sha256:2\n";
  EXPECT_EQ(collision_key(event, info), 0U);
  // Toy collisions come from the seed.
  event.process = Process::kToy;
  const uint64_t toy = collision_key(event, info);
  info.seed = 1;
  EXPECT_NE(collision_key(event, info), toy);
}

TEST(ViewPairs, PartnersAreDrawnEvenlyAndAgain) {
  TokenBatch batch;
  batch.collision = {3, 3, 0, 3, 8, 3};
  const ViewPairs views(batch, {0, 1, 2, 3, 4, 5});
  EXPECT_EQ(views.paired(), 4);
  EXPECT_EQ(views.alone(), 2);
  EXPECT_FALSE(views.has_partner(2));
  EXPECT_FALSE(views.has_partner(4));
  for (const int64_t row : {0, 3, 5}) {
    Random random(7, 1), again(7, 1);
    std::map<int64_t, int> counts;
    for (int i = 0; i < 3000; ++i) {
      const int64_t partner = views.partner(row, random);
      EXPECT_EQ(partner, views.partner(row, again));
      ++counts[partner];
    }
    EXPECT_EQ(counts.size(), 3U);
    EXPECT_FALSE(counts.contains(row));
    for (const auto& [partner, count] : counts) EXPECT_NEAR(count, 1000, 130);
  }
  // A view in another split is nobody's partner.
  EXPECT_EQ(ViewPairs(batch, {0, 2, 4}).paired(), 0);
}

TEST(ViewPairs, NoCollisionIsInTwoSplits) {
  const TestFolder folder;
  const TokenSet set = two_shards(folder, "", "");
  std::map<uint64_t, std::set<int>> splits;
  int split = 0;
  for (const auto* rows : {&set.train, &set.validation, &set.test}) {
    for (const int64_t row : *rows) {
      splits[set.batch.collision[static_cast<size_t>(row)]].insert(split);
    }
    ++split;
  }
  EXPECT_EQ(splits.size(), static_cast<size_t>(kCollisions));
  for (const auto& [key, seen] : splits) EXPECT_EQ(seen.size(), 1U);
}

class Views : public LearnSuite {};

TEST_F(Views, FindEachOtherAndTheRunIsReproducible) {
  const TestFolder folder;
  two_shards(folder, "", "");
  PretrainConfig config = small_pretrain(folder / "views.list", 150);
  config.view_weight = 1;
  config.mask_fraction = 0.1;
  config.training.augment = false;
  const RunResult result = pretrain(config, folder / "one");
  EXPECT_GT(*result.paired, kCollisions);
  EXPECT_EQ(*result.alone, 0);
  // Some 20 collisions, two views each: chance is one in forty.
  EXPECT_GT(result.validation.at("validation_views_found"), 0.3);
  config.training.steps = 10;
  config.training.threads = 1;
  pretrain(config, folder / "short");
  config.training.threads = 2;
  pretrain(config, folder / "again");
  EXPECT_EQ(read_file(folder / "short" / "model.onnx"), read_file(folder / "again" / "model.onnx"));
  EXPECT_EQ(read_file(folder / "short" / "metrics.jsonl"),
            read_file(folder / "again" / "metrics.jsonl"));
}

TEST_F(Views, AFileWithoutPairsIsRefusedWhereTheyAreAskedFor) {
  PretrainConfig config = small_pretrain(events(), 1);
  config.view_weight = 1;
  EXPECT_NE(message_of([&] {
              pretrain(config, out("views"));
            }).find("another view of a hard collision, which views.weight asks for"),
            std::string::npos);
  EXPECT_FALSE(std::filesystem::exists(out("views")));
}

}  // namespace
}  // namespace trigstone
