#include "engine/engine.h"

#include <algorithm>
#include <atomic>
#include <functional>
#include <mutex>
#include <new>

#include "base/error.h"
#include "base/threads.h"
#include "engine/kernels.h"
#include "engine/planner.h"

namespace trigstone {

using engine::InputReport;
using engine::Kernels;
using engine::kLanes;
using engine::Lane;
using engine::Memory;
using engine::Plan;
using engine::PortPlan;

int bytes_of(NumberType type) {
  switch (type) {
    case NumberType::kInt8:
    case NumberType::kUint8:
      return 1;
    case NumberType::kInt16:
    case NumberType::kUint16:
      return 2;
    case NumberType::kInt32:
    case NumberType::kFloat32:
      return 4;
    case NumberType::kInt64:
    case NumberType::kFloat64:
      return 8;
  }
  return 8;
}

namespace engine {

namespace {

Kernels all_kernels(Isa isa) {
  return {elementwise_kernel(isa), linear_kernel(isa), matmul_kernel(isa),
          reduce_kernel(isa),      sort_kernel(isa),   trees_kernel(isa),
          load_kernel(isa),        store_kernel(isa),  int8_peak_kernel(isa)};
}

}  // namespace

const Kernels& kernels_for(Isa isa) {
  static const Kernels kTables[] = {all_kernels(Isa::kPortable), all_kernels(Isa::kAvx2),
                                    all_kernels(Isa::kAvx512), all_kernels(Isa::kAvx512Vnni)};
  return kTables[static_cast<size_t>(isa)];
}

}  // namespace engine

namespace {

// Tiles a thread takes at a time: many of a small model, and a few times for each thread, so that
// none waits long for the last.
int64_t block_tiles(int64_t tiles, int threads) {
  constexpr int64_t kMost = 64, kBlocksPerThread = 8;
  return std::clamp<int64_t>(tiles / (kBlocksPerThread * threads), 1, kMost);
}

NumberType type_of(Lane lane) {
  switch (lane) {
    case Lane::kI8:
      return NumberType::kInt8;
    case Lane::kU8:
      return NumberType::kUint8;
    case Lane::kI16:
      return NumberType::kInt16;
    case Lane::kU16:
      return NumberType::kUint16;
    case Lane::kI32:
      return NumberType::kInt32;
    case Lane::kI64:
      return NumberType::kInt64;
  }
  internal_error("unknown lane type");
}

// Numbers that a type holds exactly; for floats, consecutive mantissas.
Interval range_of(NumberType type) {
  const Int128 one = 1;
  switch (type) {
    case NumberType::kInt8:
      return {INT8_MIN, INT8_MAX};
    case NumberType::kUint8:
      return {0, UINT8_MAX};
    case NumberType::kInt16:
      return {INT16_MIN, INT16_MAX};
    case NumberType::kUint16:
      return {0, UINT16_MAX};
    case NumberType::kInt32:
      return {INT32_MIN, INT32_MAX};
    case NumberType::kInt64:
      return {INT64_MIN, INT64_MAX};
    case NumberType::kFloat32:
      return {-(one << 24), one << 24};
    case NumberType::kFloat64:  // as Format::to_real, which rounds beyond 2^53
      return {INT64_MIN, INT64_MAX};
  }
  internal_error("unknown number type");
}

struct AlignedFree {
  void operator()(uint8_t* p) const { ::operator delete[](p, std::align_val_t{64}); }
};
using AlignedBytes = std::unique_ptr<uint8_t[], AlignedFree>;

AlignedBytes aligned_bytes(int64_t count) {
  const auto size = static_cast<size_t>(std::max<int64_t>(count, 64));
  AlignedBytes bytes(static_cast<uint8_t*>(::operator new[](size, std::align_val_t{64})));
  std::fill_n(bytes.get(), size, uint8_t{0});
  return bytes;
}

// One thread's tile.
struct Workspace {
  AlignedBytes arena, scratch;
  Memory memory() const { return {arena.get(), scratch.get()}; }
};

Workspace make_workspace(const Plan& plan) {
  Workspace workspace{aligned_bytes(plan.arena_bytes), aligned_bytes(plan.scratch_bytes)};
  for (const engine::ConstantRow& constant : plan.constants) {
    uint8_t* row = workspace.memory().at(constant.row);
    const int each = engine::lane_bytes(constant.lane);
    for (int lane = 0; lane < kLanes; ++lane) {
      std::copy_n(reinterpret_cast<const uint8_t*>(&constant.value), each,
                  row + static_cast<size_t>(lane * each));
    }
  }
  return workspace;
}

void check_sizes(const char* kind, int64_t events, const PortPlan& port, const void* data,
                 int64_t size) {
  const int64_t wanted = events * element_count(port.shape);
  const std::string where = fmt::format("{} '{}'", kind, port.name);
  if (size != wanted) {
    throw Error(where,
                fmt::format("holds {} numbers, {} events of shape {} need {}", size, events,
                            to_string(port.shape), wanted),
                "give one array of whole events");
  }
  if (data == nullptr && size > 0)
    throw Error(where, "has no data", "give the address of its numbers");
}

}  // namespace

struct FastEngine::State {
  Plan plan;
  EngineOptions options;
  const Kernels* kernels = nullptr;
  std::vector<EnginePort> inputs, outputs;
  std::vector<Workspace> workspaces;
  std::vector<size_t> free;  // workspaces that no thread uses
  std::mutex mutex;
  std::unique_ptr<ThreadPool> pool;

