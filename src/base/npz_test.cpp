#include <gtest/gtest.h>
#include <zip.h>

#include <memory>

#include "base/files.h"
#include "base/npy.h"
#include "base/testing.h"

namespace trigstone {
namespace {

const std::map<std::string, NpyArray>& sample() {
  static const std::map<std::string, NpyArray> arrays = {
      {"tokens", npy_of({2, 2}, std::vector<double>{0.5, 1, -2, 3})},
      {"valid", npy_of({2}, std::vector<int64_t>{1, 0})}};
  return arrays;
}

// Writes one member as it is, deflated when asked.
void write_zip(const std::filesystem::path& path, const std::string& name, const std::string& data,
               bool deflated) {
  zip_t* archive = zip_open(path.c_str(), ZIP_CREATE | ZIP_TRUNCATE, nullptr);
  ASSERT_NE(archive, nullptr);
  zip_source_t* source = zip_source_buffer(archive, data.data(), data.size(), 0);
  const zip_int64_t index = zip_file_add(archive, name.c_str(), source, 0);
  ASSERT_GE(index, 0);
  zip_set_file_compression(archive, static_cast<zip_uint64_t>(index),
                           deflated ? ZIP_CM_DEFLATE : ZIP_CM_STORE, 0);
  ASSERT_EQ(zip_close(archive), 0);
}

TEST(Npz, RoundTripsAndIsReproducible) {
  const TestFolder folder;
  write_npz(folder / "a.npz", sample());
  EXPECT_EQ(read_npz(folder / "a.npz"), sample());
  write_npz(folder / "b.npz", sample());
  EXPECT_EQ(read_file(folder / "a.npz"), read_file(folder / "b.npz"));
}

TEST(Npz, ReadsStoredAndDeflatedMembers) {
  const TestFolder folder;
  const NpyArray array = npy_of({5000}, std::vector<double>(5000, 0.25));
  for (const bool deflated : {false, true}) {
    write_zip(folder / "a.npz", "x.npy", format_npy(array), deflated);
    EXPECT_EQ(std::filesystem::file_size(folder / "a.npz") < 10'000, deflated);
    EXPECT_EQ(read_npz(folder / "a.npz"), (std::map<std::string, NpyArray>{{"x", array}}));
  }
}

TEST(Npz, NamesTheMemberThatIsDamaged) {
  const TestFolder folder;
  const std::string path = folder / "a.npz";
  write_zip(path, "x.npy", "garbage", false);
  EXPECT_EQ(message_of([&] { read_npz(path); }),
            path + ":x.npy: error: is not a .npy file — write it with numpy.save");
  write_zip(path, "notes.txt", "hello", false);
  EXPECT_EQ(message_of([&] { read_npz(path); }),
            path + ":notes.txt: error: is not a .npy member — write the file with numpy.savez");
  write_npz(path, sample());
  std::string bytes = read_file(path);
  bytes[bytes.find('\n', bytes.find("(2, 2)")) + 3] ^=
      1;  // an element: the checksum no longer holds
  write_file(path, bytes);
  EXPECT_EQ(message_of([&] { read_npz(path); }),
            path +
                ":tokens.npy: error: cannot be unpacked: CRC error — "
                "the file may be truncated; write it again");
}

TEST(Npz, RefusesForeignAndTruncatedFiles) {
  const TestFolder folder;
  const std::string path = folder / "a.npz";
  const std::string hint = " — write it with numpy.savez";
  EXPECT_EQ(message_of([&] { read_npz(path); }),
            path + ": error: is not a readable .npz file: No such file" + hint);
  write_file(path, "not a zip file at all, but long enough to look for one");
  EXPECT_EQ(message_of([&] { read_npz(path); }),
            path + ": error: is not a readable .npz file: Not a zip archive" + hint);
  write_npz(folder / "whole.npz", sample());
  const std::string whole = read_file(folder / "whole.npz");
  for (size_t length = 0; length < whole.size(); length += 13) {
    write_file(path, whole.substr(0, length));
    EXPECT_THROW(read_npz(path), Error) << length;
  }
}

TEST(Npz, LeavesTheOldFileWhenItCannotWrite) {
  const TestFolder folder;
  write_file(folder / "file", "old");
  EXPECT_THROW(write_npz(folder / "file/below.npz", sample()), Error);
  EXPECT_EQ(read_file(folder / "file"), "old");
}

}  // namespace
}  // namespace trigstone
