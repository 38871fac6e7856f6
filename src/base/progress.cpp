#include "base/progress.h"

#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdio>

#include "base/error.h"

namespace trigstone {

namespace {

using Clock = std::chrono::steady_clock;

volatile std::sig_atomic_t interrupted = 0;
std::atomic<bool> progress_enabled{true};

double seconds_between(Clock::time_point a, Clock::time_point b) {
  return std::chrono::duration<double>(b - a).count();
}

}  // namespace

void install_interrupt_handler() {
  struct sigaction action {};
  // A second signal ends the program at once: SA_RESETHAND restores the default action.
  action.sa_handler = [](int) { interrupted = 1; };
  action.sa_flags = static_cast<int>(SA_RESETHAND);
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
}

void check_interrupt() {
  if (interrupted != 0) {
    throw Error("trigstone", "interrupted", "earlier outputs are whole; run the command again");
  }
}

void set_progress_enabled(bool enabled) { progress_enabled = enabled; }

Progress::Progress(std::string task, int64_t total, std::string unit)
    : task_(std::move(task)),
      unit_(std::move(unit)),
      total_(total),
      start_(Clock::now()),
      printed_(start_),
      terminal_(isatty(STDERR_FILENO) == 1) {}

Progress::~Progress() {
  if (shown_) print("", true);
}

void Progress::update(int64_t done, const std::string& note) {
  check_interrupt();
  done_ = done;
  const auto now = Clock::now();
  const double pause_s = terminal_ ? 0.1 : 10.0;
  const bool first = !shown_ && seconds_between(start_, now) > 2.0;
  if (!progress_enabled || !(first || (shown_ && seconds_between(printed_, now) > pause_s))) return;
  printed_ = now;
  print(note, false);
}

void Progress::print(const std::string& note, bool last) {
  shown_ = true;
  const double elapsed_s = seconds_between(start_, Clock::now());
  const double rate = elapsed_s > 0 ? static_cast<double>(done_) / elapsed_s : 0.0;
  std::string line = fmt::format("{}: {}", task_, done_);
  if (total_ > 0) line += fmt::format("/{} ({:.0f} %)", total_, 100.0 * done_ / total_);
  line += fmt::format(" {}, {:.3g}/s", unit_, rate);
  if (last) {
    line += fmt::format(", {:.1f} s", elapsed_s);
  } else if (total_ > 0 && rate > 0) {
    line += fmt::format(", {:.0f} s left", static_cast<double>(total_ - done_) / rate);
  }
  if (!note.empty()) line += ", " + note;
  if (terminal_) {
    fmt::print(stderr, "\r\033[K{}{}", line, last ? "\n" : "");
  } else {
    fmt::print(stderr, "{}\n", line);
  }
  std::fflush(stderr);
}

}  // namespace trigstone
