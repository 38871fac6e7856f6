// Other programs: Verilator, make, Yosys, a browser in tests.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace trigstone {

struct ProcessResult {
  int status = 0;      // exit status; 128 + signal when it was killed
  std::string output;  // stdout and stderr together, in order
};

// Runs `arguments` (the program is looked up in PATH; no shell) in `folder`, waits for it, and
// stops it when the user presses Ctrl-C. Throws Error naming the program and the Debian package to
// install when it cannot be started.
ProcessResult run_process(const std::vector<std::string>& arguments,
                          const std::filesystem::path& folder = ".");

// Whether a program of that name is in PATH; with a slash in it the name is a path of its own.
bool program_exists(const std::string& name);

}  // namespace trigstone
