#include "events/hepmc_check.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <optional>
#include <set>
#include <vector>

namespace trigstone {

namespace {

using Words = std::vector<std::string_view>;

constexpr int64_t kMaxItems = 1 << 22;  // particles or vertices of one event

Words split(std::string_view line) {
  Words words;
  for (size_t start = 0; start < line.size();) {
    const size_t end = std::min(line.find(' ', start), line.size());
    if (end > start) words.push_back(line.substr(start, end - start));
    start = end + 1;
  }
  return words;
}

std::optional<int64_t> integer(std::string_view word) {
  int64_t value = 0;
  const char* end = word.data() + word.size();
  const auto [stop, failure] = std::from_chars(word.data(), end, value);
  if (failure != std::errc() || stop != end) return {};
  return value;
}

// Accepts "nan" and "inf": what they mean is decided particle by particle.
bool is_number(std::string_view word) {
  double value = 0;
  const char* end = word.data() + word.size();
  const auto [stop, failure] = std::from_chars(word.data(), end, value);
  return stop == end && (failure == std::errc() || failure == std::errc::result_out_of_range);
}

bool are_numbers(const Words& words, size_t begin, size_t end) {
  if (words.size() < end) return false;
  for (size_t i = begin; i < end; ++i) {
    if (!is_number(words[i])) return false;
  }
  return true;
}

// Integer word `index`, between the limits.
std::optional<int64_t> bounded(const Words& words, size_t index, int64_t low, int64_t high) {
  if (index >= words.size()) return {};
  const auto value = integer(words[index]);
  return value && *value >= low && *value <= high ? value : std::nullopt;
}

// Calls check(words, line text) on every line until one returns a problem.
template <typename Check>
HepMcProblem for_each_line(std::string_view text, Check check) {
  int number = 0;
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    if (!line.empty()) {
      std::string what = check(split(line), line);
      if (!what.empty()) return {number, std::move(what)};
    }
    ++number;
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return {};
}

constexpr const char* kCutShort = "event is cut short";
constexpr const char* kBroken = "a line is broken";
constexpr const char* kBadReference = "a particle or vertex number is out of range";

class HepMc2Check {
 public:
  std::string operator()(const Words& words, std::string_view line) {
    switch (line[0]) {
      case 'E':
        return event(words);
      case 'V':
        return vertex(words);
      case 'P':
        return particle(words);
      case 'U':
        return units(words);
      case 'C':
        return are_numbers(words, 1, 3) ? "" : kBroken;
      case 'H':
        return are_numbers(words, 1, words.size()) && words.size() == 14 ? "" : kBroken;
      case 'F':
        return are_numbers(words, 1, words.size()) && words.size() >= 8 ? "" : kBroken;
      case 'N':
        return weight_names(words, line);
      default:
        return kBroken;
    }
  }
  std::string finish() const {
    return particles_due_ == 0 && vertices_ == vertices_announced_ ? "" : kCutShort;
  }

 private:
  // E number mpi scale alpha_s alpha signal_id signal_vertex vertices beam1 beam2 n_random random…
  // n_weights weights…
  std::string event(const Words& words) {
    if (words[0] != "E" || !are_numbers(words, 1, 11)) return kBroken;
    const auto vertices = bounded(words, 8, 0, kMaxItems);
    const auto randoms = bounded(words, 11, 0, kMaxItems);
    if (!vertices || !randoms) return kBroken;
    const auto weight_word = static_cast<size_t>(12 + *randoms);
    const auto weights = bounded(words, weight_word, 0, kMaxItems);
    if (!weights || words.size() != weight_word + 1 + static_cast<size_t>(*weights) ||
        !are_numbers(words, 11, words.size())) {
      return kBroken;
    }
    weights_ = *weights;
    vertices_announced_ = *vertices;
    return "";
  }
  // V barcode id x y z t n_orphans n_out n_weights weights…
  std::string vertex(const Words& words) {
    if (particles_due_ != 0) return kCutShort;
    if (words[0] != "V" || !are_numbers(words, 1, words.size())) return kBroken;
    const auto barcode = bounded(words, 1, -INT32_MAX, -1);
    const auto orphans = bounded(words, 7, 0, kMaxItems), out = bounded(words, 8, 0, kMaxItems);
    const auto weights = bounded(words, 9, 0, kMaxItems);
    if (!barcode || !orphans || !out || !weights ||
        words.size() != 10 + static_cast<size_t>(*weights)) {
      return kBroken;
    }
    if (!barcodes_.insert(*barcode).second) return kBadReference;
    particles_due_ = *orphans + *out;
    ++vertices_;
    return "";
  }
  // P barcode pdg px py pz e m status theta phi end_vertex n_flow (index code)…
  std::string particle(const Words& words) {
    if (particles_due_ == 0) return kBadReference;
    --particles_due_;
    if (words[0] != "P" || words.size() < 13 || !are_numbers(words, 1, words.size())) {
      return kBroken;
    }
    const auto flows = bounded(words, 12, 0, kMaxItems);
    const bool whole = bounded(words, 1, 1, INT32_MAX) && integer(words[2]) &&
                       bounded(words, 8, INT32_MIN, INT32_MAX) &&
                       bounded(words, 11, -INT32_MAX, 0) && flows &&
                       words.size() == 13 + 2 * static_cast<size_t>(*flows);
    if (!whole) return kBroken;
    return barcodes_.insert(*integer(words[1])).second ? "" : kBadReference;
  }
  static std::string units(const Words& words) {
    const bool known = words.size() == 3 && (words[1] == "GEV" || words[1] == "MEV") &&
                       (words[2] == "MM" || words[2] == "CM");
    return known ? "" : "units are unknown";
  }
  std::string weight_names(const Words& words, std::string_view line) const {
    const auto names = bounded(words, 1, 0, kMaxItems);
    const auto quotes = std::count(line.begin(), line.end(), '"');
    return names && *names == weights_ && quotes == 2 * *names ? "" : kBroken;
  }

