#include "base/process.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace trigstone {
namespace {

TEST(Process, GivesOutputAndStatus) {
  const ProcessResult result = run_process({"sh", "-c", "echo out; echo err >&2; exit 7"});
  EXPECT_EQ(result.status, 7);
  EXPECT_EQ(result.output, "out\nerr\n");
}

TEST(Process, NoShellReadsTheArguments) {
  EXPECT_EQ(run_process({"printf", "%s", "a b; $HOME"}).output, "a b; $HOME");
}

TEST(Process, RunsInTheFolder) { EXPECT_EQ(run_process({"pwd"}, "/").output, "/\n"); }

TEST(Process, LongOutputArrivesWhole) {
  EXPECT_EQ(run_process({"head", "-c", "3000000", "/dev/zero"}).output.size(), 3000000U);
}

TEST(Process, AMissingProgramIsTheUsersToInstall) {
  EXPECT_THROW(run_process({"no_such_program_here"}), Error);
  EXPECT_FALSE(program_exists("no_such_program_here"));
  EXPECT_TRUE(program_exists("sh"));
  EXPECT_TRUE(program_exists("/bin/sh"));
  EXPECT_FALSE(program_exists("/bin/no_such_program_here"));
}

TEST(Process, ASignalIsAStatus) { EXPECT_EQ(run_process({"sh", "-c", "kill -9 $$"}).status, 137); }

}  // namespace
}  // namespace trigstone
