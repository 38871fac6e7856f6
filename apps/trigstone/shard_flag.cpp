#include "shard_flag.h"

#include <algorithm>
#include <charconv>
#include <cstdlib>

#include "base/error.h"

namespace trigstone {

namespace {

std::optional<int64_t> number(std::string_view text) {
  int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return {};
  return value;
}

// What a launcher sets for its processes alone; a user has no reason to.
std::optional<int64_t> announced(const char* name) {
  const char* text = std::getenv(name);
  return text == nullptr ? std::nullopt : number(text);
}

}  // namespace

Shard parse_shard(const std::string& text) {
  const size_t slash = text.find('/');
  if (slash != std::string::npos) {
    const auto part = number(std::string_view(text).substr(0, slash));
    const auto count = number(std::string_view(text).substr(slash + 1));
    if (part && count && *part >= 0 && *part < *count) return {*part, *count, 1};
  }
  throw Error("--shard " + text, "is not K/N with K from 0 to N - 1",
              "for example --shard 0/4, 1/4, 2/4 and 3/4");
}

std::optional<Shard> launched_shard() {
  struct Names {
    const char *rank, *size, *local_size;
  };
  for (const Names& names :
       {Names{"OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE", "OMPI_COMM_WORLD_LOCAL_SIZE"},
        Names{"PMI_RANK", "PMI_SIZE", "MPI_LOCALNRANKS"}}) {
    const auto rank = announced(names.rank), size = announced(names.size);
    if (!rank || !size || *rank < 0 || *rank >= *size) continue;
    return Shard{*rank, *size, std::max<int64_t>(1, announced(names.local_size).value_or(1))};
  }
  return {};
}

}  // namespace trigstone
