#include "engine/pack_weights.h"

#include <algorithm>
#include <cmath>

#include "engine/requantise.h"

namespace trigstone::engine {

namespace {

constexpr double kFloat32Limit = 0x1p24, kFloat64Limit = 0x1p53;

DotPath real_path(double bound) {
  return bound <= kFloat32Limit   ? DotPath::kFloat32
         : bound <= kFloat64Limit ? DotPath::kFloat64
                                  : DotPath::kInt64;
}

class Packing {
 public:
  Packing(LinearStep& step, const std::vector<int64_t>& matrix, Interval x, Interval sum, Isa isa)
      : step_(step), matrix_(matrix), x_(x), sum_(sum), isa_(isa) {}

  void run() {
    step_.path = path();
    if (step_.path == DotPath::kDot8 || step_.path == DotPath::kDot16) correct_bias();
    step_.weights_int = matrix_;  // until pack_blocks()
  }

 private:
  int64_t weight(int64_t o, int64_t k) const {
    return k < step_.terms ? matrix_[static_cast<size_t>(o * step_.terms + k)] : 0;
  }
  bool weights_within(int64_t low, int64_t high) const {
    return std::all_of(matrix_.begin(), matrix_.end(),
                       [&](int64_t w) { return low <= w && w <= high; });
  }
  double bound() const;
  bool pairs_fit_16_bits() const;
  DotPath path() const;
  void correct_bias();

  LinearStep& step_;
  const std::vector<int64_t>& matrix_;
  const Interval x_, sum_;
  const Isa isa_;
};

// At least the magnitude of every partial sum.
double Packing::bound() const {
  const auto x = static_cast<double>(std::max(x_.high, -x_.low));
  double largest = 0;
  for (int64_t o = 0; o < step_.outputs; ++o) {
    double sum = std::abs(static_cast<double>(step_.bias[static_cast<size_t>(o)]));
    for (int64_t k = 0; k < step_.terms; ++k) {
      sum += x * std::abs(static_cast<double>(weight(o, k)));
    }
    largest = std::max(largest, sum);
  }
  return largest;
}

// Without VNNI two neighbouring products are added in 16 bits, where they would saturate.
bool Packing::pairs_fit_16_bits() const {
  const int64_t x = is_signed(step_.x_lane) ? 255 : static_cast<int64_t>(x_.high);
  for (int64_t o = 0; o < step_.outputs; ++o) {
    for (int64_t k = 0; k < step_.terms; k += 2) {
      if (x * (std::abs(weight(o, k)) + std::abs(weight(o, k + 1))) > INT16_MAX) return false;
    }
  }
  return true;
}

DotPath Packing::path() const {
  if (isa_ != Isa::kPortable && !step_.wide) {
    const bool bytes = lane_bytes(step_.x_lane) == 1 && weights_within(INT8_MIN, INT8_MAX);
    if (bytes && (isa_ == Isa::kAvx512Vnni || pairs_fit_16_bits())) return DotPath::kDot8;
    if (lane_bytes(step_.x_lane) <= 2 && weights_within(INT16_MIN, INT16_MAX)) {
      return DotPath::kDot16;
    }
  }
  return real_path(bound());
}

// The kernels read signed bytes as x + 128 and unsigned 16-bit numbers as x - 2^15; all modulo
// 2^32.
void Packing::correct_bias() {
  int64_t offset = 0;
  if (step_.path == DotPath::kDot8 && step_.x_lane == Lane::kI8) offset = -128;
  if (step_.path == DotPath::kDot16 && step_.x_lane == Lane::kU16) offset = 32768;
  for (int64_t o = 0; o < step_.outputs; ++o) {
    step_.fast.push_back(fast_epilogue(step_.epilogue, static_cast<size_t>(o), sum_, step_.lane));
  }
  step_.fast_kind = fast_kind(step_.fast);
  for (int64_t o = 0; o < step_.outputs; ++o) {
    const auto at = static_cast<size_t>(o);
    int64_t bias = step_.bias[at];
    for (int64_t k = 0; k < step_.terms; ++k) bias += offset * weight(o, k);
    if (step_.fast_kind != FastKind::kNone) bias += step_.fast[at].add;
    step_.bias32.push_back(static_cast<int32_t>(bias));
  }
}

// The blocks of a step.
class Blocks {
 public:
  Blocks(LinearStep& step, Isa isa) : step_(step), isa_(isa) {}
  void pack();

 private:
  bool is_dot() const { return step_.path == DotPath::kDot8 || step_.path == DotPath::kDot16; }
  // Inputs of one entry.
  int64_t packed() const {
    return step_.path == DotPath::kDot8 ? 4 : step_.path == DotPath::kDot16 ? 2 : 1;
  }
  int64_t words() const { return (step_.terms + packed() - 1) / packed(); }
  int64_t weight(int64_t o, int64_t k) const {
    return step_.weights_int[static_cast<size_t>(o * step_.terms + k)];
  }
  int32_t word(int64_t o, int64_t q) const;
  bool uses(int64_t first, int64_t outputs, int64_t q) const;
  int64_t most_outputs() const;
  int64_t block_size() const;
  void add_entry(DotBlock& block, int64_t q);

