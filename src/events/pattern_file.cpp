#include "events/pattern_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <set>
#include <span>

#include "base/error.h"
#include "base/files.h"

namespace trigstone {

namespace {

constexpr std::string_view kMetadata =
    "Metadata: (strobe,) start of orbit, start of packet, end of packet, valid";
constexpr size_t kDigits = 16;
constexpr uint64_t kMaxBytes = uint64_t{1} << 31;
constexpr int kMaxLink = 9999;

bool has_strobe(const LinkFrames& link) {
  return std::any_of(link.frames.begin(), link.frames.end(),
                     [](const Frame& frame) { return !frame.strobe; });
}

std::string header_text(const Pattern& pattern, PatternForm form) {
  std::string text;
  if (form == PatternForm::kEmpV2) {
    text = fmt::format("ID: {}\n{}\n\n      Link  ", pattern.board, kMetadata);
    for (const LinkFrames& link : pattern.links) {
      text += fmt::format("{}            {:03}        ", has_strobe(link) ? " " : "", link.link);
    }
    return text + "\n";
  }
  text = fmt::format("Board {}\n Quad/Chan :", pattern.board);
  for (const LinkFrames& link : pattern.links) {
    text += fmt::format("         q{:02}c{}       ", link.link / 4, link.link % 4);
  }
  text += "\n      Link :";
  for (const LinkFrames& link : pattern.links) {
    text += fmt::format("          {:03}        ", link.link);
  }
  return text + "\n";
}

std::string word_text(const Frame& frame, bool strobed, PatternForm form) {
  if (form == PatternForm::kEmpV2) {
    return fmt::format("  {}{:d}{:d}{:d}{:d} {:016x}", strobed ? (frame.strobe ? "1" : "0") : "",
                       frame.start_of_orbit, frame.start_of_packet, frame.end_of_packet,
                       frame.valid, frame.data);
  }
  return fmt::format(" {}{:d}v{:016x}", strobed ? (frame.strobe ? "1s" : "0s") : "  ", frame.valid,
                     frame.data);
}

std::vector<std::string_view> words_of(std::string_view line) {
  std::vector<std::string_view> words;
  size_t at = 0;
  while ((at = line.find_first_not_of(" \t", at)) != std::string_view::npos) {
    const size_t end = std::min(line.find_first_of(" \t", at), line.size());
    words.push_back(line.substr(at, end - at));
    at = end;
  }
  return words;
}

class Parser {
 public:
  Parser(std::string_view text, std::string where) : rest_(text), where_(std::move(where)) {}

  Pattern parse() {
    Pattern pattern;
    read_board(pattern);
    read_links(pattern);
    for (int64_t frame = 0; next_line(); ++frame) read_frame(pattern, frame);
    return pattern;
  }

 private:
  [[noreturn]] void fail(const std::string& what, const std::string& hint) const {
    throw Error(fmt::format("{}:{}", where_, number_), what, hint);
  }

  // The next line that is neither empty nor a comment.
  bool next_line() {
    while (!rest_.empty()) {
      const size_t end = std::min(rest_.find('\n'), rest_.size());
      line_ = rest_.substr(0, end);
      rest_.remove_prefix(std::min(end + 1, rest_.size()));
      ++number_;
      if (!line_.empty() && line_.back() == '\r') line_.remove_suffix(1);
      const size_t first = line_.find_first_not_of(" \t");
      if (first == std::string_view::npos) continue;
      line_.remove_prefix(first);
      if (line_[0] != '#') return true;
    }
    return false;
  }

  // What follows `prefix` on the next line.
  std::string_view demand(std::string_view prefix) {
    if (!next_line()) {
      fail(fmt::format("the file ends before a line '{}…'", prefix), "the file was cut off");
    }
    if (!line_.starts_with(prefix)) {
      fail(fmt::format("begins with '{}' where '{}…' belongs", line_.substr(0, 20), prefix),
           "write the header as docs/events.md shows");
    }
    return line_.substr(prefix.size());
  }

  void read_board(Pattern& pattern) {
    if (!next_line()) fail("holds no line", "a pattern file begins with 'Board NAME'");
    if (line_.starts_with("Board ")) {
      pattern.board = line_.substr(6);
    } else if (line_.starts_with("ID: ")) {
      pattern.board = line_.substr(4);
      form_ = PatternForm::kEmpV2;
      demand(kMetadata);
    } else {
      fail(fmt::format("begins with '{}'", line_.substr(0, 20)),
           "a pattern file begins with 'Board NAME' or 'ID: NAME'");
    }
  }

  void read_links(Pattern& pattern) {
    if (form_ == PatternForm::kEmpV1) demand("Quad/Chan :");
    std::set<int> seen;
    for (const std::string_view word :
         words_of(demand(form_ == PatternForm::kEmpV1 ? "Link :" : "Link "))) {
      int link = 0;
      const auto result = std::from_chars(word.begin(), word.end(), link);
      if (result.ec != std::errc() || result.ptr != word.end() || link < 0 || link > kMaxLink) {
        fail(fmt::format("'{}' is no link number", word), "link numbers are decimal, from 000");
      }
      if (!seen.insert(link).second) {
        fail(fmt::format("link {} appears twice", link), "give each link one column");
      }
      pattern.links.push_back({link, {}});
    }
    if (pattern.links.empty()) fail("names no link", "give at least one column");
  }

