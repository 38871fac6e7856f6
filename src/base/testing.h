// For tests only: a folder that disappears with the test, the text of an expected Error, and what a
// test does without its tool or its files: it skips, but fails in continuous integration.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <string>

#include "base/error.h"
#include "base/process.h"

namespace trigstone {

// The one-line message of the Error that `action` throws; the test fails when it throws none.
template <class Action>
std::string message_of(Action action) {
  try {
    action();
  } catch (const Error& error) {
    return error.what();
  }
  ADD_FAILURE() << "no Error was thrown";
  return "";
}

// True when the program is not installed: the caller then skips. In continuous integration the test
// fails.
inline bool is_missing(const std::string& program) {
  if (program_exists(program)) return false;
  EXPECT_EQ(std::getenv("CI"), nullptr) << program << " is not installed";
  return true;
}

// A path below $TRIGSTONE_INTEROP; empty without it: the caller then skips, and in continuous
// integration the test fails.
inline std::filesystem::path interop_path(const std::string& below) {
  const char* folder = std::getenv("TRIGSTONE_INTEROP");
  if (folder != nullptr) return std::filesystem::path(folder) / below;
  EXPECT_EQ(std::getenv("CI"), nullptr) << "TRIGSTONE_INTEROP is not set";
  return {};
}

// An empty folder of its own for one test.
class TestFolder {
 public:
  TestFolder() {
    const auto* test = testing::UnitTest::GetInstance()->current_test_info();
    std::string name = std::string(test->test_suite_name()) + "." + test->name();
    for (char& c : name) {
      if (c == '/') c = '_';
    }
    path_ = std::filesystem::temp_directory_path() /
            ("trigstone." + std::to_string(getpid()) + "." + name);
    std::filesystem::remove_all(path_);
    std::filesystem::create_directories(path_);
  }
  ~TestFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TestFolder(const TestFolder&) = delete;
  TestFolder& operator=(const TestFolder&) = delete;

  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path operator/(const std::string& name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

}  // namespace trigstone
