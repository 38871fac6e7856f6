// Ctrl-C during long work becomes an Error, and files half written disappear.
#include "base/progress.h"

#include <gtest/gtest.h>

#include <csignal>
#include <fstream>

#include "base/files.h"
#include "base/testing.h"

namespace trigstone {
namespace {

constexpr const char* kInterrupted =
    "trigstone: error: interrupted — earlier outputs are whole; run the command again";

TEST(Progress, IsSilentUnderTwoSeconds) {
  testing::internal::CaptureStderr();
  {
    Progress progress("generate", 1000, "events");
    for (int i = 0; i <= 1000; ++i) progress.update(i);
  }
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
}

TEST(Progress, PrintsPlainLinesInALog) {
  testing::internal::CaptureStderr();
  {
    Progress progress("train", 200, "steps");
    usleep(2'050'000);
    progress.update(50, "loss 0.31");
  }
  const std::string log = testing::internal::GetCapturedStderr();
  EXPECT_TRUE(log.starts_with("train: 50/200 (25 %) steps, ")) << log;
  EXPECT_NE(log.find(" s left, loss 0.31\n"), std::string::npos) << log;
  EXPECT_EQ(std::count(log.begin(), log.end(), '\n'), 2) << log;
}

// Prints the Error of `work` and ends with status 1, as main does; status 0 without an Error.
template <class Work>
[[noreturn]] void end_like_main(Work work) {
  try {
    work();
  } catch (const Error& error) {
    fmt::print(stderr, "{}\n", error.what());
    std::exit(1);
  }
  std::exit(0);
}

TEST(InterruptDeathTest, NothingHappensWithoutASignal) {
  EXPECT_EXIT(end_like_main([] {
                install_interrupt_handler();
                Progress("work", 1, "steps").update(1);
                check_interrupt();
              }),
              testing::ExitedWithCode(0), "^$");
}

TEST(InterruptDeathTest, EndsWorkAtItsNextStepAndRemovesHalfFiles) {
  const TestFolder folder;
  write_file(folder / "out", "old");
  for (const int signal : {SIGINT, SIGTERM}) {
    EXPECT_EXIT(end_like_main([&] {
                  install_interrupt_handler();
                  const PendingFile pending(folder / "out");
                  std::ofstream(pending.path()) << "half";
                  Progress progress("work", 2, "steps");
                  progress.update(1);
                  raise(signal);
                  progress.update(2);
                }),
                testing::ExitedWithCode(1), std::string("^") + kInterrupted + "\n$");
  }
  EXPECT_EQ(read_file(folder / "out"), "old");
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder.path()), {}), 1);
}

TEST(InterruptDeathTest, ASecondSignalKills) {
  EXPECT_EXIT(end_like_main([] {
                install_interrupt_handler();
                raise(SIGINT);
                raise(SIGINT);
              }),
              testing::KilledBySignal(SIGINT), "");
}

}  // namespace
}  // namespace trigstone
