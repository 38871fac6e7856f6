// The stages on toy events: they learn, and what they write is exact.
#include "learn/learn.h"

#include <gtest/gtest.h>

#include <fstream>

#include "base/testing.h"
#include "events/features.h"
#include "graph/verify_graph.h"
#include "interpret/interpret_graph.h"
#include "learn/few_labels.h"
#include "learn/learn_testing.h"
#include "learn/run_folder.h"
#include "learn/run_torch.h"

namespace trigstone {
namespace {

class Learn : public LearnSuite {};

TEST_F(Learn, PretrainingLowersTheLoss) {
  const RunResult result = pretrain(small_pretrain(events(), 400), out("pre"));
  const auto [first, last] = ends_of(out("pre"), "loss");
  // Vertex, kind and quality can be told in part, pT cannot.
  EXPECT_LT(last, 0.85 * first);
  EXPECT_GT(result.validation.at("validation_kind_accuracy"), 0.25);
  for (const char* file : {"trigstone.toml", "run.json", "model.onnx", "results.json"}) {
    EXPECT_TRUE(std::filesystem::exists(out("pre") / file)) << file;
  }
  EXPECT_EQ(Json::parse(read_file(out("pre") / "run.json"))["schema"], "trigstone.run/1");
}

TEST_F(Learn, TheThreadsDoNotChangeTheResult) {
  PretrainConfig config = small_pretrain(events(), 12);
  config.training.threads = 1;
  pretrain(config, out("one"));
  config.training.threads = 2;
  pretrain(config, out("two"));
  EXPECT_EQ(read_file(out("one") / "model.onnx"), read_file(out("two") / "model.onnx"));
}

TEST_F(Learn, ResumeRefusesAnotherConfigAndADamagedCheckpoint) {
  PretrainConfig config = small_pretrain(events(), 10);
  pretrain(config, out("changed"));
  config.mask_fraction = 0.5;
  EXPECT_NE(message_of([&] { pretrain(config, out("changed"), true); }).find("another config"),
            std::string::npos);
  config.mask_fraction = 0.35;
  std::ofstream(out("changed") / "checkpoint.pt") << "not an archive";
  EXPECT_NE(message_of([&] { pretrain(config, out("changed"), true); }).find("is not a checkpoint"),
            std::string::npos);
}

TEST_F(Learn, AForeignFolderIsLeftAlone) {
  write_file(out("foreign") / "thesis.txt", "years of work");
  EXPECT_NE(message_of([&] {
              pretrain(small_pretrain(events(), 1), out("foreign"));
            }).find("not of a run"),
            std::string::npos);
  EXPECT_EQ(read_file(out("foreign") / "thesis.txt"), "years of work");
}

TEST_F(Learn, ABackboneOfAnotherShapeIsRefused) {
  pretrain(small_pretrain(events(), 1), out("narrow"));
  FinetuneConfig config = small_finetune(events(), 1);
  config.backbone.width = 16;
  EXPECT_NE(
      message_of([&] { finetune(config, out("narrow"), out("wide")); }).find("of the backbone"),
      std::string::npos);
}

TEST_F(Learn, FinetuneThenCompressStaysExact) {
  const RunResult head = finetune(small_finetune(events(), 150), {}, out("head"));
  ASSERT_TRUE(head.test.has_value());
  EXPECT_GT(head.test->area, 0.9);

  CompressConfig config;
  config.events = events();
  config.training = short_training(60);
  config.training.learning_rate = 1e-3;
  const RunResult small = compress(config, out("head"), out("small"));
  EXPECT_GT(small.test->area, head.test->area - 0.05);
  const Graph fixed = read_run_model(out("small"));
  EXPECT_TRUE(verify_quantised(fixed).empty());

  // Bit for bit: torch and the reference interpreter on events of the file.
  const TokenBatch batch = load_tokens(events(), 0, 40, 12);
  std::vector<std::vector<Tensor>> inputs;
  for (int64_t e = 0; e < batch.events; ++e) {
    const auto slots = static_cast<size_t>(batch.max_tokens);
    const size_t row = static_cast<size_t>(e) * slots;
    const size_t width = slots * static_cast<size_t>(batch.features);
    const std::vector<double> tokens(
        batch.values.begin() + static_cast<int64_t>(row * width / slots),
        batch.values.begin() + static_cast<int64_t>((row + slots) * width / slots));
    const std::vector<double> valid(batch.valid.begin() + static_cast<int64_t>(row),
                                    batch.valid.begin() + static_cast<int64_t>(row + slots));
    inputs.push_back({quantize_input(fixed, fixed.inputs()[0], tokens),
                      quantize_input(fixed, fixed.inputs()[1], valid)});
  }
  const auto results = run_torch(fixed, inputs);
  for (size_t e = 0; e < inputs.size(); ++e) {
    ASSERT_EQ(results[e], interpret(fixed, inputs[e])) << "event " << e;
  }

  // The scores that `evaluate` reports are those numbers.
  const Evaluation scores = evaluate(out("small"), events(), /*all_events=*/true);
  for (size_t e = 0; e < inputs.size(); ++e) {
    const Tensor& logit = results[e][0];
    EXPECT_EQ(scores.outputs[e], logit.format->to_real(logit.mantissas[0]));
  }
}

TEST_F(Learn, FewLabelsAreComparedOnTheSameTestEvents) {
  pretrain(small_pretrain(events(), 10), out("few-pre"));
  FewLabelOptions options;
  options.labels = {20, 60};
  options.seeds = 2;
  const auto points =
      compare_few_labels(small_finetune(events(), 10), options, out("few-pre"), out("few"));
  ASSERT_EQ(points.size(), 2U);
  EXPECT_EQ(points[1].labels, 60);
  ASSERT_EQ(points[0].arms.size(), 3U);
  for (const FewLabelArm& arm : points[0].arms) {
    ASSERT_EQ(arm.areas.size(), 2U);
    EXPECT_NE(arm.areas[0], arm.areas[1]);  // other labels
    EXPECT_NEAR(arm.mean, (arm.areas[0] + arm.areas[1]) / 2, 1e-12);
    EXPECT_LE(arm.low, arm.mean);
  }
  EXPECT_NE(points[0].arms[0].mean, points[0].arms[1].mean);
  const Json results = Json::parse(read_file(out("few") / "results.json"));
  EXPECT_EQ(results["schema"], "trigstone.results/1");
  EXPECT_EQ(results["sections"][0]["items"][0]["series"].size(), 3U);
  options.labels = {100000};
  EXPECT_NE(message_of([&] {
              compare_few_labels(small_finetune(events(), 10), options, out("few-pre"), out("no"));
            }).find("100000 labels are asked for"),
            std::string::npos);
}

}  // namespace
}  // namespace trigstone
