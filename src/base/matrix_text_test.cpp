#include <gtest/gtest.h>

#include "base/files.h"
#include "base/npy.h"
#include "base/testing.h"

namespace trigstone {
namespace {

TEST(MatrixText, ReadsOneRowPerLine) {
  const TestFolder folder;
  write_file(folder / "m.txt",
             "1 -2\t3\r\n\n   4 5 6   \n-9223372036854775808 0 9223372036854775807");
  EXPECT_EQ(read_matrix_text(folder / "m.txt"),
            npy_of({3, 3}, std::vector<int64_t>{1, -2, 3, 4, 5, 6, INT64_MIN, 0, INT64_MAX}));
}

// Ends of lines of every system, commas, comments, a byte order mark: the same matrix.
TEST(MatrixText, ReadsWhatOtherProgramsWrite) {
  const TestFolder folder;
  const NpyArray expected = npy_of({2, 2}, std::vector<int64_t>{1, -2, 3, 4});
  for (const char* text :
       {"1 -2\n3 4\n", "1 -2\r3 4\r", "1 -2\r3 4", "1 -2\r\n3 4\r\n", "1,-2\n3,4\n",
        "1, -2\n3 , 4,\n", "# weights, 2 x 2\n1 -2 # first\n\n3 4",
        "\xEF\xBB\xBF"
        "1 -2\n3 4\n"}) {
    write_file(folder / "m.csv", text);
    EXPECT_EQ(read_matrix_text(folder / "m.csv"), expected) << text;
  }
}

TEST(MatrixText, NamesTheLineOfTheDamage) {
  const TestFolder folder;
  const std::string path = folder / "m.txt";
  const auto message = [&](const std::string& text) {
    write_file(path, text);
    return message_of([&] { read_matrix_text(path); });
  };
  EXPECT_EQ(message("1 2\n\n3 4 5\n"), path +
                                           ":3: error: has 3 entries, the rows before have 2 — "
                                           "give every row the same number of entries");
  const std::string hint =
      " — write integers separated by blanks or commas, one row per line, comments behind #";
  EXPECT_EQ(message("1 2\n3 x\n"), path + ":2: error: 'x' is not a 64-bit integer" + hint);
  EXPECT_EQ(message("1.5"), path + ":1: error: '1.5' is not a 64-bit integer" + hint);
  EXPECT_EQ(message("9223372036854775808"),
            path + ":1: error: '9223372036854775808' is not a 64-bit integer" + hint);
  EXPECT_EQ(message("1,,2"),
            path + ":1: error: '1,,2' has a comma without a number before it" + hint);
  EXPECT_EQ(message("# none\n, 1"),
            path + ":2: error: ', 1' has a comma without a number before it" + hint);
  EXPECT_EQ(message("1 2\r3 x\r"), path + ":2: error: 'x' is not a 64-bit integer" + hint);
  EXPECT_EQ(message(std::string("\xff\xfe"
                                "1\0",
                                4)),
            path + ":1: error: '\\xff\\xfe1\\x00' is not a 64-bit integer" + hint);
  EXPECT_EQ(message(" \n\n"),
            path + ": error: holds no matrix — write one row of integers per line");
}

}  // namespace
}  // namespace trigstone
