#include "learn/small_matmul.h"

#include <gtest/gtest.h>

#include <vector>

#include "base/random.h"

namespace trigstone {
namespace {

// Small integers: every order of summation is exact, so equality is meant.
template <class T>
void check(int64_t count, int64_t rows, int64_t terms, int64_t columns) {
  Random random(static_cast<uint64_t>(rows * 10007 + terms * 101 + columns));
  std::vector<T> a(static_cast<size_t>(count * rows * terms)),
      b(static_cast<size_t>(count * terms * columns)),
      c(static_cast<size_t>(count * rows * columns), T{-1});
  for (T& x : a) x = static_cast<T>(random.integer(-50, 50));
  for (T& x : b) x = static_cast<T>(random.integer(-50, 50));
  // a is stored transposed, as the keys of attention are.
  small_matmul(MatrixBatch<T>{a.data(), rows * terms, 1, rows},
               MatrixBatch<T>{b.data(), terms * columns, columns, 1}, c.data(), count, rows, terms,
               columns);
  for (int64_t n = 0; n < count; ++n) {
    for (int64_t r = 0; r < rows; ++r) {
      for (int64_t j = 0; j < columns; ++j) {
        T sum = 0;
        for (int64_t k = 0; k < terms; ++k) {
          sum += a[static_cast<size_t>(n * rows * terms + k * rows + r)] *
                 b[static_cast<size_t>((n * terms + k) * columns + j)];
        }
        ASSERT_EQ(c[static_cast<size_t>((n * rows + r) * columns + j)], sum);
      }
    }
  }
}

TEST(SmallMatmul, EqualsTheDefinition) {
  for (const int64_t rows : {1, 3, 4, 32}) {
    for (const int64_t columns : {1, 15, 16, 17, 32}) {
      for (const int64_t terms : {1, 16, 33}) {
        check<float>(3, rows, terms, columns);
        check<double>(2, rows, terms, columns);
      }
    }
  }
}

}  // namespace
}  // namespace trigstone
