#include "emit/legalize.h"

#include <gtest/gtest.h>

#include "netlist/random_netlist.h"
#include "netlist/text.h"
#include "netlist/verify_netlist.h"

namespace trigstone {
namespace {

TEST(Legalize, FoldsWhatIntervalsTellAndDropsWhatNobodyReads) {
  const Netlist before = parse_netlist(R"(trigstone.netlist/1
module "unused_block" period 1
%0 = input() : [0, 1] f0 @0 x1
in "a" bits=1 signed=0 (%0)
out "b" bits=1 signed=0 (%0)
module "m" period 1
%0 = input() : [0, 3] f0 @0 x1
%1 = const() constant=9 : [9, 9] f0 @0 x1
%2 = lt(%0, %1) : [0, 1] f0 @0 x1
%3 = min(%1, %0) : [0, 9] f0 @0 x1
%4 = mux(%2, %0, %1) : [0, 9] f0 @0 x1
%5 = add(%0, %0) amount=1 : [0, 9] f0 @0 x1
in "x" bits=2 signed=0 (%0)
out "y" bits=4 signed=0 (%2, %3, %4)
)",
                                       "test");
  ASSERT_TRUE(verify(before).empty());
  const Netlist after = legalize(before);
  EXPECT_EQ(to_text(after), R"(trigstone.netlist/1
module "m" period 1
%0 = input() : [0, 3] f0 @0 x1
%1 = const() constant=1 : [1, 1] f0 @0 x1
%2 = shl(%0) : [0, 9] f0 @0 x1
%3 = shl(%0) : [0, 9] f0 @0 x1
in "x" bits=2 signed=0 (%0)
out "y" bits=4 signed=0 (%1, %2, %3)
)");
}

TEST(Legalize, GivesValidNetlistsThatStayAsTheyAre) {
  for (uint64_t seed = 0; seed < 200; ++seed) {
    const RandomNetlist random = random_netlist(seed);
    const Netlist legal = legalize(random.netlist);
    const Diagnostics found = verify(legal);
    ASSERT_TRUE(found.empty()) << seed << ": " << found.errors()[0].what();
    EXPECT_TRUE(verify_bindings(legal, random.firmware).empty());
  }
}

}  // namespace
}  // namespace trigstone
