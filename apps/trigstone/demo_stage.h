// One stage of the demo: announced when it begins, its time told when it ends.
#pragma once

#include <fmt/core.h>

#include <chrono>
#include <string>

namespace trigstone {

class Stage {
 public:
  explicit Stage(std::string name) : name_(std::move(name)), start_(Clock::now()) {
    fmt::print(stderr, "demo: {}\n", name_);
  }
  ~Stage() {
    const double seconds = std::chrono::duration<double>(Clock::now() - start_).count();
    fmt::print(stderr, "demo: {} took {:.1f} s\n", name_, seconds);
  }
  Stage(const Stage&) = delete;
  Stage& operator=(const Stage&) = delete;

 private:
  using Clock = std::chrono::steady_clock;
  std::string name_;
  Clock::time_point start_;
};

}  // namespace trigstone
