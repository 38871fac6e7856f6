// Which floorplanned region of the device each module stands in.
//
//   modules of 20, 15, 40 kLUT in the order of the data, at most 33 kLUT a region
//   =>  [first] | [second] | [third, part 1] | [third, part 2]
//
// The clock that place and route reaches falls with the LUTs between two rows of registers
// (cost/region.h). Modules fill regions in the order in which data passes them; a module beyond the
// limit is spread over several, cut at its own pipeline stages. Regions fill the dies (SLRs) of the
// device one after the other. Every value that changes the region passes one more register, and
// another for each die it crosses.
#pragma once

#include <string>
#include <vector>

#include "cost/device.h"
#include "netlist/firmware.h"

namespace trigstone {

class Regions {
 public:
  // Without `borders` all modules stand in one region, however large.
  Regions(const Device& device, double clock_mhz, bool borders);

  // Where a module begins and ends; they differ when it is spread.
  struct Place {
    int first = 0, last = 0;
  };
  Place place(const std::string& module, double lut);
  // More logic in a region that is already there.
  void add(int region, double lut);

  // Registers between two regions, the same for both directions; 0 inside one.
  int clocks_between(int a, int b) const;
  std::vector<Region> take() { return std::move(regions_); }

 private:
  void open(const std::string& name);

  const Device& device_;
  const double limit_;
  std::vector<Region> regions_;
  std::vector<std::string> first_modules_;  // of each region
  double total_ = 0;
};

}  // namespace trigstone
