// Events in and out: row-major batches of any number type to rows of lanes and back.
//
// Input: narrow the numbers of each event first, then transpose small squares of the narrow ones.
#include <algorithm>

#include "engine/kernels.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "engine/transfer_kernels.cpp"
#include "hwy/foreach_target.h"
// The order matters: after foreach_target.
#include "engine/dot-inl.h"
#include "engine/lanes-inl.h"
#include "engine/real_input-inl.h"
#include "engine/transpose-inl.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace trigstone::engine {
namespace HWY_NAMESPACE {

// [kLanes][elements] to rows. Reads up to 16 bytes more.
template <class T>
void to_rows(const PortPlan& port, const T* from, const Memory& memory) {
  constexpr int64_t n = kSquare<T>;
  const auto elements = static_cast<int64_t>(port.rows.size());
  for (int64_t e = 0; e < elements; e += n) {
    for (int64_t event = 0; event < kLanes; event += n) {
      Square<T> square;
      TRIGSTONE_UNROLL
      for (int64_t i = 0; i < n; ++i) {
        std::memcpy(&square[i], from + (event + i) * elements + e, sizeof(square[i]));
      }
      transpose<T>(square);
      TRIGSTONE_UNROLL
      for (int64_t i = 0; i < n; ++i) {
        if (e + i >= elements) break;
        auto* row = reinterpret_cast<T*>(memory.at(port.rows[static_cast<size_t>(e + i)]));
        std::memcpy(row + event, &square[i], sizeof(square[i]));
      }
    }
  }
}

#if TRIGSTONE_HAS_DOT
// [kLanes][elements] bytes to packed words of inputs: sixteen elements of an event are four words,
// so squares of four words and four events are transposed. Reads up to 16 bytes more.
void to_words(const PortPlan& port, const uint8_t* from, const Memory& memory) {
  const auto elements = static_cast<int64_t>(port.rows.size()), stride = elements;
  const Vec toggle = splat(port.lane == Lane::kI8 ? kToUnsigned : 0);
  for (int64_t vector = 0; vector < kLanes / kVecBytes * 4; ++vector) {
    const int64_t first = vector / 4 * kGroup + vector % 4 * 4;
    for (int64_t e = 0; e < elements; e += 16) {
      const uint8_t* event = from + first * stride + e;
      const Vec a = load_blocks(event, 16 * stride);
      const Vec b = load_blocks(event + stride, 16 * stride);
      const Vec c = load_blocks(event + 2 * stride, 16 * stride);
      const Vec d = load_blocks(event + 3 * stride, 16 * stride);
      const Vec ab = low32(a, b), high_ab = high32(a, b), cd = low32(c, d), high_cd = high32(c, d);
      const Vec words[4] = {low64(ab, cd), high64(ab, cd), low64(high_ab, high_cd),
                            high64(high_ab, high_cd)};
      TRIGSTONE_UNROLL
      for (int64_t w = 0; w < 4; ++w) {
        if (e + 4 * w >= elements) break;
        put(memory.at(port.rows[static_cast<size_t>(e + 4 * w)]) + vector * kVecBytes,
            flip(words[w], toggle));
      }
    }
  }
}
#endif

template <class T>
void to_arena(const PortPlan& port, const T* from, const Memory& memory) {
#if TRIGSTONE_HAS_DOT
  if (port.packed) return to_words(port, reinterpret_cast<const uint8_t*>(from), memory);
#endif
  to_rows(port, from, memory);
}

// Rows to [events][elements].
template <class T>
void from_rows(const PortPlan& port, T* to, int64_t events, const Memory& memory) {
  constexpr int64_t n = kSquare<T>;
  const auto elements = static_cast<int64_t>(port.rows.size()), size = events * elements;
  // Whole vectors are stored where they fit. What is too much lands on elements of the next event
  // that are stored later.
  const auto columns = [&](int64_t e, int64_t width) HWY_ATTR {
    for (int64_t event = 0; event < events; event += n) {
      Square<T> square;
      TRIGSTONE_UNROLL
      for (int64_t i = 0; i < n; ++i) {
        const auto at = static_cast<size_t>(e + HWY_MIN(i, width - 1));
        std::memcpy(&square[i], reinterpret_cast<const T*>(memory.at(port.rows[at])) + event,
                    sizeof(square[i]));
      }
      transpose<T>(square);
      if ((event + n - 1) * elements + e + n <= size) {
        TRIGSTONE_UNROLL
        for (int64_t i = 0; i < n; ++i) {
          std::memcpy(to + (event + i) * elements + e, &square[i], sizeof(square[i]));
        }
        continue;
      }
      for (int64_t i = 0; i < HWY_MIN(n, events - event); ++i) {
        std::memcpy(to + (event + i) * elements + e, &square[i],
                    static_cast<size_t>(width) * sizeof(T));
      }
    }
  };
  const int64_t rest = elements % n;
  if (rest != 0) columns(elements - rest, rest);
  for (int64_t e = 0; e + n <= elements; e += n) columns(e, n);
}

// Calls body(first, count) for runs of kLanes of `size` numbers, so that the compiler needs no
// remainder, and for the last few.
template <class Body>
HWY_INLINE void each_run(int64_t size, Body body) {
  int64_t i = 0;
  for (; i + kLanes <= size; i += kLanes) body(i, kLanes);
  if (i < size) body(i, static_cast<int>(size - i));
}

// Mantissas of any integer type into the port's lane type. Notes the first that is outside the
// format.
template <class S, class T>
HWY_INLINE void read_integers(const PortPlan& port, const S* HWY_RESTRICT from, int64_t size,
                              T* HWY_RESTRICT to, InputReport* report) {
  const int64_t low = port.format.min_mantissa(), high = port.format.max_mantissa();
  constexpr Int128 least = std::numeric_limits<S>::min(), most = std::numeric_limits<S>::max();
  // The type itself may be all the check there is.
  const bool safe = least >= low && most <= high;
  const S lowest = static_cast<S>(HWY_MAX(static_cast<Int128>(low), least));
  const S highest = static_cast<S>(HWY_MIN(static_cast<Int128>(high), most));
  each_run(size, [&](int64_t first, int count) HWY_ATTR {
    const S* HWY_RESTRICT x = from + first;
    T* HWY_RESTRICT y = to + first;
    S bad = 0;  // in the numbers' own type, so that a vector holds many of them
    if (count == kLanes) {
      for (int i = 0; i < kLanes; ++i) y[i] = static_cast<T>(x[i]);
      for (int i = 0; i < kLanes; ++i) {
        bad = static_cast<S>(bad | static_cast<S>((x[i] < lowest) | (x[i] > highest)));
      }
    } else {
      for (int i = 0; i < count; ++i) y[i] = static_cast<T>(x[i]);
      bad = 1;  // looked at one by one
    }
    if (safe || bad == 0 || report->bad_element >= 0) return;
    for (int i = 0; i < count && report->bad_element < 0; ++i) {
      const auto m = static_cast<int64_t>(x[i]);
      if (m < low || m > high) report->bad_element = first + i;
    }
  });
}

template <class S, class T>
HWY_INLINE void read_reals(const PortPlan& port, const S* from, int64_t size, T* to,
                           InputReport* report) {
  if constexpr (sizeof(T) == sizeof(int64_t)) {
    return by_definition(port.format, from, size, to, report);
  }
  const RealInput quantiser(port.format);
  each_run(size, [&](int64_t first, int count) HWY_ATTR {
    S last[kLanes] = {};  // zeros are inside every format
    const S* x = from + first;
    if (count < kLanes) {
      std::copy_n(x, count, last);
      x = last;
    }
    int32_t mantissas[kLanes];
    quantiser.quantise(x, mantissas, report);
    T* y = to + first;
    if (count == kLanes) {
      convert(mantissas, y, kLanes);
    } else {
      for (int i = 0; i < count; ++i) y[i] = static_cast<T>(mantissas[i]);
    }
  });
}

template <class T>
void load_as(const PortPlan& port, NumberType type, const void* data, int64_t events,
             const Memory& memory, InputReport* report) {
  const int64_t elements = element_count(port.shape), size = events * elements;
  auto* staged = reinterpret_cast<T*>(memory.scratch);
  const auto read = [&](const auto* typed) HWY_ATTR {
    using S = std::remove_cv_t<std::remove_pointer_t<decltype(typed)>>;
    if constexpr (std::is_same_v<S, T>) {
      const bool direct = port.read && events == kLanes && elements % kSquare<T> == 0 &&
                          port.format.min_mantissa() <= std::numeric_limits<T>::min() &&
                          port.format.max_mantissa() >= std::numeric_limits<T>::max();
      if (direct) return to_arena(port, typed, memory);
    }
    if constexpr (std::is_floating_point_v<S>) {
      read_reals(port, typed, size, staged, report);
    } else {
      read_integers(port, typed, size, staged, report);
    }
    if (!port.read) return;
    std::fill(staged + size, staged + kLanes * elements, T{0});
    to_arena(port, static_cast<const T*>(staged), memory);
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

template <class D, class T>
HWY_INLINE D number_of(T mantissa, double step) {
  if constexpr (std::is_floating_point_v<D>) {
    return static_cast<D>(static_cast<double>(mantissa) * step);
  } else {
    return static_cast<D>(mantissa);
  }
}

template <class T>
void store_as(const PortPlan& port, NumberType type, void* data, int64_t events,
              const Memory& memory) {
  auto* staged = reinterpret_cast<T*>(memory.scratch);
  const double step = port.format.step();
  const auto write = [&](auto* typed) HWY_ATTR {
    using D = std::remove_pointer_t<decltype(typed)>;
    if constexpr (std::is_same_v<D, T>) {
      from_rows(port, typed, events, memory);
    } else {
      from_rows(port, staged, events, memory);
      const auto size = events * static_cast<int64_t>(port.rows.size());
      each_run(size, [&](int64_t first, int count) HWY_ATTR {
        const T* HWY_RESTRICT from = staged + first;
        D* HWY_RESTRICT to = typed + first;
        if (count == kLanes) {
          for (int i = 0; i < kLanes; ++i) to[i] = number_of<D>(from[i], step);
        } else {
          for (int i = 0; i < count; ++i) to[i] = number_of<D>(from[i], step);
        }
      });
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

void load_port(const PortPlan& port, NumberType type, const void* data, int64_t events,
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

void store_port(const PortPlan& port, NumberType type, void* data, int64_t events,
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

decltype(Kernels::load) load_kernel(Isa isa) { return TRIGSTONE_SELECT(isa, load_port); }
decltype(Kernels::store) store_kernel(Isa isa) { return TRIGSTONE_SELECT(isa, store_port); }

int64_t transfer_scratch_bytes(const PortPlan& port) {
  return (element_count(port.shape) + 16) * kLanes * lane_bytes(port.lane);
}

}  // namespace trigstone::engine
#endif
