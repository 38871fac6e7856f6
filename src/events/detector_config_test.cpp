#include "events/detector_config.h"

#include <gtest/gtest.h>

#include "base/files.h"
#include "base/testing.h"
#include "test_folders.h"

namespace trigstone {
namespace {

std::filesystem::path shipped() {
  return std::filesystem::path(kSourceFolder) / "configs/detector_cms_phase2.toml";
}

std::string message_for(const std::string& text) {
  const TestFolder folder;
  write_file(folder / "d.toml", text);
  std::string message = message_of([&] { read_detector_config(folder / "d.toml"); });
  return message.substr(message.find("d.toml"));
}

TEST(DetectorConfig, TheShippedFileStatesTheDefaults) {
  EXPECT_EQ(describe_detector(read_detector_config(shipped())), describe_detector({}));
}

TEST(DetectorConfig, AbsentKeysKeepTheirDefault) {
  const TestFolder folder;
  write_file(folder / "d.toml", "[solenoid]\nfield_t = 2.0\n");
  DetectorConfig expected;
  expected.solenoid.field_t = 2;
  EXPECT_EQ(describe_detector(read_detector_config(folder / "d.toml")),
            describe_detector(expected));
}

TEST(DetectorConfig, BadFilesAreNamedByLine) {
  EXPECT_EQ(message_for("[solenoid]\nfeild_t = 2.0\n"),
            "d.toml:2: error: unknown key 'solenoid.feild_t' — compare with "
            "configs/detector_cms_phase2.toml");
  EXPECT_EQ(message_for("x = 1\n"),
            "d.toml:1: error: unknown key 'x' — compare with configs/detector_cms_phase2.toml");
  EXPECT_NE(message_for("[solenoid\n").find("d.toml:1: error:"), std::string::npos);
  EXPECT_NE(message_for("[solenoid]\nfield_t = \"big\"\n").find("is not a number >= 0"),
            std::string::npos);
  EXPECT_NE(message_for("[solenoid]\nradius_cm = -1\n").find("is not a number >= 0"),
            std::string::npos);
  EXPECT_NE(message_for("[solenoid]\nradius_cm = 0\n").find("is not positive"), std::string::npos);
  EXPECT_NE(message_for("[tokens]\nmax_tokens = 0\n").find("is not an integer of 1..4096"),
            std::string::npos);
  EXPECT_NE(message_for("[tokens]\ntiming = 1\n").find("is not true or false"), std::string::npos);
  EXPECT_NE(message_for("[tracker]\nmuon_efficiency = [[2.8]]\n").find("has 2 numbers"),
            std::string::npos);
  EXPECT_NE(
      message_for("[tracker]\nmuon_efficiency = [[2.8, 1.0], [1.0, 0.5]]\n").find("do not rise"),
      std::string::npos);
  EXPECT_NE(message_for("[muons]\npunch_through = 2\n").find("is above 1"), std::string::npos);
  EXPECT_NE(message_for("[muons]\nradius_cm = 0\n").find("is not positive"), std::string::npos);
  EXPECT_NE(
      message_for("[muons]\nefficiency = [[2.0, 1.0]]\n").find("does not reach muons.eta_max"),
      std::string::npos);
  EXPECT_NE(message_for("[calorimeter]\neta_max = 2\n").find("is not between"), std::string::npos);
}

TEST(DetectorConfig, AMissingFileIsAnError) {
  EXPECT_NE(message_of([] { read_detector_config("nowhere.toml"); }).find("cannot open"),
            std::string::npos);
}

}  // namespace
}  // namespace trigstone
