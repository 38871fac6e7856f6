#include "netlist/text.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "base/random.h"
#include "netlist/random_netlist.h"
#include "netlist/verify_netlist.h"

namespace trigstone {
namespace {

constexpr const char* kSmall = R"(trigstone.netlist/1
module "square" period 2 "x * x"
%0 = input() "x" : [-8, 7] f2 @0 x2
%1 = mul(%0, %0) : [0, 64] f4 @0 x2
%2 = acc_sum(%1) strobe=0 "sum" : [0, 128] f4 @2 x1
in "x" bits=4 signed=1 (%0)
out "y" bits=8 signed=0 (%2)
)";

std::string error_of(const std::string& text) {
  try {
    parse_netlist(text, "n.txt");
  } catch (const Error& error) {
    return error.what();
  }
  return "accepted";
}

TEST(NetlistText, ReadsTheExampleByHand) {
  const Netlist netlist = parse_netlist(kSmall, "n.txt");
  ASSERT_EQ(netlist.modules.size(), 1u);
  const Module& top = netlist.top();
  EXPECT_EQ(top.comment, "x * x");
  EXPECT_EQ(top.period, 2);
  EXPECT_TRUE(top.needs_start);
  ASSERT_EQ(top.cells.size(), 3u);
  EXPECT_EQ(top.cells[2].op, NetOp::kAccSum);
  EXPECT_EQ(top.cells[2].range, (Interval{0, 128}));
  EXPECT_EQ(top.cells[2].cycle, 2);
  EXPECT_EQ(top.outputs[0].element_bits, 8);
  EXPECT_TRUE(verify(netlist).empty());
}

TEST(NetlistText, RoundTrips) {
  for (uint64_t seed = 0; seed < 300; ++seed) {
    const Netlist netlist = random_netlist(seed).netlist;
    const std::string text = to_text(netlist);
    const Netlist again = parse_netlist(text, "n.txt");
    ASSERT_TRUE(again == netlist) << text;
    ASSERT_EQ(to_text(again), text);
  }
}

TEST(NetlistText, RoundTripsAwkwardNames) {
  Netlist netlist = parse_netlist(kSmall, "n.txt");
  netlist.top().comment = "a \"quoted\" \\ back\nslash\t\x01 η";
  netlist.top().cells[1].name = "\"";
  EXPECT_TRUE(parse_netlist(to_text(netlist), "n.txt") == netlist);
}

TEST(NetlistText, NamesTheLineOfAnError) {
  const std::string head = "trigstone.netlist/1\nmodule \"m\" period 1\n";
  const std::string hint = " — the file may be damaged; compile the model again";
  EXPECT_EQ(error_of(""), "n.txt: error: holds no module" + hint);
  EXPECT_EQ(error_of("trigstone.netlist/1\n%0 = input() : [0, 1] f0 @0 x1"),
            "n.txt:2: error: expected a module" + hint);
  EXPECT_EQ(error_of(head + "%1 = input() : [0, 1] f0 @0 x1"),
            "n.txt:3: error: expected cell %0" + hint);
  EXPECT_EQ(error_of(head + "%0 = not(%0) : [0, 1] f0 @0 x1"),
            "n.txt:3: error: %0 is not defined before" + hint);
  EXPECT_EQ(error_of(head + "%0 = frob() : [0, 1] f0 @0 x1"),
            "n.txt:3: error: there is no operation 'frob'" + hint);
  EXPECT_EQ(error_of(head + "%0 = const() size=3 : [0, 1] f0 @0 x1"),
            "n.txt:3: error: a cell has no field 'size'" + hint);
  EXPECT_EQ(error_of(head + "%0 = instance() module=\"m\" : [0, 0] f0 @0 x1"),
            "n.txt:3: error: module 'm' runs itself" + hint);
  EXPECT_EQ(error_of(head + "%0 = instance() module=\"q\" : [0, 0] f0 @0 x1"),
            "n.txt:3: error: there is no module 'q' before" + hint);
  EXPECT_EQ(error_of(head + "%0 = const() : [0, 99999999999999999999] f0 @0 x1"),
            "n.txt:3: error: expected a number in range" + hint);
  EXPECT_EQ(error_of(head + "%0 = const() \"x"),
            "n.txt:3: error: a quoted text does not end" + hint);
  EXPECT_EQ(error_of(head + "%0 = const() \"\\xg1\" : [0, 1] f0 @0 x1"),
            "n.txt:3: error: expected two hexadecimal digits" + hint);
  EXPECT_EQ(error_of(head + "%0 = const() : [0, 1] f0 @0 x1 now"),
            "n.txt:3: error: unexpected text at the end of the line" + hint);
  EXPECT_EQ(error_of(head + "zzz"), "n.txt:3: error: expected a module, a cell or a port" + hint);
  EXPECT_EQ(error_of(head + "out \"y\" bits=1 signed=0 (%0)"),
            "n.txt:3: error: %0 is not defined before" + hint);
  EXPECT_EQ(error_of("trigstone.netlist/2\n"),
            "n.txt:1: error: schema 'trigstone.netlist/2' is newer than 'trigstone.netlist/1'"
            " — use a newer trigstone");
}

// Damaged files are refused or read as another netlist, which verify then judges; nothing crashes.
TEST(NetlistText, SurvivesDamage) {
  Random random(3);
  int refused = 0, invalid = 0;
  for (int trial = 0; trial < 3000; ++trial) {
    std::string text = to_text(random_netlist(static_cast<uint64_t>(trial % 50), 12).netlist);
    const auto position = [&] {
      return static_cast<size_t>(random.integer(0, static_cast<int64_t>(text.size()) - 1));
    };
    if (trial % 3 == 0) {
      text.resize(position());
    } else if (trial % 3 == 1) {
      const size_t at = position();
      text.erase(at, static_cast<size_t>(random.integer(1, 9)));
    } else {
      for (int i = 0; i < 3; ++i) text[position()] = static_cast<char>(random.integer(0, 255));
    }
    try {
      invalid += verify(parse_netlist(text, "n.txt")).empty() ? 0 : 1;
    } catch (const Error&) {
      ++refused;
    }
  }
  EXPECT_GT(refused, 1000);
  EXPECT_GT(invalid, 20);
}

}  // namespace
}  // namespace trigstone
