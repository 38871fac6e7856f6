// Many small matrix products, as attention needs them: one [tokens, tokens] product an event.
//
// A libtorch without MKL (Debian's) runs a batch of products as one dispatched call each, which
// costs more than the arithmetic. Nothing here needs torch.
#pragma once

#include <cstdint>

namespace trigstone {

// A batch of matrices: element [n, row, column] lies at data[n*batch + row*row_step +
// column*column_step].
template <class T>
struct MatrixBatch {
  const T* data;
  int64_t batch_step, row_step, column_step;
};

// c[n] = a[n] b[n] for n in [0, count); a [rows, terms], b [terms, columns], c [rows, columns]
// contiguous. Sums run over ascending terms.
void small_matmul(const MatrixBatch<float>& a, const MatrixBatch<float>& b, float* c, int64_t count,
                  int64_t rows, int64_t terms, int64_t columns);
void small_matmul(const MatrixBatch<double>& a, const MatrixBatch<double>& b, double* c,
                  int64_t count, int64_t rows, int64_t terms, int64_t columns);

}  // namespace trigstone
