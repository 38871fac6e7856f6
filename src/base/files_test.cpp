// Whole files or none: refusals, a full disk and a kill at any moment leave the old content.
#include "base/files.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <set>

#include "base/random.h"
#include "base/testing.h"

namespace trigstone {
namespace {

namespace fs = std::filesystem;

std::set<std::string> names_in(const fs::path& folder) {
  std::set<std::string> names;
  for (const auto& entry : fs::directory_iterator(folder)) {
    names.insert(entry.path().filename().string());
  }
  return names;
}

// Files may grow to `bytes` only, as on a full disk; writes beyond fail instead of killing us.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) {
    getrlimit(RLIMIT_FSIZE, &before_);
    handler_ = std::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{bytes, before_.rlim_max};
    setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FileSizeLimit() {
    setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, handler_);
  }
  FileSizeLimit(const FileSizeLimit&) = delete;
  FileSizeLimit& operator=(const FileSizeLimit&) = delete;

 private:
  rlimit before_{};
  void (*handler_)(int) = nullptr;
};

TEST(ReadFile, GivesBackWhatWasWritten) {
  const TestFolder folder;
  std::string content(3'000'000, '\0');
  Random random(1);
  for (char& c : content) c = static_cast<char>(random.bits());
  write_file(folder / "a/b/c.bin", content);  // creates the parents
  EXPECT_EQ(read_file(folder / "a/b/c.bin"), content);
  write_file(folder / "a/b/c.bin", "");
  EXPECT_EQ(read_file(folder / "a/b/c.bin"), "");
}

TEST(ReadFile, NamesThePathItCannotRead) {
  const TestFolder folder;
  const std::string missing = folder / "missing.npy";
  EXPECT_EQ(message_of([&] { read_file(missing); }),
            missing +
                ": error: cannot open: No such file or directory — "
                "check the path and its permissions");
  EXPECT_EQ(message_of([&] { read_file(folder.path()); }),
            folder.path().string() + ": error: is a folder, not a file — name a file inside it");
  write_file(folder / "five", "12345");
  EXPECT_EQ(read_file(folder / "five", 5), "12345");
  EXPECT_EQ(message_of([&] { read_file(folder / "five", 4); }),
            (folder / "five").string() +
                ": error: holds more than 4 bytes — this is not a file of the expected kind");
  EXPECT_THROW(read_file("/dev/zero", 1 << 20), Error);
}

