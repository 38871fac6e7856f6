// Progress of long work on stderr: a bar on a terminal, plain lines in a log, silence under two
// seconds. Ctrl-C becomes an Error at the next step, so that temporary files are removed.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace trigstone {

class Progress {
 public:
  // `total` in `unit`s ("events", "steps"); 0 when unknown.
  Progress(std::string task, int64_t total, std::string unit);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  // `done` units are finished in all; `note` is shown behind ("loss 0.31").
  // Throws Error when the user pressed Ctrl-C. Cheap: prints at most ten times a second.
  void update(int64_t done, const std::string& note = "");

 private:
  void print(const std::string& note, bool last);
  std::string task_, unit_;
  int64_t total_, done_ = 0;
  std::chrono::steady_clock::time_point start_, printed_;
  bool shown_ = false, terminal_;
};

// Installs the SIGINT/SIGTERM handler that `check_interrupt` reads. Called once by main.
void install_interrupt_handler();
// Throws Error("interrupted") when a signal has arrived.
void check_interrupt();

// Turns all progress off (tests, --quiet).
void set_progress_enabled(bool enabled);

}  // namespace trigstone
