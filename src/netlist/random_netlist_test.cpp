#include "netlist/random_netlist.h"

#include <gtest/gtest.h>

#include <set>

#include "netlist/flatten.h"
#include "netlist/verify_netlist.h"

namespace trigstone {
namespace {

TEST(RandomNetlist, IsValidAndUsesEveryOperation) {
  std::set<NetOp> seen;
  for (uint64_t seed = 0; seed < 300; ++seed) {
    const RandomNetlist random = random_netlist(seed);
    const Diagnostics found = verify(random.netlist);
    ASSERT_TRUE(found.empty()) << seed << ": " << found.errors()[0].what();
    const Diagnostics bound = verify_bindings(random.netlist, random.firmware);
    ASSERT_TRUE(bound.empty()) << seed << ": " << bound.errors()[0].what();
    for (const Module& module : random.netlist.modules) {
      for (const Cell& cell : module.cells) seen.insert(cell.op);
    }
  }
  EXPECT_EQ(seen.size(), all_net_ops().size());
}

TEST(Flatten, LeavesOneValidModule) {
  for (uint64_t seed = 0; seed < 200; ++seed) {
    const RandomNetlist random = random_netlist(seed);
    const Netlist flat = flatten(random.netlist);
    ASSERT_EQ(flat.modules.size(), 1u);
    const Diagnostics found = verify(flat);
    ASSERT_TRUE(found.empty()) << seed << ": " << found.errors()[0].what();
    EXPECT_TRUE(verify_bindings(flat, random.firmware).empty());
  }
}

}  // namespace
}  // namespace trigstone
