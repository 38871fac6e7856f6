#include "events/event_shards.h"

#include "base/testing.h"
#include "events/event_testing.h"
#include "events/features.h"
#include "events/generate.h"
#include "events/summary.h"

namespace trigstone {
namespace {

namespace fs = std::filesystem;

// The Error says what and names the place.
template <typename Action>
void expect_error(Action action, const std::string& where, const std::string& what) {
  const std::string message = message_of(action);
  EXPECT_NE(message.find(where), std::string::npos) << message;
  EXPECT_NE(message.find(what), std::string::npos) << message;
}

GenerateOptions options_for(int64_t events) {
  GenerateOptions options;
  options.processes = {Process::kZToMuons, Process::kMinimumBias};
  options.events = events;
  options.first_event = 5;
  options.crossing = {30, 3};
  options.sample = sample_folder();
  return options;
}

TEST(EventShards, TheUnionOfShardsDoesNotDependOnTheirNumber) {
  const TestFolder folder;
  const fs::path whole = folder / "whole.h5";
  generate_events(options_for(5), whole);
  const EventReader reader(whole);
  const std::vector<Event> events = reader.read(0, reader.size());
  ASSERT_EQ(events.size(), 5U);
  for (const int64_t shards : {1, 2, 3, 6}) {  // of 6, the last is empty
    GenerateOptions options = options_for(5);
    options.shards = shards;
    std::vector<fs::path> paths;
    for (options.shard = 0; options.shard < shards; ++options.shard) {
      paths.push_back(shard_path(folder / "part.h5", options.shard, shards));
      generate_events(options, paths.back());
    }
    const fs::path list = shard_list_path(folder / "part.h5");
    write_shard_list(list, paths);
    const EventShards all(list);
    EXPECT_EQ(all.read(0, all.size()), events) << shards;
    EXPECT_EQ(summarise_file(list), summarise_file(whole)) << shards;
  }
}

TEST(EventShards, NamesOfShards) {
  EXPECT_EQ(shard_path("a/tt.h5", 3, 8), "a/tt.3-of-8.h5");
  EXPECT_EQ(shard_path("tt.h5", 3, 11), "tt.03-of-11.h5");  // sorted as they are numbered
  EXPECT_EQ(shard_list_path("a/tt.h5"), "a/tt.list");
}

// Three files of 4, 0 and 5 events, in a list with comments.
class SomeShards : public testing::Test {
 protected:
  SomeShards() {
    for (int64_t id = 0; id < 9; ++id) {
      Event event;
      event.id = id;
      event.tokens.resize(static_cast<size_t>(id % 3), Token{.pt_gev = static_cast<float>(id)});
      event.library_id.resize(static_cast<size_t>(id % 4), 7);
      event.standalone_muons.resize(static_cast<size_t>(id % 2), {.pt_gev = 9, .charge = 1});
      whole_.push_back(event);
    }
    EventFileInfo info{"a generator", "a tune", "a detector", "lib 1\n", 7, 100, 5};
    write("a.h5", info, 0, 4);
    info.generator = "another";
    write("sub/b.h5", info, 4, 4);
    info.library = "lib 1\nlib 2\n";
    info.pileup_mean = 200;
    write("c.h5", info, 4, 9);
    write_file(folder_ / "all.txt", "# three\n\n a.h5 \nsub/b.h5\r\nc.h5");
  }
  void write(const char* name, const EventFileInfo& info, size_t begin, size_t end) {
    fs::create_directories((folder_ / name).parent_path());
    EventWriter writer(folder_ / name, info);
    writer.append({whole_.data() + begin, end - begin});
    writer.commit();
  }
  TestFolder folder_;
  std::vector<Event> whole_;
};

TEST_F(SomeShards, AnyRangeIsThatOfTheWhole) {
  const EventShards shards(folder_ / "all.txt");
  ASSERT_EQ(shards.size(), 9);
  for (int64_t begin = 0; begin <= 9; ++begin) {
    for (int64_t end = begin; end <= 9; ++end) {
      const std::vector<Event> want(whole_.begin() + begin, whole_.begin() + end);
      EXPECT_EQ(shards.read(begin, end), want) << begin << ".." << end;
    }
  }
  expect_error([&] { shards.read(3, 10); }, "all.txt", "events 3..10 asked of 9");
}

TEST_F(SomeShards, InfoJoinsWhatDiffers) {
  const EventFileInfo info = EventShards(folder_ / "all.txt").info();
  EXPECT_EQ(info.generator, "a generator\nanother");
  EXPECT_EQ(info.detector, "a detector");
  EXPECT_EQ(info.library, "lib 1\nlib 2");
  EXPECT_EQ(info.seed, 7);
  EXPECT_DOUBLE_EQ(info.pileup_mean, (4 * 100.0 + 5 * 200.0) / 9);
}

TEST_F(SomeShards, AFolderIsItsFilesByName) {
  fs::rename(folder_ / "sub" / "b.h5", folder_ / "b.hdf5");
  const EventShards shards(folder_.path());
  EXPECT_EQ(shards.read(0, shards.size()), whole_);
  EXPECT_EQ(load_tokens(folder_.path(), 2, 7, 16).id, (std::vector<int64_t>{2, 3, 4, 5, 6}));
}

TEST_F(SomeShards, AnEventFileStandsForItself) {
  const EventShards one(folder_ / "c.h5");
  EXPECT_EQ(one.size(), 5);
  EXPECT_EQ(one.info().library, "lib 1\nlib 2\n");
}

TEST_F(SomeShards, FaultsNameTheirPlace) {
  write_file(folder_ / "empty.list", "# nothing\n");
  expect_error([&] { EventShards(folder_ / "empty.list"); }, "empty.list", "names no event file");
  write_file(folder_ / "gone.list", "a.h5\nb.h5\n");
  expect_error([&] { EventShards(folder_ / "gone.list"); }, "gone.list:2", "no event file");
  write_file(folder_ / "bad.h5", "not HDF5");
  write_file(folder_ / "bad.list", "a.h5\nbad.h5\n");
  expect_error([&] { EventShards(folder_ / "bad.list"); }, "bad.h5", "is not a readable HDF5 file");
  fs::create_directory(folder_ / "void");
  expect_error([&] { EventShards(folder_ / "void"); }, "void", "holds no event file");
  expect_error([&] { EventShards(folder_ / "none.list"); }, "none.list", "");
}

}  // namespace
}  // namespace trigstone
