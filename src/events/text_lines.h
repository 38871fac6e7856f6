// Lines of a text file, plain or compressed with gzip; which of the two, its first bytes say.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

namespace trigstone {

class TextLines {
 public:
  // Throws Error for a folder and a file that cannot be opened.
  explicit TextLines(const std::filesystem::path& path);

  // The next line without its end (\n or \r\n); false at the end of the text.
  bool next(std::string& line);
  int64_t number() const { return number_; }  // of the last line, from 1

  // Once next() has answered false:
  bool last_line_has_end() const { return last_line_has_end_; }
  // The compressed data stop before their end, or are damaged: there was more.
  bool is_cut_off() const { return cut_off_; }

 private:
  struct Close {
    void operator()(void* file) const;
  };
  bool fill();

  std::unique_ptr<void, Close> file_;  // gzFile
  std::string buffer_;
  size_t at_ = 0;
  int64_t number_ = 0;
  bool last_line_has_end_ = true, cut_off_ = false;
};

}  // namespace trigstone
