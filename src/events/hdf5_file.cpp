#include "events/hdf5_file.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

namespace trigstone {

namespace {

// 16384 elements: a few hundred events of a token column, about a hundred kilobytes.
constexpr hsize_t kChunkElements = 16384;
constexpr unsigned kDeflateLevel = 4;
constexpr int64_t kMostElementsAtOnce = int64_t{1} << 28;  // a damaged shape asks for no more
constexpr size_t kLongestListing = 200, kLongestText = 4096;
constexpr hssize_t kMostTexts = 4096;  // of one attribute

// Our errors replace the stack that HDF5 prints on stderr.
void silence_hdf5() { H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr); }

Hdf5Handle file_handle(hid_t id) { return {id, H5Fclose}; }
Hdf5Handle dataset_handle(hid_t id) { return {id, H5Dclose}; }
Hdf5Handle space_handle(hid_t id) { return {id, H5Sclose}; }
Hdf5Handle property_handle(hid_t id) { return {id, H5Pclose}; }
Hdf5Handle attribute_handle(hid_t id) { return {id, H5Aclose}; }
Hdf5Handle type_handle(hid_t id) { return {id, H5Tclose}; }

bool is_numeric(hid_t attribute_or_dataset_type) {
  const H5T_class_t kind = H5Tget_class(attribute_or_dataset_type);
  return kind == H5T_INTEGER || kind == H5T_FLOAT;
}

// The bytes of a chunk of the dataset in memory; empty sizes when it is not chunked.
struct ChunkShape {
  std::vector<hsize_t> sizes;
  hsize_t bytes = 0;
  bool filtered = false;
};

bool read_chunk_shape(hid_t dataset, size_t rank, ChunkShape& shape) {
  const auto properties = property_handle(H5Dget_create_plist(dataset));
  if (H5Pget_layout(properties.id()) != H5D_CHUNKED) return true;
  shape.sizes.resize(rank);
  if (H5Pget_chunk(properties.id(), static_cast<int>(rank), shape.sizes.data()) !=
      static_cast<int>(rank)) {
    return false;
  }
  const auto type = type_handle(H5Dget_type(dataset));
  shape.filtered = H5Pget_nfilters(properties.id()) > 0;
  shape.bytes = H5Tget_size(type.id());
  return std::all_of(shape.sizes.begin(), shape.sizes.end(), [&](hsize_t size) {
    return size > 0 && !__builtin_mul_overflow(shape.bytes, size, &shape.bytes);
  });
}

// HDF5 reads past the end of a chunk that is stored unfiltered (its filter mask says so) in fewer
// bytes than it has, as a damaged file can claim; so every chunk is asked before.
bool chunks_are_whole(hid_t dataset, const std::vector<hsize_t>& start,
                      const std::vector<hsize_t>& count) {
  ChunkShape chunk;
  if (!read_chunk_shape(dataset, start.size(), chunk)) return false;
  if (chunk.sizes.empty()) return true;
  std::vector<hsize_t> first(start.size());
  for (size_t axis = 0; axis < start.size(); ++axis) {
    first[axis] = start[axis] / chunk.sizes[axis] * chunk.sizes[axis];
  }
  std::vector<hsize_t> at = first;
  while (true) {
    unsigned mask = 0;
    haddr_t address = HADDR_UNDEF;
    hsize_t stored = 0;
    if (H5Dget_chunk_info_by_coord(dataset, at.data(), &mask, &address, &stored) < 0) return false;
    const bool plain = !chunk.filtered || mask != 0;
    if (address != HADDR_UNDEF && plain && stored < chunk.bytes) return false;
    size_t axis = 0;
    for (; axis < at.size(); ++axis) {
      at[axis] += chunk.sizes[axis];
      if (at[axis] < start[axis] + count[axis]) break;
      at[axis] = first[axis];
    }
    if (axis == at.size()) return true;
  }
}

// Says why a dataset of `place` could not be read: a compression that this HDF5 lacks, or damage.
[[noreturn]] void refuse_to_read(hid_t dataset, const std::string& place) {
  const auto properties = property_handle(H5Dget_create_plist(dataset));
  for (int i = 0; i < H5Pget_nfilters(properties.id()); ++i) {
    std::array<char, 64> name{};
    size_t values = 0;
    const H5Z_filter_t filter =
        H5Pget_filter2(properties.id(), static_cast<unsigned>(i), nullptr, &values, nullptr,
                       name.size() - 1, name.data(), nullptr);
    if (filter < 0 || H5Zfilter_avail(filter) > 0) continue;
    throw Error(place,
                fmt::format("is compressed with the filter '{}' (number {}), which is not here",
                            name[0] == 0 ? "unnamed" : name.data(), static_cast<int>(filter)),
                "where the file can be read, repack it: h5repack -f GZIP=4 OLD.h5 NEW.h5");
  }
  throw Error(place, "cannot be read", "the file is damaged; make it again");
}

// Of a dataset that does not say when it was written: the same events give the same bytes.
Hdf5Handle dataset_properties() {
  auto creation = property_handle(H5Pcreate(H5P_DATASET_CREATE));
  H5Pset_obj_track_times(creation.id(), false);
  return creation;
}

}  // namespace

