// .npy files block by block, in memory that does not grow with the file.
#pragma once

#include <cstdio>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/files.h"
#include "base/npy.h"
#include "base/npy_header.h"

namespace trigstone {

using FilePointer = std::unique_ptr<std::FILE, int (*)(std::FILE*)>;

// Reads the rows of the first axis in order. A file in Fortran order has no rows that lie together
// and is read whole.
class NpyReader {
 public:
  // Throws Error as read_npy does, for a scalar too.
  explicit NpyReader(const std::filesystem::path& path);

  const std::vector<int64_t>& shape() const { return header_.shape; }
  bool is_integer() const { return header_.kind != 'f'; }
  int64_t rows() const { return header_.shape[0]; }
  // The next `count` rows (fewer at the end).
  NpyArray read(int64_t count);

  // The same as the bytes of the file, valid until the next call; only when the rows lie together.
  bool has_rows_together() const { return !whole_; }
  const NpyHeader& header() const { return header_; }
  std::string_view read_bytes(int64_t count);
  // The elements of `count` rows that read_bytes gave.
  NpyArray parse(std::string_view bytes, int64_t count) const;

 private:
  std::string where_;
  NpyHeader header_;
  FilePointer file_;
  std::optional<NpyArray> whole_;  // in Fortran order
  int64_t next_ = 0;
  std::string bytes_;
};

// Writes float64 or int64 elements; nothing appears under the path before commit().
class NpyWriter {
 public:
  NpyWriter(const std::filesystem::path& path, bool is_integer, const std::vector<int64_t>& shape);

  // The next elements, in order. Throws Error when the disk is full.
  void append(const NpyArray& block);
  // Throws InternalError unless all elements of the shape have been written.
  void commit();

 private:
  void write(const void* data, size_t bytes);

  std::string where_;
  PendingFile pending_;
  FilePointer file_;
  bool is_integer_;
  int64_t missing_ = 0;  // elements
};

}  // namespace trigstone
