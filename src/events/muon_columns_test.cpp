// The optional group /muons: files without it, and damaged ones.
#include "events/muon_columns.h"

#include <gtest/gtest.h>

#include <cmath>

#include "base/testing.h"
#include "events/convert.h"
#include "events/event_file.h"
#include "events/event_shards.h"
#include "test_folders.h"

namespace trigstone {
namespace {

std::vector<Event> two_events() {
  std::vector<Event> events(2);
  events[0].tokens.push_back({.pt_gev = 5});
  events[1].standalone_muons = {{20, 0.5F, 1, -3, 90, -1, 12, 0, 0}, {4, 2, -1, 2, 1, 1, 4, 1, 1}};
  return events;
}

void write(const std::filesystem::path& path, bool has_muons) {
  EventFileInfo info;
  info.has_muons = has_muons;
  EventWriter writer(path, info);
  writer.append(two_events());
  writer.commit();
}

TEST(MuonColumns, AFileMayLackThem) {
  const TestFolder folder;
  write(folder / "with.h5", true);
  write(folder / "without.h5", false);
  EXPECT_TRUE(EventReader(folder / "with.h5").info().has_muons);
  EXPECT_EQ(EventReader(folder / "with.h5").read(0, 2), two_events());
  const EventReader without(folder / "without.h5");
  EXPECT_FALSE(without.info().has_muons);
  EXPECT_FALSE(Hdf5Reader(folder / "without.h5").has_dataset("/muons/pt_gev"));
  std::vector<Event> expected = two_events();
  expected[1].standalone_muons.clear();
  EXPECT_EQ(without.read(0, 2), expected);
}

// A copy tells what its source told, no more.
TEST(MuonColumns, CopiesKeepWhatThereIs) {
  const TestFolder folder;
  for (const bool has_muons : {true, false}) {
    write(folder / "a.h5", has_muons);
    convert_events(folder / "a.h5", folder / "b.h5", {});
    EXPECT_EQ(EventReader(folder / "b.h5").info().has_muons, has_muons);
    EXPECT_EQ(EventReader(folder / "b.h5").read(0, 2), EventReader(folder / "a.h5").read(0, 2));
  }
}

TEST(MuonColumns, AListTellsWhatAnyOfItsFilesTells) {
  const TestFolder folder;
  write(folder / "a.h5", false);
  EXPECT_FALSE(EventShards(folder.path()).info().has_muons);
  write(folder / "b.h5", true);
  const EventShards both(folder.path());
  EXPECT_TRUE(both.info().has_muons);
  EXPECT_TRUE(both.read(0, 2)[1].standalone_muons.empty());
  EXPECT_EQ(both.read(2, 4), two_events());
}

// Columns of three muons in two events, in which one thing is wrong.
template <typename T>
std::string message_with(const std::string& changed, const std::vector<T>& values) {
  const TestFolder folder;
  Hdf5Writer file(folder / "m.h5", "m.h5");
  const auto add = [&]<typename V>(const std::string& name, const std::vector<V>& good) {
    if (name != changed) return file.append("/muons/" + name, good);
    if (!values.empty()) file.append("/muons/" + name, values);
  };
  add("offset", std::vector<int64_t>{0, 1, 3});
  for (const char* name : {"pt_gev", "eta", "phi", "z0_cm", "d0_cm"}) {
    add(name, std::vector<float>{1, 2, 3});
  }
  for (const char* name : {"charge", "is_pileup", "is_fake"})
    add(name, std::vector<int8_t>{1, 1, 1});
  add("quality", std::vector<int8_t>{4, 8, 12});
  file.close();
  try {
    const Hdf5Reader reader(folder / "m.h5");
    check_muon_columns(reader, 2);
    read_muons(reader, 0, 3);
  } catch (const Error& error) {
    const std::string message = error.what();
    return message.substr(message.find("m.h5"));
  }
  return "";
}

TEST(MuonColumns, DamageIsNamed) {
  EXPECT_EQ(message_with<float>("", {}), "");
  EXPECT_EQ(message_with<float>("eta", {1, 2}),
            "m.h5:/muons/eta: error: 2 rows where 3 belong — the file is damaged; make it again");
  EXPECT_EQ(
      message_with<int64_t>("offset", {0, 3}),
      "m.h5:/muons/offset: error: 2 rows where 3 belong — the file is damaged; make it again");
  for (const char* missing : {"offset", "pt_gev", "quality", "is_fake"}) {
    const std::string message = message_with<int8_t>(missing, {});
    EXPECT_NE(message.find(std::string("muons/") + missing), std::string::npos) << message;
    EXPECT_NE(message.find("error:"), std::string::npos) << message;
  }
  const char* row = "m.h5:/muons: error: row 1 is no muon — the file is damaged; make it again";
  EXPECT_EQ(message_with<float>("pt_gev", {1, NAN, 3}), row);
  EXPECT_EQ(message_with<float>("pt_gev", {1, -1, 3}), row);
  EXPECT_EQ(message_with<float>("d0_cm", {1, INFINITY, 3}), row);
  EXPECT_EQ(message_with<int8_t>("charge", {1, 0, 1}), row);
  EXPECT_EQ(message_with<int8_t>("charge", {1, -128, 1}), row);
  EXPECT_EQ(message_with<int8_t>("quality", {4, 16, 4}), row);
}

}  // namespace
}  // namespace trigstone
