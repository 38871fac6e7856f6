#include "base/npy_stream.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/error.h"

namespace trigstone {

namespace {

constexpr size_t kLongestHeader = size_t{1} << 17;

int64_t row_elements(const std::vector<int64_t>& shape) {
  int64_t count = 1;
  for (size_t axis = 1; axis < shape.size(); ++axis) count *= shape[axis];
  return count;
}

}  // namespace

NpyReader::NpyReader(const std::filesystem::path& path)
    : where_(path.string()), file_(std::fopen(path.c_str(), "rb"), std::fclose) {
  std::error_code failed;
  if (!std::filesystem::is_regular_file(path, failed) || !file_) {
    whole_ = read_npy(path);  // a pipe, or the error that says why not
    header_.kind = whole_->is_integer ? 'i' : 'f';
    header_.shape = whole_->shape;
  } else {
    std::string start(kLongestHeader, '\0');
    start.resize(std::fread(start.data(), 1, start.size(), file_.get()));
    header_ = parse_npy_header(start, where_);
    const auto size = static_cast<int64_t>(std::filesystem::file_size(path));
    const int64_t holds = size - static_cast<int64_t>(header_.data_offset);
    if (holds != header_.count * header_.item_bytes) {
      throw Error(where_,
                  fmt::format("holds {} bytes of elements, its header promises {}", holds,
                              header_.count * header_.item_bytes),
                  "it may be truncated; write it again with numpy.save");
    }
    if (header_.fortran_order && header_.shape.size() > 1) whole_ = read_npy(path);
    std::fseek(file_.get(), static_cast<long>(header_.data_offset), SEEK_SET);
  }
  if (header_.shape.empty())
    throw Error(where_, "holds one number, not an array of events",
                "save it with an axis of events in front");
}

NpyArray NpyReader::read(int64_t count) {
  count = std::min(count, rows() - next_);
  if (!whole_) return parse(read_bytes(count), count);
  const int64_t begin = next_;
  next_ += count;
  return array_rows(*whole_, begin, count);
}

std::string_view NpyReader::read_bytes(int64_t count) {
  ensure(!whole_, "the rows do not lie together");
  count = std::min(count, rows() - next_);
  next_ += count;
  bytes_.resize(static_cast<size_t>(count * row_elements(header_.shape) * header_.item_bytes));
  if (std::fread(bytes_.data(), 1, bytes_.size(), file_.get()) != bytes_.size()) {
    throw Error(where_, "reading stopped half way", "check the disk and read again");
  }
  return bytes_;
}

NpyArray NpyReader::parse(std::string_view bytes, int64_t count) const {
  NpyHeader block = header_;
  block.shape[0] = count;
  block.count = count * row_elements(header_.shape);
  return parse_npy_elements(block, bytes, where_);
}

NpyWriter::NpyWriter(const std::filesystem::path& path, bool is_integer,
                     const std::vector<int64_t>& shape)
    : where_(path.string()),
      pending_(path),
      file_(std::fopen(pending_.path().c_str(), "wb"), std::fclose),
      is_integer_(is_integer),
      missing_(1) {
  if (!file_) {
    throw Error(where_, fmt::format("cannot write: {}", std::strerror(errno)),
                "choose a path you may write to");
  }
  for (const int64_t extent : shape) missing_ *= extent;
  const std::string header = format_npy_header(is_integer, shape);
  write(header.data(), header.size());
}

void NpyWriter::write(const void* data, size_t bytes) {
  if (std::fwrite(data, 1, bytes, file_.get()) == bytes) return;
  throw Error(where_, fmt::format("cannot write: {}", std::strerror(errno)),
              "free some disk space; earlier outputs are whole");
}

void NpyWriter::append(const NpyArray& block) {
  ensure(block.is_integer == is_integer_, "a block of another kind");
  missing_ -= block.size();
  if (is_integer_) {
    write(block.integers.data(), block.integers.size() * sizeof(int64_t));
  } else {
    write(block.reals.data(), block.reals.size() * sizeof(double));
  }
}

void NpyWriter::commit() {
  ensure(missing_ == 0, "a .npy file with other elements than its shape promises");
  if (std::fflush(file_.get()) != 0 || ::fsync(::fileno(file_.get())) != 0) {
    throw Error(where_, fmt::format("cannot write: {}", std::strerror(errno)),
                "free some disk space; earlier outputs are whole");
  }
  file_.reset();
  pending_.commit();
}

}  // namespace trigstone
