#include "learn/checkpoint.h"

#include <sstream>

#include "base/error.h"
#include "base/files.h"

namespace trigstone {

namespace {

constexpr int64_t kCheckpointVersion = 2;  // 1 held no best numbers

// Dots name submodules in torch's archives.
std::string key_of(const std::string& name, const std::string& folder = "numbers/") {
  std::string key = folder + name;
  std::replace(key.begin(), key.end(), '.', '/');
  return key;
}

void read_best(torch::serialize::InputArchive& archive,
               const std::vector<TorchGraph::Named>& numbers, Best& best) {
  torch::Tensor step, loss;
  archive.read("best_step", step);
  archive.read("best_loss", loss);
  best.step = step.item<int64_t>();
  best.loss = loss.item<double>();
  best.numbers.clear();
  for (size_t i = 0; best.step >= 0 && i < numbers.size(); ++i) {
    torch::Tensor saved;
    archive.read(key_of(numbers[i].first, "best/"), saved);
    best.numbers.push_back(saved);
  }
}

}  // namespace

void Best::offer(int64_t at_step, double its_loss, const std::vector<TorchGraph::Named>& now) {
  if (!(its_loss < loss)) return;
  step = at_step;
  loss = its_loss;
  numbers.clear();
  for (const auto& [name, tensor] : now) numbers.push_back(tensor.detach().clone());
}

void Best::restore(const std::vector<TorchGraph::Named>& to) const {
  const torch::NoGradGuard no_gradient;
  for (size_t i = 0; i < numbers.size(); ++i) {
    torch::Tensor target = to[i].second;
    target.copy_(numbers[i]);
  }
}

void save_checkpoint(const std::filesystem::path& path, int64_t step,
                     const std::vector<TorchGraph::Named>& numbers,
                     const torch::optim::Optimizer& optimiser, const Best& best) {
  torch::serialize::OutputArchive archive;
  archive.write("version", torch::tensor({kCheckpointVersion}));
  archive.write("step", torch::tensor({step}));
  for (const auto& [name, tensor] : numbers) archive.write(key_of(name), tensor.detach());
  archive.write("best_step", torch::tensor({best.step}));
  archive.write("best_loss", torch::tensor({best.loss}, torch::kFloat64));
  for (size_t i = 0; i < best.numbers.size(); ++i) {
    archive.write(key_of(numbers[i].first, "best/"), best.numbers[i]);
  }
  torch::serialize::OutputArchive moments;
  optimiser.save(moments);
  archive.write("optimiser", moments);
  std::ostringstream bytes;
  archive.save_to(bytes);
  write_file(path, bytes.str());
}

int64_t load_checkpoint(const std::filesystem::path& path,
                        const std::vector<TorchGraph::Named>& numbers,
                        torch::optim::Optimizer& optimiser, Best& best) {
  std::error_code ignored;
  if (!std::filesystem::exists(path, ignored)) return 0;
  std::istringstream bytes(read_file(path));
  try {
    const torch::NoGradGuard no_gradient;
    torch::serialize::InputArchive archive;
    archive.load_from(bytes);
    torch::Tensor version, step;
    archive.read("version", version);
    const auto number = version.item<int64_t>();
    if (number != kCheckpointVersion && number != kCheckpointVersion - 1) {
      throw Error(path.string(), "is a checkpoint of another version", "start a new run");
    }
    archive.read("step", step);
    for (const auto& [name, tensor] : numbers) {
      torch::Tensor saved;
      archive.read(key_of(name), saved);
      if (saved.sizes() != tensor.sizes()) {
        throw Error(path.string(), fmt::format("'{}' has another shape", name),
                    "resume with the config that made it");
      }
      torch::Tensor target = tensor;
      target.copy_(saved);
    }
    if (number == kCheckpointVersion) read_best(archive, numbers, best);
    torch::serialize::InputArchive moments;
    archive.read("optimiser", moments);
    optimiser.load(moments);
    return step.item<int64_t>();
  } catch (const c10::Error&) {
    throw Error(path.string(), "is not a checkpoint of this model, or is damaged",
                "start a new run without --resume");
  }
}

}  // namespace trigstone
