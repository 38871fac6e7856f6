// Generated C++ of many graphs in one program: compiled once, asked many times.
#pragma once

#include <filesystem>
#include <vector>

#include "emit/cpp.h"
#include "interpret/stimulus.h"

namespace trigstone {

class CppModels {
 public:
  struct Config {
    int jobs = 2;          // compilers at a time
    bool sanitize = true;  // -O1 and undefined behaviour ends the program; otherwise -O2
  };

  // Compiles in `folder`, which is created. The names of the sources must differ. Throws Error when
  // there is no C++ compiler, InternalError with its output when it refuses what we emitted.
  CppModels(std::vector<CppSource> sources, const std::filesystem::path& folder,
            const Config& config);

  // Tensors of mantissas, in the order of the source's inputs; outputs likewise.
  std::vector<EventTensors> run(size_t model, const std::vector<EventTensors>& events) const;

 private:
  std::vector<CppSource> sources_;
  std::filesystem::path folder_;
};

}  // namespace trigstone