Hdf5Reader::Hdf5Reader(const std::filesystem::path& path) : where_(path.string()) {
  silence_hdf5();
  std::error_code failed;
  if (!std::filesystem::exists(path, failed)) {
    throw Error(where_, "no such file", "check the path");
  }
  if (std::filesystem::is_directory(path, failed)) {
    throw Error(where_, "is a folder, not a file", "name a file inside it");
  }
  // No file lock: reading must work on read-only and network disks.
  const hid_t id = H5Fopen(path.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT);
  if (id < 0) {
    throw Error(where_, "is not a readable HDF5 file",
                "it may be truncated or of another kind; make or copy it again");
  }
  file_ = file_handle(id);
}

bool Hdf5Reader::has_attribute(const std::string& name) const {
  return H5Aexists(file_.id(), name.c_str()) > 0;
}

// Each link of the path is checked, as H5Lexists fails when an earlier one is missing.
bool Hdf5Reader::has_dataset(const std::string& name) const {
  for (size_t slash = name.find('/', 1); slash != std::string::npos;
       slash = name.find('/', slash + 1)) {
    if (H5Lexists(file_.id(), name.substr(0, slash).c_str(), H5P_DEFAULT) <= 0) return false;
  }
  return H5Lexists(file_.id(), name.c_str(), H5P_DEFAULT) > 0;
}

std::string Hdf5Reader::text(const std::string& name) const {
  const auto attribute = attribute_handle(
      has_attribute(name) ? H5Aopen(file_.id(), name.c_str(), H5P_DEFAULT) : hid_t{-1});
  if (!attribute) {
    throw Error(where_, fmt::format("has no attribute '{}'", name),
                "this is a file of another kind");
  }
  const auto type = type_handle(H5Aget_type(attribute.id()));
  const auto space = space_handle(H5Aget_space(attribute.id()));
  if (H5Tget_class(type.id()) != H5T_STRING || H5Sget_simple_extent_npoints(space.id()) != 1) {
    throw Error(where_, fmt::format("attribute '{}' is not a text", name),
                "this is a file of another kind");
  }
  std::string value;
  if (H5Tis_variable_str(type.id()) > 0) {
    const auto memory = type_handle(H5Tcopy(H5T_C_S1));
    H5Tset_size(memory.id(), H5T_VARIABLE);
    H5Tset_cset(memory.id(), H5Tget_cset(type.id()));
    char* characters = nullptr;
    if (H5Aread(attribute.id(), memory.id(), &characters) >= 0 && characters != nullptr) {
      value = characters;
      H5free_memory(characters);
    }
  } else {
    value.resize(H5Tget_size(type.id()));
    if (H5Aread(attribute.id(), type.id(), value.data()) < 0) value.clear();
    value.resize(std::strlen(value.c_str()));
  }
  return value;
}

template <typename T>
T Hdf5Reader::scalar(const std::string& name) const {
  const auto attribute = attribute_handle(
      has_attribute(name) ? H5Aopen(file_.id(), name.c_str(), H5P_DEFAULT) : hid_t{-1});
  if (!attribute) {
    throw Error(where_, fmt::format("has no attribute '{}'", name),
                "this is a file of another kind");
  }
  const auto type = type_handle(H5Aget_type(attribute.id()));
  const auto space = space_handle(H5Aget_space(attribute.id()));
  T value{};
  if (!is_numeric(type.id()) || H5Sget_simple_extent_npoints(space.id()) != 1 ||
      H5Aread(attribute.id(), hdf5_type<T>(), &value) < 0) {
    throw Error(where_, fmt::format("attribute '{}' is not a number", name),
                "this is a file of another kind");
  }
  return value;
}