  int64_t vertices_announced_ = 0, vertices_ = 0, particles_due_ = 0, weights_ = 0;
  std::set<int64_t> barcodes_;
};

class HepMc3Check {
 public:
  std::string operator()(const Words& words, std::string_view line) {
    switch (line[0]) {
      case 'E':
        return event(words);
      case 'V':
        return vertex(words);
      case 'P':
        return particle(words);
      case 'U':
        return words.size() == 3 ? "" : "units are unknown";
      case 'W':
        return are_numbers(words, 1, words.size()) ? "" : kBroken;
      case 'A':
        return bounded(words, 1, INT32_MIN, INT32_MAX) && words.size() >= 3 ? "" : kBroken;
      default:
        return kBroken;
    }
  }
  std::string finish() const { return particles_ == particles_announced_ ? "" : kCutShort; }

 private:
  // E number vertices particles [@ x y z t]
  std::string event(const Words& words) {
    const auto vertices = bounded(words, 2, 0, kMaxItems),
               particles = bounded(words, 3, 0, kMaxItems);
    if (words[0] != "E" || !bounded(words, 1, INT32_MIN, INT32_MAX) || !vertices || !particles) {
      return kBroken;
    }
    vertices_announced_ = *vertices;
    particles_announced_ = *particles;
    return has_position(words, 4);
  }
  // P id mother pdg px py pz e m status; a mother below 0 is a vertex
  std::string particle(const Words& words) {
    if (words[0] != "P" || words.size() != 10 || !are_numbers(words, 1, 10) || !integer(words[3]) ||
        !bounded(words, 9, INT32_MIN, INT32_MAX)) {
      return kBroken;
    }
    ++particles_;
    const auto id = bounded(words, 1, particles_, particles_);
    const auto mother = bounded(words, 2, -vertices_announced_, particles_ - 1);
    if (!id || !mother || (*mother < 0 && !vertices_.contains(*mother))) return kBadReference;
    return "";
  }
  // V id status [in,in,…] [@ x y z t]
  std::string vertex(const Words& words) {
    const auto id = bounded(words, 1, -vertices_announced_, -1);
    if (words[0] != "V" || words.size() < 4) return kBroken;
    if (!id || !vertices_.insert(*id).second) return kBadReference;
    std::string_view incoming = words[3];
    if (incoming.size() < 2 || incoming.front() != '[' || incoming.back() != ']') return kBroken;
    incoming = incoming.substr(1, incoming.size() - 2);
    while (!incoming.empty()) {
      const size_t comma = std::min(incoming.find(','), incoming.size());
      const auto particle = integer(incoming.substr(0, comma));
      if (!particle) return kBroken;
      if (*particle < 1 || *particle > particles_) return kBadReference;
      incoming.remove_prefix(std::min(comma + 1, incoming.size()));
    }
    return has_position(words, 4);
  }
  static std::string has_position(const Words& words, size_t at) {
    if (words.size() == at) return "";
    return words[at] == "@" && words.size() == at + 5 && are_numbers(words, at + 1, at + 5)
               ? ""
               : kBroken;
  }

  int64_t vertices_announced_ = 0, particles_announced_ = 0, particles_ = 0;
  std::set<int64_t> vertices_;
};

template <typename Check>
HepMcProblem check_event(std::string_view text) {
  Check check;
  HepMcProblem problem = for_each_line(
      text, [&](const Words& words, std::string_view line) { return check(words, line); });
  if (problem.what.empty()) problem.what = check.finish();
  return problem;
}

}  // namespace

HepMcProblem check_hepmc2_event(std::string_view text) { return check_event<HepMc2Check>(text); }

HepMcProblem check_hepmc3_event(std::string_view text) { return check_event<HepMc3Check>(text); }

bool is_hepmc_end(std::string_view line) { return line.substr(0, 7) == "HepMC::"; }

std::string hepmc_tool_name(std::string_view line) {
  line.remove_prefix(std::min<size_t>(2, line.size()));
  std::string name(line.substr(0, line.find("\\|")));
  return name.empty() ? "unknown" : name;
}

}  // namespace trigstone