  // A workspace of one thread, for the life of this object.
  class Lease {
   public:
    explicit Lease(State& state) : state_(state) {
      const std::lock_guard lock(state.mutex);
      if (state.free.empty()) {
        // More threads than workspaces: run() was called from several threads at once.
        state.free.reserve(state.workspaces.size() + 1);
        state.workspaces.push_back(make_workspace(state.plan));
        state.free.push_back(state.workspaces.size() - 1);
      }
      index_ = state.free.back();
      state.free.pop_back();
      memory_ = state.workspaces[index_].memory();
    }
    ~Lease() {
      const std::lock_guard lock(state_.mutex);
      state_.free.push_back(index_);
    }
    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;
    const Memory& memory() const { return memory_; }

   private:
    State& state_;
    size_t index_ = 0;
    Memory memory_;
  };
  void run_step(const engine::Step& step, const Memory& memory) const;
};

void FastEngine::State::run_step(const engine::Step& step, const Memory& memory) const {
  struct Visitor {
    const Kernels& kernels;
    const Memory& memory;
    void operator()(const engine::ElementwiseStep& s) const { kernels.elementwise(s, memory); }
    void operator()(const engine::LinearStep& s) const { kernels.linear(s, memory); }
    void operator()(const engine::MatMulStep& s) const { kernels.matmul(s, memory); }
    void operator()(const engine::ReduceStep& s) const { kernels.reduce(s, memory); }
    void operator()(const engine::SortStep& s) const { kernels.sort(s, memory); }
    void operator()(const engine::TreeStep& s) const { kernels.trees(s, memory); }
  };
  std::visit(Visitor{*kernels, memory}, step);
}

// One call of run(): what its threads share.
struct FastEngine::BatchRun {
  State& state;
  const int64_t events;
  const std::span<const BatchInput> inputs;
  const std::span<const BatchOutput> outputs;
  std::atomic<int64_t> outside{0}, no_numbers{0};
  std::mutex bad_mutex{};
  int64_t bad_event = INT64_MAX;
  size_t bad_input = 0;
  int64_t bad_element = 0;

  void operator()(int64_t begin, int64_t end) {
    const State::Lease lease(state);
    const Memory& memory = lease.memory();
    for (int64_t tile = begin; tile < end; ++tile) {
      const int64_t first = tile * kLanes, count = std::min<int64_t>(kLanes, events - first);
      // A mantissa outside its format may point beyond a table: its tile is not computed.
      if (!load(first, count, memory)) continue;
      for (const engine::Step& step : state.plan.steps) state.run_step(step, memory);
      store(first, count, memory);
    }
  }

