#include "base/npy_header.h"

#include <charconv>
#include <set>

#include "base/error.h"

namespace trigstone {

namespace {

constexpr std::string_view kMagic = "\x93NUMPY";
constexpr int kMaxAxes = 32;  // NumPy's own limit

[[noreturn]] void refuse(const std::string& where, std::string what) {
  throw Error(where, std::move(what), "write it again with numpy.save");
}

// Takes a Python dict literal of strings, booleans and tuples of integers apart.
class DictReader {
 public:
  DictReader(std::string_view text, const std::string& where) : text_(text), where_(where) {}

  bool take(char c) {
    skip_blanks();
    if (text_.empty() || text_.front() != c) return false;
    text_.remove_prefix(1);
    return true;
  }
  void expect(char c) {
    if (!take(c)) damaged();
  }
  std::string string() {
    skip_blanks();
    const char quote = text_.empty() ? '\0' : text_.front();
    if (quote != '\'' && quote != '"') damaged();
    const size_t end = text_.find(quote, 1);
    if (end == std::string_view::npos) damaged();
    std::string value(text_.substr(1, end - 1));
    text_.remove_prefix(end + 1);
    return value;
  }
  bool boolean() {
    if (take_word("True")) return true;
    if (!take_word("False")) damaged();
    return false;
  }
  std::vector<int64_t> tuple() {
    std::vector<int64_t> values;
    expect('(');
    while (!take(')')) {
      values.push_back(integer());
      if (!take(',')) {
        expect(')');
        break;
      }
    }
    return values;
  }
  void expect_end() {
    skip_blanks();
    if (!text_.empty()) damaged();
  }
  [[noreturn]] void damaged() const { refuse(where_, "its .npy header is damaged"); }

 private:
  void skip_blanks() {
    while (!text_.empty() && (text_.front() == ' ' || text_.front() == '\n')) {
      text_.remove_prefix(1);
    }
  }
  bool take_word(std::string_view word) {
    skip_blanks();
    if (!text_.starts_with(word)) return false;
    text_.remove_prefix(word.size());
    return true;
  }
  int64_t integer() {
    skip_blanks();
    int64_t value = 0;
    const auto result = std::from_chars(text_.data(), text_.data() + text_.size(), value);
    if (result.ec != std::errc() || value < 0) damaged();
    text_.remove_prefix(static_cast<size_t>(result.ptr - text_.data()));
    return value;
  }

  std::string_view text_;
  const std::string& where_;
};

void read_element_type(const std::string& descr, NpyHeader& header, const std::string& where) {
  const std::string hint = "convert it with array.astype('float64') or array.astype('int64')";
  const std::set<std::string> known = {"f4", "f8", "i1", "i2", "i4", "i8",
                                       "u1", "u2", "u4", "u8", "b1"};
  const bool ordered =
      !descr.empty() && std::string_view("<>|=").find(descr[0]) != std::string::npos;
  const std::string name = ordered ? descr.substr(1) : descr;
  if (!known.contains(name)) {
    throw Error(where, fmt::format("elements of dtype '{}' are not read", descr), hint);
  }
  header.kind = name[0];
  header.item_bytes = name[1] - '0';
  if (ordered && descr[0] == '>' && header.item_bytes > 1) {
    throw Error(where, fmt::format("elements of dtype '{}' are big-endian", descr), hint);
  }
}

void check_shape(NpyHeader& header, const std::string& where) {
  if (header.shape.size() > kMaxAxes) {
    refuse(where, fmt::format("its .npy header names {} axes, more than {}", header.shape.size(),
                              kMaxAxes));
  }
  int64_t bytes = header.item_bytes;
  header.count = 1;
  for (const int64_t extent : header.shape) {
    if (__builtin_mul_overflow(bytes, extent, &bytes)) {
      refuse(where, "its .npy header names a shape beyond 64 bits");
    }
    header.count *= extent;
  }
}

// The dict's text; sets where the elements start.
std::string_view header_text(std::string_view bytes, NpyHeader& header, const std::string& where) {
  if (!bytes.starts_with(kMagic)) {
    throw Error(where, "is not a .npy file", "write it with numpy.save");
  }
  const auto byte = [&](size_t i) -> size_t {
    if (i >= bytes.size()) refuse(where, "its .npy header is truncated");
    return static_cast<unsigned char>(bytes[i]);
  };
  const size_t major = byte(6);
  if (major < 1 || major > 3 || byte(7) != 0) {
    refuse(where,
           fmt::format("is a .npy file of version {}.{}; 1.0 to 3.0 are read", major, byte(7)));
  }
  size_t length = byte(8) | byte(9) << 8;
  size_t start = 10;
  if (major >= 2) {
    length |= byte(10) << 16 | byte(11) << 24;
    start = 12;
  }
  if (length > bytes.size() || start + length > bytes.size()) {
    refuse(where, "its .npy header is truncated");
  }
  header.data_offset = start + length;
  return bytes.substr(start, length);
}

}  // namespace

NpyHeader parse_npy_header(std::string_view bytes, const std::string& where) {
  NpyHeader header;
  DictReader reader(header_text(bytes, header, where), where);
  std::string descr;
  std::set<std::string> seen;
  reader.expect('{');
  while (!reader.take('}')) {
    const std::string key = reader.string();
    reader.expect(':');
    if (!seen.insert(key).second) reader.damaged();
    if (key == "descr") {
      if (reader.take('[')) {
        throw Error(where, "holds records, not numbers", "save each field as an array of its own");
      }
      descr = reader.string();
    } else if (key == "fortran_order") {
      header.fortran_order = reader.boolean();
    } else if (key == "shape") {
      header.shape = reader.tuple();
    } else {
      reader.damaged();
    }
    if (!reader.take(',')) {
      reader.expect('}');
      break;
    }
  }
  reader.expect_end();
  if (seen.size() != 3) reader.damaged();
  read_element_type(descr, header, where);
  check_shape(header, where);
  return header;
}

std::string format_npy_header(bool is_integer, const std::vector<int64_t>& shape) {
  std::string axes;
  for (const int64_t extent : shape) axes += fmt::format("{}, ", extent);
  if (shape.size() > 1) axes.resize(axes.size() - 2);  // Python writes (3, 4) but (3,)
  if (shape.size() == 1) axes.resize(axes.size() - 1);
  std::string dict = fmt::format("{{'descr': '{}', 'fortran_order': False, 'shape': ({}), }}",
                                 is_integer ? "<i8" : "<f8", axes);
  constexpr size_t kPrefix = 10;  // magic, version, length
  const size_t padded = (kPrefix + dict.size() + 1 + 63) / 64 * 64;
  dict.resize(padded - kPrefix - 1, ' ');
  dict += '\n';
  ensure(dict.size() < 65536, "npy header too long");
  std::string header(kMagic);
  header += '\x01';
  header += '\0';
  header += static_cast<char>(dict.size() & 0xff);
  header += static_cast<char>(dict.size() >> 8);
  return header + dict;
}

}  // namespace trigstone
