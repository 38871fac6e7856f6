// Integer matrices as text: one row per line, entries separated by blanks.
#include <charconv>

#include "base/error.h"
#include "base/files.h"
#include "base/npy.h"

namespace trigstone {

namespace {

constexpr std::string_view kBlanks = " \t\r";

// The entries of one line, appended to `entries`; their number.
int64_t read_row(std::string_view line, const std::string& where, std::vector<int64_t>& entries) {
  int64_t count = 0;
  while (true) {
    const size_t start = line.find_first_not_of(kBlanks);
    if (start == std::string_view::npos) return count;
    line.remove_prefix(start);
    const std::string_view word = line.substr(0, line.find_first_of(kBlanks));
    int64_t value = 0;
    const char* end = word.data() + word.size();
    const auto result = std::from_chars(word.data(), end, value);
    if (result.ec != std::errc() || result.ptr != end) {
      throw Error(where, fmt::format("'{}' is not a 64-bit integer", word.substr(0, 40)),
                  "write integers separated by blanks, one row per line");
    }
    entries.push_back(value);
    ++count;
    line.remove_prefix(word.size());
  }
}

}  // namespace

NpyArray read_matrix_text(const std::filesystem::path& path) {
  const std::string text = read_file(path);
  std::string_view rest = text;
  std::vector<int64_t> entries;
  int64_t rows = 0;
  int64_t columns = 0;
  for (int64_t number = 1; !rest.empty(); ++number) {
    const size_t length = rest.find('\n');
    const std::string where = fmt::format("{}:{}", path.string(), number);
    const int64_t count = read_row(rest.substr(0, length), where, entries);
    rest.remove_prefix(length == std::string_view::npos ? rest.size() : length + 1);
    if (count == 0) continue;
    if (rows > 0 && count != columns) {
      throw Error(where, fmt::format("has {} entries, the rows before have {}", count, columns),
                  "give every row the same number of entries");
    }
    columns = count;
    ++rows;
  }
  if (rows == 0)
    throw Error(path.string(), "holds no matrix", "write one row of integers per line");
  return npy_of({rows, columns}, std::move(entries));
}

}  // namespace trigstone
