// FABRIC.toml: what the shipped ones say, and each message.
#include "fabric/fabric.h"

#include <gtest/gtest.h>

#include "base/testing.h"
#include "test_folders.h"

namespace trigstone {
namespace {

std::string refusal(const std::string& text) {
  return message_of([&] { parse_fabric(text, "f.toml"); });
}

TEST(Fabric, ShippedOnesCarryTheFiguresOfTheirSources) {
  const std::filesystem::path configs = std::filesystem::path(kSourceFolder) / "configs";
  const Fabric vu13p = read_fabric(configs / "fabric_vu13p.toml");
  EXPECT_EQ(vu13p.device, "xcvu13p");
  EXPECT_EQ(vu13p.clocks_per_bx(), 9);
  EXPECT_EQ(vu13p.words_per_period(), 54);              // nine 64-bit words a crossing, TM6
  EXPECT_NEAR(vu13p.line_words_per_bx(), 9.766, 1e-3);  // 25.78125 Gb/s x 64/66 x 25 ns / 64
  EXPECT_EQ(vu13p.hop_clocks(), 45);                    // 124 ns at 2.78 ns a clock
  EXPECT_EQ(vu13p.budget_ns, 12500);
  ASSERT_EQ(vu13p.before.size(), 1U);
  EXPECT_FALSE(vu13p.before[0].confirmed);
  const Fabric one = read_fabric(configs / "fabric_one_board.toml");
  EXPECT_EQ(one.boards, 1);
  EXPECT_EQ(one.period_clocks(), 9);
}

TEST(Fabric, HopsAreWholeClocks) {
  Fabric fabric;
  fabric.serialiser_ns = 25;  // exactly nine clocks at 360 MHz
  EXPECT_EQ(fabric.hop_clocks(), 9);
  fabric.serialiser_ns = 25.1;
  EXPECT_EQ(fabric.hop_clocks(), 10);
  fabric.serialiser_ns = 0;
  EXPECT_EQ(fabric.hop_clocks(), 1);
}

TEST(Fabric, SaysWhereAndWhat) {
  EXPECT_EQ(refusal("[board]\ncuont = 3\n"),
            "f.toml:2: error: unknown key 'board.cuont' — compare with configs/fabric_vu13p.toml");
  EXPECT_EQ(refusal("speed = 3\n"),
            "f.toml:1: error: unknown key 'speed' — compare with configs/fabric_vu13p.toml");
  EXPECT_EQ(refusal("[link]\nword_bits = 65\n"),
            "f.toml:2: error: 'link.word_bits' is not an integer from 1 to 64 — compare with "
            "configs/fabric_vu13p.toml");
  EXPECT_EQ(refusal("[hop]\nfibre_m = \"long\"\n"),
            "f.toml:2: error: 'hop.fibre_m' is not a number from 0 to 1e+06 — compare with "
            "configs/fabric_vu13p.toml");
  EXPECT_EQ(refusal("[fabric]\nname = 3\n"),
            "f.toml:2: error: 'fabric.name' is not a text — compare with "
            "configs/fabric_vu13p.toml");
  EXPECT_NE(refusal("[board\n").find("f.toml:1: error: "), std::string::npos);
  EXPECT_EQ(refusal("\n[board]\ndevice = \"vu13p\"\n"),
            "f.toml:3: error: device 'vu13p' is not known — one of xcvu13p, xcvu9p, xcvu47p, "
            "xcku15p, xcku115, xcvp1802, agi027");
  EXPECT_EQ(refusal("[board]\nclock_mhz = 350.0\n"),
            "f.toml:2: error: 350 MHz is no multiple of the bunch clock of 40 MHz — the boards "
            "must keep in step with the crossings; 240, 360 and 480 do");
  EXPECT_EQ(refusal("[link]\nwords_per_bx = 10\n"),
            "f.toml:2: error: a link of 25.78125 Gb/s carries 9.766 words of 64 bits in a crossing "
            "— at most 9");
  EXPECT_EQ(refusal("[link]\ngap_words = 60\n"),
            "f.toml:2: error: a gap of 60 words leaves none of the 54 between two events — a "
            "longer time multiplexing period or a shorter gap");
}

TEST(Fabric, StagesNeedANameAndATime) {
  const std::string hint = " — compare with configs/fabric_vu13p.toml";
  EXPECT_EQ(refusal("[[before]]\nname = \"x\"\n"),
            "f.toml:1: error: a stage of 'before' has no 'ns'" + hint);
  EXPECT_EQ(refusal("[[after]]\nname = \"x\"\nns = 1\nwhy = 2\n"),
            "f.toml:4: error: unknown key 'after.why'" + hint);
  EXPECT_EQ(refusal("[[after]]\nname = \"x\"\nns = 1\nconfirmed = 2\n"),
            "f.toml:4: error: 'confirmed' is not true or false" + hint);
  EXPECT_EQ(refusal("before = 3\n"), "f.toml:1: error: 'before' is not a list of stages" + hint);
}

TEST(Fabric, RoundTripsThroughJson) {
  const Fabric fabric =
      read_fabric(std::filesystem::path(kSourceFolder) / "configs/fabric_vu13p.toml");
  const Json json = Json::parse(to_json(fabric).dump());
  EXPECT_EQ(to_json(fabric_from_json(json, "plan")).dump(), to_json(fabric).dump());
  Json broken = json;
  broken["link"].erase("gbps");
  EXPECT_NE(message_of([&] { fabric_from_json(broken, "plan"); }).find("gbps"), std::string::npos);
  broken = json;
  broken["link"]["word_bits"] = 100;
  EXPECT_NE(message_of([&] { fabric_from_json(broken, "plan"); }).find("plan:link.word_bits"),
            std::string::npos);
}

}  // namespace
}  // namespace trigstone
