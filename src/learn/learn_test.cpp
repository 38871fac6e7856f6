// The stages on toy events: they learn, they resume bit for bit, and what they write is exact.
#include "learn/learn.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <fstream>
#include <sstream>
#include <thread>

#include "base/files.h"
#include "base/progress.h"
#include "base/testing.h"
#include "events/features.h"
#include "graph/verify_graph.h"
#include "interpret/interpret_graph.h"
#include "learn/run_folder.h"
#include "learn/run_torch.h"
#include "learn/torch_graph.h"
#include "learn/toy_events.h"

namespace trigstone {
namespace {

BackboneConfig small_backbone() {
  BackboneConfig config;
  config.tokens = 12;
  config.width = 8;
  config.layers = 1;
  config.feed_forward = 16;
  return config;
}

TrainingConfig short_training(int64_t steps) {
  TrainingConfig config;
  config.steps = steps;
  config.batch = 64;
  config.learning_rate = 5e-3;
  config.warmup_steps = 10;
  config.validate_every = 1000;
  config.checkpoint_every = 10;
  return config;
}

PretrainConfig small_pretrain(const std::filesystem::path& events, int64_t steps) {
  PretrainConfig config;
  config.events = events;
  config.backbone = small_backbone();
  config.training = short_training(steps);
  return config;
}

FinetuneConfig small_finetune(const std::filesystem::path& events, int64_t steps) {
  FinetuneConfig config;
  config.events = events;
  config.backbone = small_backbone();
  config.training = short_training(steps);
  return config;
}

// Mean of a figure over the first and the last lines of metrics.jsonl that have it.
std::pair<double, double> ends_of(const std::filesystem::path& run, const std::string& figure) {
  std::vector<double> values;
  std::istringstream file(read_file(run / "metrics.jsonl"));
  for (std::string line; std::getline(file, line);) {
    const Json row = Json::parse(line);
    if (row.contains(figure)) values.push_back(row[figure].get<double>());
  }
  const auto last = values.size() - 1;
  return {(values.at(0) + values.at(1)) / 2, (values.at(last) + values.at(last - 1)) / 2};
}

class Learn : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    set_progress_enabled(false);
    folder_ = new TestFolderForSuite;
    write_toy_events(events(), 2000);
  }
  static void TearDownTestSuite() { delete folder_; }
  static std::filesystem::path events() { return folder_->path / "toy.h5"; }
  static std::filesystem::path out(const std::string& name) { return folder_->path / name; }

 private:
  struct TestFolderForSuite {
    TestFolderForSuite()
        : path(std::filesystem::temp_directory_path() /
               ("trigstone.learn." + std::to_string(getpid()))) {
      std::filesystem::create_directories(path);
    }
    ~TestFolderForSuite() {
      std::error_code ignored;
      std::filesystem::remove_all(path, ignored);
    }
    const std::filesystem::path path;
  };
  static TestFolderForSuite* folder_;
};
Learn::TestFolderForSuite* Learn::folder_ = nullptr;

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

