// Roundings on tensors equal the definition in src/fixed for every pair of small formats and every
// mode; their gradients are the declared ones.
#include "learn/torch_round.h"

#include <gtest/gtest.h>

#include <cmath>

#include "fixed/quantize.h"

namespace trigstone {
namespace {

TorchQuant quant_to(const FormatMap& formats) { return {formats, true, false}; }

class EveryMode : public testing::TestWithParam<std::tuple<int, int>> {
 protected:
  Format in_mode(int width, int integer, bool is_signed) const {
    return {width, integer, is_signed, static_cast<Rounding>(std::get<0>(GetParam())),
            static_cast<Overflow>(std::get<1>(GetParam()))};
  }
};

TEST_P(EveryMode, EqualsTheDefinitionOnEveryMantissa) {
  const Format from{8, 3, true};
  std::vector<double> numbers;
  for (int64_t m = from.min_mantissa(); m <= from.max_mantissa(); ++m) {
    numbers.push_back(from.to_real(m));
  }
  for (const auto type : {torch::kFloat32, torch::kFloat64}) {
    const torch::Tensor x = torch::tensor(numbers, torch::kFloat64).to(type);
    for (const bool half_is_exact : {false, true}) {
      for (int width = 1; width <= 9; ++width) {
        for (const int integer : {-1, 1, 2, 4, 10}) {
          for (const bool is_signed : {false, true}) {
            const Format to = in_mode(width, integer, is_signed);
            const torch::Tensor y =
                quantize_straight_through(x, {to, false, half_is_exact}).to(torch::kFloat64);
            for (int64_t m = from.min_mantissa(); m <= from.max_mantissa(); ++m) {
              const int64_t expected = quantize(m, from.fraction_bits(), to);
              ASSERT_EQ(y[m - from.min_mantissa()].item<double>(), to.to_real(expected))
                  << m << " to " << to_string(to);
            }
          }
        }
      }
    }
  }
}

TEST_P(EveryMode, EqualsTheDefinitionOnReals) {
  const Format to = in_mode(6, 3, true);
  const std::vector<double> numbers = {
      0.49999999999999994, -0.0625,  3.99,      -4.2,  1e300,  INFINITY, -INFINITY, NAN,
      0x1p-1060,           -0x1p-70, 7.0 / 3.0, -31.5, 31.4375};
  const torch::Tensor x = torch::tensor(numbers, torch::kFloat64);
  const torch::Tensor y = quantize_straight_through(x, quant_to(to));
  for (size_t i = 0; i < numbers.size(); ++i) {
    EXPECT_EQ(y[static_cast<int64_t>(i)].item<double>(), to.to_real(quantize_real(numbers[i], to)))
        << numbers[i] << " to " << to_string(to);
  }
}

INSTANTIATE_TEST_SUITE_P(Modes, EveryMode,
                         testing::Combine(testing::Range(0, kRoundingCount),
                                          testing::Range(0, kOverflowCount)),
                         [](const auto& mode) {
                           return std::string(
                                      name_of(static_cast<Rounding>(std::get<0>(mode.param)))) +
                                  "_" + name_of(static_cast<Overflow>(std::get<1>(mode.param)));
                         });

TEST(QuantMap, EachChannelHasItsOwnFormatAndModes) {
  FormatMap map;
  map.shape = {3};
  map.formats = {{4, 2, true, Rounding::kTRN, Overflow::kWRAP},
                 {6, 1, false, Rounding::kRND_CONV, Overflow::kSAT},
                 {5, 5, true, Rounding::kRND, Overflow::kSAT_ZERO}};
  const torch::Tensor x = torch::linspace(-40, 40, 3 * 401, torch::kFloat64).reshape({401, 3});
  const torch::Tensor y = quantize_straight_through(x, quant_to(map));
  for (int64_t i = 0; i < 401; ++i) {
    for (int64_t c = 0; c < 3; ++c) {
      const Format& to = map.formats[static_cast<size_t>(c)];
      ASSERT_EQ(y[i][c].item<double>(), to.to_real(quantize_real(x[i][c].item<double>(), to)));
    }
  }
}

torch::Tensor gradient(const torch::Tensor& x,
                       const std::function<torch::Tensor(const torch::Tensor&)>& function) {
  torch::Tensor leaf = x.clone().set_requires_grad(true);
  function(leaf).sum().backward();
  return leaf.grad();
}

TEST(Gradient, OfAQuantIsOneInsideTheRangeAndZeroOutside) {
  const Format to{4, 2, true, Rounding::kRND, Overflow::kSAT};  // -2 ... 1.75
  const torch::Tensor x = torch::tensor({-2.2, -2.1, -2.0, -0.3, 0.0, 1.75, 1.85, 1.9, 5.0});
  const auto expected = torch::tensor({0.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 0.0, 0.0});
  const auto by = [&](const FormatMap& map) {
    return gradient(
        x, [&](const torch::Tensor& t) { return quantize_straight_through(t, quant_to(map)); });
  };
  EXPECT_TRUE(torch::equal(by(to), expected));
  FormatMap many;
  many.shape = {9};
  many.formats.assign(9, to);
  EXPECT_TRUE(torch::equal(by(many), expected));
  const Format wraps{4, 2, true, Rounding::kRND, Overflow::kWRAP};
  EXPECT_TRUE(torch::equal(by(wraps), torch::ones(9)));
}

TEST(Gradient, OfATableIsItsSlopeOrZero) {
  const Format from{6, 6, true}, to{12, 8, true};
  std::vector<int64_t> entries;
  for (int64_t m = from.min_mantissa(); m <= from.max_mantissa(); ++m) entries.push_back(24 * m);
  const torch::Tensor x = torch::tensor({-32.0, -1.0, 0.0, 7.0, 31.0});
  const auto by = [&](bool smooth) {
    return gradient(x, [&](const torch::Tensor& t) {
      return look_up(t, make_torch_table(entries, from, to, smooth));
    });
  };
  EXPECT_TRUE(torch::equal(by(true), torch::full({5}, 1.5f)));  // 24 steps of 1/16
  EXPECT_TRUE(torch::equal(by(false), torch::zeros(5)));
}

TEST(Gradient, OfThresholdsIsTheMeanSlopeBetweenThem) {
  const torch::Tensor steps = torch::tensor({{0.0, 1.0, 2.0, 3.0, 4.0}});
  const torch::Tensor x = torch::tensor({-2.0, 0.5, 3.5, 4.5});
  const auto slope = gradient(x, [&](const torch::Tensor& t) {
    return count_thresholds(t, steps, torch::tensor({-2.0}), torch::tensor({-1.0}), 0.5);
  });
  EXPECT_TRUE(torch::equal(slope, torch::tensor({0.0, -0.5, -0.5, 0.0})));
}

}  // namespace
}  // namespace trigstone
