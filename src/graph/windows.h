// Where each window of a convolution or pooling reads.
#pragma once

#include <string>

#include "graph/graph.h"

namespace trigstone::detail {

struct Windows {
  Shape outputs;     // extents of the result's spatial axes
  int64_t size = 1;  // elements of a window
  std::vector<int64_t>
      indices;  // into the flattened spatial axes, window after window; -1: padding
};

// `pads` are begins then ends. Throws Error at `where` when the kernel does not fit or the result
// would hold more than `most` indices.
Windows windows_of(const std::vector<int64_t>& extents, const std::vector<int64_t>& kernel,
                   const std::vector<int64_t>& strides, const std::vector<int64_t>& pads,
                   const std::string& where, int64_t most = int64_t{1} << 26);

}  // namespace trigstone::detail
