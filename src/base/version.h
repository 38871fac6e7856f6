// The one place that states the version of Trigstone.
#pragma once

namespace trigstone {

inline constexpr const char* kVersion = "0.1.0";

}  // namespace trigstone
