// trigstone estimate: modelled resources, latency and power of a firmware folder.
#include <fmt/core.h>

#include <memory>

#include "base/error.h"
#include "cost/area.h"
#include "cost/power.h"
#include "interpret/activity.h"
#include "print_costs.h"
#include "verbs.h"
#include "verify/random_graph.h"
#include "verify/run_model.h"

namespace trigstone {

namespace {

constexpr uint64_t kSeed = 1;
constexpr int64_t kMostRecorded = 10'000;  // events of a file that are simulated

struct EstimateFlags {
  std::string firmware, device, input;
  double clock_mhz = 0;
};

std::vector<EventTensors> recorded_events(const LoadedModel& model, const Netlist& netlist,
                                          const std::string& path) {
  std::vector<EventTensors> events =
      events_from_arrays(model.graph, read_arrays(path), false, path).events;
  const int64_t wanted = activity_events(netlist, *model.firmware, kMostRecorded);
  if (static_cast<int64_t>(events.size()) > wanted) events.resize(static_cast<size_t>(wanted));
  return events;
}

struct Measured {
  Power power;
  std::string method;
};

Measured measure_power(const LoadedModel& model, const Netlist& netlist, const Firmware& firmware,
                       const std::string& input) {
  const std::vector<EventTensors> events =
      input.empty() ? random_events(model.graph, kSeed,
                                    static_cast<int>(activity_events(netlist, *model.firmware)))
                    : recorded_events(model, netlist, input);
  const Activity activity = measure_activity(netlist, *model.firmware, events);
  const Device& device = device_named(firmware.device);
  return {estimate_power(activity.flat.top(), activity.toggle_rates, device, firmware.clock_mhz),
          fmt::format("toggles counted over {} events ({}); constants per element {}",
                      activity.events, input.empty() ? "random" : "recorded",
                      device.power.confirmed ? "confirmed" : "unconfirmed")};
}

// The pipeline was cut for the firmware's clock, so another clock changes power and latency in ns
// only.
int run_estimate(const EstimateFlags& flags, bool json) {
  const LoadedModel model = load_model(flags.firmware);
  if (!model.firmware) {
    throw Error(flags.firmware, "is not a firmware folder", "compile the model first");
  }
  Firmware firmware = *model.firmware;
  if (!flags.device.empty()) firmware.device = device_named(flags.device).name;
  if (flags.clock_mhz > 0) firmware.clock_mhz = flags.clock_mhz;
  const Netlist netlist = load_netlist(model);
  Resources used = estimate(netlist, device_named(firmware.device), firmware.clock_mhz);
  const auto [power, method] = measure_power(model, netlist, firmware, flags.input);
  used.power_w = power.total_w();
  const double energy_nj = power.energy_nj(firmware.ii, firmware.clock_mhz);
  if (json) {
    const OrderedJson resources = {{"lut", used.lut},   {"ff", used.ff},
                                   {"dsp", used.dsp},   {"bram36", used.bram36},
                                   {"uram", used.uram}, {"power_w", used.power_w}};
    fmt::print("{}\n", OrderedJson({{"top", firmware.top},
                                    {"device", firmware.device},
                                    {"clock_mhz", firmware.clock_mhz},
                                    {"ii", firmware.ii},
                                    {"latency_cycles", firmware.latency_cycles},
                                    {"latency_ns", firmware.latency_ns()},
                                    {"resources", resources},
                                    {"static_w", power.static_w},
                                    {"dynamic_w", power.dynamic_w},
                                    {"energy_nj_per_inference", energy_nj},
                                    {"toggle_rate", power.toggle_rate},
                                    {"power_method", method}})
                           .dump());
    return 0;
  }
  print_costs(firmware, used);
  fmt::print("power {:.2f} W: {:.2f} W idle, {:.2f} W at {:.1f} % toggles a clock\n", used.power_w,
             power.static_w, power.dynamic_w, 100 * power.toggle_rate);
  fmt::print("energy {:.2f} nJ an inference, {:.2f} nJ without the idle device\n", energy_nj,
             energy_nj * power.dynamic_w / used.power_w);
  fmt::print("({})\n", method);
  return 0;
}

}  // namespace

void add_estimate_verb(CLI::App& app, Command& command) {
  auto flags = std::make_shared<EstimateFlags>();
  CLI::App* verb =
      app.add_subcommand("estimate", "modelled resources, latency and power of a firmware folder");
  verb->add_option("FW", flags->firmware, "firmware folder")->required();
  verb->add_option("--device", flags->device, "another FPGA than the firmware's");
  verb->add_option("--clock-mhz", flags->clock_mhz, "another clock than the firmware's");
  verb->add_option("-i,--input", flags->input,
                   ".npy or .npz of events whose toggles are counted (default: random ones)");
  verb->add_flag("--json", command.json, "one JSON object on stdout");
  verb->footer("Example: trigstone estimate fw --json");
  verb->callback([flags, &command] {
    command.run = [flags, &command] { return run_estimate(*flags, command.json); };
  });
}

}  // namespace trigstone
