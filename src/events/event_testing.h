// For tests only: the embedded sample, files made elsewhere, and work in a child process.
#pragma once

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <functional>

#include "base/testing.h"
#include "events/collisions.h"
#include "test_folders.h"

namespace trigstone {

inline std::filesystem::path sample_folder() {
  return std::filesystem::path(kSourceFolder) / "data";
}

// The minimum-bias library, read once for all tests of the program.
inline const Collisions& minimum_bias_library() {
  static const Collisions library(sample_folder() / "minbias.h5");
  return library;
}

// A file of the interoperability folder; empty when the folder is not there (a failure in CI).
inline std::filesystem::path interop_file(const std::string& name) {
  return interop_path("data/" + name);
}

// Exit status of `work` in a child process, or 128 plus the signal that ended it.
inline int status_of_child(const std::function<int()>& work) {
  const pid_t child = fork();
  if (child == 0) _exit(work());
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

// Writes without waiting for the disk, for tests that write hundreds of files.
inline void write_quickly(const std::filesystem::path& path, std::string_view content) {
  std::ofstream(path, std::ios::binary)
      .write(content.data(), static_cast<std::streamsize>(content.size()));
}

// Five standard deviations of the mean of `count` values: a correct program fails once in two
// million seeds, and seeds are fixed.
inline double five_sigma_of_mean(double sigma, double count) {
  return 5 * sigma / std::sqrt(count);
}

}  // namespace trigstone