double Hdf5Reader::number(const std::string& name) const { return scalar<double>(name); }

int64_t Hdf5Reader::integer(const std::string& name) const { return scalar<int64_t>(name); }

std::vector<double> Hdf5Reader::dataset_numbers(const std::string& dataset_name,
                                                const std::string& name) const {
  const hid_t object = dataset(dataset_name);
  const auto attribute = attribute_handle(
      H5Aexists(object, name.c_str()) > 0 ? H5Aopen(object, name.c_str(), H5P_DEFAULT) : hid_t{-1});
  const std::string place = where_ + ":" + dataset_name;
  if (!attribute) {
    throw Error(place, fmt::format("has no attribute '{}'", name), "make the file again");
  }
  const auto space = space_handle(H5Aget_space(attribute.id()));
  const auto type = type_handle(H5Aget_type(attribute.id()));
  const hssize_t count = H5Sget_simple_extent_npoints(space.id());
  std::vector<double> values(static_cast<size_t>(std::max<hssize_t>(count, 0)));
  if (count < 1 || !is_numeric(type.id()) ||
      H5Aread(attribute.id(), H5T_NATIVE_DOUBLE, values.data()) < 0) {
    throw Error(place, fmt::format("attribute '{}' is not numeric", name), "make the file again");
  }
  return values;
}

std::vector<std::string> Hdf5Reader::dataset_texts(const std::string& dataset_name,
                                                   const std::string& name) const {
  const hid_t object = dataset(dataset_name);
  if (H5Aexists(object, name.c_str()) <= 0) return {};
  const auto attribute = attribute_handle(H5Aopen(object, name.c_str(), H5P_DEFAULT));
  if (!attribute) return {};
  const auto type = type_handle(H5Aget_type(attribute.id()));
  const auto space = space_handle(H5Aget_space(attribute.id()));
  const hssize_t count = H5Sget_simple_extent_npoints(space.id());
  const size_t size = H5Tget_size(type.id());
  if (H5Tget_class(type.id()) != H5T_STRING || count < 1 || count > kMostTexts || size < 1 ||
      size > kLongestText) {
    return {};
  }
  std::vector<std::string> texts;
  if (H5Tis_variable_str(type.id()) > 0) {
    std::vector<char*> read(static_cast<size_t>(count), nullptr);
    if (H5Aread(attribute.id(), type.id(), read.data()) < 0) return {};
    for (const char* text : read) texts.emplace_back(text == nullptr ? "" : text);
    H5Dvlen_reclaim(type.id(), space.id(), H5P_DEFAULT, read.data());
    return texts;
  }
  std::string read(static_cast<size_t>(count) * size, '\0');
  if (H5Aread(attribute.id(), type.id(), read.data()) < 0) return {};
  for (size_t at = 0; at < read.size(); at += size) {
    std::string text = read.substr(at, size);
    text.resize(std::strlen(text.c_str()));
    text.erase(text.find_last_not_of(' ') + 1);  // Fortran's padding
    texts.push_back(std::move(text));
  }
  return texts;
}

hid_t Hdf5Reader::dataset(const std::string& name) const {
  auto& handle = datasets_[name];
  if (handle) return handle.id();
  if (has_dataset(name)) {
    handle = dataset_handle(H5Dopen2(file_.id(), name.c_str(), H5P_DEFAULT));
  }
  if (!handle)
    throw Error(where_ + ":" + name, "no such dataset", "this is a file of another kind");
  return handle.id();
}

int64_t Hdf5Reader::length(const std::string& name) const {
  const hid_t id = dataset(name);
  const auto space = space_handle(H5Dget_space(id));
  const auto type = type_handle(H5Dget_type(id));
  hsize_t size = 0;
  if (H5Sget_simple_extent_ndims(space.id()) != 1 || !is_numeric(type.id()) ||
      H5Sget_simple_extent_dims(space.id(), &size, nullptr) != 1) {
    throw Error(where_ + ":" + name, "is not a one-dimensional column of numbers",
                "this is a file of another kind");
  }
  return static_cast<int64_t>(size);
}

