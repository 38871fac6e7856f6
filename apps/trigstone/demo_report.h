// What the demo has to show, and the page that shows it.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "emit/compile.h"
#include "events/event.h"
#include "learn/learn.h"
#include "verify/synthesis.h"
#include "verify/verify_firmware.h"

namespace trigstone {

struct DemoResults {
  Event picture;
  RunResult pretrained, finetuned, scratch, compressed;
  std::vector<std::filesystem::path> run_folders;
  Compiled compiled;
  Firmware firmware;
  VerifyResult verified;
  std::string module;  // synthesised
  Synthesis synthesis;
};

// Writes FOLDER/results.json and FOLDER/report.html.
void write_demo_report(const DemoResults& results, const std::filesystem::path& folder);

}  // namespace trigstone
