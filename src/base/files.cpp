#include "base/files.h"

#include <fcntl.h>
#include <openssl/evp.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>
#include <vector>

namespace trigstone {

namespace fs = std::filesystem;

namespace {

fs::path temporary_name(const fs::path& path) {
  return path.parent_path() / fmt::format(".{}.{}.partial", path.filename().string(), getpid());
}

void create_parent(const fs::path& path) {
  if (!path.has_parent_path()) return;
  std::error_code failed;
  fs::create_directories(path.parent_path(), failed);
  if (failed) {
    throw Error(path.string(), "cannot create its folder: " + failed.message(),
                "choose a folder you may write to");
  }
}

[[noreturn]] void throw_write_error(const fs::path& path) {
  const int code = errno;
  throw Error(path.string(), fmt::format("cannot write: {}", std::strerror(code)),
              code == ENOSPC ? "free some disk space; earlier outputs are whole"
                             : "choose a path you may write to");
}

void write_all(int descriptor, std::string_view content, const fs::path& path) {
  while (!content.empty()) {
    const ssize_t written = ::write(descriptor, content.data(), content.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) throw_write_error(path);
    content.remove_prefix(static_cast<size_t>(written));
  }
}

void rename_over(const fs::path& from, const fs::path& to) {
  std::error_code failed;
  fs::rename(from, to, failed);
  if (failed) {
    throw Error(to.string(), "cannot write: " + failed.message(), "choose a path you may write to");
  }
}

// The file that a writer replaces: a link keeps pointing, its target is replaced.
fs::path resolved(const fs::path& path) {
  std::error_code failed;
  const fs::path target = fs::weakly_canonical(path, failed);
  const fs::path result = failed ? path : target;
  if (fs::is_directory(result, failed)) {
    throw Error(path.string(), "is a folder, not a file", "name a file inside it");
  }
  return result;
}

// A device or pipe (/dev/null, /dev/stdout): written as it is, a rename would replace it.
bool is_device(const fs::path& path) {
  std::error_code failed;
  const fs::file_status status = fs::status(path, failed);
  return fs::exists(status) && !fs::is_regular_file(status) && !fs::is_directory(status);
}

void write_and_close(int descriptor, std::string_view content, const fs::path& path) {
  if (descriptor < 0) throw_write_error(path);
  try {
    write_all(descriptor, content, path);
    if (::fsync(descriptor) != 0 && errno != EINVAL && errno != EROFS) throw_write_error(path);
  } catch (...) {
    ::close(descriptor);
    throw;
  }
  if (::close(descriptor) != 0) throw_write_error(path);
}

// Every folder that Trigstone commits holds this file: only such a folder may be replaced whole.
constexpr const char* kFolderMark = ".trigstone";

void refuse_to_replace_foreign_folder(const fs::path& path) {
  std::error_code failed;
  if (!fs::exists(path, failed)) return;
  if (!fs::is_directory(path, failed)) {
    throw Error(path.string(), "is a file, not a folder", "choose another output path");
  }
  if (fs::exists(path / kFolderMark, failed) || fs::is_empty(path, failed)) return;
  throw Error(path.string(), "holds files that trigstone did not write",
              "choose a new folder, or remove this one yourself");
}

// Swaps two folders in one step of the file system, so that a whole folder stands under the final
// name at any moment. Network and overlay file systems may lack that step: there `old` is moved
// aside first.
void exchange(const fs::path& fresh, const fs::path& old) {
  if (::renameat2(AT_FDCWD, fresh.c_str(), AT_FDCWD, old.c_str(), RENAME_EXCHANGE) == 0) return;
  if (errno != EINVAL && errno != ENOSYS && errno != EXDEV) throw_write_error(old);
  const fs::path aside = fresh.string() + ".old";
  rename_over(old, aside);
  rename_over(fresh, old);
  rename_over(aside, fresh);
}

}  // namespace

std::string read_file(const fs::path& path, uint64_t max_bytes) {
  std::error_code failed;
  if (fs::is_directory(path, failed)) {
    throw Error(path.string(), "is a folder, not a file", "name a file inside it");
  }
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> stream(std::fopen(path.c_str(), "rb"),
                                                               std::fclose);
  if (!stream) {
    throw Error(path.string(), fmt::format("cannot open: {}", std::strerror(errno)),
                "check the path and its permissions");
  }
  std::string content;
  const uint64_t promised = fs::file_size(path, failed);
  if (!failed) content.reserve(std::min(promised, max_bytes) + 1);
  std::vector<char> block(size_t{1} << 18);
  while (const size_t got = std::fread(block.data(), 1, block.size(), stream.get())) {
    content.append(block.data(), got);
    if (content.size() > max_bytes) {
      throw Error(path.string(), fmt::format("holds more than {} bytes", max_bytes),
                  "this is not a file of the expected kind");
    }
  }
  if (std::ferror(stream.get()) != 0) {
    throw Error(path.string(), fmt::format("reading stopped half way: {}", std::strerror(errno)),
                "check the disk and read again");
  }
  return content;
}

void write_file(const fs::path& path, std::string_view content) {
  create_parent(path);
  if (is_device(path)) {
    write_and_close(::open(path.c_str(), O_WRONLY | O_CLOEXEC), content, path);
    return;
  }
  const fs::path target = resolved(path);
  const fs::path temporary = temporary_name(target);
  try {
    write_and_close(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644),
                    content, path);
    rename_over(temporary, target);
  } catch (...) {
    ::unlink(temporary.c_str());
    throw;
  }
}

PendingFile::PendingFile(const fs::path& final_path) : final_(resolved(final_path)) {
  if (is_device(final_)) {
    throw Error(final_path.string(), "is not a file", "choose a path on a disk");
  }
  temporary_ = temporary_name(final_);
  create_parent(final_);
}

PendingFile::~PendingFile() {
  std::error_code ignored;
  if (!committed_) fs::remove(temporary_, ignored);
}

void PendingFile::commit() {
  rename_over(temporary_, final_);
  committed_ = true;
}

PendingFolder::PendingFolder(fs::path final_path) : final_(std::move(final_path)) {
  if (!final_.has_filename()) final_ = final_.parent_path();  // "out/" names the same as "out"
  refuse_to_replace_foreign_folder(final_);
  temporary_ = temporary_name(final_);
  create_parent(final_);
  std::error_code failed;
  fs::remove_all(temporary_, failed);
  fs::create_directories(temporary_, failed);
  if (failed) {
    throw Error(final_.string(), "cannot create: " + failed.message(),
                "choose a folder you may write to");
  }
  write_file(temporary_ / kFolderMark, "");
}

PendingFolder::~PendingFolder() {
  std::error_code ignored;
  if (!committed_) fs::remove_all(temporary_, ignored);
}

void PendingFolder::commit() {
  refuse_to_replace_foreign_folder(final_);  // it may have appeared since
  std::error_code ignored;
  if (fs::exists(final_, ignored)) {
    exchange(temporary_, final_);
    committed_ = true;
    fs::remove_all(temporary_, ignored);
    return;
  }
  rename_over(temporary_, final_);
  committed_ = true;
}

std::string sha256_hex(std::string_view content) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  ensure(
      EVP_Digest(content.data(), content.size(), digest.data(), &size, EVP_sha256(), nullptr) == 1,
      "SHA-256 failed");
  std::string text;
  for (unsigned int i = 0; i < size; ++i) text += fmt::format("{:02x}", digest[i]);
  return text;
}

}  // namespace trigstone
