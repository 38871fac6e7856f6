#include "graph/windows.h"

#include "base/error.h"

namespace trigstone::detail {

Windows windows_of(const std::vector<int64_t>& extents, const std::vector<int64_t>& kernel,
                   const std::vector<int64_t>& strides, const std::vector<int64_t>& pads,
                   const std::string& where, int64_t most) {
  Windows windows;
  const size_t axes = extents.size();
  Shape all;
  for (size_t i = 0; i < axes; ++i) {
    const int64_t span = extents[i] + pads[i] + pads[axes + i] - kernel[i];
    if (span < 0)
      throw Error(where, "the kernel is larger than the padded input",
                  "pad more, or use a smaller kernel");
    windows.outputs.push_back(span / strides[i] + 1);
  }
  all = windows.outputs;
  all.insert(all.end(), kernel.begin(), kernel.end());
  int64_t count = 1;
  for (const int64_t extent : all) {
    if (__builtin_mul_overflow(count, extent, &count) || count > most) {
      throw Error(where, fmt::format("its windows read more than {} elements", most),
                  "use smaller windows, or larger strides");
    }
  }
  for (const int64_t extent : kernel) windows.size *= extent;
  for (int64_t flat = 0; flat < count; ++flat) {
    int64_t rest = flat, index = 0, stride = 1;
    std::vector<int64_t> at(2 * axes);
    for (size_t i = 2 * axes; i-- > 0; rest /= all[i]) at[i] = rest % all[i];
    bool inside = true;
    for (size_t i = axes; i-- > 0; stride *= extents[i]) {
      const int64_t position = at[i] * strides[i] - pads[i] + at[axes + i];
      inside &= position >= 0 && position < extents[i];
      index += position * stride;
    }
    windows.indices.push_back(inside ? index : -1);
  }
  return windows;
}

}  // namespace trigstone::detail
