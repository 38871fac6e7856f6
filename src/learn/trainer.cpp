#include "learn/trainer.h"

#include <dlfcn.h>

#include <algorithm>
#include <chrono>
#include <cmath>

#include "base/error.h"
#include "base/progress.h"
#include "base/threads.h"
#include "learn/checkpoint.h"

namespace trigstone {

namespace {

using Clock = std::chrono::steady_clock;

constexpr int64_t kLogEvery = 10;

// The share of the full learning rate at a step.
double schedule(int64_t step, const TrainingConfig& config) {
  if (step < config.warmup_steps) {
    return static_cast<double>(step + 1) / static_cast<double>(config.warmup_steps);
  }
  const double span = static_cast<double>(std::max<int64_t>(config.steps - config.warmup_steps, 1));
  const double phase = static_cast<double>(step - config.warmup_steps) / span;
  return 0.01 + 0.99 * (1 + std::cos(M_PI * phase)) / 2;
}

// Weight decay is for matrices; the backbone may learn at its own pace.
torch::optim::AdamW make_optimiser(const std::vector<TorchGraph::Named>& parameters,
                                   const TrainingConfig& config) {
  std::vector<torch::Tensor> groups[2][2];
  for (const auto& [name, numbers] : parameters) {
    if (!numbers.requires_grad()) continue;
    groups[name.starts_with("backbone.")][numbers.dim() > 1].push_back(numbers);
  }
  std::vector<torch::optim::OptimizerParamGroup> list;
  for (const bool backbone : {false, true}) {
    for (const bool decays : {false, true}) {
      auto options = std::make_unique<torch::optim::AdamWOptions>(config.learning_rate);
      options->weight_decay(decays ? config.weight_decay : 0.0);
      list.emplace_back(groups[backbone][decays], std::move(options));
    }
  }
  return torch::optim::AdamW(std::move(list));
}

void set_learning_rate(torch::optim::AdamW& optimiser, int64_t step, const TrainingConfig& config) {
  const double rate = config.learning_rate * schedule(step, config);
  const double backbone = step < config.frozen_steps ? 0 : rate * config.backbone_rate;
  for (size_t i = 0; i < optimiser.param_groups().size(); ++i) {  // in make_optimiser's order
    static_cast<torch::optim::AdamWOptions&>(optimiser.param_groups()[i].options())
        .lr(i < 2 ? rate : backbone);
  }
}

// Which rows step `step` sees: the epochs one behind another, each in its own order.
class Batches {
 public:
  Batches(const std::vector<int64_t>& rows, const TrainingConfig& config)
      : rows_(rows), config_(config) {}
  std::vector<int64_t> at(int64_t step) {
    std::vector<int64_t> batch;
    const int64_t count = std::ssize(rows_);
    for (int64_t i = step * config_.batch; i < (step + 1) * config_.batch; ++i) {
      if (i / count != epoch_) {
        epoch_ = i / count;
        order_ = shuffled_rows(count, config_.seed, epoch_);
      }
      batch.push_back(rows_[static_cast<size_t>(order_[static_cast<size_t>(i % count)])]);
    }
    return batch;
  }

 private:
  const std::vector<int64_t>& rows_;
  const TrainingConfig& config_;
  int64_t epoch_ = -1;
  std::vector<int64_t> order_;
};

// Equal objectives that share the trainable numbers: each computes the gradient of its part of the
// batch, in the order of the shards they are summed.
class Shards {
 public:
  Shards(const ObjectiveMaker& make, const TrainingConfig& config) : config_(config) {
    for (int64_t s = 0; s < config.shards; ++s) {
      shards_.push_back(make());
      numbers_.push_back(shards_.back()->parameters());
    }
    share();
  }

  void use_batch_statistics() {
    for (const auto& shard : shards_) shard->use_batch_statistics(true);
  }
  Objective& master() { return *shards_.front(); }
  const std::vector<TorchGraph::Named>& numbers() const { return numbers_.front(); }
  std::unique_ptr<Objective> release() { return std::move(shards_.front()); }

  // Trainable numbers are one storage; running statistics are copies, brought together by mean.
  void share() {
    for (size_t p = 0; p < numbers().size(); ++p) {
      torch::Tensor& first = numbers_.front()[p].second;
      for (size_t s = 1; s < numbers_.size(); ++s) {
        torch::Tensor& other = numbers_[s][p].second;
        const torch::NoGradGuard no_gradient;
        if (first.requires_grad()) {
          other.set_data(first.detach());
        } else {
          other.copy_(first);
        }
      }
    }
  }

