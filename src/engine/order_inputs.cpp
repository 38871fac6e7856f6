#include "engine/order_inputs.h"

#include <algorithm>
#include <bit>
#include <numeric>
#include <utility>

namespace trigstone::engine {

namespace {

constexpr double kFewestZeros = 0.3;
constexpr int64_t kMostInputs = 512;  // pairs of inputs are tried, a few times
constexpr int kSweeps = 6;

// Which outputs use an input, one bit each.
using Uses = std::vector<uint64_t>;

std::vector<Uses> uses_of_inputs(const LinearStep& step) {
  std::vector<Uses> uses(static_cast<size_t>(step.terms),
                         Uses(static_cast<size_t>((step.outputs + 63) / 64), 0));
  for (int64_t o = 0; o < step.outputs; ++o) {
    for (int64_t k = 0; k < step.terms; ++k) {
      if (step.weights_int[static_cast<size_t>(o * step.terms + k)] == 0) continue;
      uses[static_cast<size_t>(k)][static_cast<size_t>(o / 64)] |= uint64_t{1} << (o % 64);
    }
  }
  return uses;
}

// Outputs that use any of the four inputs of word `q`.
int word_uses(const std::vector<Uses>& uses, const std::vector<int32_t>& order, size_t q) {
  int count = 0;
  for (size_t part = 0; part < uses.front().size(); ++part) {
    uint64_t any = 0;
    for (size_t i = 4 * q; i < 4 * q + 4; ++i) any |= uses[static_cast<size_t>(order[i])][part];
    count += std::popcount(any);
  }
  return count;
}

// Exchanges inputs of two words as long as that makes words unused.
std::vector<int32_t> best_order(const std::vector<Uses>& uses) {
  std::vector<int32_t> order(uses.size());
  std::iota(order.begin(), order.end(), 0);
  bool better = true;
  for (int sweep = 0; better && sweep < kSweeps; ++sweep) {
    better = false;
    for (size_t i = 0; i < order.size(); ++i) {
      for (size_t j = (i / 4 + 1) * 4; j < order.size(); ++j) {
        const auto both = [&] {
          return word_uses(uses, order, i / 4) + word_uses(uses, order, j / 4);
        };
        const int before = both();
        std::swap(order[i], order[j]);
        if (both() < before) {
          better = true;
        } else {
          std::swap(order[i], order[j]);
        }
      }
    }
  }
  return order;
}

// Lists of `each` numbers, one list for each place of the new order.
template <class T>
void reorder(std::vector<T>& list, const std::vector<int32_t>& order, size_t each = 1) {
  if (list.empty()) return;
  std::vector<T> result;
  for (const int32_t from : order) {
    const auto begin = list.begin() + static_cast<std::ptrdiff_t>(static_cast<size_t>(from) * each);
    result.insert(result.end(), begin, begin + static_cast<std::ptrdiff_t>(each));
  }
  list = std::move(result);
}

}  // namespace

void order_inputs(LinearStep& before, LinearStep& after) {
  const auto zeros = std::count(after.weights_int.begin(), after.weights_int.end(), 0);
  const bool sparse =
      static_cast<double>(zeros) >= kFewestZeros * static_cast<double>(after.weights_int.size());
  if (!sparse || after.terms > kMostInputs) return;
  const std::vector<int32_t> order = best_order(uses_of_inputs(after));
  reorder(before.weights_int, order, static_cast<size_t>(before.terms));
  reorder(before.bias, order);
  reorder(before.bias32, order);
  reorder(before.fast, order);
  reorder(before.epilogue.of_output, order);
  std::vector<int64_t> weights;
  for (int64_t o = 0; o < after.outputs; ++o) {
    for (const int32_t k : order) {
      weights.push_back(after.weights_int[static_cast<size_t>(o * after.terms + k)]);
    }
  }
  after.weights_int = std::move(weights);
}

}  // namespace trigstone::engine
