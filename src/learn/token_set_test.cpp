#include "learn/token_set.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "base/testing.h"
#include "learn/toy_events.h"

namespace trigstone {
namespace {

TEST(Splits, DependOnTheHardCollisionAlone) {
  for (int32_t hard = 0; hard < 500; ++hard) {
    EXPECT_EQ(split_of(2, hard, 1), split_of(2, hard, 99999));
  }
  // Splits outlive versions: these three were chosen once.
  EXPECT_EQ(split_of(0, -1, 0), Split::kTrain);
  int counts[3] = {};
  for (int64_t id = 0; id < 10000; ++id) ++counts[static_cast<int>(split_of(0, -1, id))];
  EXPECT_NEAR(counts[0], 7000, 150);
  EXPECT_NEAR(counts[1], 1000, 100);
  EXPECT_NEAR(counts[2], 2000, 130);
}

TEST(Splits, CoverEveryEventOnce) {
  const TestFolder folder;
  write_toy_events(folder / "toy.h5", 300);
  const TokenSet set = load_token_set(folder / "toy.h5", 16);
  std::vector<int64_t> all = set.train;
  all.insert(all.end(), set.validation.begin(), set.validation.end());
  all.insert(all.end(), set.test.begin(), set.test.end());
  std::sort(all.begin(), all.end());
  ASSERT_EQ(all.size(), 300U);
  for (int64_t row = 0; row < 300; ++row) EXPECT_EQ(all[static_cast<size_t>(row)], row);
}

TEST(Splits, RefuseAFileThatIsTooSmall) {
  const TestFolder folder;
  write_toy_events(folder / "toy.h5", 2);
  EXPECT_NE(message_of([&] { load_token_set(folder / "toy.h5", 16); }).find("too few"),
            std::string::npos);
}

TEST(FewLabels, AreBalancedAndNested) {
  const TestFolder folder;
  write_toy_events(folder / "toy.h5", 600);
  const TokenSet set = load_token_set(folder / "toy.h5", 16);
  const auto few = choose_labelled(set.batch, set.train, 20, 1);
  const auto more = choose_labelled(set.batch, set.train, 100, 1);
  const auto is_signal = [&](int64_t row) {
    return set.batch.accept[static_cast<size_t>(row)] != 0;
  };
  EXPECT_EQ(few.size(), 20U);
  EXPECT_EQ(std::count_if(few.begin(), few.end(), is_signal), 10);
  const std::set<int64_t> wide(more.begin(), more.end());
  for (const int64_t row : few) EXPECT_TRUE(wide.contains(row));
  EXPECT_EQ(choose_labelled(set.batch, set.train, 0, 1), set.train);
}

TEST(Shuffle, IsAPermutationOfItsEpoch) {
  auto order = shuffled_rows(100, 1, 3);
  EXPECT_EQ(order, shuffled_rows(100, 1, 3));
  EXPECT_NE(order, shuffled_rows(100, 1, 4));
  std::sort(order.begin(), order.end());
  for (int64_t i = 0; i < 100; ++i) EXPECT_EQ(order[static_cast<size_t>(i)], i);
}

}  // namespace
}  // namespace trigstone
