#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <sstream>

#include "base/error.h"
#include "lower/load_words.h"
#include "netlist/evaluate.h"

namespace trigstone {

namespace {

constexpr const char* kHint = "make the file again with `trigstone load-words`";

int hex_digits(int bits) { return (bits + 3) / 4; }

uint64_t hex_number(std::string_view digits, int bits, const std::string& where) {
  uint64_t value = 0;
  const auto [end, failed] =
      std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
  if (failed != std::errc() || end != digits.data() + digits.size()) {
    throw Error(where, fmt::format("'{}' is no hexadecimal number", digits), kHint);
  }
  if (bits < 64 && value >> bits != 0) {
    throw Error(where, fmt::format("'{}' has more than {} bits", digits, bits), kHint);
  }
  return value;
}

bool has_place(const Firmware& firmware, int64_t address) {
  return std::any_of(
      firmware.weights.begin(), firmware.weights.end(),
      [&](const LoadedWeights& map) { return address >= map.base && address < map.end(); });
}

}  // namespace

std::string load_text(const Firmware& firmware, const std::vector<LoadWord>& words) {
  const LoadWidths& load = firmware.load;
  std::string text =
      fmt::format("// trigstone.load_words/1: {} words for {}\n// @load_address load_data\n",
                  words.size(), firmware.top);
  const uint64_t mask = ~uint64_t{0} >> (64 - load.data_bits);
  for (const LoadWord& word : words) {
    text += fmt::format("@{:0{}x} {:0{}x}\n", word.address, hex_digits(load.address_bits),
                        static_cast<uint64_t>(word.data) & mask, hex_digits(load.data_bits));
  }
  return text;
}

std::vector<LoadWord> parse_load_text(const std::string& text, const Firmware& firmware,
                                      const std::string& where) {
  std::vector<LoadWord> words;
  std::istringstream lines(text);
  std::string line, token;
  int64_t address = 0;
  for (int number = 1; std::getline(lines, line); ++number) {
    const std::string here = fmt::format("{}:{}", where, number);
    std::istringstream tokens(line.substr(0, line.find("//")));
    while (tokens >> token) {
      if (token[0] == '@') {
        const std::string_view digits = std::string_view(token).substr(1);
        address = static_cast<int64_t>(hex_number(digits, firmware.load.address_bits, here));
        continue;
      }
      const uint64_t data = hex_number(token, firmware.load.data_bits, here);
      if (!has_place(firmware, address)) {
        throw Error(here, fmt::format("no memory has the address {:#x}", address),
                    "make the file for this firmware: firmware.json lists its memories");
      }
      words.push_back(
          {address++, wrap_to_width(static_cast<int64_t>(data), firmware.load.data_bits, true)});
    }
  }
  return words;
}

}  // namespace trigstone
