#include "events/text_lines.h"

#include <zlib.h>

#include <algorithm>

#include "base/error.h"

namespace trigstone {

namespace {

constexpr size_t kBlockBytes = size_t{1} << 16;

}  // namespace

void TextLines::Close::operator()(void* file) const { gzclose(static_cast<gzFile>(file)); }

TextLines::TextLines(const std::filesystem::path& path) {
  std::error_code failed;
  if (std::filesystem::is_directory(path, failed)) {
    throw Error(path.string(), "is a folder, not a file", "name a file inside it");
  }
  file_.reset(gzopen(path.c_str(), "rb"));
  if (file_ == nullptr) {
    throw Error(path.string(), "cannot open", "check the path and its permissions");
  }
}

// More text behind what is left; false when there is none.
bool TextLines::fill() {
  buffer_.erase(0, at_);
  at_ = 0;
  const size_t kept = buffer_.size();
  buffer_.resize(kept + kBlockBytes);
  const auto file = static_cast<gzFile>(file_.get());
  const int count = gzread(file, buffer_.data() + kept, kBlockBytes);
  buffer_.resize(kept + static_cast<size_t>(std::max(count, 0)));
  if (count > 0) return true;
  int status = Z_OK;
  gzerror(file, &status);
  cut_off_ = cut_off_ || (status != Z_OK && status != Z_STREAM_END);
  return false;
}

bool TextLines::next(std::string& line) {
  size_t end = buffer_.find('\n', at_);
  while (end == std::string::npos) {
    const size_t searched = buffer_.size() - at_;
    if (!fill()) {
      if (buffer_.empty()) return false;
      last_line_has_end_ = false;
      end = buffer_.size();
      break;
    }
    end = buffer_.find('\n', searched);
  }
  line.assign(buffer_, at_, end - at_);
  at_ = std::min(end + 1, buffer_.size());
  if (!line.empty() && line.back() == '\r') line.pop_back();
  ++number_;
  return true;
}

}  // namespace trigstone
