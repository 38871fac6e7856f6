// Each head on toy events: it learns, its gradients arrive, and what holds by design holds.
#include <torch/torch.h>

#include "base/testing.h"
#include "graph/verify_graph.h"
#include "learn/learn.h"
#include "learn/learn_testing.h"
#include "learn/objective.h"
#include "learn/run_folder.h"
#include "learn/trainer.h"

namespace trigstone {
namespace {

class Heads : public LearnSuite {
 protected:
  static FinetuneConfig config_of(Task task, int64_t steps) {
    FinetuneConfig config = small_finetune(events(), steps);
    config.task = task;
    return config;
  }
};
class EachHead : public Heads, public testing::WithParamInterface<Task> {};

INSTANTIATE_TEST_SUITE_P(Heads, EachHead,
                         testing::Values(Task::kAccept, Task::kMet, Task::kPileup, Task::kAnomaly),
                         [](const auto& each) { return std::string(task_name(each.param)); });

double first_of(const std::filesystem::path& run, const std::string& figure) {
  std::istringstream lines(read_file(run / "metrics.jsonl"));
  std::string line;
  std::getline(lines, line);
  return Json::parse(line)[figure].get<double>();
}

// Garbage in the invalid slots must not reach the output.
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
  const torch::Tensor said = classifier.run({tokens, valid})[0];
  EXPECT_TRUE(torch::equal(said, classifier.run({other, valid})[0]));
  EXPECT_GT(said.to(torch::kFloat64).std().item<double>(), 0.0);
  EXPECT_TRUE(torch::isfinite(said).all().item<bool>());
}

// Trained and compressed: better than at the start, in the graph that becomes firmware, too.
TEST_P(EachHead, LearnsAndKeepsItInFixedPoint) {
  const std::string name = task_name(GetParam());
  std::filesystem::path backbone;
  if (GetParam() == Task::kAnomaly) {  // its backbone stands still, so it must know something
    backbone = out("backbone");
    pretrain(small_pretrain(events(), 120), backbone);
  }
  const RunResult head = finetune(config_of(GetParam(), 120), backbone, out(name));
  EXPECT_LT(head.validation.at("validation_loss"), 0.8 * first_of(out(name), "validation_loss"));
  ASSERT_TRUE(head.figures.has_value());
  ASSERT_FALSE(head.figures->curves.empty());
  const double enough = GetParam() == Task::kAnomaly ? 0.65 : 0.75;  // it never sees the signal
  EXPECT_GT(head.figures->curves[0].roc.area, enough) << head.figures->curves[0].question;
  EXPECT_EQ(head.figures->resolutions.empty(), GetParam() != Task::kMet);
  expect_blind_to_invalid_slots(read_run_model(out(name)), Precision::kTraining);

  CompressConfig config;
  config.events = events();
  config.training = short_training(40);
  config.training.learning_rate = 1e-3;
  const RunResult small = compress(config, out(name), out(name + "-small"));
  EXPECT_GT(small.figures->curves[0].roc.area, head.figures->curves[0].roc.area - 0.1);
  const Graph fixed = read_run_model(out(name + "-small"));
  EXPECT_TRUE(verify_quantised(fixed).empty());
  EXPECT_EQ(task_of(fixed, "test"), GetParam());
  expect_blind_to_invalid_slots(fixed, Precision::kExact);
}

TEST_P(EachHead, TheThreadsDoNotChangeTheResult) {
  FinetuneConfig config = config_of(GetParam(), 6);
  config.training.shards = 3;
  config.training.threads = 1;
  finetune(config, {}, out("one"));
  config.training.threads = 3;
  finetune(config, {}, out("three"));
  EXPECT_EQ(read_file(out("one") / "model.onnx"), read_file(out("three") / "model.onnx"));
}

TEST_P(EachHead, GradientsReachTheBackboneUnlessItStandsStill) {
  prepare_torch();
  const TokenSet set = load_token_set(events(), small_backbone().tokens);
  Graph model = make_model(small_backbone(), GetParam());
  const bool moves = GetParam() != Task::kAnomaly;
  if (!moves) model = with_trainable(model, "backbone.", false);
  const TokenTensors data(set.batch, model);
  const auto objective =
      make_head_objective(GetParam(), model, set, data, truth_of(GetParam(), set), {});
  objective->use_batch_statistics(true);
  Random random(1);
  objective->loss({set.train.begin(), set.train.begin() + 64}, random).backward();
  int64_t with_gradient = 0;
  for (const auto& [name, numbers] : objective->parameters()) {
    if (!name.ends_with(".weight") || name == "head.standard.weight") continue;
    const bool expected = moves || !name.starts_with("backbone.");
    const bool reached = numbers.grad().defined() && numbers.grad().abs().sum().item<double>() > 0;
    EXPECT_EQ(reached, expected) << name;
    with_gradient += reached ? 1 : 0;
  }
  EXPECT_GT(with_gradient, 0);
}

// With the same weight for every token the estimate turns exactly as the event does, so that the
// loss of turned events with turned targets is that of the events as they lie.
TEST_F(Heads, TheMissingMomentumTurnsWithTheEvent) {
  prepare_torch();
  const TokenSet set = load_token_set(events(), small_backbone().tokens);
  Graph model = make_model(small_backbone(), Task::kMet);
  for (ValueId id = 0; id < model.size(); ++id) {
    if (model.node(id).name != "head.odds.weight") continue;
    auto zeros = std::make_shared<Tensor>(*model.node(id).data);
    std::fill(zeros->reals.begin(), zeros->reals.end(), 0.0);
    model.set_data(id, zeros);
  }
  const torch::NoGradGuard no_gradient;
  const TokenTensors data(set.batch, model);
  const TorchGraph graph(model);
  const torch::Tensor index = row_indices({set.train.begin(), set.train.begin() + 64});
  const TokenTensors::Inputs plain = data.rows(index);
  Random random(1);
  const TokenTensors::Inputs turned = data.turned_rows(index, random);
  const torch::Tensor said = graph.run({plain.tokens, plain.valid})[0];
  const torch::Tensor after = graph.run({turned.tokens, turned.valid})[0];
  const torch::Tensor c = turned.turn.select(1, 0), s = turned.turn.select(1, 1);
  const torch::Tensor x = said.select(1, 0), y = said.select(1, 1);
  EXPECT_TRUE(torch::allclose(after, torch::stack({x * c - y * s, x * s + y * c}, 1), 1e-4, 1e-6));
  EXPECT_GT((after - said).abs().max().item<double>(), 0.01);

  const auto loss = [&](bool augment) {
    HeadOptions options;
    options.augment = augment;
    const auto objective =
        make_head_objective(Task::kMet, model, set, data, truth_of(Task::kMet, set), options);
    Random again(1);
    return objective->loss({set.train.begin(), set.train.begin() + 64}, again).item<double>();
  };
  EXPECT_NEAR(loss(true), loss(false), 1e-4 * loss(false));
}

TEST_F(Heads, AnAnomalyScoreNeedsMinimumBias) {
  FinetuneConfig config = config_of(Task::kAnomaly, 1);
  config.events = out("signal.h5");
  EventFileInfo info;
  info.generator = "toy";
  EventWriter writer(config.events, info);
  std::vector<Event> signal;
  for (int64_t id = 1; id < 400; id += 2) signal.push_back(toy_event(id, 1));
  writer.append(signal);
  writer.commit();
  EXPECT_NE(message_of([&] { finetune(config, {}, out("none")); }).find("holds no minimum bias"),
            std::string::npos);
}

TEST_F(Heads, AnUnknownTaskListsThoseThereAre) {
  write_file(out("task.toml"), "[head]\ntask = \"mets\"\n");
  const std::string message = message_of([&] { read_finetune_config(out("task.toml")); });
  EXPECT_NE(message.find("task.toml:2: error: there is no task 'mets'"), std::string::npos)
      << message;
  EXPECT_NE(message.find("accept, met, pileup, anomaly"), std::string::npos) << message;
}

}  // namespace
}  // namespace trigstone
