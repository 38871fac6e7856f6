// The demo's firmware: compiled, held to equality, synthesised in part and placed on boards.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "demo_learning.h"
#include "emit/compile.h"
#include "fabric/simulate.h"
#include "verify/synthesis.h"
#include "verify/verify_firmware.h"

namespace trigstone {

// One head as firmware of its own, backbone included.
struct DemoFirmware {
  Task task = Task::kAccept;
  std::filesystem::path folder;
  Compiled compiled;
  Firmware firmware;
  VerifyResult verified;
};

struct DemoHardware {
  std::vector<DemoFirmware> heads;  // as in DemoLearning; the first is the accept head
  std::string module;               // of the first, synthesised by Yosys
  Synthesis synthesis;
  FabricPlan plan;  // of the first
  SimulationRow simulated;

  bool equal() const;
};

DemoHardware run_demo_hardware(const DemoOptions& options, const DemoLearning& learning);

}  // namespace trigstone
