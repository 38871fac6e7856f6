// The fast engine: runs batches of events through a quantised graph, bit for bit as interpret().
//
// Events lie in SIMD lanes, 64 to a tile; each number is kept in the narrowest lane type that holds
// every value it can have. The kernels exist once for each instruction set and are chosen when the
// engine is made. The first batch starts the threads that were asked for; from then on a batch
// allocates nothing.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "engine/isa.h"
#include "graph/graph.h"

namespace trigstone {

// Element types of batches. Integers are mantissas, floats are the numbers themselves.
enum class NumberType : uint8_t {
  kInt8,
  kUint8,
  kInt16,
  kUint16,
  kInt32,
  kInt64,
  kFloat32,
  kFloat64,
};
int bytes_of(NumberType type);

// A batch of one port: events × elements, row-major, `size` elements in all.
struct BatchInput {
  const void* data = nullptr;
  NumberType type = NumberType::kFloat64;
  int64_t size = 0;
};
struct BatchOutput {
  void* data = nullptr;
  NumberType type = NumberType::kFloat64;
  int64_t size = 0;
};

struct RunReport {
  // Real inputs that are NaN, infinite or rounded to a number outside the format; they were made
  // numbers by the format's overflow mode (quantize_real).
  int64_t outside = 0;
  int64_t no_numbers = 0;  // those of them that are NaN or infinite
};

struct EngineOptions {
  Isa isa = best_isa();
  int threads = 1;
};

// What a port of the engine takes or gives.
struct EnginePort {
  std::string name;
  Shape shape;
  Format format;
  NumberType narrowest;  // the fastest integer type: no conversion
  int64_t elements() const { return element_count(shape); }
};

class FastEngine {
 public:
  // Throws Error when verify_quantised finds fault with the graph, or when this processor does not
  // execute options.isa.
  explicit FastEngine(const Graph& graph, const EngineOptions& options = {});
  ~FastEngine();
  FastEngine(const FastEngine&) = delete;
  FastEngine& operator=(const FastEngine&) = delete;
  FastEngine(FastEngine&&) noexcept;
  FastEngine& operator=(FastEngine&&) noexcept;

  const std::vector<EnginePort>& inputs() const;
  const std::vector<EnginePort>& outputs() const;
  Isa isa() const;
  // Memory of the plan's tiles, all threads together, in bytes.
  int64_t memory_bytes() const;

  // Runs `events` events. Safe to call from several threads at once: one of them has the engine's
  // other threads, the rest run alone. Safe in the child of a fork() during which no run was going.
  // Throws Error at "input 'NAME'" for sizes that do not fit and mantissas outside the format (the
  // outputs are then undefined), at "output 'NAME'" for types that cannot hold the format.
  RunReport run(int64_t events, std::span<const BatchInput> inputs,
                std::span<const BatchOutput> outputs) const;

  // 8-bit products this engine's instruction set can sum in a second on one core, measured now for
  // about `seconds`.
  double measure_int8_peak(double seconds) const;

 private:
  struct State;
  struct BatchRun;
  std::unique_ptr<State> state_;
};

// Runs events given as tensors, one a port, as interpret() takes and gives them.
// Throws Error where interpret() does.
std::vector<std::vector<Tensor>> run_engine(const Graph& graph,
                                            const std::vector<std::vector<Tensor>>& events,
                                            const EngineOptions& options = {});

}  // namespace trigstone