// A real kill, in a process of its own, somewhere behind the second checkpoint.
TEST_F(Learn, AKilledRunResumesWithTheSameBits) {
  const PretrainConfig config = small_pretrain(events(), 60);
  pretrain(config, out("whole"));
  const pid_t child = fork();
  if (child == 0) {
    pretrain(config, out("broken"));
    _exit(0);
  }
  ASSERT_GT(child, 0);
  const auto reached = [&] {
    std::error_code ignored;
    if (!std::filesystem::exists(out("broken") / "metrics.jsonl", ignored)) return false;
    return read_file(out("broken") / "metrics.jsonl").find("\"step\":20,") != std::string::npos;
  };
  int status = 0;
  for (int i = 0; i < 6000 && !reached() && waitpid(child, &status, WNOHANG) == 0; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  kill(child, SIGKILL);
  waitpid(child, &status, 0);
  ASSERT_TRUE(std::filesystem::exists(out("broken") / "checkpoint.pt"));
  ASSERT_FALSE(std::filesystem::exists(out("broken") / "model.onnx")) << "it ended before the kill";
  pretrain(config, out("broken"), /*resume=*/true);
  for (const char* file : {"model.onnx", "metrics.jsonl", "trigstone.toml"}) {
    EXPECT_EQ(read_file(out("broken") / file), read_file(out("whole") / file)) << file;
  }
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

// Garbage in the invalid slots must not reach the logit.
void expect_blind_to_invalid_slots(const Graph& graph, Precision precision) {
  const torch::NoGradGuard no_gradient;
  const TorchGraph classifier(graph, precision);
  const ValueId input = graph.inputs()[0];
  Shape shape = graph.shape(input);
  shape.insert(shape.begin(), 64);
  const auto random_tokens = [&](uint64_t seed) {
    Random random(seed);
    std::vector<double> numbers(static_cast<size_t>(element_count(shape)));
    for (double& x : numbers) {
      x = random.uniform(-1, 1);
      if (!graph.type(input).is_fixed()) continue;
      const Format& format = format_attribute(graph.node(input));
      x = format.to_real(random.integer(format.min_mantissa(), format.max_mantissa()));
    }
    return torch::tensor(numbers, torch::kFloat64).reshape(shape);
  };
  Random random(3);
  torch::Tensor valid = torch::zeros({shape[0], shape[1]}, torch::kFloat64);
  for (int64_t e = 0; e < shape[0]; ++e) {  // the first event is empty
    for (int64_t t = 0; t < shape[1]; ++t) valid[e][t] = e > 0 && random.chance(0.6) ? 1.0 : 0.0;
  }
  const torch::Tensor tokens = random_tokens(1);
  const torch::Tensor other = torch::where(valid.unsqueeze(2) != 0, tokens, random_tokens(2));
  ASSERT_FALSE(torch::equal(tokens, other));
  const torch::Tensor logits = classifier.run({tokens, valid})[0];
  EXPECT_TRUE(torch::equal(logits, classifier.run({other, valid})[0]));
  EXPECT_GT(logits.to(torch::kFloat64).std().item<double>(), 0.0);
  EXPECT_TRUE(torch::isfinite(logits).all().item<bool>());
}

TEST_F(Learn, FinetuneThenCompressStaysExact) {
  const RunResult head = finetune(small_finetune(events(), 150), {}, out("head"));
  ASSERT_TRUE(head.test.has_value());
  EXPECT_GT(head.test->area, 0.9);
  const Graph real = read_run_model(out("head"));
  expect_blind_to_invalid_slots(real, Precision::kTraining);

  CompressConfig config;
  config.events = events();
  config.training = short_training(60);
  config.training.learning_rate = 1e-3;
  const RunResult small = compress(config, out("head"), out("small"));
  EXPECT_GT(small.test->area, head.test->area - 0.05);
  const Graph fixed = read_run_model(out("small"));
  EXPECT_TRUE(verify_quantised(fixed).empty());
  expect_blind_to_invalid_slots(fixed, Precision::kExact);

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
    EXPECT_EQ(scores.scores[e], logit.format->to_real(logit.mantissas[0]));
  }
}

TEST_F(Learn, FewLabelsAreComparedOnTheSameTestEvents) {
  pretrain(small_pretrain(events(), 10), out("few-pre"));
  const auto points =
      compare_few_labels(small_finetune(events(), 10), {20, 60}, out("few-pre"), out("few"));
  ASSERT_EQ(points.size(), 2U);
  EXPECT_EQ(points[1].labels, 60);
  EXPECT_NE(points[0].pretrained.area, points[0].scratch.area);
  EXPECT_TRUE(std::filesystem::exists(out("few") / "scratch-20" / "model.onnx"));
}

}  // namespace
}  // namespace trigstone