void Hdf5Reader::check_range(const std::string& name, int64_t begin, int64_t end) const {
  const int64_t size = length(name);
  if (begin < 0 || end < begin || end > size) {
    throw Error(where_ + ":" + name, fmt::format("elements {}..{} asked of {}", begin, end, size),
                "the file is damaged; make it again");
  }
}

void Hdf5Reader::read_raw(const std::string& name, int64_t begin, int64_t end, hid_t type,
                          void* values) const {
  if (begin == end) return;
  const hid_t id = dataset(name);
  const auto file_space = space_handle(H5Dget_space(id));
  const hsize_t start = static_cast<hsize_t>(begin), count = static_cast<hsize_t>(end - begin);
  const auto memory_space = space_handle(H5Screate_simple(1, &count, nullptr));
  if (!chunks_are_whole(id, {start}, {count}) ||
      H5Sselect_hyperslab(file_space.id(), H5S_SELECT_SET, &start, nullptr, &count, nullptr) < 0 ||
      H5Dread(id, type, memory_space.id(), file_space.id(), H5P_DEFAULT, values) < 0) {
    refuse_to_read(id, where_ + ":" + name);
  }
}

std::vector<int64_t> Hdf5Reader::shape(const std::string& name) const {
  const hid_t id = dataset(name);
  const auto space = space_handle(H5Dget_space(id));
  const auto type = type_handle(H5Dget_type(id));
  const int rank = H5Sget_simple_extent_ndims(space.id());
  std::vector<hsize_t> sizes(static_cast<size_t>(std::max(rank, 0)));
  if (rank < 1 || !is_numeric(type.id()) ||
      H5Sget_simple_extent_dims(space.id(), sizes.data(), nullptr) != rank ||
      *std::max_element(sizes.begin(), sizes.end()) > hsize_t{1} << 48) {
    throw Error(where_ + ":" + name, "is not an array of numbers",
                "this is a file of another kind");
  }
  return {sizes.begin(), sizes.end()};
}

size_t Hdf5Reader::row_elements(const std::string& name, int64_t begin, int64_t end) const {
  const std::vector<int64_t> sizes = shape(name);
  if (begin < 0 || end < begin || end > sizes[0]) {
    throw Error(where_ + ":" + name, fmt::format("rows {}..{} asked of {}", begin, end, sizes[0]),
                "the file is damaged; make it again");
  }
  int64_t count = end - begin;
  for (size_t axis = 1; axis < sizes.size(); ++axis) {
    if (__builtin_mul_overflow(count, sizes[axis], &count) || count > kMostElementsAtOnce) {
      throw Error(where_ + ":" + name, "has rows too long to be read",
                  "the file is damaged; make it again");
    }
  }
  return static_cast<size_t>(count);
}

void Hdf5Reader::read_row_block(const std::string& name, int64_t begin, int64_t end, hid_t type,
                                void* values) const {
  if (row_elements(name, begin, end) == 0) return;
  const hid_t id = dataset(name);
  const std::vector<int64_t> sizes = shape(name);
  std::vector<hsize_t> start(sizes.size(), 0), count(sizes.begin(), sizes.end());
  start[0] = static_cast<hsize_t>(begin);
  count[0] = static_cast<hsize_t>(end - begin);
  const auto file_space = space_handle(H5Dget_space(id));
  const auto memory_space =
      space_handle(H5Screate_simple(static_cast<int>(count.size()), count.data(), nullptr));
  if (!chunks_are_whole(id, start, count) ||
      H5Sselect_hyperslab(file_space.id(), H5S_SELECT_SET, start.data(), nullptr, count.data(),
                          nullptr) < 0 ||
      H5Dread(id, type, memory_space.id(), file_space.id(), H5P_DEFAULT, values) < 0) {
    refuse_to_read(id, where_ + ":" + name);
  }
}

std::string Hdf5Reader::listing() const {
  std::string names;
  const auto add = [](hid_t, const char* name, const H5L_info_t*, void* text) -> herr_t {
    auto& all = *static_cast<std::string*>(text);
    if (all.size() < kLongestListing) all += (all.empty() ? "" : ", ") + std::string(name);
    return 0;
  };
  H5Literate(file_.id(), H5_INDEX_NAME, H5_ITER_NATIVE, nullptr, add, &names);
  return names.empty() ? "it is empty" : "it has " + names;
}

