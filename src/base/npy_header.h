// The text header of a .npy file: a Python dict of three entries.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/npy.h"

namespace trigstone {

struct NpyHeader {
  char kind = 0;       // 'f', 'i', 'u' or 'b'
  int item_bytes = 0;  // 1, 2, 4 or 8
  bool fortran_order = false;
  std::vector<int64_t> shape;
  int64_t count = 1;       // elements; their bytes fit int64
  size_t data_offset = 0;  // first byte of the elements in the file
};

// Reads the header at the start of `bytes`. Throws Error at `where` when it is damaged or describes
// elements that read_npy does not read.
NpyHeader parse_npy_header(std::string_view bytes, const std::string& where);

// The elements behind a header: `data` must hold header.count of them. Throws Error at `where` when
// it does not, and for u8 elements beyond int64.
NpyArray parse_npy_elements(const NpyHeader& header, std::string_view data,
                            const std::string& where);

// A whole version 1.0 header, magic included, its length a multiple of 64 bytes.
std::string format_npy_header(bool is_integer, const std::vector<int64_t>& shape);

}  // namespace trigstone