  // Gradients of the mean loss of `batch` into the first shard's numbers; returns the loss.
  double backward(const std::vector<int64_t>& batch, int64_t step) {
    const int64_t count = config_.shards, size = std::ssize(batch);
    std::vector<double> losses(static_cast<size_t>(count));
    const int threads =
        static_cast<int>(config_.threads > 0 ? config_.threads : hardware_threads());
    parallel_blocks(count, 1, threads, [&](int64_t begin, int64_t end) {
      at::init_num_threads();
      for (int64_t s = begin; s < end; ++s) {
        const auto at = static_cast<size_t>(s);
        const std::vector<int64_t> part(batch.begin() + size * s / count,
                                        batch.begin() + size * (s + 1) / count);
        for (auto& [name, numbers] : numbers_[at]) numbers.mutable_grad().reset();
        Random random(config_.seed ^ 0x6d61736b73, static_cast<uint64_t>(step * count + s));
        torch::Tensor loss = shards_[at]->loss(part, random);
        losses[at] = loss.item<double>();
        if (std::isfinite(losses[at])) loss.backward();
      }
    });
    double sum = 0;
    for (const double loss : losses) sum += loss;
    if (!std::isfinite(sum)) {
      throw Error("training", fmt::format("the loss is not finite at step {}", step),
                  "lower training.learning_rate");
    }
    gather();
    return sum / static_cast<double>(count);
  }

 private:
  // A mean of equal numbers may differ from them in its last bit.
  bool stands_still(size_t p) const {
    return std::all_of(numbers_.begin() + 1, numbers_.end(), [&](const auto& other) {
      return torch::equal(other[p].second, numbers_.front()[p].second);
    });
  }

  void gather() {
    const torch::NoGradGuard no_gradient;
    const double share = 1.0 / static_cast<double>(shards_.size());
    for (size_t p = 0; p < numbers().size(); ++p) {
      torch::Tensor& first = numbers_.front()[p].second;
      if (!first.requires_grad() && stands_still(p)) continue;
      torch::Tensor sum = first.requires_grad() ? first.mutable_grad() : first;
      for (size_t s = 1; s < numbers_.size(); ++s) {
        const torch::Tensor& other = numbers_[s][p].second;
        const torch::Tensor part = first.requires_grad() ? other.grad() : other;
        if (sum.defined() && part.defined()) sum.add_(part);
      }
      if (sum.defined()) sum.mul_(share);
      if (first.requires_grad()) continue;
      for (size_t s = 1; s < numbers_.size(); ++s) numbers_[s][p].second.copy_(first);
    }
  }

  const TrainingConfig& config_;
  std::vector<std::unique_ptr<Objective>> shards_;
  std::vector<std::vector<TorchGraph::Named>> numbers_;
};

std::vector<torch::Tensor> trainable(const std::vector<TorchGraph::Named>& numbers) {
  std::vector<torch::Tensor> list;
  for (const auto& [name, tensor] : numbers) {
    if (tensor.requires_grad()) list.push_back(tensor);
  }
  return list;
}

}  // namespace

void prepare_torch() {
  at::set_num_threads(1);
  at::globalContext().setAllowTF32CuBLAS(false);
  // OpenBLAS keeps threads of its own, and makes callers from several threads wait for each other.
  using SetThreads = void (*)(int);
  if (void* symbol = dlsym(RTLD_DEFAULT, "openblas_set_num_threads")) {
    reinterpret_cast<SetThreads>(symbol)(1);
  }
}

TrainingResult train(const std::string& task, const ObjectiveMaker& make,
                     const std::vector<int64_t>& rows, const TrainingConfig& config, RunFolder& run,
                     bool resume) {
  prepare_torch();
  Shards shards(make, config);
  torch::optim::AdamW optimiser = make_optimiser(shards.numbers(), config);
  Batches batches(rows, config);

  Best best;
  int64_t step = resume ? load_checkpoint(run.checkpoint(), shards.numbers(), optimiser, best) : 0;
  const int64_t first_step = step;
  shards.share();
  run.rewind(step);
  const auto validate = [&](int64_t at) {
    shards.master().use_batch_statistics(false);
    auto figures = shards.master().validate();
    if (config.keep_best) best.offer(at, figures.at("validation_loss"), shards.numbers());
    return figures;
  };

  Progress progress(task, config.steps - first_step, "steps");
  const auto start = Clock::now();
  for (; step < config.steps; ++step) {
    std::map<std::string, double> figures;
    if (step % config.validate_every == 0) figures = validate(step);
    shards.use_batch_statistics();
    set_learning_rate(optimiser, step, config);
    const double loss = shards.backward(batches.at(step), step);
    torch::nn::utils::clip_grad_norm_(trainable(shards.numbers()), config.clip);
    optimiser.step();
    if (step % kLogEvery == 0 || !figures.empty()) {
      figures["loss"] = loss;
      figures["learning_rate"] = config.learning_rate * schedule(step, config);
      run.log(step, figures);
    }
    if ((step + 1) % config.checkpoint_every == 0) {
      save_checkpoint(run.checkpoint(), step + 1, shards.numbers(), optimiser, best);
    }
    progress.update(step + 1 - first_step, fmt::format("loss {:.4f}", loss));
  }

  TrainingResult result;
  result.wall_s = std::chrono::duration<double>(Clock::now() - start).count();
  result.events_per_s =
      static_cast<double>((step - first_step) * config.batch) / std::max(result.wall_s, 1e-9);
  save_checkpoint(run.checkpoint(), step, shards.numbers(), optimiser, best);
  result.validation = validate(step);
  run.log(step, result.validation);
  if (config.keep_best && best.step < step) {
    best.restore(shards.numbers());
    result.validation = validate(step);
    result.validation["best_step"] = static_cast<double>(best.step);
  }
  result.objective = shards.release();
  return result;
}

}  // namespace trigstone
