#include "base/files.h"

#include <fcntl.h>
#include <openssl/evp.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>

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
  if (failed) throw Error(to.string(), "cannot write: " + failed.message());
}

}  // namespace

std::string read_file(const fs::path& path, uint64_t max_bytes) {
  std::error_code failed;
  if (fs::is_directory(path, failed)) {
    throw Error(path.string(), "is a folder, not a file", "name a file inside it");
  }
  std::ifstream stream(path, std::ios::binary);
  if (!stream) {
    throw Error(path.string(), fmt::format("cannot open: {}", std::strerror(errno)),
                "check the path and its permissions");
  }
  const uint64_t size = fs::file_size(path, failed);
  if (!failed && size > max_bytes) {
    throw Error(path.string(), fmt::format("holds {} bytes, more than {}", size, max_bytes),
                "this is not a file of the expected kind");
  }
  std::string content((std::istreambuf_iterator<char>(stream)), std::istreambuf_iterator<char>());
  if (stream.bad()) throw Error(path.string(), "reading stopped half way");
  return content;
}

void write_file(const fs::path& path, std::string_view content) {
  create_parent(path);
  const fs::path temporary = temporary_name(path);
  const int descriptor = ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (descriptor < 0) throw_write_error(path);
  try {
    write_all(descriptor, content, path);
    if (::fsync(descriptor) != 0 && errno != EINVAL && errno != EROFS) throw_write_error(path);
  } catch (...) {
    ::close(descriptor);
    ::unlink(temporary.c_str());
    throw;
  }
  ::close(descriptor);
  rename_over(temporary, path);
}

PendingFile::PendingFile(fs::path final_path)
    : final_(std::move(final_path)), temporary_(temporary_name(final_)) {
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
  temporary_ = temporary_name(final_);
  create_parent(final_);
  std::error_code failed;
  fs::remove_all(temporary_, failed);
  fs::create_directories(temporary_, failed);
  if (failed) {
    throw Error(final_.string(), "cannot create: " + failed.message(),
                "choose a folder you may write to");
  }
}

PendingFolder::~PendingFolder() {
  std::error_code ignored;
  if (!committed_) fs::remove_all(temporary_, ignored);
}

void PendingFolder::commit() {
  std::error_code failed;
  const fs::path old = temporary_.string() + ".old";
  if (fs::exists(final_, failed)) {
    if (!fs::is_directory(final_, failed)) {
      throw Error(final_.string(), "is a file, not a folder", "choose another output path");
    }
    rename_over(final_, old);
  }
  rename_over(temporary_, final_);
  committed_ = true;
  fs::remove_all(old, failed);
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
