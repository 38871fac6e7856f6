// Events from files, block by block, and outputs back to files: memory does not grow with them.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/npy_stream.h"
#include "graph/graph.h"

namespace trigstone {

// Arrays (events, shape of the port…) by the port's name.
using EventArrays = std::map<std::string, NpyArray>;

class EventSource {
 public:
  virtual ~EventSource() = default;
  virtual int64_t size() const = 0;  // events
  // The next `count` events (fewer at the end), one array for each input of the graph.
  virtual EventArrays read(int64_t count) = 0;
};

// What the path names, by its ending:
//   .npy       one array, for a model of one input; streamed
//   .npz       one array an input; unpacked whole, so memory holds it
//   .h5 .hdf5  an event file (trigstone.events/1): the first input takes the tokens' features
//              (events/features.h), a second one the valid mask; streamed
//   .txt .list, or a folder: a list of event files, as one (events/event_shards.h)
// Throws Error at the path for shapes and element types that do not fit the model's inputs. With
// `raw`, arrays must hold integers.
std::unique_ptr<EventSource> open_events(const std::filesystem::path& path, const Graph& graph,
                                         bool raw);

// Writes outputs as .npy (a model of one output) or .npz (by output name): float64, or int64
// mantissas when `raw`.
class EventSink {
 public:
  EventSink(const std::filesystem::path& path, const Graph& graph, int64_t events, bool raw);
  void append(const EventArrays& outputs);
  void append(const std::string& output, const NpyArray& numbers);
  // Puts the file in place. Without it nothing is left behind.
  void commit();

 private:
  std::filesystem::path path_;
  std::map<std::string, std::filesystem::path> members_;  // .npz: files that become its members
  std::map<std::string, std::unique_ptr<NpyWriter>> writers_;
  std::unique_ptr<PendingFolder> folder_;  // of the members, never committed
};

}  // namespace trigstone
