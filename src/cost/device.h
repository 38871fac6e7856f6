// FPGA devices: what they hold, and the constants of the delay and power models.
#pragma once

#include <string>
#include <vector>

namespace trigstone {

// Delays of one speed grade, routing included, in ns. The model is deliberately small: a register
// costs `register_ns` once per clock (clock to output, setup, clock uncertainty), every level of
// LUTs `lut_level_ns`, a carry chain `carry8_ns` per CARRY8 it passes.
struct DelayConstants {
  double register_ns = 0.30;
  double lut_level_ns = 0.42;
  double carry8_ns = 0.03;
  double wide_mux_ns = 0.12;  // F7, F8, F9 multiplexers behind a LUT
  double dsp_ns = 0.99;       // between two registers of a DSP slice: 775 MHz with register_ns
};

// The clock that a floorplanned region between registered borders reaches after place and route:
// period = base_ns + ns_per_klut * kLUT. The VU13P's line fits 20 reports of 36 to 296 kLUT.
struct RegionConstants {
  double base_ns = 2.55;
  double ns_per_klut = 0.0069;
};

// Dynamic power per element and MHz at a toggle rate of 12.5 %, routing included, and the power of
// the idle device. Rules of thumb, unconfirmed: no vendor tool has been compared.
struct PowerConstants {
  bool confirmed = false;
  double static_w = 3.0;
  double lut_uw_per_mhz = 0.12;
  double ff_uw_per_mhz = 0.02;        // its data
  double ff_clock_uw_per_mhz = 0.01;  // its clock, whatever the data do
  double dsp_uw_per_mhz = 2.0;
  double bram36_uw_per_mhz = 6.0;
};

struct Device {
  std::string name;       // as on the command line: "xcvu13p"
  std::string source;     // where its numbers come from
  bool confirmed = true;  // false: recalled, not read in a vendor file; reports must say so
  double lut = 0, ff = 0, dsp = 0, bram36 = 0, uram = 0;
  int slr = 1;             // dies; a net between two of them needs registers on both sides
  bool has_carry8 = true;  // LUT6_2 and CARRY8, as UltraScale and UltraScale+ name them
  DelayConstants delay;
  RegionConstants region;
  PowerConstants power;
};

// All devices, default (xcvu13p) first.
const std::vector<Device>& all_devices();
// Throws Error at `where` when there is none of that name.
const Device& device_named(const std::string& name, const std::string& where = "--device");

}  // namespace trigstone
