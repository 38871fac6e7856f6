// The page at the end of the demo.
#pragma once

#include <filesystem>

#include "demo_firmware.h"
#include "demo_learning.h"
#include "events/event.h"

namespace trigstone {

struct DemoResults {
  Event picture;  // with times
  DemoLearning learning;
  DemoHardware hardware;
  Json trigger;  // section
};

// Writes FOLDER/results.json and FOLDER/report.html.
void write_demo_report(const DemoResults& results, const std::filesystem::path& folder);

}  // namespace trigstone
