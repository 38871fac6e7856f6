// Parallel loops over independent items.
#pragma once

#include <cstdint>
#include <functional>

namespace trigstone {

// Number of hardware threads, at least 1.
int hardware_threads();

// Calls body(begin, end) on consecutive blocks of [0, count) from up to `threads` threads.
// Block borders do not depend on the number of threads. The first exception is rethrown.
void parallel_blocks(int64_t count, int64_t block, int threads,
                     const std::function<void(int64_t begin, int64_t end)>& body);

}  // namespace trigstone
