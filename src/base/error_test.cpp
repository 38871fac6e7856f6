#include "base/error.h"

#include <gtest/gtest.h>

#include "base/testing.h"

namespace trigstone {
namespace {

TEST(Error, SaysWhereWhatAndHint) {
  const Error error("jets.onnx:node 'Softmax_12'", "17-bit sum does not fit <16,6>",
                    "set accumulator = \"<18,8>\"");
  EXPECT_STREQ(error.what(),
               "jets.onnx:node 'Softmax_12': error: 17-bit sum does not fit <16,6> — "
               "set accumulator = \"<18,8>\"");
  EXPECT_EQ(error.where(), "jets.onnx:node 'Softmax_12'");
  EXPECT_EQ(error.problem(), "17-bit sum does not fit <16,6>");
  EXPECT_EQ(error.hint(), "set accumulator = \"<18,8>\"");
}

TEST(Error, OmitsAnEmptyHint) { EXPECT_STREQ(Error("a", "b").what(), "a: error: b"); }

TEST(Error, StaysOnOneLineWhateverTheUsersNamesHold) {
  const Error error("bad\nname\t.npy", "first\r\nsecond\x1b[31m", std::string("nul\0!", 5));
  EXPECT_STREQ(error.what(), "bad name .npy: error: first  second [31m — nul !");
}

TEST(InternalError, NamesFileAndLine) {
  try {
    internal_error("no such op");
    FAIL();
  } catch (const InternalError& error) {
    const std::string text = error.what();
    EXPECT_TRUE(text.ends_with(": internal error: no such op")) << text;
    EXPECT_NE(text.find("error_test.cpp:"), std::string::npos) << text;
  }
}

TEST(InternalError, IsThrownByABrokenPromiseOnly) {
  EXPECT_NO_THROW(ensure(true, "fine"));
  EXPECT_THROW(ensure(false, "broken"), InternalError);
}

TEST(Diagnostics, GatherAndThrowOnce) {
  Diagnostics diagnostics;
  EXPECT_TRUE(diagnostics.empty());
  EXPECT_NO_THROW(diagnostics.throw_if_any());
  diagnostics.add("c.toml:3", "unknown key 'layres'", "did you mean 'layers'?");
  EXPECT_EQ(message_of([&] { diagnostics.throw_if_any(); }),
            "c.toml:3: error: unknown key 'layres' — did you mean 'layers'?");
  diagnostics.add("c.toml:4", "unknown key 'hidn'");
  diagnostics.add("c.toml:9", "unknown key 'seeed'");
  EXPECT_EQ(diagnostics.errors().size(), 3U);
  EXPECT_EQ(message_of([&] { diagnostics.throw_if_any(); }),
            "c.toml:3: error: unknown key 'layres' (and 2 more) — did you mean 'layers'?");
}

}  // namespace
}  // namespace trigstone
