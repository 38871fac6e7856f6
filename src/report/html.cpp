#include "report/html.h"

#include <fmt/core.h>

#include <cmath>
#include <cstdint>

namespace trigstone {

namespace {

// Bytes of the well-formed UTF-8 sequence at the start of `text`, 0 when it is broken.
// Table 3-7 of the Unicode standard, version 15.
size_t sequence_length(std::string_view text) {
  const auto byte = [&](size_t i) { return static_cast<uint8_t>(text[i]); };
  const uint8_t first = byte(0);
  if (first < 0x80) return 1;
  const size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (first < 0xC2 || first > 0xF4 || text.size() < length) return 0;
  for (size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return 0;
  }
  const bool overlong = (first == 0xE0 && byte(1) < 0xA0) || (first == 0xF0 && byte(1) < 0x90);
  const bool surrogate = first == 0xED && byte(1) > 0x9F;
  const bool beyond = first == 0xF4 && byte(1) > 0x8F;
  return overlong || surrogate || beyond ? 0 : length;
}

// Thin spaces between groups of three digits.
std::string grouped(const std::string& digits) {
  std::string result;
  const size_t sign = digits.front() == '-' ? 1 : 0;
  for (size_t i = 0; i < digits.size(); ++i) {
    const size_t rest = digits.size() - i;
    if (i > sign && rest % 3 == 0) result += "\u2009";
    result += digits[i];
  }
  return result;
}

}  // namespace

std::string escape_html(std::string_view text) {
  std::string result;
  while (!text.empty()) {
    const size_t length = sequence_length(text);
    const char c = text.front();
    const bool control = static_cast<uint8_t>(c) < 0x20 && c != '\n' && c != '\t';
    if (length == 0 || control || c == 0x7F) {
      result += "\uFFFD";
    } else if (c == '&') {
      result += "&amp;";
    } else if (c == '<') {
      result += "&lt;";
    } else if (c == '>') {
      result += "&gt;";
    } else if (c == '"') {
      result += "&quot;";
    } else if (c == '\'') {
      result += "&#39;";
    } else {
      result += text.substr(0, length);
    }
    text.remove_prefix(length == 0 ? 1 : length);
  }
  return result;
}

std::string show_number(double number) {
  if (number == std::floor(number) && std::abs(number) < 1e15) {
    return grouped(fmt::format("{:.0f}", number));
  }
  if (std::abs(number) >= 1e4 && std::abs(number) < 1e15) {
    return grouped(fmt::format("{:.0f}", number));
  }
  return fmt::format("{:.4g}", number);
}

}  // namespace trigstone