  bool load(int64_t first, int64_t count, const Memory& memory) {
    bool good = true;
    for (size_t i = 0; i < inputs.size(); ++i) {
      const PortPlan& port = state.plan.inputs[i];
      const int64_t elements = element_count(port.shape);
      const auto* data = static_cast<const uint8_t*>(inputs[i].data);
      InputReport report;
      state.kernels->load(port, inputs[i].type, data + first * elements * bytes_of(inputs[i].type),
                          count, memory, &report);
      if (report.outside != 0) outside += report.outside;
      if (report.no_numbers != 0) no_numbers += report.no_numbers;
      if (report.bad_element < 0) continue;
      good = false;
      const std::lock_guard lock(bad_mutex);
      const int64_t event = first + report.bad_element / elements;
      if (event < bad_event) {
        bad_event = event;
        bad_input = i;
        bad_element = report.bad_element % elements;
      }
    }
    return good;
  }

  void store(int64_t first, int64_t count, const Memory& memory) {
    for (size_t i = 0; i < outputs.size(); ++i) {
      const PortPlan& port = state.plan.outputs[i];
      const int64_t offset = first * element_count(port.shape) * bytes_of(outputs[i].type);
      state.kernels->store(port, outputs[i].type, static_cast<uint8_t*>(outputs[i].data) + offset,
                           count, memory);
    }
  }

