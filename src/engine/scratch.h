// Scratch memory of steps, so that planner and kernels agree on its size and division.
#pragma once

#include "engine/plan.h"

namespace trigstone::engine {

// A register of an elementwise step: this many bytes, whatever the width.
inline constexpr int kRegisterBytes = 2048;

constexpr int width_bytes(Width width) { return 2 << static_cast<int>(width); }
constexpr int lanes_per_register(Width width) { return kRegisterBytes / width_bytes(width); }

// Bytes a step needs beside the arena.
int64_t scratch_bytes(const Step& step);

}  // namespace trigstone::engine