  void read_frame(Pattern& pattern, int64_t frame) {
    const auto words = words_of(line_);
    int64_t number = -1;
    if (words.size() >= 2 && words[0] == "Frame") {
      std::from_chars(words[1].begin(), words[1].end(), number);
    }
    if (number != frame) {
      fail(fmt::format("begins with '{}' where 'Frame {:04}' belongs", line_.substr(0, 12), frame),
           "frames count up from 0000 without a gap");
    }
    const bool v2 = form_ == PatternForm::kEmpV2;
    const bool colon = words.size() > 2 && words[2] == ":";
    if (!v2 && !colon) fail("has no ' : ' after the frame number", "write 'Frame 0000 : 1v…'");
    const auto data = std::span(words).subspan(v2 ? 2 : 3);
    const size_t a_link = v2 ? 2 : 1;  // words of one link: flags and data stand apart
    if (data.size() != a_link * pattern.links.size()) {
      fail(fmt::format("holds {} words for {} links", data.size() / a_link, pattern.links.size()),
           "every frame has one word a link");
    }
    for (size_t i = 0; i < pattern.links.size(); ++i) {
      pattern.links[i].frames.push_back(v2 ? parse_v2(data[2 * i], data[2 * i + 1])
                                           : parse_v1(data[i]));
    }
  }

  static bool is_bits(std::string_view flags) {
    return flags.find_first_not_of("01") == std::string_view::npos;
  }

  uint64_t parse_data(std::string_view digits) const {
    uint64_t value = 0;
    const auto result = std::from_chars(digits.begin(), digits.end(), value, 16);
    if (digits.size() != kDigits || result.ec != std::errc() || result.ptr != digits.end()) {
      fail(fmt::format("'{}' is no 64-bit word", digits), "a word has 16 hexadecimal digits");
    }
    return value;
  }

  Frame parse_v1(std::string_view word) const {
    const std::string_view whole = word;
    Frame frame;
    if (word.size() > 2 && word[1] == 's' && is_bits(word.substr(0, 1))) {
      frame.strobe = word[0] == '1';
      word.remove_prefix(2);
    }
    if (word.size() < 2 || word[1] != 'v' || !is_bits(word.substr(0, 1))) {
      fail(fmt::format("'{}' is no word", whole), "write 0v or 1v and 16 hexadecimal digits");
    }
    frame.valid = word[0] == '1';
    frame.data = parse_data(word.substr(2));
    return frame;
  }

  Frame parse_v2(std::string_view flags, std::string_view digits) const {
    if (!is_bits(flags) || flags.size() < 4 || flags.size() > 5) {
      fail(fmt::format("'{}' are no flags", flags), "write four or five digits 0 or 1");
    }
    Frame frame;
    if (flags.size() == 5) {
      frame.strobe = flags[0] == '1';
      flags.remove_prefix(1);
    }
    frame.start_of_orbit = flags[0] == '1';
    frame.start_of_packet = flags[1] == '1';
    frame.end_of_packet = flags[2] == '1';
    frame.valid = flags[3] == '1';
    frame.data = parse_data(digits);
    return frame;
  }

  std::string_view rest_, line_;
  std::string where_;
  PatternForm form_ = PatternForm::kEmpV1;
  int64_t number_ = 0;
};

}  // namespace

std::string pattern_text(const Pattern& pattern, PatternForm form, const std::string& where) {
  if (pattern.links.empty()) throw Error(where, "no link to write", "give at least one object");
  const size_t frames = pattern.links.front().frames.size();
  std::vector<bool> strobed;
  for (const LinkFrames& link : pattern.links) {
    if (link.frames.size() != frames) {
      throw Error(fmt::format("{}:link {}", where, link.link),
                  fmt::format("has {} frames where link {} has {}", link.frames.size(),
                              pattern.links.front().link, frames),
                  "fill up the shorter links with frames that are not valid");
    }
    strobed.push_back(has_strobe(link));
  }
  std::string text = header_text(pattern, form);
  for (size_t i = 0; i < frames; ++i) {
    text += fmt::format("Frame {:04} {}", i, form == PatternForm::kEmpV2 ? " " : ":");
    for (size_t k = 0; k < pattern.links.size(); ++k) {
      text += word_text(pattern.links[k].frames[i], strobed[k], form);
    }
    text += '\n';
  }
  return text;
}

Pattern parse_pattern(std::string_view text, const std::string& where) {
  return Parser(text, where).parse();
}

void write_pattern(const std::filesystem::path& path, const Pattern& pattern, PatternForm form) {
  write_file(path, pattern_text(pattern, form, path.string()));
}

Pattern read_pattern(const std::filesystem::path& path) {
  return parse_pattern(read_file(path, kMaxBytes), path.string());
}

}  // namespace trigstone
