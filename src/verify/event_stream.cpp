#include "verify/event_stream.h"

#include <algorithm>

#include "base/error.h"
#include "events/event_shards.h"
#include "events/features.h"

namespace trigstone {

namespace {

namespace fs = std::filesystem;

Shape with_events(int64_t events, const Shape& shape) {
  Shape result{events};
  result.insert(result.end(), shape.begin(), shape.end());
  return result;
}

// What an array must be to serve as an input.
void check_array(const Shape& shape, bool is_integer, const Node& input, bool raw,
                 const std::string& where) {
  if (shape.empty() || shape != with_events(shape[0], input.type.shape)) {
    throw Error(where,
                fmt::format("has the shape {}; input '{}' needs [events,{}", to_string(shape),
                            input.name, to_string(input.type.shape).substr(1)),
                "give one row an event, of this shape");
  }
  if (raw && (!is_integer || !input.type.is_fixed())) {
    throw Error(where, "--raw needs integer mantissas and an input with a number format",
                "give int64 arrays, or drop --raw");
  }
}

class NpySource : public EventSource {
 public:
  NpySource(const fs::path& path, const Graph& graph, bool raw) : reader_(path) {
    const std::vector<ValueId> inputs = graph.inputs();
    if (inputs.size() != 1) {
      throw Error(path.string(),
                  fmt::format("is one array, the model has {} inputs", inputs.size()),
                  "give a .npz with one array for each input of the model");
    }
    const Node& input = graph.node(inputs[0]);
    check_array(reader_.shape(), reader_.is_integer(), input, raw, path.string());
    name_ = input.name;
  }
  int64_t size() const override { return reader_.rows(); }
  EventArrays read(int64_t count) override {
    EventArrays arrays;
    arrays[name_] = reader_.read(count);
    return arrays;
  }

 private:
  NpyReader reader_;
  std::string name_;
};

class NpzSource : public EventSource {
 public:
  NpzSource(const fs::path& path, const Graph& graph, bool raw) {
    EventArrays given = read_npz(path);
    const std::vector<ValueId> inputs = graph.inputs();
    for (const ValueId id : inputs) {
      const Node& input = graph.node(id);
      const bool only = inputs.size() == 1 && given.size() == 1;
      const auto found = only ? given.begin() : given.find(input.name);
      if (found == given.end()) {
        throw Error(path.string(), fmt::format("has no array '{}'", input.name),
                    "give a .npz with one array for each input of the model");
      }
      const NpyArray& array = found->second;
      check_array(array.shape, array.is_integer, input, raw, path.string());
      if (id != inputs.front() && array.shape[0] != size_) {
        throw Error(
            path.string(),
            fmt::format("'{}' holds {} events, others {}", input.name, array.shape[0], size_),
            "give the same number of events in each array");
      }
      size_ = array.shape[0];
      arrays_[input.name] = std::move(found->second);
    }
  }
  int64_t size() const override { return size_; }
  EventArrays read(int64_t count) override {
    count = std::min(count, size_ - next_);
    EventArrays block;
    for (const auto& [name, array] : arrays_) block[name] = array_rows(array, next_, count);
    next_ += count;
    return block;
  }

 private:
  EventArrays arrays_;
  int64_t size_ = 0, next_ = 0;
};

// The tokens of an event file as the trained models take them.
class TokenSource : public EventSource {
 public:
  TokenSource(const fs::path& path, const Graph& graph, bool raw) : reader_(path) {
    if (raw) {
      throw Error(path.string(), "an event file holds numbers, not mantissas", "drop --raw");
    }
    const std::vector<ValueId> inputs = graph.inputs();
    const Shape tokens = inputs.empty() ? Shape{} : graph.shape(inputs[0]);
    const bool fits =
        tokens.size() == 2 && tokens[1] == kTokenFeatures &&
        (inputs.size() == 1 || (inputs.size() == 2 && graph.shape(inputs[1]) == Shape{tokens[0]}));
    if (!fits) {
      throw Error(path.string(),
                  fmt::format("the model does not take tokens [n,{}] and their valid mask [n]",
                              kTokenFeatures),
                  "give its inputs as .npy or .npz");
    }
    max_tokens_ = static_cast<int>(tokens[0]);
    token_name_ = graph.node(inputs[0]).name;
    if (inputs.size() == 2) valid_name_ = graph.node(inputs[1]).name;
  }
  int64_t size() const override { return reader_.size(); }
  EventArrays read(int64_t count) override {
    const int64_t end = std::min(next_ + count, size());
    const TokenBatch batch = make_batch(reader_.read(next_, end), max_tokens_);
    next_ = end;
    EventArrays arrays;
    arrays[token_name_] = npy_of({batch.events, max_tokens_, kTokenFeatures},
                                 std::vector<double>(batch.values.begin(), batch.values.end()));
    if (!valid_name_.empty()) {
      arrays[valid_name_] = npy_of({batch.events, max_tokens_},
                                   std::vector<int64_t>(batch.valid.begin(), batch.valid.end()));
    }
    return arrays;
  }

 private:
  EventShards reader_;
  int max_tokens_ = 0;
  std::string token_name_, valid_name_;
  int64_t next_ = 0;
};

}  // namespace

std::unique_ptr<EventSource> open_events(const fs::path& path, const Graph& graph, bool raw) {
  const std::string ending = path.extension().string();
  if (ending == ".npz") return std::make_unique<NpzSource>(path, graph, raw);
  const bool event_file = ending == ".h5" || ending == ".hdf5" || is_shard_list(path);
  if (event_file) return std::make_unique<TokenSource>(path, graph, raw);
  return std::make_unique<NpySource>(path, graph, raw);
}

EventSink::EventSink(const fs::path& path, const Graph& graph, int64_t events, bool raw)
    : path_(path) {
  const bool archive = path.extension() == ".npz";
  if (!archive && graph.outputs().size() != 1) {
    throw Error(path.string(), fmt::format("cannot hold {} outputs", graph.outputs().size()),
                "name the output file .npz");
  }
  if (archive) folder_ = std::make_unique<PendingFolder>(path.string() + ".members");
  for (const Output& output : graph.outputs()) {
    const Type& type = graph.type(output.value);
    if (raw && !type.is_fixed()) {
      throw Error(fmt::format("output '{}'", output.name), "is a real number",
                  "drop --raw, or quantise the model");
    }
    fs::path file = path;
    if (archive) {  // a name may hold what no file's name may
      file = folder_->path() / fmt::format("{}.npy", members_.size());
      members_[output.name] = file;
    }
    writers_[output.name] = std::make_unique<NpyWriter>(file, raw, with_events(events, type.shape));
  }
}

void EventSink::append(const EventArrays& outputs) {
  for (const auto& [name, writer] : writers_) writer->append(outputs.at(name));
}

void EventSink::append(const std::string& output, const NpyArray& numbers) {
  writers_.at(output)->append(numbers);
}

void EventSink::commit() {
  for (const auto& [name, writer] : writers_) writer->commit();
  if (folder_) write_npz_files(path_, members_);
}

}  // namespace trigstone
