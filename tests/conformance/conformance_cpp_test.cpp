// The generated C++ against the reference interpreter; undefined behaviour in it is a failure, too.
#include <gtest/gtest.h>

#include "conformance_suite.h"
#include "test_folders.h"

namespace trigstone {
namespace {

std::filesystem::path folder(const char* name) {
  return std::filesystem::path(kBuildFolder) / "conformance_cpp" / name;
}

TEST(ConformanceCpp, EqualsTheInterpreter) {
  std::vector<Question> questions = random_questions(0, 200);
  for (Question& question : crasher_questions()) questions.push_back(std::move(question));
  expect_conformance(cpp_engine(folder("right")), questions);
}

TEST(ConformanceCpp, NoticesEveryBrokenGraphOperation) {
  const std::vector<BrokenGraph> broken = broken_graphs(1);
  std::vector<Question> questions;
  for (const BrokenGraph& item : broken) questions.push_back(item.question);
  expect_all_noticed(broken, cpp_engine(folder("broken")).run(questions));
}

}  // namespace
}  // namespace trigstone
