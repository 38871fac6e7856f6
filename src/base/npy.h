// NumPy's array files: .npy (one array), .npz (a zip of named arrays), and integer matrices as
// text. Format: "NEP 1 — A Simple File Format for NumPy Arrays", versions 1.0 to 3.0.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace trigstone {

// A dense row-major array of doubles or of 64-bit integers; the other vector is empty.
struct NpyArray {
  std::vector<int64_t> shape;  // empty for a scalar
  bool is_integer = false;
  std::vector<double> reals;
  std::vector<int64_t> integers;

  int64_t size() const;  // product of the shape
  bool operator==(const NpyArray&) const = default;
};
NpyArray npy_of(std::vector<int64_t> shape, std::vector<double> reals);
NpyArray npy_of(std::vector<int64_t> shape, std::vector<int64_t> integers);

// Rows [begin, begin + count) of the first axis.
NpyArray array_rows(const NpyArray& array, int64_t begin, int64_t count);

// The elements as doubles. Throws Error at `where` for integers beyond ±2^53, which would round.
std::vector<double> as_reals(const NpyArray& array, const std::string& where);

// Reads f4, f8 (as reals), i1…i8, u1…u8 and b1 (as integers); Fortran order is transposed.
// Throws Error at the path for a truncated or foreign file, another dtype, big-endian elements,
// and u8 elements beyond int64.
NpyArray read_npy(const std::filesystem::path& path);
// The same from bytes in memory; `where` stands in messages.
NpyArray parse_npy(std::string_view bytes, const std::string& where);
// The bytes of a .npy file of version 1.0: float64 or int64, row-major.
std::string format_npy(const NpyArray& array);
// Writes them atomically.
void write_npy(const std::filesystem::path& path, const NpyArray& array);

// Members by name without ".npy"; stored and deflated members are read, stored ones are written
// (at least one; equal arrays give equal files).
std::map<std::string, NpyArray> read_npz(const std::filesystem::path& path);
void write_npz(const std::filesystem::path& path, const std::map<std::string, NpyArray>& arrays);
// The same from .npy files, by member name; memory does not grow with them.
void write_npz_files(const std::filesystem::path& path,
                     const std::map<std::string, std::filesystem::path>& files);

// Reads integers separated by blanks or commas, one row per line, as an array of two axes. Blank
// lines, comments behind '#' and a byte order mark are skipped; a line ends as on any system.
// Throws Error at "path:line" for a ragged row or anything that is no 64-bit integer.
NpyArray read_matrix_text(const std::filesystem::path& path);

}  // namespace trigstone
