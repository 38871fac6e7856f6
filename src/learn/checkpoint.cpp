#include "learn/checkpoint.h"

#include <sstream>

#include "base/error.h"
#include "base/files.h"

namespace trigstone {

namespace {

constexpr int64_t kCheckpointVersion = 1;

// Dots name submodules in torch's archives.
std::string key_of(const std::string& name) {
  std::string key = "numbers/" + name;
  std::replace(key.begin(), key.end(), '.', '/');
  return key;
}

}  // namespace

void save_checkpoint(const std::filesystem::path& path, int64_t step,
                     const std::vector<TorchGraph::Named>& numbers,
                     const torch::optim::Optimizer& optimiser) {
  torch::serialize::OutputArchive archive;
  archive.write("version", torch::tensor({kCheckpointVersion}));
  archive.write("step", torch::tensor({step}));
  for (const auto& [name, tensor] : numbers) archive.write(key_of(name), tensor.detach());
  torch::serialize::OutputArchive moments;
  optimiser.save(moments);
  archive.write("optimiser", moments);
  std::ostringstream bytes;
  archive.save_to(bytes);
  write_file(path, bytes.str());
}

int64_t load_checkpoint(const std::filesystem::path& path,
                        const std::vector<TorchGraph::Named>& numbers,
                        torch::optim::Optimizer& optimiser) {
  std::error_code ignored;
  if (!std::filesystem::exists(path, ignored)) return 0;
  std::istringstream bytes(read_file(path));
  try {
    const torch::NoGradGuard no_gradient;
    torch::serialize::InputArchive archive;
    archive.load_from(bytes);
    torch::Tensor version, step;
    archive.read("version", version);
    if (version.item<int64_t>() != kCheckpointVersion) {
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
