#include "base/npy_stream.h"

#include <gtest/gtest.h>

#include <fstream>

#include "base/error.h"
#include "base/testing.h"

namespace trigstone {
namespace {

NpyArray counted(std::vector<int64_t> shape) {
  NpyArray array;
  array.shape = std::move(shape);
  array.is_integer = true;
  for (int64_t i = 0; i < array.size(); ++i) array.integers.push_back(i * i - 7);
  return array;
}

TEST(NpyStream, BlocksGiveTheWholeFile) {
  const TestFolder folder;
  const NpyArray whole = counted({11, 3, 2});
  {
    NpyWriter writer(folder / "a.npy", true, whole.shape);
    NpyArray first = counted({4, 3, 2}), rest = whole;
    rest.shape[0] = 7;
    rest.integers.erase(rest.integers.begin(), rest.integers.begin() + 24);
    writer.append(first);
    EXPECT_FALSE(std::filesystem::exists(folder / "a.npy"));
    writer.append(rest);
    writer.commit();
  }
  EXPECT_EQ(read_npy(folder / "a.npy"), whole);
  NpyReader reader(folder / "a.npy");
  EXPECT_EQ(reader.rows(), 11);
  std::vector<int64_t> seen;
  for (const int64_t expected : {5, 5, 1, 0}) {
    const NpyArray block = reader.read(5);
    EXPECT_EQ(block.shape, (std::vector<int64_t>{expected, 3, 2}));
    seen.insert(seen.end(), block.integers.begin(), block.integers.end());
  }
  EXPECT_EQ(seen, whole.integers);
}

TEST(NpyStream, FortranOrderGivesTheSameRows) {
  const TestFolder folder;
  std::string bytes = format_npy(counted({2, 2}));
  const size_t flag = bytes.find("False");
  bytes.replace(flag, 5, "True ");
  write_file(folder / "f.npy", bytes);
  NpyReader reader(folder / "f.npy");
  EXPECT_EQ(reader.read(1).integers, (std::vector<int64_t>{-7, -3}));
  EXPECT_EQ(reader.read(1).integers, (std::vector<int64_t>{-6, 2}));
}

TEST(NpyStream, RefusesTruncatedFilesAtOnce) {
  const TestFolder folder;
  const std::string bytes = format_npy(counted({4}));
  write_file(folder / "t.npy", bytes.substr(0, bytes.size() - 3));
  EXPECT_THROW(NpyReader(folder / "t.npy"), Error);
  EXPECT_THROW(NpyReader(folder / "absent.npy"), Error);
  EXPECT_THROW(NpyReader(folder.path()), Error);
  write_npy(folder / "scalar.npy", counted({}));
  EXPECT_THROW(NpyReader(folder / "scalar.npy"), Error);
}

TEST(NpyStream, AnUnfinishedFileLeavesTheEarlierOne) {
  const TestFolder folder;
  write_npy(folder / "a.npy", counted({2}));
  {
    NpyWriter writer(folder / "a.npy", true, {9});
    writer.append(counted({4}));
    EXPECT_THROW(writer.commit(), InternalError);
  }
  EXPECT_EQ(read_npy(folder / "a.npy"), counted({2}));
}

TEST(NpyStream, FilesBecomeMembersOfAnArchive) {
  const TestFolder folder;
  write_npy(folder / "a.npy", counted({2, 5}));
  write_npy(folder / "b.npy", counted({3}));
  write_npz_files(folder / "ab.npz", {{"one", folder / "a.npy"}, {"two", folder / "b.npy"}});
  const auto read = read_npz(folder / "ab.npz");
  EXPECT_EQ(read.at("one"), counted({2, 5}));
  EXPECT_EQ(read.at("two"), counted({3}));
}

}  // namespace
}  // namespace trigstone