  void throw_if_bad() const {
    if (bad_event == INT64_MAX) return;
    const PortPlan& port = state.plan.inputs[bad_input];
    throw Error(fmt::format("input '{}'", port.name),
                fmt::format("element {} of event {} is outside {}", bad_element, bad_event,
                            to_string(port.format)),
                "give mantissas of the input's format, or real numbers");
  }
};

FastEngine::FastEngine(const Graph& graph, const EngineOptions& options)
    : state_(std::make_unique<State>()) {
  const std::vector<Isa> isas = supported_isas();
  if (std::find(isas.begin(), isas.end(), options.isa) == isas.end()) {
    throw Error(fmt::format("instruction set '{}'", name_of(options.isa)),
                "this processor does not execute it",
                fmt::format("use '{}'", name_of(isas.back())));
  }
  State& state = *state_;
  state.options = options;
  state.options.threads = std::max(options.threads, 1);
  state.plan = engine::make_plan(graph, options.isa);
  state.kernels = &engine::kernels_for(options.isa);
  state.pool = std::make_unique<ThreadPool>(state.options.threads);
  const auto describe = [&](const std::vector<PortPlan>& ports, std::vector<EnginePort>& to) {
    for (const PortPlan& port : ports) {
      state.plan.scratch_bytes =
          std::max(state.plan.scratch_bytes, engine::transfer_scratch_bytes(port));
      to.push_back({port.name, port.shape, port.format, type_of(port.lane)});
    }
  };
  describe(state.plan.inputs, state.inputs);
  describe(state.plan.outputs, state.outputs);
  for (int i = 0; i < state.options.threads; ++i) {
    state.workspaces.push_back(make_workspace(state.plan));
    state.free.push_back(static_cast<size_t>(i));
  }
}

FastEngine::~FastEngine() = default;
FastEngine::FastEngine(FastEngine&&) noexcept = default;
FastEngine& FastEngine::operator=(FastEngine&&) noexcept = default;

const std::vector<EnginePort>& FastEngine::inputs() const { return state_->inputs; }
const std::vector<EnginePort>& FastEngine::outputs() const { return state_->outputs; }
Isa FastEngine::isa() const { return state_->options.isa; }

int64_t FastEngine::memory_bytes() const {
  const std::lock_guard lock(state_->mutex);
  return static_cast<int64_t>(state_->workspaces.size()) *
         (state_->plan.arena_bytes + state_->plan.scratch_bytes);
}

double FastEngine::measure_int8_peak(double seconds) const {
  return state_->kernels->int8_peak(seconds);
}

RunReport FastEngine::run(int64_t events, std::span<const BatchInput> inputs,
                          std::span<const BatchOutput> outputs) const {
  State& state = *state_;
  const Plan& plan = state.plan;
  if (inputs.size() != plan.inputs.size() || outputs.size() != plan.outputs.size()) {
    throw Error("batch",
                fmt::format("has {} inputs and {} outputs, the model {} and {}", inputs.size(),
                            outputs.size(), plan.inputs.size(), plan.outputs.size()),
                "give an array for each of the model's ports");
  }
  for (size_t i = 0; i < inputs.size(); ++i) {
    check_sizes("input", events, plan.inputs[i], inputs[i].data, inputs[i].size);
  }
  for (size_t i = 0; i < outputs.size(); ++i) {
    const PortPlan& port = plan.outputs[i];
    check_sizes("output", events, port, outputs[i].data, outputs[i].size);
    const Interval holds = range_of(outputs[i].type), needs = port.format.range();
    if (needs.low < holds.low || needs.high > holds.high) {
      throw Error(fmt::format("output '{}'", port.name),
                  fmt::format("the number type asked for does not hold {}", to_string(port.format)),
                  "ask for a wider one");
    }
  }
  BatchRun batch{state, events, inputs, outputs};
  const int64_t tiles = (events + kLanes - 1) / kLanes;
  if (state.options.threads == 1) {
    batch(0, tiles);
  } else {  // std::ref: a copied body would be allocated
    state.pool->run(tiles, block_tiles(tiles, state.options.threads), std::ref(batch));
  }
  batch.throw_if_bad();
  return {batch.outside, batch.no_numbers};
}

std::vector<std::vector<Tensor>> run_engine(const Graph& graph,
                                            const std::vector<std::vector<Tensor>>& events,
                                            const EngineOptions& options) {
  const FastEngine engine(graph, options);
  const auto count = static_cast<int64_t>(events.size());
  std::vector<std::vector<int64_t>> in, out;
  std::vector<BatchInput> inputs;
  std::vector<BatchOutput> outputs;
  for (size_t i = 0; i < engine.inputs().size(); ++i) {
    const EnginePort& port = engine.inputs()[i];
    const std::string where = fmt::format("input '{}'", port.name);
    std::vector<int64_t>& numbers = in.emplace_back();
    for (const std::vector<Tensor>& event : events) {
      if (i >= event.size()) throw Error(where, "is not given", "give an array for it");
      const Tensor& given = event[i];
      if (given.shape != port.shape) {
        throw Error(where,
                    fmt::format("has the shape {}, the model needs {}", to_string(given.shape),
                                to_string(port.shape)),
                    "give events of the model's shape");
      }
      if (!given.is_fixed() || !given.format->same_numbers(port.format)) {
        throw Error(where, "is not in the format of the model's input", "use quantize_input");
      }
      numbers.insert(numbers.end(), given.mantissas.begin(), given.mantissas.end());
    }
    inputs.push_back({numbers.data(), NumberType::kInt64, static_cast<int64_t>(numbers.size())});
  }
  for (const EnginePort& port : engine.outputs()) {
    std::vector<int64_t>& numbers = out.emplace_back(static_cast<size_t>(count * port.elements()));
    outputs.push_back({numbers.data(), NumberType::kInt64, static_cast<int64_t>(numbers.size())});
  }
  engine.run(count, inputs, outputs);
  std::vector<std::vector<Tensor>> results(events.size());
  for (size_t i = 0; i < out.size(); ++i) {
    const EnginePort& port = engine.outputs()[i];
    for (size_t event = 0; event < results.size(); ++event) {
      const auto begin = out[i].begin() + static_cast<int64_t>(event) * port.elements();
      results[event].push_back({port.shape, port.format, {begin, begin + port.elements()}, {}});
    }
  }
  return results;
}

}  // namespace trigstone
