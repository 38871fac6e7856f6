// Reproducible random numbers: the same seed gives the same stream on every machine and compiler
// (the distributions of the C++ standard library do not promise that).
#pragma once

#include <cmath>
#include <cstdint>

namespace trigstone {

// SplitMix64 (Steele, Lea, Flood, OOPSLA 2014): 64-bit state, passes BigCrush; streams are split
// by hashing, so that event i of seed s has its own stream whatever the number of threads.
class Random {
 public:
  explicit Random(uint64_t seed, uint64_t stream = 0)
      : state_(mix(seed + 0x9e3779b97f4a7c15) ^ mix(stream * 0xd1342543de82ef95 + 1)) {}

  uint64_t bits() {
    state_ += 0x9e3779b97f4a7c15;
    return mix(state_);
  }
  // Uniform in [0, 1) with 53 random bits.
  double uniform() { return static_cast<double>(bits() >> 11) * 0x1p-53; }
  double uniform(double low, double high) { return low + (high - low) * uniform(); }
  // Uniform integer in [low, high], both included.
  int64_t integer(int64_t low, int64_t high) {
    const uint64_t width = static_cast<uint64_t>(high) - static_cast<uint64_t>(low);
    const unsigned __int128 span = static_cast<unsigned __int128>(width) + 1;
    return static_cast<int64_t>(static_cast<uint64_t>(low) +
                                static_cast<uint64_t>((span * bits()) >> 64));
  }
  bool chance(double probability) { return uniform() < probability; }
  // Standard normal, Box-Muller.
  double normal() {
    const double radius = std::sqrt(-2.0 * std::log(1.0 - uniform()));
    return radius * std::cos(6.283185307179586 * uniform());
  }
  // Poisson with any mean: inversion by products below 30, halving recursion above.
  int64_t poisson(double mean) {
    int64_t count = 0;
    while (mean > 30.0) {  // a Poisson of mean m is the sum of two of mean m/2
      count += poisson(15.0);
      mean -= 15.0;
    }
    const double limit = std::exp(-mean);
    double product = uniform();
    while (product > limit) {
      ++count;
      product *= uniform();
    }
    return count;
  }

 private:
  static uint64_t mix(uint64_t z) {
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
  }
  uint64_t state_;
};

}  // namespace trigstone