TEST(WriteFile, LeavesTheOldFileWhenTheDiskIsFull) {
  const TestFolder folder;
  const std::string path = folder / "out.txt";
  write_file(path, "old");
  {
    const FileSizeLimit limit(4096);
    EXPECT_EQ(message_of([&] { write_file(path, std::string(100'000, 'x')); }),
              path + ": error: cannot write: File too large — choose a path you may write to");
  }
  EXPECT_EQ(read_file(path), "old");
  EXPECT_EQ(names_in(folder.path()), std::set<std::string>{"out.txt"});
}

TEST(WriteFile, NamesAFullDevice) {
  EXPECT_EQ(message_of([] { write_file("/dev/full", "x"); }),
            "/dev/full: error: cannot write: No space left on device — "
            "free some disk space; earlier outputs are whole");
}

TEST(WriteFile, RefusesAFolderAndAPathBelowAFile) {
  const TestFolder folder;
  fs::create_directory(folder / "inner");
  EXPECT_EQ(
      message_of([&] { write_file(folder / "inner", "x"); }),
      (folder / "inner").string() + ": error: is a folder, not a file — name a file inside it");
  write_file(folder / "file", "x");
  const std::string below = folder / "file/below.txt";
  EXPECT_EQ(message_of([&] { write_file(below, "x"); }),
            below +
                ": error: cannot create its folder: Not a directory — "
                "choose a folder you may write to");
  EXPECT_EQ(names_in(folder.path()), (std::set<std::string>{"file", "inner"}));
}

TEST(WriteFile, ReplacesTheTargetOfALink) {
  const TestFolder folder;
  write_file(folder / "real", "old");
  fs::create_symlink("real", folder / "link");
  write_file(folder / "link", "new");
  EXPECT_TRUE(fs::is_symlink(folder / "link"));
  EXPECT_EQ(read_file(folder / "real"), "new");
}

TEST(WriteFile, LeavesDevicesInPlace) {
  write_file("/dev/null", "x");
  EXPECT_TRUE(fs::is_character_file("/dev/null"));
  EXPECT_EQ(message_of([] { const PendingFile pending("/dev/null"); }),
            "/dev/null: error: is not a file — choose a path on a disk");
}

TEST(PendingFile, AppearsOnCommitOnly) {
  const TestFolder folder;
  {
    const PendingFile pending(folder / "new/data.h5");
    std::ofstream(pending.path()) << "half";
    EXPECT_FALSE(fs::exists(folder / "new/data.h5"));
  }
  EXPECT_TRUE(names_in(folder / "new").empty());
  PendingFile pending(folder / "new/data.h5");
  std::ofstream(pending.path()) << "whole";
  pending.commit();
  EXPECT_EQ(read_file(folder / "new/data.h5"), "whole");
  EXPECT_EQ(names_in(folder / "new"), std::set<std::string>{"data.h5"});
}

TEST(PendingFolder, ReplacesOnCommitOnly) {
  const TestFolder folder;
  const auto write = [&](const std::string& file, bool commit) {
    PendingFolder pending(folder / "fw/");
    write_file(pending.path() / file, file);
    if (commit) pending.commit();
  };
  write("a", true);
  EXPECT_EQ(read_file(folder / "fw/a"), "a");
  write("b", false);
  EXPECT_EQ(names_in(folder / "fw"), (std::set<std::string>{".trigstone", "a"}));
  write("c", true);
  EXPECT_EQ(names_in(folder / "fw"), (std::set<std::string>{".trigstone", "c"}));
  EXPECT_EQ(names_in(folder.path()), std::set<std::string>{"fw"});
}

TEST(PendingFolder, NeverDeletesWhatItDidNotWrite) {
  const TestFolder folder;
  const std::string thesis = folder / "thesis";
  write_file(thesis + "/chapter1.tex", "work of years");
  const std::string refusal = thesis +
                              ": error: holds files that trigstone did not write — "
                              "choose a new folder, or remove this one yourself";
  EXPECT_EQ(message_of([&] { const PendingFolder pending(thesis); }), refusal);
  fs::create_directory(folder / "empty");
  PendingFolder pending(folder / "empty");
  write_file(folder / "empty/late.txt", "came while we worked");
  EXPECT_THROW(pending.commit(), Error);
  EXPECT_EQ(read_file(folder / "empty/late.txt"), "came while we worked");
  EXPECT_EQ(message_of([&] { const PendingFolder file(thesis + "/chapter1.tex"); }),
            thesis + "/chapter1.tex: error: is a file, not a folder — choose another output path");
}

// Runs `step` for ever in a child that is killed after a while; 30 times.
template <class Step, class Check>
void kill_at_random(Step step, Check check) {
  Random random(7);
  for (int i = 0; i < 30; ++i) {
    const pid_t child = fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      for (int round = 0;; ++round) step(round);
    }
    usleep(static_cast<useconds_t>(random.integer(100, 8000)));
    kill(child, SIGKILL);
    waitpid(child, nullptr, 0);
    check();
  }
}

TEST(Kill, LeavesOneWholeFile) {
  const TestFolder folder;
  const std::string path = folder / "out";
  const auto content = [](int round) {
    return std::string(200'000, static_cast<char>('a' + round % 26));
  };
  write_file(path, content(0));
  kill_at_random([&](int round) { write_file(path, content(round)); },
                 [&] {
                   const std::string found = read_file(path);
                   EXPECT_EQ(found, content(found.at(0) - 'a'));
                 });
}

TEST(Kill, LeavesOneWholeFolder) {
  const TestFolder folder;
  const auto write = [&](int round) {
    PendingFolder pending(folder / "fw");
    for (const char* name : {"a", "b", "c"}) {
      write_file(pending.path() / name, std::to_string(round));
    }
    pending.commit();
  };
  write(0);
  kill_at_random(write, [&] {
    const std::string first = read_file(folder / "fw/a");
    EXPECT_EQ(read_file(folder / "fw/b"), first);
    EXPECT_EQ(read_file(folder / "fw/c"), first);
  });
}

TEST(Sha256, MatchesTheStandard) {  // examples of FIPS 180-2, appendix B
  EXPECT_EQ(sha256_hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(sha256_hex("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  EXPECT_EQ(sha256_hex(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

}  // namespace
}  // namespace trigstone