Hdf5Writer::Hdf5Writer(const std::filesystem::path& path, std::string where)
    : where_(std::move(where)) {
  silence_hdf5();
  errno = 0;
  file_ = file_handle(H5Fcreate(path.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT));
  check(static_cast<bool>(file_));
}

void Hdf5Writer::check(bool good) const {
  if (good) return;
  const int code = errno;
  throw Error(where_,
              fmt::format("cannot write: {}", code != 0 ? std::strerror(code) : "HDF5 failed"),
              code == ENOSPC ? "free some disk space; earlier outputs are whole"
                             : "choose a path you may write to, with space");
}

void Hdf5Writer::attribute(const std::string& name, hid_t type, const void* value) {
  errno = 0;
  const auto space = space_handle(H5Screate(H5S_SCALAR));
  const auto handle = attribute_handle(
      H5Acreate2(file_.id(), name.c_str(), type, space.id(), H5P_DEFAULT, H5P_DEFAULT));
  check(handle && H5Awrite(handle.id(), type, value) >= 0);
}

void Hdf5Writer::text(const std::string& name, const std::string& value) {
  const auto type = type_handle(H5Tcopy(H5T_C_S1));
  H5Tset_cset(type.id(), H5T_CSET_UTF8);
  H5Tset_size(type.id(), value.size() + 1);
  attribute(name, type.id(), value.c_str());
}

void Hdf5Writer::number(const std::string& name, double value) {
  attribute(name, H5T_NATIVE_DOUBLE, &value);
}

void Hdf5Writer::integer(const std::string& name, int64_t value) {
  attribute(name, H5T_NATIVE_INT64, &value);
}

Hdf5Writer::Column Hdf5Writer::create_column(const std::string& name, hid_t type) {
  const hsize_t empty = 0, unlimited = H5S_UNLIMITED;
  const auto space = space_handle(H5Screate_simple(1, &empty, &unlimited));
  const auto creation = dataset_properties();
  H5Pset_chunk(creation.id(), 1, &kChunkElements);
  H5Pset_shuffle(creation.id());
  H5Pset_deflate(creation.id(), kDeflateLevel);
  const auto links = property_handle(H5Pcreate(H5P_LINK_CREATE));
  H5Pset_create_intermediate_group(links.id(), 1);
  return {dataset_handle(H5Dcreate2(file_.id(), name.c_str(), type, space.id(), links.id(),
                                    creation.id(), H5P_DEFAULT)),
          0};
}

void Hdf5Writer::append_raw(const std::string& name, hid_t type, const void* values, size_t count) {
  errno = 0;
  auto [entry, created] = columns_.try_emplace(name);
  Column& column = entry->second;
  if (created) column = create_column(name, type);
  check(static_cast<bool>(column.dataset));
  if (count == 0) return;
  const hsize_t start = column.length, added = count;
  column.length += added;
  check(H5Dset_extent(column.dataset.id(), &column.length) >= 0);
  const auto file_space = space_handle(H5Dget_space(column.dataset.id()));
  const auto memory_space = space_handle(H5Screate_simple(1, &added, nullptr));
  check(H5Sselect_hyperslab(file_space.id(), H5S_SELECT_SET, &start, nullptr, &added, nullptr) >=
            0 &&
        H5Dwrite(column.dataset.id(), type, memory_space.id(), file_space.id(), H5P_DEFAULT,
                 values) >= 0);
}

void Hdf5Writer::write_array(const std::string& name, hid_t type, const std::vector<int64_t>& shape,
                             const void* values, size_t count) {
  errno = 0;
  const std::vector<hsize_t> sizes(shape.begin(), shape.end());
  const auto space =
      space_handle(H5Screate_simple(static_cast<int>(sizes.size()), sizes.data(), nullptr));
  ensure(H5Sget_simple_extent_npoints(space.id()) == static_cast<hssize_t>(count),
         "an array of another size than its shape");
  const auto creation = dataset_properties();
  const auto dataset = dataset_handle(H5Dcreate2(file_.id(), name.c_str(), type, space.id(),
                                                 H5P_DEFAULT, creation.id(), H5P_DEFAULT));
  check(dataset && H5Dwrite(dataset.id(), type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) >= 0);
}

void Hdf5Writer::close() {
  errno = 0;
  check(H5Fflush(file_.id(), H5F_SCOPE_LOCAL) >= 0);
  columns_.clear();
  file_ = Hdf5Handle();
}

}  // namespace trigstone
