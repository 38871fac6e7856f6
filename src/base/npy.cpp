#include "base/npy.h"

#include <bit>
#include <cstring>

#include "base/error.h"
#include "base/files.h"
#include "base/npy_header.h"

namespace trigstone {

static_assert(std::endian::native == std::endian::little, "elements are copied as they lie");

namespace {

template <class Element>
Element element_at(std::string_view data, int64_t i) {
  Element element;
  std::memcpy(&element, data.data() + i * static_cast<int64_t>(sizeof(Element)), sizeof(Element));
  return element;
}

template <class Element, class Value>
std::vector<Value> convert(std::string_view data, int64_t count) {
  std::vector<Value> values(static_cast<size_t>(count));
  for (int64_t i = 0; i < count; ++i) {
    const auto element = element_at<Element>(data, i);
    values[static_cast<size_t>(i)] = Value{element};
  }
  return values;
}

void refuse_beyond_int64(std::string_view data, int64_t count, const std::string& where) {
  for (int64_t i = 0; i < count; ++i) {
    const auto value = element_at<uint64_t>(data, i);
    if (value > INT64_MAX) {
      throw Error(where, fmt::format("element {} is {}, more than 63 bits hold", i, value),
                  "use integers below 2^63");
    }
  }
}

std::vector<int64_t> read_integers(const NpyHeader& header, std::string_view data,
                                   const std::string& where) {
  const bool is_signed = header.kind == 'i';
  const int64_t count = header.count;
  switch (header.item_bytes) {
    case 1:
      return is_signed ? convert<int8_t, int64_t>(data, count)
                       : convert<uint8_t, int64_t>(data, count);
    case 2:
      return is_signed ? convert<int16_t, int64_t>(data, count)
                       : convert<uint16_t, int64_t>(data, count);
    case 4:
      return is_signed ? convert<int32_t, int64_t>(data, count)
                       : convert<uint32_t, int64_t>(data, count);
    case 8:
      if (!is_signed) refuse_beyond_int64(data, count, where);
      return convert<int64_t, int64_t>(data, count);
  }
  internal_error("unknown item size");
}

// Elements in Fortran order (first axis fastest) brought into row-major order.
template <class Value>
std::vector<Value> transposed(const std::vector<Value>& values, const std::vector<int64_t>& shape) {
  std::vector<Value> result;
  if (values.empty()) return result;
  result.reserve(values.size());
  std::vector<int64_t> index(shape.size(), 0);
  std::vector<int64_t> stride(shape.size(), 1);
  for (size_t axis = 1; axis < shape.size(); ++axis) {
    stride[axis] = stride[axis - 1] * shape[axis - 1];
  }
  for (size_t i = 0; i < values.size(); ++i) {
    int64_t from = 0;
    for (size_t axis = 0; axis < shape.size(); ++axis) from += index[axis] * stride[axis];
    result.push_back(values[static_cast<size_t>(from)]);
    for (size_t axis = shape.size(); axis-- > 0;) {
      if (++index[axis] < shape[axis]) break;
      index[axis] = 0;
    }
  }
  return result;
}

}  // namespace

int64_t NpyArray::size() const {
  int64_t count = 1;
  for (const int64_t extent : shape) count *= extent;
  return count;
}

NpyArray npy_of(std::vector<int64_t> shape, std::vector<double> reals) {
  NpyArray array{std::move(shape), false, std::move(reals), {}};
  ensure(array.size() == static_cast<int64_t>(array.reals.size()), "array and shape differ");
  return array;
}

NpyArray npy_of(std::vector<int64_t> shape, std::vector<int64_t> integers) {
  NpyArray array{std::move(shape), true, {}, std::move(integers)};
  ensure(array.size() == static_cast<int64_t>(array.integers.size()), "array and shape differ");
  return array;
}

NpyArray array_rows(const NpyArray& array, int64_t begin, int64_t count) {
  NpyArray part{array.shape, array.is_integer, {}, {}};
  part.shape.at(0) = count;
  const int64_t each = array.shape[0] == 0 ? 0 : array.size() / array.shape[0];
  const auto cut = [&](const auto& from, auto& to) {
    if (from.empty()) return;
    to.assign(from.begin() + begin * each, from.begin() + (begin + count) * each);
  };
  cut(array.reals, part.reals);
  cut(array.integers, part.integers);
  return part;
}

std::vector<double> as_reals(const NpyArray& array, const std::string& where) {
  if (!array.is_integer) return array.reals;
  constexpr int64_t kLimit = int64_t{1} << 53;
  std::vector<double> reals;
  reals.reserve(array.integers.size());
  for (const int64_t value : array.integers) {
    if (value > kLimit || value < -kLimit) {
      throw Error(where, fmt::format("integer {} has no exact double", value),
                  "use integers within 2^53, or mantissas with --raw");
    }
    reals.push_back(static_cast<double>(value));
  }
  return reals;
}

NpyArray parse_npy(std::string_view bytes, const std::string& where) {
  const NpyHeader header = parse_npy_header(bytes, where);
  return parse_npy_elements(header, bytes.substr(header.data_offset), where);
}

NpyArray parse_npy_elements(const NpyHeader& header, std::string_view data,
                            const std::string& where) {
  const auto promised = static_cast<size_t>(header.count * header.item_bytes);
  if (data.size() != promised) {
    throw Error(
        where,
        fmt::format("holds {} bytes of elements, its header promises {}", data.size(), promised),
        "it may be truncated; write it again with numpy.save");
  }
  NpyArray array;
  array.shape = header.shape;
  array.is_integer = header.kind != 'f';
  if (header.kind == 'f') {
    array.reals = header.item_bytes == 4 ? convert<float, double>(data, header.count)
                                         : convert<double, double>(data, header.count);
  } else {
    array.integers = read_integers(header, data, where);
  }
  if (header.kind == 'b') {
    for (int64_t& value : array.integers) value = value != 0 ? 1 : 0;
  }
  if (header.fortran_order) {
    array.reals = transposed(array.reals, array.shape);
    array.integers = transposed(array.integers, array.shape);
  }
  return array;
}

NpyArray read_npy(const std::filesystem::path& path) {
  return parse_npy(read_file(path), path.string());
}

std::string format_npy(const NpyArray& array) {
  std::string bytes = format_npy_header(array.is_integer, array.shape);
  const auto append = [&](const auto& values) {
    ensure(array.size() == static_cast<int64_t>(values.size()), "array and shape differ");
    const size_t offset = bytes.size();
    bytes.resize(offset + values.size() * sizeof(values[0]));
    if (!values.empty()) std::memcpy(bytes.data() + offset, values.data(), bytes.size() - offset);
  };
  if (array.is_integer) {
    append(array.integers);
  } else {
    append(array.reals);
  }
  return bytes;
}

void write_npy(const std::filesystem::path& path, const NpyArray& array) {
  write_file(path, format_npy(array));
}

}  // namespace trigstone