  LinearStep& step_;
  const Isa isa_;
  std::vector<int64_t> weights_;  // of the paths that are no integer dot products
};

int32_t Blocks::word(int64_t o, int64_t q) const {
  const int bits = static_cast<int>(32 / packed());
  uint32_t word = 0;
  for (int64_t i = 0; i < packed(); ++i) {
    const int64_t k = q * packed() + i;
    if (k >= step_.terms) break;
    const uint32_t field = static_cast<uint32_t>(weight(o, k)) & ((uint32_t{1} << bits) - 1);
    word |= field << (bits * static_cast<int>(i));
  }
  return static_cast<int32_t>(word);
}

// Whether any of these outputs uses any input of an entry.
bool Blocks::uses(int64_t first, int64_t outputs, int64_t q) const {
  for (int64_t k = q * packed(); k < std::min((q + 1) * packed(), step_.terms); ++k) {
    for (int64_t o = first; o < first + outputs; ++o) {
      if (weight(o, k) != 0) return true;
    }
  }
  return false;
}

// As many as there are registers for.
int64_t Blocks::most_outputs() const {
  if (step_.path == DotPath::kInt64) return 1;
  if (!is_dot()) return 2;
  return isa_ == Isa::kAvx2 && !step_.packed_out ? 2 : 4;
}

// Outputs summed together. Many share the reading of inputs; few skip more zero weights. The
// factors are loads and multiplications an entry, measured on Zen 4.
int64_t Blocks::block_size() const {
  const int64_t most = most_outputs();
  int64_t best = most;
  double best_cost = INFINITY;
  for (int64_t size = most; size >= 1; size /= 2) {
    double cost = 0;
    for (int64_t o = 0; o < step_.outputs; o += size) {
      const int64_t outputs = std::min(size, step_.outputs - o);
      int64_t entries = 0;
      for (int64_t q = 0; q < words(); ++q) entries += uses(o, outputs, q);
      cost += static_cast<double>(entries * outputs) * (1.0 + 0.25 / static_cast<double>(size));
    }
    if (cost < best_cost) {
      best_cost = cost;
      best = size;
    }
  }
  return best;
}

void Blocks::add_entry(DotBlock& block, int64_t q) {
  ++block.entries;
  step_.stream.push_back(static_cast<int32_t>(is_dot() ? q * kWordBytes : q));
  for (int64_t o = block.first_output; o < block.first_output + block.outputs; ++o) {
    if (is_dot()) {
      step_.stream.push_back(word(o, q));
    } else {
      weights_.push_back(weight(o, q));
    }
  }
}

void Blocks::pack() {
  int64_t size = block_size();
  for (int64_t first = 0; first < step_.outputs; first += size) {
    while (size > step_.outputs - first) size /= 2;
    DotBlock block;
    block.first_output = static_cast<int32_t>(first);
    block.outputs = static_cast<int32_t>(size);
    block.stream_begin = static_cast<int64_t>(step_.stream.size());
    block.weights_begin = static_cast<int64_t>(weights_.size());
    for (int64_t q = 0; q < words(); ++q) {
      if (uses(first, size, q)) add_entry(block, q);
    }
    step_.blocks.push_back(block);
  }
  step_.weights_int = {};
  if (step_.path == DotPath::kFloat32) step_.weights32.assign(weights_.begin(), weights_.end());
  if (step_.path == DotPath::kFloat64) step_.weights64.assign(weights_.begin(), weights_.end());
  if (step_.path == DotPath::kInt64) step_.weights_int = std::move(weights_);
}

}  // namespace

void pack_weights(LinearStep& step, const std::vector<int64_t>& matrix, Interval x, Interval sum,
                  Isa isa) {
  Packing(step, matrix, x, sum, isa).run();
}

void pack_blocks(LinearStep& step, Isa isa) { Blocks(step, isa).pack(); }

void choose_matmul_path(MatMulStep& step, Interval a, Interval b, double bound, Isa isa) {
  step.path = real_path(bound);
  if (isa == Isa::kPortable || step.wide) return;
  const auto signed_within = [](Interval range, int bits) {
    return range.high < (1 << (bits - 1)) && range.low >= -(1 << (bits - 1));
  };
  if (signed_within(a, 16) && signed_within(b, 16)) step.path = DotPath::kDot16;
  if (isa != Isa::kAvx512Vnni) return;
  // One operand as unsigned bytes, the other as signed ones; signed ones with an offset will do.
  const bool bytes = lane_bytes(step.a_lane) == 1 && lane_bytes(step.b_lane) == 1;
  if (!bytes) return;
  if (signed_within(b, 8)) {
    step.path = DotPath::kDot8;
    step.swapped = is_signed(step.a_lane) && !is_signed(step.b_lane) && signed_within(a, 8);
  } else if (signed_within(a, 8)) {
    step.path = DotPath::kDot8;
    step.swapped = true;
  }
}

}  // namespace trigstone::engine
