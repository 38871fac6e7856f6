#include "cost/memory_blocks.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace trigstone {

namespace {

constexpr double kMemoryLutsForEachBlock = 147;

struct BlockShape {
  int64_t words;
  int bits;
};
constexpr std::array<BlockShape, 6> kShapes = {
    {{512, 36}, {1024, 18}, {2048, 9}, {4096, 4}, {8192, 2}, {16384, 1}}};

}  // namespace

double lut_memory_luts(int64_t words, int bits) {
  const auto count = static_cast<double>(words);
  return words <= 32 ? std::ceil(bits * 8.0 / 14)
                     : std::ceil(bits * 8.0 / 7 * std::ceil(count / 64));
}

int64_t block_rams18(int64_t words, int bits) {
  int64_t fewest = 0;
  for (const BlockShape& shape : kShapes) {
    const int64_t blocks =
        (words + shape.words - 1) / shape.words * ((bits + shape.bits - 1) / shape.bits);
    if (fewest == 0 || blocks < fewest) fewest = blocks;
  }
  return fewest;
}

bool pays_block_ram(int64_t words, int bits) {
  return lut_memory_luts(words, bits) >
         kMemoryLutsForEachBlock * static_cast<double>(block_rams18(words, bits));
}

}  // namespace trigstone
