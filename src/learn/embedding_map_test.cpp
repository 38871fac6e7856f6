#include "learn/embedding_map.h"

#include <gtest/gtest.h>

#include <numeric>

#include "base/error.h"
#include "base/testing.h"
#include "graph/onnx_writer.h"
#include "learn/backbone.h"
#include "learn/toy_events.h"

namespace trigstone {
namespace {

class EmbeddingMapTest : public testing::Test {
 protected:
  void SetUp() override {
    write_toy_events(folder_.path() / "toy.h5", 400);
    BackboneConfig config;
    config.tokens = 16;
    config.width = 8;
    config.layers = 1;
    config.feed_forward = 16;
    write_onnx(make_backbone(config), folder_.path() / "model.onnx");
  }
  TestFolder folder_;
};

TEST_F(EmbeddingMapTest, SpreadsMostAlongTheFirstDirection) {
  const EmbeddingMap map = embedding_map(folder_.path(), folder_.path() / "toy.h5", 60);
  ASSERT_EQ(map.x.size(), 60u);
  ASSERT_EQ(map.process.size(), 60u);
  const auto mean = [](const std::vector<double>& v) {
    return std::accumulate(v.begin(), v.end(), 0.0) / static_cast<double>(v.size());
  };
  const auto square = [](const std::vector<double>& v) {
    return std::inner_product(v.begin(), v.end(), v.begin(), 0.0);
  };
  EXPECT_NEAR(mean(map.x), 0, 1e-6);
  EXPECT_NEAR(mean(map.y), 0, 1e-6);
  EXPECT_GT(square(map.x), square(map.y));
  EXPECT_GT(square(map.y), 0);
  EXPECT_NEAR(map.share_x / map.share_y, square(map.x) / square(map.y), 1e-6);
  EXPECT_LE(map.share_x + map.share_y, 1 + 1e-9);
  // Principal directions: what is seen along them is uncorrelated.
  EXPECT_NEAR(std::inner_product(map.x.begin(), map.x.end(), map.y.begin(), 0.0), 0,
              1e-6 * square(map.x));
}

TEST_F(EmbeddingMapTest, NamesEachProcessOnce) {
  const EmbeddingMap map = embedding_map(folder_.path(), folder_.path() / "toy.h5", 60);
  const Json item = embedding_item(map, "trigstone demo");
  ASSERT_EQ(item["series"].size(), 2u);
  EXPECT_EQ(item["series"][0]["x"].size() + item["series"][1]["x"].size(), 60u);
}

TEST_F(EmbeddingMapTest, RefusesAModelThatIsNoBackbone) {
  BackboneConfig config;
  config.tokens = 16;
  config.width = 8;
  write_onnx(make_summary(config, 3), folder_.path() / "summary.onnx");
  EXPECT_THROW(embedding_map(folder_.path() / "summary.onnx", folder_.path() / "toy.h5", 10),
               Error);
}

}  // namespace
}  // namespace trigstone
