#include "verify/synthesis.h"

#include <gtest/gtest.h>

namespace trigstone {
namespace {

TEST(Synthesis, ReadsTheLastStatistics) {
  const auto cells = parse_yosys_cells(
      "   Number of cells:                 99\n     LUT1                            99\n\n"
      "=== top ===\n\n   Number of cells:                 12\n     CARRY4                          "
      " 2\n"
      "     FDRE                             4\n     LUT6                             6\n\n"
      "   Estimated number of LCs:          6\n");
  EXPECT_EQ(cells.size(), 3U);
  EXPECT_EQ(cells.at("LUT6"), 6);
  EXPECT_EQ(cells.at("CARRY4"), 2);
  EXPECT_TRUE(parse_yosys_cells("nothing").empty());
}

}  // namespace
}  // namespace trigstone
