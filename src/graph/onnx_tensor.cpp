#include "graph/onnx_tensor.h"

#include <bit>
#include <cmath>
#include <cstring>

#include "base/error.h"

namespace trigstone::detail {

namespace {

using onnx::TensorProto;

double half_to_double(uint16_t bits) {
  const int exponent = (bits >> 10) & 31;
  const int fraction = bits & 1023;
  double value = exponent == 0    ? std::ldexp(fraction, -24)
                 : exponent == 31 ? (fraction == 0 ? INFINITY : NAN)
                                  : std::ldexp(1024 + fraction, exponent - 25);
  return (bits & 0x8000) != 0 ? -value : value;
}

double bfloat_to_double(uint16_t bits) {
  return std::bit_cast<float>(static_cast<uint32_t>(bits) << 16);
}

// raw_data is little-endian by the ONNX specification, as are the machines this runs on.
template <class T>
std::vector<T> unpack(const std::string& raw, int64_t count, const std::string& where) {
  if (raw.size() != static_cast<size_t>(count) * sizeof(T)) {
    throw Error(where,
                fmt::format("holds {} bytes, its shape needs {}", raw.size(),
                            static_cast<size_t>(count) * sizeof(T)),
                "the file is damaged");
  }
  std::vector<T> values(static_cast<size_t>(count));
  if (count > 0) std::memcpy(values.data(), raw.data(), raw.size());
  return values;
}

class Reader {
 public:
  Reader(const TensorProto& proto, int64_t count, const std::string& where)
      : proto_(proto), count_(count), where_(where) {}

  template <class Raw, class List>
  std::vector<Raw> numbers(const List& list) const {
    if (proto_.has_raw_data()) return unpack<Raw>(proto_.raw_data(), count_, where_);
    if (list.size() != count_) {
      throw Error(where_, fmt::format("holds {} numbers, its shape needs {}", list.size(), count_),
                  "the file is damaged");
    }
    std::vector<Raw> values;
    for (const auto x : list) values.push_back(static_cast<Raw>(x));
    return values;
  }

  template <class Raw, class List>
  void integers(const List& list, Known& known) const {
    const std::vector<Raw> raw = numbers<Raw>(list);
    known.is_integer = true;
    for (const Raw x : raw) {
      known.integers.push_back(static_cast<int64_t>(x));
      known.values.push_back(static_cast<double>(x));
    }
  }

  template <class Raw, class List>
  void reals(const List& list, Known& known) const {
    const std::vector<Raw> raw = numbers<Raw>(list);
    known.values.assign(raw.begin(), raw.end());
  }

  void read(Known& known) const;

 private:
  const TensorProto& proto_;
  int64_t count_;
  const std::string& where_;
};

void Reader::read(Known& known) const {
  switch (proto_.data_type()) {
    case TensorProto::FLOAT:
      return reals<float>(proto_.float_data(), known);
    case TensorProto::DOUBLE:
      return reals<double>(proto_.double_data(), known);
    case TensorProto::INT8:
      return integers<int8_t>(proto_.int32_data(), known);
    case TensorProto::UINT8:
    case TensorProto::BOOL:
      return integers<uint8_t>(proto_.int32_data(), known);
    case TensorProto::INT16:
      return integers<int16_t>(proto_.int32_data(), known);
    case TensorProto::UINT16:
      return integers<uint16_t>(proto_.int32_data(), known);
    case TensorProto::INT32:
      return integers<int32_t>(proto_.int32_data(), known);
    case TensorProto::UINT32:
      return integers<uint32_t>(proto_.uint64_data(), known);
    case TensorProto::INT64:
      return integers<int64_t>(proto_.int64_data(), known);
    case TensorProto::FLOAT16:
      for (const uint16_t x : numbers<uint16_t>(proto_.int32_data())) {
        known.values.push_back(half_to_double(x));
      }
      return;
    case TensorProto::BFLOAT16:
      for (const uint16_t x : numbers<uint16_t>(proto_.int32_data())) {
        known.values.push_back(bfloat_to_double(x));
      }
      return;
    default:  // an open list that belongs to ONNX, not an op list of ours
      throw Error(where_, fmt::format("element type {} is not supported", proto_.data_type()),
                  "use float, double, float16, bfloat16 or an integer type");
  }
}

}  // namespace

int64_t checked_count(const Shape& shape, const std::string& where) {
  int64_t count = 1;
  for (const int64_t extent : shape) {
    if (extent < 0 || __builtin_mul_overflow(count, extent, &count) || count > kMostElements) {
      throw Error(where, fmt::format("shape {} is not possible here", to_string(shape)),
                  fmt::format("a value holds at most {} elements", kMostElements));
    }
  }
  return count;
}

KnownPtr known_tensor(const TensorProto& proto, const std::string& where) {
  if (proto.data_location() == TensorProto::EXTERNAL || proto.external_data_size() > 0) {
    throw Error(where, "keeps its numbers in another file",
                "save the model with its data inside: onnx.save(model, path)");
  }
  if (proto.has_segment()) throw Error(where, "is stored in segments", "save it in one piece");
  auto known = std::make_shared<Known>();
  known->shape.assign(proto.dims().begin(), proto.dims().end());
  const int64_t count = checked_count(known->shape, where);
  known->element_type = proto.data_type();
  Reader(proto, count, where).read(*known);
  return known;
}

Known integers_known(Shape shape, std::vector<int64_t> integers) {
  Known known{std::move(shape), {}, std::move(integers), true, 0};
  known.values.assign(known.integers.begin(), known.integers.end());
  return known;
}

Known reals_known(Shape shape, std::vector<double> values) {
  return {std::move(shape), std::move(values), {}, false, 0};
}

int64_t clamped_integer(double x) {
  constexpr double kLimit = 0x1p62;
  if (std::isnan(x)) return 0;
  return static_cast<int64_t>(std::clamp(x, -kLimit, kLimit));
}

}  // namespace trigstone::detail
