#include "verify/mutate_netlist.h"

#include <gtest/gtest.h>

#include <set>

#include "base/random.h"
#include "interpret/interpret_netlist.h"
#include "netlist/random_netlist.h"
#include "verify/random_format.h"

namespace trigstone {
namespace {

constexpr uint64_t kSeeds = 300;

std::vector<std::vector<Tensor>> events_for(const Firmware& firmware, uint64_t seed) {
  Random random(seed, 5);
  std::vector<std::vector<Tensor>> events(8);
  for (auto& event : events) {
    for (const PortBinding& binding : firmware.inputs) {
      Tensor tensor;
      tensor.shape = binding.shape;
      tensor.format = binding.format;
      for (int64_t i = tensor.size(); i > 0; --i) {
        tensor.mantissas.push_back(random_mantissa(random, binding.format));
      }
      event.push_back(tensor);
    }
  }
  return events;
}

// Back to back, then with a gap, so that phases must be found again.
std::vector<int> gaps_for(const Firmware& firmware, size_t events) {
  std::vector<int> gaps(events, firmware.ii);
  for (size_t i = 3; i < events; i += 2) gaps[i] += static_cast<int>(i) % 5;
  return gaps;
}

TEST(NetlistMutants, BreakEveryOperation) {
  std::set<NetOp> broken;
  for (const NetlistMutant& mutant : netlist_mutants()) broken.insert(mutant.op);
  EXPECT_EQ(broken.size(), all_net_ops().size());
}

TEST(NetlistMutants, AreAllNoticedByTheNetlistInterpretersVectors) {
  std::vector<int> noticed(netlist_mutants().size(), 0);
  for (uint64_t seed = 0; seed < kSeeds; ++seed) {
    const RandomNetlist random = random_netlist(seed);
    const auto events = events_for(random.firmware, seed);
    const auto gaps = gaps_for(random.firmware, events.size());
    const auto right = run_netlist(random.netlist, random.firmware, events, gaps);
    for (size_t m = 0; m < noticed.size(); ++m) {
      const Netlist broken = netlist_mutants()[m].apply(random.netlist);
      if (broken == random.netlist) continue;
      noticed[m] += run_netlist(broken, random.firmware, events, gaps) != right;
    }
  }
  for (size_t m = 0; m < noticed.size(); ++m) {
    EXPECT_GE(noticed[m], 2) << "survives: " << netlist_mutants()[m].name;
  }
}

}  // namespace
}  // namespace trigstone
