// --shard K/N: one of N equal parts of the work, for many machines.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace trigstone {

struct Shard {
  int64_t number = 0, count = 1;
  int64_t on_this_machine = 1;  // processes that share its cores
};

// Reads "K/N". Throws Error at "--shard" for anything but 0 <= K < N.
Shard parse_shard(const std::string& text);

// The part that falls to this process when mpirun (Open MPI, MPICH, Intel MPI) started it: its rank
// of the world's size, as the launcher announces them to every process. The work needs no messages,
// so no MPI library is linked, and none slows the start down.
std::optional<Shard> launched_shard();

}  // namespace trigstone
