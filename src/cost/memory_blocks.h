// Memories with a write and a read port, of LUTs or of block RAM, and when the second pays.
#pragma once

#include <cstdint>

namespace trigstone {

// LUTs that are memory: 14 bits of 32 words, or 7 of 64, in eight of them (RAM32M16, RAM64M8).
double lut_memory_luts(int64_t words, int bits);

// Halves of a BRAM36 in the best of their shapes, 512 words of 36 bits to 16,384 of one.
int64_t block_rams18(int64_t words, int bits);

// A VU13P has 147 LUTs that can be memory for each of its 5,376 halves: a memory that needs more of
// them goes into block RAM.
bool pays_block_ram(int64_t words, int bits);

}  // namespace trigstone
