#include "bench/bench_engine.h"

#include <algorithm>
#include <chrono>
#include <ctime>

#include "base/error.h"
#include "base/files.h"
#include "base/random.h"
#include "base/threads.h"
#include "bench/engine_models.h"
#include "engine/engine.h"
#include "graph/text.h"
#include "interpret/interpret_graph.h"

namespace trigstone::bench {

namespace {

// Events of a model in the engine's narrowest types, the way a caller in a hurry keeps them.
struct Batch {
  int64_t events = 0;
  std::vector<std::vector<int8_t>> inputs, outputs;
  std::vector<BatchInput> in;
  std::vector<BatchOutput> out;
};

template <class T>
void write_mantissas(const std::vector<int64_t>& mantissas, std::vector<int8_t>& bytes) {
  auto* to = reinterpret_cast<T*>(bytes.data());
  for (size_t i = 0; i < mantissas.size(); ++i) to[i] = static_cast<T>(mantissas[i]);
}

template <class T>
std::vector<int64_t> read_mantissas(const std::vector<int8_t>& bytes, int64_t first,
                                    int64_t count) {
  const auto* from = reinterpret_cast<const T*>(bytes.data()) + first;
  return {from, from + count};
}

void pack(NumberType type, const std::vector<int64_t>& mantissas, std::vector<int8_t>& bytes) {
  const int each = bytes_of(type);
  each == 1   ? write_mantissas<int8_t>(mantissas, bytes)
  : each == 2 ? write_mantissas<int16_t>(mantissas, bytes)
  : each == 4 ? write_mantissas<int32_t>(mantissas, bytes)
              : write_mantissas<int64_t>(mantissas, bytes);
}

std::vector<int64_t> unpack(NumberType type, const std::vector<int8_t>& bytes, int64_t first,
                            int64_t count) {
  switch (type) {
    case NumberType::kInt8:
      return read_mantissas<int8_t>(bytes, first, count);
    case NumberType::kUint8:
      return read_mantissas<uint8_t>(bytes, first, count);
    case NumberType::kInt16:
      return read_mantissas<int16_t>(bytes, first, count);
    case NumberType::kUint16:
      return read_mantissas<uint16_t>(bytes, first, count);
    case NumberType::kInt32:
      return read_mantissas<int32_t>(bytes, first, count);
    case NumberType::kInt64:
      return read_mantissas<int64_t>(bytes, first, count);
    case NumberType::kFloat32:
    case NumberType::kFloat64:
      break;
  }
  internal_error("the engine's lanes are integers");
}

std::vector<int64_t> random_mantissas(Random& random, const Format& format, int64_t count) {
  std::vector<int64_t> mantissas;
  for (int64_t i = 0; i < count; ++i) {
    mantissas.push_back(random.integer(format.min_mantissa(), format.max_mantissa()));
  }
  return mantissas;
}

Batch random_batch(const FastEngine& engine, int64_t events) {
  Batch batch;
  batch.events = events;
  Random random(99);
  for (const EnginePort& port : engine.inputs()) {
    const int64_t size = events * port.elements();
    batch.inputs.emplace_back(static_cast<size_t>(size * bytes_of(port.narrowest)));
    pack(port.narrowest, random_mantissas(random, port.format, size), batch.inputs.back());
    batch.in.push_back({batch.inputs.back().data(), port.narrowest, size});
  }
  for (const EnginePort& port : engine.outputs()) {
    const int64_t size = events * port.elements();
    batch.outputs.emplace_back(static_cast<size_t>(size * bytes_of(port.narrowest)));
    batch.out.push_back({batch.outputs.back().data(), port.narrowest, size});
  }
  return batch;
}

// Runs the batch and compares its first `events` with the interpreter.
bool equals_interpreter(const Graph& graph, const FastEngine& engine, const Batch& batch,
                        int64_t events) {
  engine.run(batch.events, batch.in, batch.out);
  for (int64_t event = 0; event < events; ++event) {
    const auto mantissas = [&](const EnginePort& port, const std::vector<int8_t>& bytes) {
      const int64_t each = port.elements();
      return Tensor{port.shape, port.format, unpack(port.narrowest, bytes, event * each, each), {}};
    };
    std::vector<Tensor> inputs;
    for (size_t i = 0; i < batch.inputs.size(); ++i) {
      inputs.push_back(mantissas(engine.inputs()[i], batch.inputs[i]));
    }
    const std::vector<Tensor> wanted = interpret(graph, inputs);
    for (size_t i = 0; i < wanted.size(); ++i) {
      if (mantissas(engine.outputs()[i], batch.outputs[i]) != wanted[i]) return false;
    }
  }
  return true;
}

double wall_seconds() {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration<double>(now).count();
}

// Of this thread: time that the machine gave to other work does not count.
double thread_seconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

// Events a second of the fastest of many batches, of at least three.
double events_per_second(const FastEngine& engine, const Batch& batch, int threads,
                         double seconds) {
  const auto clock = threads == 1 ? thread_seconds : wall_seconds;
  double fastest = 1e300;
  const double begin = clock();
  for (int runs = 0; runs < 3 || clock() - begin < seconds; ++runs) {
    const double start = clock();
    engine.run(batch.events, batch.in, batch.out);
    fastest = std::min(fastest, clock() - start);
  }
  return static_cast<double>(batch.events) / fastest;
}

// Batches that last some tenths of a millisecond a thread: long against the clock's own cost and
// against waking the others, short against a time slice on a busy machine.
int64_t batch_events(const BenchModel& model, int threads) {
  const double products = threads == 1 ? 3.5e7 : 1e8 * threads;
  const auto events = static_cast<int64_t>(products / static_cast<double>(model.products));
  return std::max<int64_t>((events + 4095) / 4096 * 4096, 64);
}

// The interpreter takes some ten nanoseconds a product.
int64_t compared_events(const BenchModel& model) {
  return std::clamp<int64_t>(20'000'000 / model.products, 2, 200);
}

OrderedJson measure(const BenchModel& model, Isa isa, int threads, double seconds) {
  const FastEngine engine(model.graph, {isa, threads});
  const bool big = model.products > 100'000;
  const Batch batch =
      random_batch(engine, big ? int64_t{64} * threads : batch_events(model, threads));
  const int64_t compared = std::min(compared_events(model), batch.events);
  OrderedJson row = {{"name", "engine/" + model.name}, {"isa", name_of(isa)}, {"threads", threads}};
  if (!equals_interpreter(model.graph, engine, batch, compared)) {
    row["differs"] = true;
    return row;
  }
  // The peak before and after, so that a change of clock frequency does not favour either.
  const double before = engine.measure_int8_peak(seconds / 10);
  const double rate = events_per_second(engine, batch, threads, seconds);
  const double peak = std::max(before, engine.measure_int8_peak(seconds / 10));
  row["events_per_second"] = rate;
  row["int8_peak_fraction"] =
      rate * static_cast<double>(model.products) / (peak * static_cast<double>(threads));
  row["products_per_event"] = model.products;
  row["int8_peak"] = peak;
  row["equal_events"] = compared;
  row["memory_bytes"] = engine.memory_bytes();
  return row;
}

OrderedJson measure_other(const BenchModel& model, const OtherEngine& other, int threads,
                          double seconds) {
  const bool big = model.products > 100'000;
  Random random(99);
  OtherEngine::Events events(static_cast<size_t>(big ? 16 : 4096));
  for (auto& event : events) {
    for (const ValueId id : model.graph.inputs()) {
      const Shape& shape = model.graph.shape(id);
      const Format& format = *model.graph.type(id).format;
      event.push_back({shape, format, random_mantissas(random, format, element_count(shape)), {}});
    }
  }
  OrderedJson row = {{"name", "engine/" + model.name}, {"isa", other.name}, {"threads", threads}};
  const int64_t compared = std::min<int64_t>(compared_events(model), std::ssize(events));
  const OtherEngine::Events some(events.begin(), events.begin() + compared),
      found = other.run(model.graph, some);
  for (size_t i = 0; i < some.size(); ++i) {
    if (found[i] == interpret(model.graph, some[i])) continue;
    row["differs"] = true;
    return row;
  }
  const double rate = other.rate(model.graph, events, threads, seconds);
  const double peak = FastEngine(model.graph).measure_int8_peak(seconds / 10);
  row["events_per_second"] = rate;
  row["int8_peak_fraction"] =
      rate * static_cast<double>(model.products) / (peak * static_cast<double>(threads));
  row["products_per_event"] = model.products;
  row["int8_peak"] = peak;
  row["equal_events"] = some.size();
  return row;
}

}  // namespace

bool bench_engine(const EngineBenchOptions& options,
                  const std::function<void(const OrderedJson&)>& row) {
  std::vector<BenchModel> models;
  for (const std::string& name : options.models.empty() ? engine_model_names() : options.models) {
    models.push_back(engine_model(name, options.matrices));
  }
  std::vector<int> threads = options.threads;
  if (threads.empty()) {
    threads = {1};
    if (hardware_threads() > 1) threads.push_back(hardware_threads());
  }
  bool equal = true;
  const auto report = [&](const OrderedJson& result) {
    equal &= !result.contains("differs");
    row(result);
  };
  for (const BenchModel& model : models) {
    if (options.save) write_file(*options.save / (model.name + ".graph.txt"), to_text(model.graph));
    for (const Isa isa : options.isas.empty() ? supported_isas() : options.isas) {
      for (const int count : threads) {
        report(measure(model, isa, count, options.seconds));
      }
    }
    for (const OtherEngine& other :
         options.isas.empty() ? options.others : std::vector<OtherEngine>()) {
      for (const int count : threads) {
        report(measure_other(model, other, count, options.seconds));
      }
    }
  }
  return equal;
}

}  // namespace trigstone::bench
