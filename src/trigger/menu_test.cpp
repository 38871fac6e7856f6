#include "trigger/menu.h"

#include <gtest/gtest.h>

#include "base/files.h"
#include "base/testing.h"
#include "test_folders.h"

namespace trigstone {
namespace {

std::string refusal(const std::string& text) {
  const TestFolder folder;
  write_file(folder / "menu.toml", text);
  const std::string message = message_of([&] { read_menu(folder / "menu.toml"); });
  EXPECT_EQ(message.find('\n'), std::string::npos);
  const size_t place = message.find("menu.toml");
  return place == std::string::npos ? message : message.substr(place);
}

std::string seed(const std::string& requirement, const std::string& more = "") {
  return "[[seed]]\nname = \"s\"\n" + more + "[[seed.require]]\n" + requirement;
}

TEST(Menu, ShippedMenusAreRead) {
  const std::filesystem::path configs = std::filesystem::path(kSourceFolder) / "configs";
  const Menu classical = read_menu(configs / "menu_classical.toml");
  EXPECT_EQ(classical.name, "classical");
  EXPECT_GE(classical.seeds.size(), 12U);
  for (const Seed& one : classical.seeds) EXPECT_FALSE(one.has_head()) << one.name;
  const Menu demo = read_menu(configs / "menu_demo.toml", {{"accept", "other.onnx"}});
  ASSERT_EQ(demo.heads.size(), 1U);
  EXPECT_EQ(demo.heads[0].model, "other.onnx");
  EXPECT_EQ(read_menu(configs / "menu_demo.toml").heads[0].model, configs / "../demo/fw");
  EXPECT_TRUE(demo.seeds[0].has_head());
}

TEST(Menu, EveryKeyIsRead) {
  const TestFolder folder;
  write_file(folder / "m.toml", R"(
[[head]]
name = "met"
model = "met.onnx"
output = "momentum"
reduce = "norm"
[[seed]]
name = "s"
prescale = 10
[[seed.require]]
object = "muon"
pt_min_gev = [20, 7.5]
eta_min = 0.5
eta_max = 2.4
isolation_max = 0.1
delta_eta_min = 0.2
delta_eta_max = 1.5
delta_r_min = 0.3
mass_min_gev = 60
mass_max_gev = 120
dz_max_cm = 1
[[seed.require]]
object = "met"
min_gev = 40
[[seed.require]]
object = "head"
head = "met"
threshold = -0.5
)");
  const Menu menu = read_menu(folder / "m.toml");
  EXPECT_EQ(menu.name, "m");
  EXPECT_EQ(menu.heads[0].model, folder / "met.onnx");
  EXPECT_EQ(menu.heads[0].output, "momentum");
  EXPECT_EQ(menu.heads[0].reduce, HeadReduce::kNorm);
  ASSERT_EQ(menu.seeds.size(), 1U);
  EXPECT_EQ(menu.seeds[0].prescale, 10);
  const auto& conditions = menu.seeds[0].conditions;
  ASSERT_EQ(conditions.size(), 3U);
  EXPECT_EQ(conditions[0].object, SeedObject::kMuon);
  EXPECT_EQ(conditions[0].pt_min_gev, (std::vector<double>{20, 7.5}));
  EXPECT_EQ(conditions[0].eta_min, 0.5);
  EXPECT_EQ(conditions[0].isolation_max, 0.1);
  EXPECT_EQ(conditions[0].pair, (PairCut{0.2, 1.5, 0.3, 60, 120, 1}));
  EXPECT_EQ(conditions[1].min_gev, 40);
  EXPECT_EQ(conditions[2].threshold, -0.5);
}

TEST(Menu, WrongMenusAreRefusedAtTheirLine) {
  EXPECT_EQ(refusal(seed("object = \"jets\"\npt_min_gev = 3\n")),
            "menu.toml:4: error: unknown object 'jets' — use jet, photon, electron, egamma, muon, "
            "ht, mht, met, met_raw, scalar, head");
  EXPECT_EQ(refusal(seed("object = \"jet\"\npt_min_gev = 3\npt_max_gev = 9\n")),
            "menu.toml:6: error: unknown key 'pt_max_gev' of a seed's requirement — it takes "
            "delta_eta_max, delta_eta_min, delta_r_min, eta_max, eta_min, mass_max_gev, "
            "mass_min_gev, object, pt_min_gev");
  EXPECT_EQ(refusal("seeds = 3\n"),
            "menu.toml:1: error: unknown key 'seeds' of a menu — it takes head, name, seed");
  EXPECT_NE(refusal(seed("object = \"ht\"\n"))
                .find(":3: error: a seed's requirement has no "
                      "'min_gev'"),
            std::string::npos);
  EXPECT_NE(refusal(seed("object = \"ht\"\nmin_gev = 0\n")).find(":5: error: 'min_gev' is not a"),
            std::string::npos);
  EXPECT_NE(refusal(seed("object = \"jet\"\npt_min_gev = [20, 30]\n")).find("does not fall"),
            std::string::npos);
  EXPECT_NE(refusal(seed("object = \"jet\"\npt_min_gev = 20\nmass_min_gev = 3\n"))
                .find("need two numbers"),
            std::string::npos);
  EXPECT_NE(refusal(seed("object = \"jet\"\npt_min_gev = nan\n")).find("is not a number"),
            std::string::npos);
  EXPECT_NE(refusal(seed("object = \"ht\"\nmin_gev = 9\n", "prescale = 0\n"))
                .find(":3: error: 'prescale' is not a whole number from 1 to 16777215"),
            std::string::npos);
  EXPECT_NE(refusal("[[seed]]\nname = \"s\"\n").find("has no [[seed.require]]"), std::string::npos);
  EXPECT_NE(refusal("name = \"empty\"\n").find("has no [[seed]]"), std::string::npos);
  EXPECT_NE(refusal("name = = 3\n").find("menu.toml:1: error: "), std::string::npos);
  EXPECT_NE(refusal("name = 3\n").find("'name' is not a text"), std::string::npos);
  const std::string one = seed("object = \"ht\"\nmin_gev = 9\n");
  EXPECT_NE(refusal(one + one).find(":6: error: two seeds are called 's'"), std::string::npos);
}

TEST(Menu, WrongHeadsAreRefused) {
  EXPECT_NE(refusal(seed("object = \"head\"\nhead = \"a\"\nthreshold = 1\n"))
                .find(":5: error: there is no head 'a'"),
            std::string::npos);
  const std::string head = "[[head]]\nname = \"a\"\nmodel = \"a.onnx\"\n";
  EXPECT_NE(refusal(head + "reduce = \"median\"\n").find("unknown reduce 'median'"),
            std::string::npos);
  EXPECT_NE(refusal(head + "element = -1\n").find("'element' is not a whole number"),
            std::string::npos);
  EXPECT_NE(refusal("[[head]]\nname = \"a\"\n").find("a head has no 'model'"), std::string::npos);
  const TestFolder folder;
  write_file(folder / "m.toml", seed("object = \"ht\"\nmin_gev = 9\n"));
  EXPECT_NE(message_of([&] {
              read_menu(folder / "m.toml", {{"b", "b.onnx"}});
            }).find("--head b: error: "),
            std::string::npos);
  EXPECT_NE(message_of([&] { read_menu(folder / "absent.toml"); }).find("absent.toml: error: "),
            std::string::npos);
}

}  // namespace
}  // namespace trigstone
