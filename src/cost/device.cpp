#include "cost/device.h"

#include <fmt/format.h>

#include "base/error.h"

namespace trigstone {

namespace {

// The constants of DelayConstants reproduce place-and-route reports of adder networks on XCVU13P
// (JEDI-linear, Vivado): five adder levels in a clock of 2.55 ns + 0.0069 ns per kLUT, so about
// 0.45 ns per adder of 12 bits in a small region.
Device device(std::string name, std::string source, bool confirmed, double lut, double ff,
              double dsp, double bram36, double uram, int slr, double slowness) {
  Device d;
  d.name = std::move(name);
  d.source = std::move(source);
  d.confirmed = confirmed;
  d.lut = lut;
  d.ff = ff;
  d.dsp = dsp;
  d.bram36 = bram36;
  d.uram = uram;
  d.slr = slr;
  for (double* ns :
       {&d.delay.register_ns, &d.delay.lut_level_ns, &d.delay.carry8_ns, &d.delay.wide_mux_ns,
        &d.delay.dsp_ns, &d.region.base_ns, &d.region.ns_per_klut}) {
    *ns *= slowness;
  }
  return d;
}

Device without_carry8(Device device) {
  device.has_carry8 = false;
  return device;
}

}  // namespace

const std::vector<Device>& all_devices() {
  static const std::vector<Device> devices = {
      device("xcvu13p", "Vivado utilisation report of JEDI-linear", true, 1728000, 3456000, 12288,
             2688, 1280, 4, 1.0),
      device("xcvu9p", "several public board files", true, 1182240, 2364480, 6840, 2160, 960, 3,
             1.0),
      device("xcvu47p", "FINN platform tables (UG1120)", true, 1303680, 2607360, 9024, 2016, 960, 3,
             1.0),
      device("xcku15p", "one public board file", true, 522720, 1045440, 1968, 984, 128, 1, 1.0),
      // 20 nm parts are about a quarter slower than UltraScale+: unconfirmed, like the row itself.
      device("xcku115", "unconfirmed", false, 663360, 1326720, 5520, 2160, 0, 2, 1.25),
      without_carry8(
          device("xcvp1802", "unconfirmed", false, 3350000, 6700000, 14300, 4900, 2500, 4, 1.0)),
      // An ALM is counted as two LUTs and four registers; a M20K as 0.56 of a BRAM36.
      without_carry8(
          device("agi027", "unconfirmed", false, 1825600, 3651200, 8528, 7432, 0, 1, 1.0)),
  };
  return devices;
}

const Device& device_named(const std::string& name, const std::string& where) {
  std::string names;
  for (const Device& candidate : all_devices()) {
    if (candidate.name == name) return candidate;
    names += (names.empty() ? "" : ", ") + candidate.name;
  }
  throw Error(where, fmt::format("device '{}' is not known", name),
              fmt::format("one of {}", names));
}

}  // namespace trigstone
