// What a verb leaves behind after its flags are read: the work to do.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>

namespace trigstone {

struct Command {
  std::function<int()> run;  // returns the exit status: 0 done, 2 a check found a difference
  bool json = false;         // one JSON object on stdout
};

}  // namespace trigstone
