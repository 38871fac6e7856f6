// Whole files in and out. Outputs are written beside their final name and renamed, so that a kill
// or a full disk leaves either the old file or the new one.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "base/error.h"

namespace trigstone {

// Reads a whole file. Throws Error naming the path when it cannot be read or exceeds `max_bytes`.
std::string read_file(const std::filesystem::path& path, uint64_t max_bytes = uint64_t{1} << 34);

// Writes `content` to a temporary name in the same folder, syncs and renames it to `path`.
// Creates missing parent folders. Throws Error (full disk, no permission) and leaves `path` alone.
// A link's target is replaced; a device such as /dev/stdout is written directly.
void write_file(const std::filesystem::path& path, std::string_view content);

// A temporary name for writers that need a path (HDF5): write to `path()`, then `commit()`.
// Without a commit the temporary file is removed.
class PendingFile {
 public:
  explicit PendingFile(const std::filesystem::path& final_path);
  ~PendingFile();
  PendingFile(const PendingFile&) = delete;
  PendingFile& operator=(const PendingFile&) = delete;

  const std::filesystem::path& path() const { return temporary_; }
  void commit();

 private:
  std::filesystem::path final_, temporary_;
  bool committed_ = false;
};

// The same for a folder: fill `path()`, then `commit()` exchanges it with the final folder. Throws
// Error when the final folder holds files that were not written through a PendingFolder: replacing
// it would delete a user's own work.
class PendingFolder {
 public:
  explicit PendingFolder(std::filesystem::path final_path);
  ~PendingFolder();
  PendingFolder(const PendingFolder&) = delete;
  PendingFolder& operator=(const PendingFolder&) = delete;

  const std::filesystem::path& path() const { return temporary_; }
  void commit();

 private:
  std::filesystem::path final_, temporary_;
  bool committed_ = false;
};

// SHA-256 of `content` in lower-case hexadecimal (64 characters).
std::string sha256_hex(std::string_view content);

}  // namespace trigstone
