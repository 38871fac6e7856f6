#include "events/event_shards.h"

#include <fmt/format.h>

#include <algorithm>
#include <sstream>

namespace trigstone {

namespace fs = std::filesystem;

namespace {

constexpr uint64_t kLongestListBytes = 1 << 26;

std::vector<fs::path> files_of_folder(const fs::path& folder) {
  std::vector<fs::path> files;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder)) {
    const std::string ending = entry.path().extension().string();
    if (ending == ".h5" || ending == ".hdf5") files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  if (files.empty()) {
    throw Error(folder.string(), "holds no event file", "event files there end in .h5 or .hdf5");
  }
  return files;
}

std::vector<fs::path> files_of_list(const fs::path& list) {
  std::vector<fs::path> files;
  std::istringstream text(read_file(list, kLongestListBytes));
  int64_t number = 0;
  for (std::string line; std::getline(text, line);) {
    ++number;
    const size_t first = line.find_first_not_of(" \t\r");
    if (first == std::string::npos || line[first] == '#') continue;
    const size_t last = line.find_last_not_of(" \t\r");
    const fs::path file = list.parent_path() / line.substr(first, last + 1 - first);
    std::error_code failed;
    if (!fs::is_regular_file(file, failed)) {
      throw Error(fmt::format("{}:{}", list.string(), number),
                  fmt::format("no event file '{}'", file.string()),
                  "paths are relative to the list; a shard may still be in the making");
    }
    files.push_back(file);
  }
  if (files.empty()) {
    throw Error(list.string(), "names no event file", "write one path a line");
  }
  return files;
}

void join_text(std::string& all, const std::string& more) {
  std::istringstream lines(more);
  for (std::string line; std::getline(lines, line);) {
    if (("\n" + all + "\n").find("\n" + line + "\n") != std::string::npos) continue;
    if (!all.empty() && all.back() != '\n') all += '\n';
    all += line;
  }
}

}  // namespace

bool is_shard_list(const fs::path& path) {
  std::error_code failed;
  const std::string ending = path.extension().string();
  return fs::is_directory(path, failed) || ending == ".txt" || ending == ".list";
}

std::vector<fs::path> shard_paths(const fs::path& path) {
  std::error_code failed;
  if (fs::is_directory(path, failed)) return files_of_folder(path);
  return is_shard_list(path) ? files_of_list(path) : std::vector<fs::path>{path};
}

void write_shard_list(const fs::path& list, std::span<const fs::path> shards) {
  const fs::path folder = fs::absolute(list).parent_path();
  std::string text;
  for (const fs::path& shard : shards) {
    text += fs::absolute(shard).lexically_relative(folder).string() + "\n";
  }
  write_file(list, text);
}

EventShards::EventShards(const fs::path& path) : where_(path.string()), paths_(shard_paths(path)) {
  int64_t events = 0;
  for (size_t shard = 0; shard < paths_.size(); ++shard) {
    const EventReader& reader = open(shard);
    const EventFileInfo& info = reader.info();
    events += reader.size();
    ends_.push_back(events);
    infos_.push_back(info);
    if (shard == 0) {
      info_ = info;
      continue;
    }
    join_text(info_.generator, info.generator);
    join_text(info_.tune, info.tune);
    join_text(info_.detector, info.detector);
    join_text(info_.library, info.library);
    join_text(info_.weight_unit, info.weight_unit);
    info_.has_muons = info_.has_muons || info.has_muons;
    for (const auto& [name, text] : info.source) join_text(info_.source[name], text);
    // A running mean: of equal values it is that value to the last bit.
    const double share =
        events == 0 ? 0 : static_cast<double>(reader.size()) / static_cast<double>(events);
    info_.pileup_mean += share * (info.pileup_mean - info_.pileup_mean);
    info_.luminosity_hz_per_pb += share * (info.luminosity_hz_per_pb - info_.luminosity_hz_per_pb);
  }
}

const EventReader& EventShards::open(size_t shard) const {
  if (reader_ == nullptr || current_ != shard) {
    reader_.reset();
    reader_ = std::make_unique<EventReader>(paths_[shard]);
    current_ = shard;
  }
  return *reader_;
}

size_t EventShards::shard_of(int64_t event) const {
  return static_cast<size_t>(std::upper_bound(ends_.begin(), ends_.end(), event) - ends_.begin());
}

std::vector<Event> EventShards::read(int64_t begin, int64_t end) const {
  if (begin < 0 || end < begin || end > size()) {
    throw Error(where_, fmt::format("events {}..{} asked of {}", begin, end, size()),
                "ask for events inside the file");
  }
  std::vector<Event> events;
  for (size_t shard = shard_of(begin); begin < end; ++shard) {
    const int64_t first = shard == 0 ? 0 : ends_[shard - 1];
    const int64_t stop = std::min(end, ends_[shard]);
    std::vector<Event> part = open(shard).read(begin - first, stop - first);
    if (events.empty()) {
      events = std::move(part);
    } else {
      events.insert(events.end(), std::move_iterator(part.begin()), std::move_iterator(part.end()));
    }
    begin = stop;
  }
  return events;
}

}  // namespace trigstone
