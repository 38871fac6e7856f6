#include "netlist/verify_netlist.h"

#include <gtest/gtest.h>

#include "netlist/random_netlist.h"
#include "netlist/text.h"

namespace trigstone {
namespace {

constexpr const char* kUsualHint = " — this is a broken netlist: compile the model again";

// Without the hint that most messages share, which TellsWhatToDo asks for.
std::string short_message(const Error& error) {
  std::string text = error.what();
  if (text.ends_with(kUsualHint)) text.resize(text.size() - std::string(kUsualHint).size());
  return text;
}

// The first message about a module of period 4 with input %0 in [-8, 7] over 4 beats, %1 of one
// beat, the constant %2 = 3 and further lines.
std::string message_about(const std::string& lines, const std::string& ports = "") {
  std::string text = R"(trigstone.netlist/1
module "inner" period 4
%0 = input() "a" : [-8, 7] f0 @0 x4
%1 = input() "b" : [0, 3] f0 @1 x4 held
%2 = mul(%0, %1) : [-24, 21] f0 @1 x3
in "a" bits=4 signed=1 (%0)
in "b" bits=2 signed=0 (%1)
out "c" bits=6 signed=1 (%2)
module "m" period 4
%0 = input() : [-8, 7] f0 @0 x4
%1 = input() : [0, 15] f0 @0 x1
%2 = const() constant=3 : [3, 3] f0 @0 x1
)" + lines;
  text += ports.empty() ? "in \"x\" bits=4 signed=1 (%0)\nin \"z\" bits=4 signed=0 (%1)\n"
                          "out \"y\" bits=4 signed=1 (%0)\n"
                        : ports;
  const Diagnostics found = verify(parse_netlist(text, "test"));
  return found.empty() ? "valid" : short_message(found.errors()[0]);
}

std::string about_cell(const std::string& rest) { return "netlist:module 'm' %3 " + rest; }

TEST(VerifyNetlist, AcceptsWhatIsRight) {
  EXPECT_EQ(message_about("%3 = add(%1, %2) : [3, 18] f0 @0 x1\n"), "valid");
  EXPECT_EQ(message_about("%3 = reg(%0) : [-8, 7] f0 @1 x4\n"), "valid");
  EXPECT_EQ(message_about("%3 = hold(%1) strobe=0 : [0, 15] f0 @1 x4 held\n"), "valid");
  EXPECT_EQ(message_about("%3 = acc_sum(%0) strobe=1 : [-24, 21] f0 @4 x1\n"), "valid");
}

TEST(VerifyNetlist, ChecksOperandsAndInstances) {
  EXPECT_EQ(message_about("%3 = add(%1) : [3, 18] f0 @0 x1\n"),
            about_cell("add: error: has 1 operands, needs 2"));
  EXPECT_EQ(message_about("%3 = instance(%0) module=\"inner\" : [0, 0] f0 @0 x1\n"),
            about_cell("instance: error: has 1 operands, module 'inner' takes 2"));
  EXPECT_EQ(message_about("%3 = result(%0) : [0, 0] f0 @0 x1\n"),
            about_cell("result: error: an instance is read by result cells, and a result cell reads"
                       " an instance"));
  const std::string instance =
      "%3 = hold(%1) : [0, 15] f0 @1 x4 held\n"
      "%4 = wrap(%3) amount=2 : [0, 3] f0 @1 x4 held\n"
      "%5 = instance(%0, %4) module=\"inner\" : [0, 0] f0 @0 x1\n";
  EXPECT_EQ(message_about(instance + "%6 = result(%5) : [-24, 21] f0 @1 x3\n"), "valid");
  EXPECT_EQ(message_about(instance + "%6 = result(%5) amount=1 : [-24, 21] f0 @1 x3\n"),
            "netlist:module 'm' %6 result: error: module 'inner' has no output element 1");
  EXPECT_EQ(
      message_about(instance + "%6 = result(%5) : [-24, 21] f0 @0 x3\n"),
      "netlist:module 'm' %6 result: error: window 0..2, but module 'inner' shows it at 1..3");
  EXPECT_EQ(
      message_about(instance + "%6 = result(%5) : [-24, 21] f0 @1 x3 held\n"),
      "netlist:module 'm' %6 result: error: is held, but the output of module 'inner' is not");
  EXPECT_EQ(
      message_about("%3 = instance(%0, %1) module=\"inner\" : [0, 0] f0 @0 x1\n"),
      about_cell("instance: error: needs operand 1 (%1) at clocks 1..4; it is right at 0..0"));
  EXPECT_EQ(
      message_about("%3 = hold(%1) : [0, 15] f0 @1 x4 held\n"
                    "%4 = instance(%0, %3) module=\"inner\" : [0, 0] f0 @0 x1\n"),
      "netlist:module 'm' %4 instance: error: operand 1 in [0, 15] leaves [0, 3] of input 'b'");
}

TEST(VerifyNetlist, ChecksTheFactorsOfThreeOperands) {
  const auto about = [](const std::string& entries) {
    return message_about("%3 = add3(%1, %2, %1) entries=[" + entries + "] : [-99, 99] f0 @0 x1\n");
  };
  EXPECT_EQ(about("1, -2, 4"), "valid");
  EXPECT_EQ(about("1, 2"), about_cell("add3: error: number of entries is 2, not in 3..3"));
  EXPECT_EQ(about("1, 3, 4"),
            about_cell("add3: error: entry 3 is not plus or minus a power of two up to 2^62"));
  EXPECT_EQ(about("-1, 2, 4"), about_cell("add3: error: the first entry is negative — operands "
                                          "may change places"));
}

TEST(VerifyNetlist, TellsWhatToDo) {
  Netlist netlist;
  netlist.modules.push_back({});
  netlist.modules.back().name = "m";
  netlist.modules.back().period = 0;
  const Diagnostics found = verify(netlist);
  ASSERT_FALSE(found.empty());
  EXPECT_TRUE(std::string(found.errors()[0].what()).ends_with(kUsualHint))
      << found.errors()[0].what();
}

TEST(VerifyNetlist, ChecksIntervals) {
  EXPECT_EQ(message_about("%3 = add(%1, %2) : [3, 17] f0 @0 x1\n"),
            about_cell("add: error: interval [3, 17] is narrower than [3, 18]"));
  EXPECT_EQ(message_about("%3 = add(%1, %2) : [3, 2] f0 @0 x1\n"),
            about_cell("add: error: interval [3, 2] is empty or exceeds 64 bits"));
  EXPECT_EQ(message_about("%3 = mux(%1, %2, %2) : [3, 3] f0 @0 x1\n"),
            about_cell("mux: error: operand 0 in [0, 15] leaves [0, 1]"));
  EXPECT_EQ(message_about("%3 = leading_one(%0) : [0, 3] f0 @0 x1\n"),
            about_cell("leading_one: error: operand 0 in [-8, 7] leaves [0, 9223372036854775807]"));
  EXPECT_EQ(message_about("%3 = table(%1) entries=[1, 2] : [1, 2] f0 @0 x1\n"),
            about_cell("table: error: operand 0 in [0, 15] leaves [0, 1]"));
}

TEST(VerifyNetlist, ChecksFields) {
  EXPECT_EQ(message_about("%3 = table(%1) : [1, 2] f0 @0 x1\n"),
            about_cell("table: error: has no entries"));
  EXPECT_EQ(message_about("%3 = shl(%1) amount=64 : [0, 0] f0 @0 x1\n"),
            about_cell("shl: error: amount is 64, not in 0..63"));
  EXPECT_EQ(message_about("%3 = wrap(%1) amount=64 : [0, 0] f0 @0 x1\n"),
            about_cell("wrap: error: amount is 64, not in 1..63"));
  EXPECT_EQ(message_about("%3 = ram(%1) : [0, 15] f0 @0 x1\n"),
            about_cell("ram: error: amount is 0, not in 1..1048576"));
  EXPECT_EQ(message_about("%3 = hold(%1) strobe=-1 : [0, 15] f0 @0 x1\n"),
            about_cell("hold: error: strobe is -1, not in 0..1048576"));
  EXPECT_EQ(message_about("%3 = rom() entries=[1, 2, 3, 4, 5] : [1, 5] f0 @0 x1\n"),
            about_cell("rom: error: number of entries is 5, not in 1..4"));
  EXPECT_EQ(message_about("%3 = shl(%1) amount=30 : [0, 16106127360] f0 @0 x1\n"
                          "%4 = table(%3) entries=[1] : [1, 1] f0 @0 x1\n"),
            "netlist:module 'm' %4 table: error: index of 34 bits; 20 at most");
}

TEST(VerifyNetlist, ChecksTime) {
  EXPECT_EQ(message_about("%3 = reg(%1) : [0, 15] f0 @1 x5\n"),
            about_cell("reg: error: shows 5 beats, the next event comes after 4 clocks"));
  EXPECT_EQ(message_about("%3 = reg(%1) : [0, 15] f0 @-1 x1\n"),
            about_cell("reg: error: window of 1 clocks at -1"));
  EXPECT_EQ(message_about("%3 = add(%0, %1) : [-8, 22] f0 @0 x2\n"),
            about_cell("add: error: needs operand 1 (%1) at clocks 0..1; it is right at 0..0"));
  EXPECT_EQ(message_about("%3 = reg(%1) : [0, 15] f0 @2 x1\n"),
            about_cell("reg: error: needs operand 0 (%1) at clocks 1..1; it is right at 0..0"));
  EXPECT_EQ(message_about("%3 = ram(%0) amount=3 : [-8, 7] f0 @3 x4 held\n"),
            about_cell("ram: error: is held, but operand 0 (%0) is not"));
  EXPECT_EQ(message_about("%3 = hold(%0) strobe=2 : [-8, 7] f0 @4 x4 held\n"),
            about_cell("hold: error: window 4..7 leaves 3..6, between two strobes"));
  EXPECT_EQ(message_about("%3 = hold(%1) strobe=1 : [0, 15] f0 @2 x1\n"),
            about_cell("hold: error: needs operand 0 (%1) at clocks 1..1; it is right at 0..0"));
  EXPECT_EQ(message_about("%3 = acc_max(%1) : [0, 15] f0 @2 x1\n"),
            about_cell("acc_max: error: needs operand 0 (%1) at clocks 0..1; it is right at 0..0"));
  EXPECT_EQ(message_about("%3 = acc_max(%0) : [-8, 7] f0 @1 x2 held\n"),
            about_cell("acc_max: error: an accumulator changes every clock"));
  EXPECT_EQ(message_about("%3 = rom() entries=[1, 2] : [1, 2] f0 @0 x2 held\n"),
            about_cell("rom: error: a rom changes every clock"));
}

TEST(VerifyNetlist, ChecksPorts) {
  const std::string in = "in \"x\" bits=4 signed=1 (%0)\nin \"z\" bits=4 signed=0 (%1)\n";
  const auto error = [](const std::string& rest) { return "netlist:module 'm': error: " + rest; };
  EXPECT_EQ(message_about("", "in \"x\" bits=4 signed=1 (%0)\n"),
            "netlist:module 'm' %1 input: error: is in 0 input ports, not in one");
  EXPECT_EQ(message_about("", in + "out \"x\" bits=4 signed=1 (%0)\n"),
            error("two ports are named 'x'"));
  EXPECT_EQ(message_about("", in + "out \"reg\" bits=4 signed=1 (%0)\n"),
            error("port 'reg': the name is no identifier of hardware languages"));
  EXPECT_EQ(message_about("", in + "out \"y\" bits=3 signed=1 (%0)\n"),
            error("port 'y': %0 in [-8, 7] does not fit 3 signed bits"));
  EXPECT_EQ(message_about("", in + "out \"y\" bits=4 signed=0 (%0)\n"),
            error("port 'y': %0 in [-8, 7] does not fit 4 unsigned bits"));
  EXPECT_EQ(message_about("", in + "out \"y\" bits=65 signed=1 (%0)\n"),
            error("port 'y': 65-bit elements; 1 to 64 are possible"));
  EXPECT_EQ(message_about("", in + "out \"y\" bits=4 signed=1 ()\n"),
            error("port 'y': has no elements"));
  EXPECT_EQ(message_about("", in + "in \"w\" bits=4 signed=1 (%2)\n"),
            error("port 'w': holds no input cell"));
  EXPECT_EQ(message_about("%3 = instance(%0, %2) module=\"inner\" : [0, 0] f0 @0 x1\n",
                          in + "out \"y\" bits=4 signed=1 (%3)\n"),
            error("port 'y': an instance is no value"));
}

TEST(VerifyNetlist, ChecksModules) {
  Netlist netlist = random_netlist(3).netlist;
  const auto message = [&] {
    const Diagnostics found = verify(netlist);
    return found.empty() ? std::string("valid") : short_message(found.errors()[0]);
  };
  EXPECT_EQ(message(), "valid");
  netlist.top().needs_start = !netlist.top().needs_start;
  EXPECT_EQ(message(),
            "netlist:module 'top': error: needs_start is not up to date — call mark_starts");
  netlist.top().period = 0;
  EXPECT_EQ(message(), "netlist:module 'top': error: period 0 is not in 1..1048576");
  netlist.modules.push_back(netlist.modules[0]);
  netlist.modules[0].name = "a b";
  EXPECT_EQ(message(),
            "netlist:module 'a b': error: the name is no identifier of hardware languages"
            " — use identifier_from");
  EXPECT_EQ(std::string(verify(Netlist()).errors().at(0).what()), "netlist: error: has no module");
  netlist = random_netlist(3).netlist;
  netlist.modules.push_back(netlist.modules.back());
  EXPECT_EQ(message(), "netlist:module 'top': error: a module before it has the same name");
}

TEST(VerifyNetlist, StopsAtAHundredMessages) {
  std::string lines;
  for (int i = 3; i < 300; ++i) lines += "%" + std::to_string(i) + " = shl(%1) : [0, 1] f0 @0 x1\n";
  const std::string text =
      "trigstone.netlist/1\nmodule \"m\" period 1\n%0 = input() : [0, 3] f0 @0 x1\n"
      "%1 = input() : [0, 3] f0 @0 x1\n%2 = const() : [0, 0] f0 @0 x1\n" +
      lines + "in \"x\" bits=2 signed=0 (%0, %1)\nout \"y\" bits=1 signed=0 (%2)\n";
  EXPECT_EQ(verify(parse_netlist(text, "test")).errors().size(), 100u);
}

TEST(VerifyBindings, ComparesFirmwareWithTheTop) {
  uint64_t seed = 8;  // the first from here with weights that can be loaded
  while (!random_netlist(seed).netlist.top().needs_load) ++seed;
  const RandomNetlist random = random_netlist(seed);
  const auto message = [&](auto change) {
    Firmware firmware = random.firmware;
    change(firmware);
    const Diagnostics found = verify_bindings(random.netlist, firmware);
    return found.empty() ? std::string("valid") : short_message(found.errors()[0]);
  };
  EXPECT_EQ(message([](Firmware&) {}), "valid");
  EXPECT_EQ(message([](Firmware& f) { f.top = "other"; }),
            "firmware: error: top is 'other', the netlist's 'top'");
  EXPECT_EQ(message([](Firmware& f) { f.load.address_bits = 0; }),
            "firmware: error: the load port is narrower than the netlist's memories need");
  EXPECT_NE(message([](Firmware& f) { f.ii = 0; }).find("firmware: error: ii 0 is below the top's"),
            std::string::npos);
  EXPECT_EQ(message([](Firmware& f) { f.inputs[0].port = "q"; }),
            "firmware:input 'x0': error: the top has no port 'q'");
  EXPECT_NE(message([](Firmware& f) {
              f.outputs[0].format.width_bits += 1;
            }).find("is not an element of port 'y0'"),
            std::string::npos);
  EXPECT_NE(message([](Firmware& f) { f.inputs[0].first_cycle += 1; }).find("bound to clocks"),
            std::string::npos);
  EXPECT_NE(message([](Firmware& f) { f.outputs[0].shape[0] *= 2; }).find("firmware:output 'y0'"),
            std::string::npos);
  EXPECT_EQ(message([](Firmware& f) { f.inputs.erase(f.inputs.begin()); }),
            "firmware:port 'x0': error: element 0 is bound 0 times, not once");
}

}  // namespace
}  // namespace trigstone
