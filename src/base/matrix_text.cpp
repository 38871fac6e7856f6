// Integer matrices as text: one row per line, entries separated by blanks or commas.
#include <charconv>

#include "base/error.h"
#include "base/files.h"
#include "base/npy.h"

namespace trigstone {

namespace {

constexpr std::string_view kBlanks = " \t", kByteOrderMark = "\xEF\xBB\xBF";
constexpr const char* kHint =
    "write integers separated by blanks or commas, one row per line, comments behind #";

[[noreturn]] void fail(const std::string& where, std::string_view word, const char* what) {
  std::string shown;  // a file of another encoding must not spill into the terminal
  for (const char c : word.substr(0, 40)) {
    const auto byte = static_cast<unsigned char>(c);
    shown += byte < 0x20 || byte > 0x7e ? fmt::format("\\x{:02x}", byte) : std::string(1, c);
  }
  throw Error(where, fmt::format("'{}' {}", shown, what), kHint);
}

int64_t read_entry(std::string_view word, const std::string& where) {
  int64_t value = 0;
  const char* end = word.data() + word.size();
  const auto result = std::from_chars(word.data(), end, value);
  if (result.ec != std::errc() || result.ptr != end) fail(where, word, "is not a 64-bit integer");
  return value;
}

void skip_blanks(std::string_view& line) {
  line.remove_prefix(std::min(line.find_first_not_of(kBlanks), line.size()));
}

// The entries of one line, appended to `entries`; their number. A comma may end the line.
int64_t read_row(std::string_view line, const std::string& where, std::vector<int64_t>& entries) {
  const std::string_view whole = line;
  line = line.substr(0, line.find('#'));
  int64_t count = 0;
  for (skip_blanks(line); !line.empty(); skip_blanks(line), ++count) {
    if (line.front() == ',') fail(where, whole, "has a comma without a number before it");
    const std::string_view word = line.substr(0, line.find_first_of(" \t,"));
    entries.push_back(read_entry(word, where));
    line.remove_prefix(word.size());
    skip_blanks(line);
    if (line.starts_with(',')) line.remove_prefix(1);
  }
  return count;
}

// The next line, without its end: \n, \r\n, or \r as on old Macintoshes.
std::string_view take_line(std::string_view& rest) {
  const size_t length = std::min(rest.find_first_of("\r\n"), rest.size());
  const std::string_view line = rest.substr(0, length);
  rest.remove_prefix(length);
  rest.remove_prefix(rest.starts_with("\r\n") ? 2 : rest.empty() ? 0 : 1);
  return line;
}

}  // namespace

NpyArray read_matrix_text(const std::filesystem::path& path) {
  const std::string text = read_file(path);
  std::string_view rest = text;
  if (rest.starts_with(kByteOrderMark)) rest.remove_prefix(kByteOrderMark.size());
  std::vector<int64_t> entries;
  int64_t rows = 0;
  int64_t columns = 0;
  for (int64_t number = 1; !rest.empty(); ++number) {
    const std::string where = fmt::format("{}:{}", path.string(), number);
    const int64_t count = read_row(take_line(rest), where, entries);
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
