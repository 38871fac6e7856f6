#include "emit/cosim_digits.h"

#include <string_view>

#include "base/error.h"
#include "base/process.h"

namespace trigstone {

namespace {

std::string line_of(const std::vector<PackedPort>& ports, const std::vector<uint64_t>& words,
                    bool flag) {
  std::string digits;
  for (size_t p = ports.size(); p-- > 0;) {
    for (int64_t bit = ports[p].bits; bit-- > 0;) {
      const int64_t at = static_cast<int64_t>(ports[p].first_word) * 64 + bit;
      digits += read_field(words, at, 1, false) != 0 ? '1' : '0';
    }
  }
  return digits + (flag ? "1\n" : "0\n");
}

// The other way round; unknown digits read as `unknown`. Returns the flag.
bool read_line(const std::vector<PackedPort>& ports, std::string_view digits, char unknown,
               std::vector<uint64_t>& words) {
  const auto digit = [&](size_t from_end) {
    const char c = digits[digits.size() - 1 - from_end];
    return (c == '0' || c == '1' ? c : unknown) == '1';
  };
  size_t next = 1;
  for (const PackedPort& port : ports) {
    for (int64_t bit = 0; bit < port.bits; ++bit) {
      write_field(words, static_cast<int64_t>(port.first_word) * 64 + bit, 1,
                  digit(next++) ? 1 : 0);
    }
  }
  return digit(0);
}

}  // namespace

int64_t digits_per_clock(const std::vector<PackedPort>& ports) {
  int64_t bits = 1;
  for (const PackedPort& port : ports) bits += port.bits;
  return bits;
}

DigitStimulus digits_of(Stimulus stimulus) {
  DigitStimulus digits;
  std::vector<uint64_t> words(total_words(stimulus.input_ports()));
  for (int64_t clock = 0; clock < stimulus.clocks(); ++clock) {
    digits.starts.push_back(stimulus.drive(words));
    digits.input += line_of(stimulus.input_ports(), words, digits.starts.back());
  }
  return digits;
}

CosimRun run_from_digits(const Stimulus& stimulus, const std::vector<bool>& starts,
                         int latency_cycles, const std::string& output) {
  Stimulus zeros = stimulus, ones = stimulus;  // unknown bits read as 0 and as 1
  CosimRun result;
  const auto latency = static_cast<size_t>(latency_cycles);
  const auto line_size = static_cast<size_t>(digits_per_clock(zeros.output_ports())) + 1;
  ensure(output.size() == starts.size() * line_size, "the simulation stopped early");
  std::vector<uint64_t> words(total_words(zeros.output_ports()));
  for (size_t clock = 0; clock < starts.size(); ++clock) {
    const auto digits = std::string_view(output).substr(clock * line_size, line_size - 1);
    read_line(ones.output_ports(), digits, '1', words);
    ones.sample(words);
    const bool done = read_line(zeros.output_ports(), digits, '0', words);
    zeros.sample(words);
    // Before `latency` clocks have passed, done shows what the registers powered up with.
    if (clock >= latency && done != starts[clock - latency]) ++result.wrong_done_clocks;
  }
  result.outputs = zeros.take_outputs();
  ensure(ones.take_outputs() == result.outputs, "a promised output bit is unknown");
  return result;
}

std::string run_tool(const std::vector<std::string>& command, const std::filesystem::path& folder) {
  const ProcessResult result = run_process(command, folder);
  if (result.status == 0) return result.output;
  internal_error(fmt::format("{} in {} failed with status {}:\n{}", command[0], folder.string(),
                             result.status, result.output.substr(0, 4000)));
}

}  // namespace trigstone
