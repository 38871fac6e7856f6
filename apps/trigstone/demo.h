// The whole chain at small scale, as a function: each stage writes into DIR, and trainings that an
// earlier call finished are kept.
#pragma once

#include <cstdint>
#include <filesystem>

namespace trigstone {

struct DemoOptions {
  std::filesystem::path output;   // DIR
  std::filesystem::path sample;   // folder of the embedded collisions
  std::filesystem::path configs;  // folder with *_nano.toml, the fabric and the menu
  int64_t events = 9000;          // crossings at 200 pile-up, half of them minimum bias
  int64_t verify_events = 1000;   // random ones; as many recorded ones beside
};

// Ends with DIR/results.json and DIR/report.html. Returns false when an engine differed.
bool run_demo(const DemoOptions& options);

}  // namespace trigstone
