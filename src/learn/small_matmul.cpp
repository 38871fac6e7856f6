#include "learn/small_matmul.h"

#include <algorithm>
#include <vector>

// One body compiled per instruction set; the loader picks. Address sanitizers cannot instrument the
// resolver, which runs before they are set up.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__SANITIZE_ADDRESS__)
#define TRIGSTONE_PER_ISA __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define TRIGSTONE_PER_ISA
#endif

namespace trigstone {

namespace {

constexpr int64_t kTileRows = 4, kTileColumns = 16;

int64_t round_up(int64_t x, int64_t to) { return (x + to - 1) / to * to; }

// Copies one matrix to [rows_padded, columns_padded], row-major, zeros outside.
template <class T>
[[gnu::always_inline]] inline void pack(const MatrixBatch<T>& from, int64_t n, int64_t rows,
                                        int64_t columns, int64_t columns_padded, T* to) {
  const T* base = from.data + n * from.batch_step;
  for (int64_t r = 0; r < rows; ++r) {
    for (int64_t c = 0; c < columns; ++c) {
      to[r * columns_padded + c] = base[r * from.row_step + c * from.column_step];
    }
  }
}

// Tiles of 4 x 16 sums stay in registers while the terms run.
template <class T>
[[gnu::always_inline]] inline void multiply(const MatrixBatch<T>& a, const MatrixBatch<T>& b, T* c,
                                            int64_t count, int64_t rows, int64_t terms,
                                            int64_t columns) {
  const int64_t rows_padded = round_up(rows, kTileRows);
  const int64_t columns_padded = round_up(columns, kTileColumns);
  std::vector<T> left(static_cast<size_t>(rows_padded * terms), T{});
  std::vector<T> right(static_cast<size_t>(terms * columns_padded), T{});
  for (int64_t n = 0; n < count; ++n, c += rows * columns) {
    pack(a, n, rows, terms, terms, left.data());
    pack(b, n, terms, columns, columns_padded, right.data());
    for (int64_t r = 0; r < rows; r += kTileRows) {
      for (int64_t j = 0; j < columns; j += kTileColumns) {
        T sums[kTileRows][kTileColumns] = {};
        for (int64_t k = 0; k < terms; ++k) {
          const T* row = right.data() + k * columns_padded + j;
          for (int64_t i = 0; i < kTileRows; ++i) {
            const T x = left[static_cast<size_t>((r + i) * terms + k)];
            for (int64_t s = 0; s < kTileColumns; ++s) sums[i][s] += x * row[s];
          }
        }
        const int64_t height = std::min(kTileRows, rows - r);
        const int64_t width = std::min(kTileColumns, columns - j);
        for (int64_t i = 0; i < height; ++i) {
          std::copy_n(sums[i], width, c + (r + i) * columns + j);
        }
      }
    }
  }
}

}  // namespace

TRIGSTONE_PER_ISA
void small_matmul(const MatrixBatch<float>& a, const MatrixBatch<float>& b, float* c, int64_t count,
                  int64_t rows, int64_t terms, int64_t columns) {
  multiply(a, b, c, count, rows, terms, columns);
}

TRIGSTONE_PER_ISA
void small_matmul(const MatrixBatch<double>& a, const MatrixBatch<double>& b, double* c,
                  int64_t count, int64_t rows, int64_t terms, int64_t columns) {
  multiply(a, b, c, count, rows, terms, columns);
}

}  // namespace trigstone
