#include "lower/regions.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <limits>

#include "cost/region.h"

namespace trigstone {

Regions::Regions(const Device& device, double clock_mhz, bool borders)
    : device_(device),
      limit_(borders ? largest_region_lut(device, clock_mhz)
                     : std::numeric_limits<double>::infinity()) {
  open("inputs");
}

void Regions::open(const std::string& name) {
  const int last = std::max(1, device_.slr) - 1;
  Region region;
  region.name = name;
  region.slr = std::min(last, static_cast<int>(total_ / usable_slr_lut(device_)));
  region.period_ns = region_period_ns(device_, 0);
  regions_.push_back(std::move(region));
  first_modules_.push_back(name);
}

void Regions::add(int region, double lut) {
  Region& target = regions_[static_cast<size_t>(region)];
  target.lut += lut;
  target.period_ns = region_period_ns(device_, target.lut);
  total_ += lut;
}

Regions::Place Regions::place(const std::string& module, double lut) {
  const auto newest = [&] { return static_cast<int>(regions_.size()) - 1; };
  const bool empty = regions_.back().lut == 0;
  const int parts = lut > limit_ ? static_cast<int>(std::ceil(lut / limit_)) : 1;
  const auto name = [&](int part) {
    return parts == 1 ? module : fmt::format("{}, part {} of {}", module, part + 1, parts);
  };
  if (empty) {
    regions_.back().name = first_modules_.back() = name(0);
  } else if (regions_.back().lut + lut > limit_) {
    open(name(0));
  } else {
    regions_.back().name = first_modules_.back() + " to " + module;
  }
  Place place{newest(), newest()};
  add(newest(), lut / parts);
  for (int part = 1; part < parts; ++part) {
    open(name(part));
    add(newest(), lut / parts);
  }
  place.last = newest();
  return place;
}

int Regions::clocks_between(int a, int b) const {
  if (a == b || a < 0 || b < 0) return 0;
  const auto die = [&](int region) { return regions_[static_cast<size_t>(region)].slr; };
  return 1 + std::abs(die(a) - die(b));
}

}  // namespace trigstone
