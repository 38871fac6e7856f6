// Many event files as one: wherever an event file is accepted, a list or a folder of them is too.
#pragma once

#include <filesystem>
#include <memory>
#include <span>
#include <vector>

#include "events/event_file.h"

namespace trigstone {

// Whether `path` names several event files: a folder, or a list (.txt, .list).
bool is_shard_list(const std::filesystem::path& path);

// The event files that `path` stands for. A folder: its .h5 and .hdf5 files by name. A list: one
// path a line, relative to the list; empty lines and lines that start with # are skipped. Any other
// path: itself. Throws Error when a list or folder names nothing.
std::vector<std::filesystem::path> shard_paths(const std::filesystem::path& path);

// Writes a list that shard_paths reads, of files beside or below it.
void write_shard_list(const std::filesystem::path& list,
                      std::span<const std::filesystem::path> shards);

// The events of all shards, in their order. One shard is open at a time: memory depends neither on
// their number nor on their length.
class EventShards {
 public:
  // Opens each shard once to check it and count its events. Throws Error naming the shard.
  explicit EventShards(const std::filesystem::path& path);

  int64_t size() const { return ends_.back(); }
  // Texts are each shard's different ones joined by lines; pile-up and luminosity are means over
  // events; the seed is the first shard's.
  const EventFileInfo& info() const { return info_; }
  // Of the shard that holds event `event`.
  const EventFileInfo& info_of(int64_t event) const { return infos_[shard_of(event)]; }
  // Events [begin, end), as EventReader::read. One thread reads.
  std::vector<Event> read(int64_t begin, int64_t end) const;

 private:
  const EventReader& open(size_t shard) const;
  size_t shard_of(int64_t event) const;

  std::string where_;
  std::vector<std::filesystem::path> paths_;
  std::vector<int64_t> ends_;  // events up to and with each shard
  EventFileInfo info_;
  std::vector<EventFileInfo> infos_;  // of each shard
  mutable size_t current_ = 0;
  mutable std::unique_ptr<EventReader> reader_;  // of shard `current_`
};

}  // namespace trigstone
