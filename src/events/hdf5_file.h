// HDF5 files of columns: the few calls of the C library that events need, with our
// errors. Not thread-safe (Debian's HDF5 is not): one thread reads or writes.
#pragma once

#include <hdf5.h>

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "base/error.h"

namespace trigstone {

// Closes an HDF5 identifier when it goes out of scope.
class Hdf5Handle {
 public:
  using Close = herr_t (*)(hid_t);
  Hdf5Handle() = default;
  Hdf5Handle(hid_t id, Close close) : id_(id), close_(close) {}
  Hdf5Handle(const Hdf5Handle&) = delete;
  Hdf5Handle& operator=(const Hdf5Handle&) = delete;
  Hdf5Handle(Hdf5Handle&& other) noexcept { swap(other); }
  Hdf5Handle& operator=(Hdf5Handle&& other) noexcept {
    swap(other);
    return *this;
  }
  ~Hdf5Handle() {
    if (id_ >= 0) close_(id_);
  }
  hid_t id() const { return id_; }
  explicit operator bool() const { return id_ >= 0; }

 private:
  void swap(Hdf5Handle& other) {
    std::swap(id_, other.id_);
    std::swap(close_, other.close_);
  }
  hid_t id_ = -1;
  Close close_ = nullptr;
};

// The HDF5 type of a C++ number.
template <typename T>
hid_t hdf5_type() {
  if constexpr (std::is_same_v<T, float>) return H5T_NATIVE_FLOAT;
  if constexpr (std::is_same_v<T, double>) return H5T_NATIVE_DOUBLE;
  if constexpr (std::is_same_v<T, int8_t>) return H5T_NATIVE_INT8;
  if constexpr (std::is_same_v<T, uint8_t>) return H5T_NATIVE_UINT8;
  if constexpr (std::is_same_v<T, int16_t>) return H5T_NATIVE_INT16;
  if constexpr (std::is_same_v<T, int32_t>) return H5T_NATIVE_INT32;
  if constexpr (std::is_same_v<T, int64_t>) return H5T_NATIVE_INT64;
}

class Hdf5Reader {
 public:
  // Throws Error when the file is missing, truncated or not HDF5.
  explicit Hdf5Reader(const std::filesystem::path& path);

  const std::string& where() const { return where_; }
  bool has_dataset(const std::string& name) const;
  bool has_attribute(const std::string& name) const;
  // Attributes of the file itself. Throw Error when missing or of another type.
  std::string text(const std::string& name) const;
  double number(const std::string& name) const;
  int64_t integer(const std::string& name) const;
  // Numeric attribute (scalar or vector) of a dataset.
  std::vector<double> dataset_numbers(const std::string& dataset, const std::string& name) const;

  // Text attribute of a dataset, its elements one by one (of fixed or variable length); empty when
  // there is none such.
  std::vector<std::string> dataset_texts(const std::string& dataset, const std::string& name) const;

  // Length of a one-dimensional dataset. Throws Error when missing or of another shape.
  int64_t length(const std::string& name) const;
  // Elements [begin, end), converted to T. Throws Error outside the dataset or when damaged.
  template <typename T>
  std::vector<T> read(const std::string& dataset, int64_t begin, int64_t end) const {
    check_range(dataset, begin, end);
    std::vector<T> values(static_cast<size_t>(end - begin));
    read_raw(dataset, begin, end, hdf5_type<T>(), values.data());
    return values;
  }
  template <typename T>
  std::vector<T> read(const std::string& dataset) const {
    return read<T>(dataset, 0, length(dataset));
  }

  // Datasets of several dimensions, the first of which counts rows. Throw Error like length, read.
  std::vector<int64_t> shape(const std::string& name) const;
  // Rows [begin, end) of all elements, row-major.
  template <typename T>
  std::vector<T> read_rows(const std::string& dataset, int64_t begin, int64_t end) const {
    std::vector<T> values(row_elements(dataset, begin, end));
    read_row_block(dataset, begin, end, hdf5_type<T>(), values.data());
    return values;
  }
  // Names of what the file holds at its top, for error messages.
  std::string listing() const;

 private:
  hid_t dataset(const std::string& name) const;
  size_t row_elements(const std::string& name, int64_t begin, int64_t end) const;
  void read_row_block(const std::string& name, int64_t begin, int64_t end, hid_t type,
                      void* values) const;
  void check_range(const std::string& name, int64_t begin, int64_t end) const;
  void read_raw(const std::string& name, int64_t begin, int64_t end, hid_t type,
                void* values) const;
  template <typename T>
  T scalar(const std::string& name) const;

  std::string where_;
  Hdf5Handle file_;
  mutable std::map<std::string, Hdf5Handle> datasets_;  // opened once
};

class Hdf5Writer {
 public:
  // Creates the file, replacing one that exists. `where` is the name that errors show.
  Hdf5Writer(const std::filesystem::path& path, std::string where);

  void text(const std::string& name, const std::string& value);
  void number(const std::string& name, double value);
  void integer(const std::string& name, int64_t value);

  // Appends to a growing, compressed column; creates it (and its group) at the first call.
  template <typename T>
  void append(const std::string& dataset, const std::vector<T>& values) {
    append_raw(dataset, hdf5_type<T>(), values.data(), values.size());
  }
  // Writes a whole dataset of `shape` at once.
  template <typename T>
  void array(const std::string& dataset, const std::vector<int64_t>& shape,
             const std::vector<T>& values) {
    write_array(dataset, hdf5_type<T>(), shape, values.data(), values.size());
  }
  // Flushes and closes. Throws Error when the disk is full.
  void close();

 private:
  struct Column {
    Hdf5Handle dataset;
    hsize_t length = 0;
  };
  void append_raw(const std::string& name, hid_t type, const void* values, size_t count);
  void write_array(const std::string& name, hid_t type, const std::vector<int64_t>& shape,
                   const void* values, size_t count);
  Column create_column(const std::string& name, hid_t type);
  void attribute(const std::string& name, hid_t type, const void* value);
  void check(bool good) const;

  std::string where_;
  Hdf5Handle file_;
  std::map<std::string, Column> columns_;
};

}  // namespace trigstone
