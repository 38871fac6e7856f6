// The C interface: trigstone.h over FastEngine. Every exception ends here.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <new>
#include <type_traits>

#include "base/error.h"
#include "base/version.h"
#include "engine/engine.h"
#include "engine/trigstone.h"
#include "graph/read_model.h"
#include "netlist/firmware.h"

using trigstone::BatchInput;
using trigstone::BatchOutput;
using trigstone::EnginePort;
using trigstone::Error;
using trigstone::FastEngine;
using trigstone::NumberType;

struct trigstone_model {
  FastEngine engine;
  std::vector<std::string> formats;
  std::vector<trigstone_port> inputs, outputs;
};

namespace {

namespace fs = std::filesystem;

static_assert(static_cast<int>(NumberType::kInt8) == TRIGSTONE_INT8);
static_assert(static_cast<int>(NumberType::kUint16) == TRIGSTONE_UINT16);
static_assert(static_cast<int>(NumberType::kInt64) == TRIGSTONE_INT64);
static_assert(static_cast<int>(NumberType::kFloat64) == TRIGSTONE_FLOAT64);

constexpr size_t kTextBytes = 2048;
thread_local char last_error[kTextBytes] = "";  // of fixed size: there may be no memory for it

trigstone_status fail(trigstone_status status, const char* text) noexcept {
  size_t length = 0;
  for (; text[length] != '\0' && length + 1 < kTextBytes; ++length) {
    last_error[length] = text[length];
  }
  last_error[length] = '\0';
  return status;
}

template <class Action>
trigstone_status guarded(Action action) noexcept {
  try {
    action();
    return TRIGSTONE_OK;
  } catch (const Error& error) {
    return fail(TRIGSTONE_WRONG_INPUT, error.what());
  } catch (const std::bad_alloc&) {
    return fail(TRIGSTONE_NO_MEMORY, "memory: error: there is not enough");
  } catch (const std::exception& error) {
    return fail(TRIGSTONE_BUG, error.what());
  } catch (...) {
    return fail(TRIGSTONE_BUG, "unknown exception");
  }
}

// A caller in C may pass any int, and C++ must not even read it as the enumeration.
NumberType number_type(const trigstone_type& type, const std::string& where) {
  std::underlying_type_t<trigstone_type> value{};
  std::memcpy(&value, &type, sizeof value);
  if (value < TRIGSTONE_INT8 || value > TRIGSTONE_FLOAT64) {
    throw Error(where, fmt::format("{} is no trigstone_type", value),
                "use a value of the enumeration in trigstone.h");
  }
  return static_cast<NumberType>(value);
}

trigstone::Graph read_graph(const fs::path& path) {
  if (!fs::is_directory(path)) return trigstone::read_model(path);
  trigstone::read_firmware(path);  // checks the files
  return trigstone::read_model(path / "model.onnx");
}

void describe(trigstone_model& model) {
  const auto& in = model.engine.inputs();
  const auto& out = model.engine.outputs();
  model.formats.reserve(in.size() + out.size());  // pointers into it must stay
  const auto port = [&](const EnginePort& p) {
    model.formats.push_back(to_string(p.format));
    return trigstone_port{p.name.c_str(),
                          model.formats.back().c_str(),
                          p.format.width_bits,
                          p.format.fraction_bits(),
                          p.format.is_signed ? 1 : 0,
                          static_cast<int32_t>(p.shape.size()),
                          p.shape.data(),
                          p.elements(),
                          static_cast<trigstone_type>(p.narrowest)};
  };
  for (const EnginePort& p : in) model.inputs.push_back(port(p));
  for (const EnginePort& p : out) model.outputs.push_back(port(p));
}

template <class T>
void check_finite(const void* data, int64_t size, const EnginePort& port) {
  const T* numbers = static_cast<const T*>(data);
  const T* bad = std::find_if(numbers, numbers + size, [](T x) { return !std::isfinite(x); });
  if (bad == numbers + size) return;
  const int64_t at = bad - numbers;
  throw Error(fmt::format("input '{}'", port.name),
              fmt::format("element {} of event {} is {}, no number", at % port.elements(),
                          at / port.elements(), static_cast<double>(*bad)),
              "mend the input: no format holds it");
}

void run(const FastEngine& engine, int64_t events, const trigstone_input* inputs,
         const trigstone_output* outputs, int64_t* outside) {
  if (events < 0) throw Error("batch", fmt::format("has {} events", events), "give at least 0");
  std::vector<BatchInput> in;
  std::vector<BatchOutput> out;
  for (size_t i = 0; i < engine.inputs().size(); ++i) {
    const EnginePort& port = engine.inputs()[i];
    const std::string where = fmt::format("input '{}'", port.name);
    if (inputs == nullptr) throw Error(where, "is not given", "give an array for it");
    const NumberType type = number_type(inputs[i].type, where);
    in.push_back({inputs[i].data, type, inputs[i].size});
    if (inputs[i].data == nullptr || inputs[i].size != events * port.elements()) {
      continue;  // the engine refuses it
    }
    if (type == NumberType::kFloat32) check_finite<float>(in[i].data, in[i].size, port);
    if (type == NumberType::kFloat64) check_finite<double>(in[i].data, in[i].size, port);
  }
  for (size_t i = 0; i < engine.outputs().size(); ++i) {
    const std::string where = fmt::format("output '{}'", engine.outputs()[i].name);
    if (outputs == nullptr) throw Error(where, "is not given", "give an array for it");
    out.push_back({outputs[i].data, number_type(outputs[i].type, where), outputs[i].size});
  }
  const trigstone::RunReport report = engine.run(events, in, out);
  if (outside != nullptr) *outside += report.outside;
}

}  // namespace

extern "C" {

const char* trigstone_version(void) { return trigstone::kVersion; }

const char* trigstone_error(void) { return last_error; }

trigstone_status trigstone_load(const char* path, const trigstone_options* options,
                                trigstone_model** model) {
  return guarded([&] {
    if (model == nullptr)
      throw Error("trigstone_load", "has no place for the model",
                  "give the address of a trigstone_model pointer");
    *model = nullptr;
    if (path == nullptr)
      throw Error("trigstone_load", "has no path",
                  "give the path of a model file or firmware folder");
    const int threads = options == nullptr ? 1 : std::max(options->threads, 1);
    const trigstone::Graph graph = read_graph(path);
    auto made = std::make_unique<trigstone_model>(
        trigstone_model{FastEngine(graph, {trigstone::best_isa(), threads}), {}, {}, {}});
    describe(*made);
    *model = made.release();
  });
}

void trigstone_free(trigstone_model* model) { delete model; }

size_t trigstone_input_count(const trigstone_model* model) { return model->inputs.size(); }
size_t trigstone_output_count(const trigstone_model* model) { return model->outputs.size(); }

const trigstone_port* trigstone_input_port(const trigstone_model* model, size_t index) {
  return index < model->inputs.size() ? &model->inputs[index] : nullptr;
}
const trigstone_port* trigstone_output_port(const trigstone_model* model, size_t index) {
  return index < model->outputs.size() ? &model->outputs[index] : nullptr;
}

trigstone_status trigstone_run(const trigstone_model* model, int64_t events,
                               const trigstone_input* inputs, const trigstone_output* outputs,
                               int64_t* outside) {
  return guarded([&] {
    if (model == nullptr)
      throw Error("trigstone_run", "has no model", "load one with trigstone_load first");
    run(model->engine, events, inputs, outputs, outside);
  });
}

}  // extern "C"
