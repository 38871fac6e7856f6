#include "events/event_file.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>

#include "base/progress.h"
#include "base/random.h"
#include "base/testing.h"
#include "events/event_testing.h"

namespace trigstone {
namespace {

float any_float(Random& random) { return static_cast<float>(random.uniform(-100, 100)); }

Event random_event(int64_t id) {
  Random random(99, static_cast<uint64_t>(id));
  Event event;
  event.id = id;
  event.hard_id = static_cast<int32_t>(random.integer(-1, 5000));
  event.weight = any_float(random);
  event.process = static_cast<Process>(random.integer(0, 7));
  event.pileup = static_cast<int16_t>(random.integer(0, 300));
  event.vertex_z_cm = any_float(random);
  event.vertex_t_ns = any_float(random);
  const int64_t sizes[] = {0, 1, 133, random.integer(0, 40)};
  for (int64_t i = sizes[id % 4]; i > 0; --i) {
    event.library_id.push_back(static_cast<int32_t>(random.integer(0, 20000)));
    const auto kind =
        random.integer(0, kTokenKinds - 1) + (random.chance(0.1) ? kRemainderFlag : 0);
    event.tokens.push_back(
        {static_cast<int8_t>(kind), static_cast<int8_t>(random.integer(0, 7)),
         static_cast<int8_t>(random.integer(0, 1)), any_float(random), any_float(random),
         any_float(random), any_float(random), any_float(random), any_float(random),
         any_float(random), static_cast<int8_t>(random.integer(-1, 1)),
         static_cast<int8_t>(random.integer(0, 127)), static_cast<int8_t>(random.integer(0, 1)),
         any_float(random), any_float(random), any_float(random)});
    if (i % 3 == 0) {
      event.standalone_muons.push_back(
          {std::fabs(any_float(random)), any_float(random), any_float(random), any_float(random),
           any_float(random), static_cast<int8_t>(random.chance(0.5) ? 1 : -1),
           static_cast<int8_t>(random.integer(0, 15)), static_cast<int8_t>(random.integer(0, 1)),
           static_cast<int8_t>(random.integer(0, 1))});
    }
    event.truth.partons.push_back({static_cast<int16_t>(random.integer(-25, 25)), any_float(random),
                                   any_float(random), any_float(random)});
    if (i % 2 == 0) {
      event.truth.jets.push_back({0, any_float(random), any_float(random), any_float(random)});
    }
  }
  event.truth.missing_x_gev = any_float(random);
  event.truth.missing_y_gev = any_float(random);
  event.truth.pt_hat_gev = any_float(random);
  event.truth.label = static_cast<int32_t>(random.integer(-1, 187));
  return event;
}

std::vector<Event> random_events(int64_t count) {
  std::vector<Event> events;
  for (int64_t i = 0; i < count; ++i) events.push_back(random_event(i));
  return events;
}

const EventFileInfo kInfo = {
    "Pythia 8.3", "CUETP8M1", "solenoid.field_t = 3.8\n", "minbias.h5 sha256:0\n", 42, 200, 0.0787};

void write_events(const std::filesystem::path& path, const std::vector<Event>& events) {
  EventWriter writer(path, kInfo);
  const std::span<const Event> all(events);
  const size_t middle = events.size() / 3;
  writer.append(all.first(middle));
  writer.append({});
  writer.append(all.subspan(middle));
  EXPECT_EQ(writer.written(), static_cast<int64_t>(events.size()));
  writer.commit();
}

TEST(EventFile, WhatIsWrittenIsRead) {
  const TestFolder folder;
  const auto events = random_events(700);
  write_events(folder / "e.h5", events);
  const EventReader reader(folder / "e.h5");
  ASSERT_EQ(reader.size(), 700);
  EXPECT_EQ(reader.read(0, 700), events);
  for (const auto& [begin, end] : {std::pair{0, 1}, {350, 420}, {699, 700}, {5, 5}}) {
    EXPECT_EQ(reader.read(begin, end),
              std::vector<Event>(events.begin() + begin, events.begin() + end));
  }
  EXPECT_EQ(reader.info().generator, kInfo.generator);
  EXPECT_EQ(reader.info().tune, kInfo.tune);
  EXPECT_EQ(reader.info().detector, kInfo.detector);
  EXPECT_EQ(reader.info().library, kInfo.library);
  EXPECT_EQ(reader.info().seed, 42);
  EXPECT_EQ(reader.info().pileup_mean, 200);
}

TEST(EventFile, AFileMayHoldNoEvents) {
  const TestFolder folder;
  write_events(folder / "e.h5", {});
  const EventReader reader(folder / "e.h5");
  EXPECT_EQ(reader.size(), 0);
  EXPECT_TRUE(reader.read(0, 0).empty());
}

TEST(EventFile, TheColumnsAreThoseOfTheSchema) {
  const TestFolder folder;
  write_events(folder / "e.h5", random_events(8));
  const Hdf5Reader file(folder / "e.h5");
  EXPECT_EQ(file.text("schema"), "trigstone.events/1");
  for (const char* name : {"id", "hard_id", "library_id", "weight", "process", "pileup",
                           "vertex_z_cm", "vertex_t_ns"}) {
    EXPECT_TRUE(file.has_dataset(std::string("/events/") + name)) << name;
  }
  for (const char* name :
       {"offset", "kind", "pt_gev", "eta", "phi", "z0_cm", "dxy_cm", "depth", "time_ns", "quality",
        "is_pileup", "charge", "hit_pattern", "is_fake", "chi2_rphi", "chi2_rz", "bend_chi2"}) {
    EXPECT_TRUE(file.has_dataset(std::string("/tokens/") + name)) << name;
  }
  for (const char* name : {"offset", "pt_gev", "eta", "phi", "z0_cm", "d0_cm", "charge", "quality",
                           "is_pileup", "is_fake"}) {
    EXPECT_TRUE(file.has_dataset(std::string("/muons/") + name)) << name;
  }
  for (const char* name : {"generator", "tune", "detector", "seed", "library", "process_names"}) {
    EXPECT_TRUE(file.has_attribute(name)) << name;
  }
}

TEST(EventFile, AnAbandonedWriterLeavesTheOldFile) {
  const TestFolder folder;
  write_events(folder / "e.h5", random_events(3));
  {
    EventWriter writer(folder / "e.h5", kInfo);
    writer.append(random_events(20));
  }
  EXPECT_EQ(EventReader(folder / "e.h5").size(), 3);
  int files = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator(folder.path()))
    ++files;
  EXPECT_EQ(files, 1);
}

TEST(EventFile, AKillLeavesTheOldFile) {
  const TestFolder folder;
  write_events(folder / "e.h5", random_events(3));
  const int status = status_of_child([&] {
    EventWriter writer(folder / "e.h5", kInfo);
    writer.append(random_events(500));
    return raise(SIGKILL);
  });
  EXPECT_EQ(status, 128 + SIGKILL);
  EXPECT_EQ(EventReader(folder / "e.h5").read(0, 3), random_events(3));
}

TEST(EventFile, AFullDiskIsAnErrorAndLeavesNothing) {
  const TestFolder folder;
  const int status = status_of_child([&] {
    signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{200'000, 200'000};
    setrlimit(RLIMIT_FSIZE, &limit);
    const std::string message =
        message_of([&] { write_events(folder / "e.h5", random_events(20000)); });
    return message.find("e.h5: error: cannot write: ") == std::string::npos ? 1 : 0;
  });
  EXPECT_EQ(status, 0);
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

TEST(EventFile, AFolderThatCannotBeWrittenIsAnError) {
  const std::string message =
      message_of([] { EventWriter writer("/proc/trigstone/e.h5", EventFileInfo()); });
  EXPECT_NE(message.find("error:"), std::string::npos);
}

TEST(EventFile, OtherFilesAreRefused) {
  const TestFolder folder;
  EXPECT_EQ(message_of([] { EventReader("nowhere.h5"); }),
            "nowhere.h5: error: no such file — check the path");
  EXPECT_NE(message_of([&] { EventReader reader(folder.path()); }).find("is a folder"),
            std::string::npos);
  write_file(folder / "text.h5", "this is no HDF5");
  EXPECT_NE(message_of([&] { EventReader(folder / "text.h5"); }).find("not a readable HDF5 file"),
            std::string::npos);
  Hdf5Writer foreign(folder / "foreign.h5", "foreign.h5");
  foreign.append("/data", std::vector<float>{1, 2});
  foreign.close();
  EXPECT_NE(message_of([&] {
              EventReader(folder / "foreign.h5");
            }).find("schema is '', not 'trigstone.events/1'"),
            std::string::npos);
  EXPECT_NE(message_of([] {
              EventReader reader(sample_folder() / "zee.h5");
            }).find("schema is 'trigstone.collisions/1', not 'trigstone.events/1'"),
            std::string::npos);
}

TEST(EventFile, ANewerSchemaIsRefused) {
  const TestFolder folder;
  Hdf5Writer newer(folder / "newer.h5", "newer.h5");
  newer.text("schema", "trigstone.events/2");
  newer.close();
  EXPECT_NE(message_of([&] {
              EventReader(folder / "newer.h5");
            }).find("schema 'trigstone.events/2' is newer than 'trigstone.events/1'"),
            std::string::npos);
}

TEST(EventFile, ATruncatedFileIsRefusedAtAnyLength) {
  const TestFolder folder;
  write_events(folder / "e.h5", random_events(400));
  const std::string whole = read_file(folder / "e.h5");
  for (size_t part = 0; part < 20; ++part) {
    write_quickly(folder / "cut.h5", std::string_view(whole).substr(0, whole.size() * part / 20));
    EXPECT_NE(message_of([&] { EventReader(folder / "cut.h5").read(0, 400); }).find("cut.h5"),
              std::string::npos);
  }
}

// Damaged bytes must end in an Error or in events, never in a crash. (HDF5 has no checksums here.)
TEST(EventFile, DamagedBytesNeverCrash) {
  const TestFolder folder;
  write_events(folder / "e.h5", random_events(40));
  const std::string whole = read_file(folder / "e.h5");
  Random random(5);
  for (int trial = 0; trial < 100; ++trial) {
    std::string damaged = whole;
    for (int i = 0; i < 4; ++i) {
      damaged[static_cast<size_t>(random.integer(0, static_cast<int64_t>(whole.size()) - 1))] =
          static_cast<char>(random.integer(0, 255));
    }
    write_quickly(folder / "damaged.h5", damaged);
    const int status = status_of_child([&] {
      try {
        const EventReader reader(folder / "damaged.h5");
        reader.read(0, std::min<int64_t>(reader.size(), 40));
      } catch (const Error&) {
      }
      return 0;
    });
    ASSERT_EQ(status, 0) << trial;
  }
}

// Writes a copy of a small event file in which one thing is wrong, and returns the message.
template <typename T>
std::string message_with_column(const std::string& name, const std::vector<T>& values) {
  const TestFolder folder;
  Hdf5Writer file(folder / "e.h5", "e.h5");
  file.text("schema", "trigstone.events/1");
  for (const char* text : {"generator", "tune", "detector", "library"}) file.text(text, "x");
  file.integer("seed", 1);
  file.number("pileup_mean", 0);
  file.number("luminosity_hz_per_pb", 0);
  const auto add = [&]<typename V>(const std::string& column, const std::vector<V>& good) {
    if (column == name) {
      file.append(column, values);
    } else {
      file.append(column, good);
    }
  };
  add("/events/id", std::vector<int64_t>{0, 1});
  for (const char* column :
       {"hard_id", "weight", "pileup", "vertex_z_cm", "vertex_t_ns", "process"}) {
    add(std::string("/events/") + column, std::vector<int16_t>{0, 1});
  }
  add("/events/library_offset", std::vector<int64_t>{0, 0, 0});
  add("/events/library_id", std::vector<int32_t>{});
  add("/tokens/offset", std::vector<int64_t>{0, 1, 3});
  for (const char* column : {"kind", "quality", "is_pileup", "pt_gev", "eta", "phi", "z0_cm",
                             "dxy_cm", "depth", "time_ns"}) {
    add(std::string("/tokens/") + column, std::vector<int8_t>{0, 1, 2});
  }
  add("/muons/offset", std::vector<int64_t>{0, 0, 1});
  for (const char* column :
       {"pt_gev", "eta", "phi", "z0_cm", "d0_cm", "charge", "quality", "is_pileup", "is_fake"}) {
    add(std::string("/muons/") + column, std::vector<int8_t>{1});
  }
  for (const char* column : {"missing_x_gev", "missing_y_gev", "pt_hat_gev"}) {
    add(std::string("/truth/") + column, std::vector<float>{0, 0});
  }
  for (const std::string prefix : {"/truth/parton_", "/truth/jet_"}) {
    add(prefix + "offset", std::vector<int64_t>{0, 0, 0});
    for (const char* column : {"pdg", "pt_gev", "eta", "phi"}) {
      add(prefix + column, std::vector<float>{});
    }
  }
  file.close();
  try {
    EventReader(folder / "e.h5").read(0, 2);
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

TEST(EventFile, DamagedColumnsAreNamed) {
  EXPECT_EQ(message_with_column<int8_t>("", {}), "");
  const auto expect = [](const std::string& message, const char* place, const char* what) {
    EXPECT_NE(message.find(place), std::string::npos) << message;
    EXPECT_NE(message.find(what), std::string::npos) << message;
  };
  expect(message_with_column<float>("/tokens/eta", {1, 2}), "/tokens/eta", "2 rows where 3 belong");
  expect(message_with_column<int16_t>("/events/process", {0, 99}), "/events/process", "process 99");
  expect(message_with_column<int8_t>("/tokens/kind", {0, 7, 0}), "/tokens/kind", "kind 7");
  expect(message_with_column<int64_t>("/tokens/offset", {0, 2, 1}), "/tokens/offset", "do not fit");
  expect(message_with_column<int64_t>("/tokens/offset", {0, 1, 1'000'000'000'000}),
         "/tokens/offset", "do not fit");
  expect(message_with_column<int64_t>("/muons/offset", {0, 0, 2}), "/muons/offset", "do not fit");
  expect(message_with_column<int64_t>("/muons/offset", {0, 2, 1}), "/muons/offset", "do not fit");
  expect(message_with_column<int64_t>("/events/library_offset", {0, -1, 0}),
         "/events/library_offset", "do not fit");
}

TEST(EventFile, RangesOutsideTheFileAreRefused) {
  const TestFolder folder;
  write_events(folder / "e.h5", random_events(4));
  const EventReader reader(folder / "e.h5");
  for (const auto& [begin, end] : {std::pair{-1, 2}, {3, 2}, {0, 5}}) {
    EXPECT_NE(message_of([&, b = begin, e = end] { reader.read(b, e); }).find("asked of 4"),
              std::string::npos);
  }
}

}  // namespace
}  // namespace trigstone
