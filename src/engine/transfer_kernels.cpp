// Events in and out: row-major batches of any number type to rows of lanes and back.
//
// Input: narrow the numbers of each event first, then transpose small squares of the narrow ones.
#include <utility>

#include "engine/kernels.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "engine/transfer_kernels.cpp"
#include "hwy/foreach_target.h"
// The order matters: after foreach_target.
#include "engine/lanes-inl.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace trigstone::engine {
namespace HWY_NAMESPACE {

// Elements in a 16-byte vector: squares of so many rows and columns are transposed at once.
template <class T>
constexpr int64_t kSquare = 16 / static_cast<int64_t>(sizeof(T));

// The compiler's own vectors; Highway's portable target has no shuffles.
template <class T>
struct Square {
  typedef T Row __attribute__((vector_size(16)));
};

// a0 b0 a1 b1 … of the lower (half 0) or upper (half 1) elements.
template <class V, size_t... i>
HWY_INLINE V interleave(V a, V b, int half, std::index_sequence<i...>) {
  constexpr size_t n = sizeof...(i);
  return half == 0 ? __builtin_shufflevector(a, b, (i / 2 + (i % 2) * n)...)
                   : __builtin_shufflevector(a, b, (n / 2 + i / 2 + (i % 2) * n)...);
}

// to[c][r] = from[r][c] for one square; the strides are in elements.
template <class T>
HWY_INLINE void transpose_square(const T* from, int64_t from_stride, T* const* to) {
  constexpr auto n = static_cast<size_t>(kSquare<T>);
  using V = typename Square<T>::Row;
  constexpr auto all = std::make_index_sequence<n>();
  V a[n], b[n];
  for (size_t i = 0; i < n; ++i) {
    std::memcpy(&a[i], from + static_cast<int64_t>(i) * from_stride, sizeof(V));
  }
  // A perfect shuffle of the rows, log2(n) times, moves element [r][c] to [c][r].
  for (size_t round = 1; round < n; round *= 2) {
    for (size_t i = 0; i < n / 2; ++i) {
      b[2 * i] = interleave(a[i], a[i + n / 2], 0, all);
      b[2 * i + 1] = interleave(a[i], a[i + n / 2], 1, all);
    }
    for (size_t i = 0; i < n; ++i) a[i] = b[i];
  }
  for (size_t i = 0; i < n; ++i) std::memcpy(to[i], &a[i], sizeof(V));
}

// [kLanes][stride] to rows; elements beyond the port's go nowhere.
template <class T>
void to_rows(const PortPlan& port, const T* from, int64_t stride, const Memory& memory) {
  const auto elements = static_cast<int64_t>(port.rows.size());
  alignas(16) T nowhere[kSquare<T>];
  for (int64_t e = 0; e < elements; e += kSquare<T>) {
    for (int64_t event = 0; event < kLanes; event += kSquare<T>) {
      T* to[kSquare<T>];
      for (int64_t i = 0; i < kSquare<T>; ++i) {
        to[i] = e + i < elements
                    ? reinterpret_cast<T*>(memory.at(port.rows[static_cast<size_t>(e + i)])) + event
                    : nowhere;
      }
      transpose_square(from + event * stride + e, stride, to);
    }
  }
}

// Rows to [kLanes][stride]; elements beyond the port's are left as they are.
template <class T>
void from_rows(const PortPlan& port, T* to, int64_t stride, const Memory& memory) {
  const auto elements = static_cast<int64_t>(port.rows.size());
  constexpr int64_t n = kSquare<T>;
  for (int64_t e = 0; e < elements; e += n) {
    for (int64_t event = 0; event < kLanes; event += n) {
      alignas(16) T square[n * n] = {};
      for (int64_t i = 0; i < n && e + i < elements; ++i) {
        const auto* row =
            reinterpret_cast<const T*>(memory.at(port.rows[static_cast<size_t>(e + i)]));
        std::memcpy(square + i * n, row + event, sizeof(T) * n);
      }
      T* rows[n];
      for (int64_t i = 0; i < n; ++i) rows[i] = to + (event + i) * stride + e;
      transpose_square(square, n, rows);
    }
  }
}

// Mantissas of any integer type into the port's lane type. Notes the first that is outside the
// format.
template <class S, class T>
HWY_INLINE void read_integers(const PortPlan& port, const S* data, int64_t events, T* to,
                              int64_t stride, InputReport* report) {
  const int64_t elements = element_count(port.shape);
  const int64_t low = port.format.min_mantissa(), high = port.format.max_mantissa();
  // The type itself may be all the check there is.
  const bool safe = static_cast<Int128>(std::numeric_limits<S>::min()) >= low &&
                    static_cast<Int128>(std::numeric_limits<S>::max()) <= high;
  constexpr Int128 least = std::numeric_limits<S>::min(), most = std::numeric_limits<S>::max();
  const S lowest = static_cast<S>(HWY_MAX(static_cast<Int128>(low), least));
  const S highest = static_cast<S>(HWY_MIN(static_cast<Int128>(high), most));
  for (int64_t event = 0; event < events; ++event) {
    const S* HWY_RESTRICT from = data + event * elements;
    T* HWY_RESTRICT row = to + event * stride;
    for (int64_t e = 0; e < elements; ++e) row[e] = static_cast<T>(from[e]);
    if (safe) continue;
    S bad = 0;  // in the numbers' own type, so that a vector holds many of them
    for (int64_t e = 0; e < elements; ++e) {
      bad = static_cast<S>(bad | static_cast<S>((from[e] < lowest) | (from[e] > highest)));
    }
    for (int64_t e = 0; bad != 0 && report->bad_element < 0 && e < elements; ++e) {
      const auto m = static_cast<int64_t>(from[e]);
      if (m < low || m > high) report->bad_element = event * elements + e;
    }
  }
}

template <class S, class T>
HWY_INLINE void read_reals(const PortPlan& port, const S* data, int64_t events, T* to,
                           int64_t stride, InputReport* report) {
  const int64_t elements = element_count(port.shape);
  for (int64_t event = 0; event < events; ++event) {
    for (int64_t e = 0; e < elements; ++e) {
      const auto real = static_cast<double>(data[event * elements + e]);
      to[event * stride + e] = static_cast<T>(quantize_real(real, port.format, &report->outside));
    }
  }
}

template <class T>
void load_as(const PortPlan& port, NumberType type, const void* data, int64_t events,
             const Memory& memory, InputReport* report) {
  const int64_t elements = element_count(port.shape);
  const int64_t stride = (elements + kSquare<T> - 1) / kSquare<T> * kSquare<T>;
  auto* staged = reinterpret_cast<T*>(memory.scratch);
  const auto read = [&](const auto* typed) HWY_ATTR {
    using S = std::remove_cv_t<std::remove_pointer_t<decltype(typed)>>;
    const bool whole = events == kLanes && stride == elements;
    const bool direct = std::is_same_v<S, T> && port.read && whole &&
                        port.format.min_mantissa() <= std::numeric_limits<T>::min() &&
                        port.format.max_mantissa() >= std::numeric_limits<T>::max();
    if constexpr (std::is_same_v<S, T>) {
      if (direct) return to_rows(port, typed, stride, memory);
    }
    if constexpr (std::is_floating_point_v<S>) {
      read_reals(port, typed, events, staged, stride, report);
    } else {
      read_integers(port, typed, events, staged, stride, report);
    }
    if (!port.read) return;
    std::memset(static_cast<void*>(staged + events * stride), 0,
                static_cast<size_t>((kLanes - events) * stride) * sizeof(T));
    to_rows(port, staged, stride, memory);
  };
  switch (type) {
    case NumberType::kInt8:
      return read(static_cast<const int8_t*>(data));
    case NumberType::kUint8:
      return read(static_cast<const uint8_t*>(data));
    case NumberType::kInt16:
      return read(static_cast<const int16_t*>(data));
    case NumberType::kUint16:
      return read(static_cast<const uint16_t*>(data));
    case NumberType::kInt32:
      return read(static_cast<const int32_t*>(data));
    case NumberType::kInt64:
      return read(static_cast<const int64_t*>(data));
    case NumberType::kFloat32:
      return read(static_cast<const float*>(data));
    case NumberType::kFloat64:
      return read(static_cast<const double*>(data));
  }
}

template <class T>
void store_as(const PortPlan& port, NumberType type, void* data, int64_t events,
              const Memory& memory) {
  const int64_t elements = element_count(port.shape);
  const int64_t stride = (elements + kSquare<T> - 1) / kSquare<T> * kSquare<T>;
  auto* staged = reinterpret_cast<T*>(memory.scratch);
  from_rows(port, staged, stride, memory);
  const double step = port.format.step();
  const auto write = [&](auto* typed) HWY_ATTR {
    using D = std::remove_pointer_t<decltype(typed)>;
    for (int64_t event = 0; event < events; ++event) {
      const T* HWY_RESTRICT from = staged + event * stride;
      D* HWY_RESTRICT to = typed + event * elements;
      for (int64_t e = 0; e < elements; ++e) {
        if constexpr (std::is_floating_point_v<D>) {
          to[e] = static_cast<D>(static_cast<double>(from[e]) * step);
        } else {
          to[e] = static_cast<D>(from[e]);
        }
      }
    }
  };
  switch (type) {
    case NumberType::kInt8:
      return write(static_cast<int8_t*>(data));
    case NumberType::kUint8:
      return write(static_cast<uint8_t*>(data));
    case NumberType::kInt16:
      return write(static_cast<int16_t*>(data));
    case NumberType::kUint16:
      return write(static_cast<uint16_t*>(data));
    case NumberType::kInt32:
      return write(static_cast<int32_t*>(data));
    case NumberType::kInt64:
      return write(static_cast<int64_t*>(data));
    case NumberType::kFloat32:
      return write(static_cast<float*>(data));
    case NumberType::kFloat64:
      return write(static_cast<double*>(data));
  }
}

void load(const PortPlan& port, NumberType type, const void* data, int64_t events,
          const Memory& memory, InputReport* report) {
  switch (port.lane) {
    case Lane::kI8:
      return load_as<int8_t>(port, type, data, events, memory, report);
    case Lane::kU8:
      return load_as<uint8_t>(port, type, data, events, memory, report);
    case Lane::kI16:
      return load_as<int16_t>(port, type, data, events, memory, report);
    case Lane::kU16:
      return load_as<uint16_t>(port, type, data, events, memory, report);
    case Lane::kI32:
      return load_as<int32_t>(port, type, data, events, memory, report);
    case Lane::kI64:
      return load_as<int64_t>(port, type, data, events, memory, report);
  }
}

void store(const PortPlan& port, NumberType type, void* data, int64_t events,
           const Memory& memory) {
  switch (port.lane) {
    case Lane::kI8:
      return store_as<int8_t>(port, type, data, events, memory);
    case Lane::kU8:
      return store_as<uint8_t>(port, type, data, events, memory);
    case Lane::kI16:
      return store_as<int16_t>(port, type, data, events, memory);
    case Lane::kU16:
      return store_as<uint16_t>(port, type, data, events, memory);
    case Lane::kI32:
      return store_as<int32_t>(port, type, data, events, memory);
    case Lane::kI64:
      return store_as<int64_t>(port, type, data, events, memory);
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace trigstone::engine
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace trigstone::engine {

decltype(Kernels::load) load_kernel(Isa isa) { return TRIGSTONE_SELECT(isa, load); }
decltype(Kernels::store) store_kernel(Isa isa) { return TRIGSTONE_SELECT(isa, store); }

int64_t transfer_scratch_bytes(const PortPlan& port) {
  return (element_count(port.shape) + 16) * kLanes * lane_bytes(port.lane);
}

}  // namespace trigstone::engine
#endif
