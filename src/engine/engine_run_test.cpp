// Batches: number types, sizes, threads, bad input, memory.
#include <atomic>
#include <cmath>
#include <cstdlib>
#include <functional>
#include <limits>
#include <new>
#include <thread>

#include "base/error.h"
#include "base/random.h"
#include "engine/equality.h"
#include "fixed/quantize.h"

namespace {
std::atomic<int64_t> allocations{0};
}  // namespace

// Counts every allocation of this program, so that a test can ask for none.
[[gnu::noinline]] void* operator new(size_t size) {
  ++allocations;
  if (void* p = std::malloc(size)) return p;
  throw std::bad_alloc();
}
[[gnu::noinline]] void* operator new(size_t size, const std::nothrow_t&) noexcept {
  ++allocations;
  return std::malloc(size);
}
[[gnu::noinline]] void operator delete(void* p) noexcept { std::free(p); }
[[gnu::noinline]] void operator delete(void* p, size_t) noexcept { std::free(p); }

namespace trigstone {
namespace {

using test::fixed;
using test::Sketch;

// Two inputs, two outputs, one of them the input itself.
Graph two_ports() {
  Sketch sketch;
  const ValueId x = sketch.input({5}, "<6,3,RND_CONV,SAT>"), n = sketch.input({2}, "u<12,12>");
  const ValueId y = sketch.graph.add(Op::kLinear, {x, sketch.constant({5, 3}, "<6,1>")});
  sketch.output(sketch.quant(y, "<9,5,RND,SAT>"));
  sketch.output(n);
  return sketch.graph;
}

TEST(EngineRun, AnyNumberOfEvents) {
  const Graph graph = two_ports();
  for (const int count : {0, 1, 2, 63, 64, 65, 128, 191, 4096 + 7}) {
    const auto events = test::random_events(graph, count);
    std::vector<std::vector<Tensor>> wanted;
    for (const auto& event : events) wanted.push_back(interpret(graph, event));
    for (const Isa isa : supported_isas()) {
      for (const int threads : {1, 3}) {
        EXPECT_EQ(run_engine(graph, events, {isa, threads}), wanted) << count << name_of(isa);
      }
    }
  }
}

template <class In, class Out>
void expect_same_numbers(NumberType in, NumberType out) {
  const Graph graph = two_ports();
  const auto events = test::random_events(graph, 100);
  const FastEngine engine(graph);
  std::vector<In> x, n;
  for (const auto& event : events) {
    for (const int64_t m : event[0].mantissas) x.push_back(static_cast<In>(m));
    for (const int64_t m : event[1].mantissas) n.push_back(static_cast<In>(m));
  }
  if (std::is_floating_point_v<In>) {
    for (In& number : x) number /= 8;  // <6,3>: mantissas are eighths
  }
  std::vector<Out> y(300), same(200);
  engine.run(100, std::vector<BatchInput>{{x.data(), in, 500}, {n.data(), in, 200}},
             std::vector<BatchOutput>{{y.data(), out, 300}, {same.data(), out, 200}});
  const double step = std::is_floating_point_v<Out> ? 1.0 / 16 : 1.0;  // <9,5>
  for (size_t event = 0; event < events.size(); ++event) {
    const auto wanted = interpret(graph, events[event]);
    for (size_t i = 0; i < 3; ++i) {
      EXPECT_EQ(static_cast<double>(y[3 * event + i]),
                static_cast<double>(wanted[0].mantissas[i]) * step);
    }
    for (size_t i = 0; i < 2; ++i) {
      EXPECT_EQ(static_cast<int64_t>(same[2 * event + i]), wanted[1].mantissas[i]);
    }
  }
}

TEST(EngineRun, ReadsAndWritesEveryNumberTypeThatFits) {
  expect_same_numbers<int16_t, int16_t>(NumberType::kInt16, NumberType::kInt16);
  expect_same_numbers<int32_t, int64_t>(NumberType::kInt32, NumberType::kInt64);
  expect_same_numbers<int64_t, int32_t>(NumberType::kInt64, NumberType::kInt32);
  expect_same_numbers<float, double>(NumberType::kFloat32, NumberType::kFloat64);
  expect_same_numbers<double, float>(NumberType::kFloat64, NumberType::kFloat32);
}

// Ties, neighbours of ties and of the bounds, tiny, huge and no numbers, and plain ones.
template <class Real>
std::vector<Real> awkward_numbers(const Format& format, Random& random) {
  const auto step = static_cast<Real>(format.step()), most = std::numeric_limits<Real>::max();
  std::vector<Real> numbers = {0,
                               -Real{0},
                               most,
                               -most,
                               std::numeric_limits<Real>::denorm_min(),
                               -std::numeric_limits<Real>::denorm_min(),
                               NAN,
                               INFINITY,
                               -INFINITY};
  for (int i = 0; i < 400; ++i) {
    const auto half_steps = static_cast<Real>(random.integer(-600, 600));
    const Real tie = half_steps * step / 2;
    numbers.push_back(tie);
    numbers.push_back(std::nextafter(tie, most));
    numbers.push_back(std::nextafter(tie, -most));
    numbers.push_back(static_cast<Real>(random.normal() * 90) * step);
  }
  // Last: one extreme number sends its neighbours by definition, too.
  for (int i = 0; i < 300; ++i) {
    numbers.push_back(static_cast<Real>(random.normal()) * step *
                      std::ldexp(Real{1}, static_cast<int>(random.integer(-40, 60))));
  }
  return numbers;
}

template <class Real>
void expect_definition(const Format& format, NumberType type, Random& random) {
  Graph graph;
  graph.add_output(
      "y", graph.add(Op::kInput, {}, {{"shape", Shape{1}}, {"format", FormatMap(format)}}, "x"));
  const std::vector<Real> numbers = awkward_numbers<Real>(format, random);
  int64_t outside = 0;
  std::vector<int64_t> wanted;
  for (const Real x : numbers) wanted.push_back(quantize_real(double{x}, format, &outside));
  const auto size = static_cast<int64_t>(numbers.size());
  for (const Isa isa : supported_isas()) {
    const FastEngine engine(graph, {isa, 1});
    std::vector<int64_t> found(numbers.size());
    const RunReport report =
        engine.run(size, std::vector<BatchInput>{{numbers.data(), type, size}},
                   std::vector<BatchOutput>{{found.data(), NumberType::kInt64, size}});
    EXPECT_EQ(found, wanted) << to_string(format) << name_of(isa);
    EXPECT_EQ(report.outside, outside) << to_string(format) << name_of(isa);
  }
}

TEST(EngineRun, RoundsRealNumbersByDefinitionInEveryMode) {
  Random random(5);
  for (int rounding = 0; rounding < kRoundingCount; ++rounding) {
    for (int overflow = 0; overflow < kOverflowCount; ++overflow) {
      for (const auto& [width, integer, sign] :
           std::vector<std::tuple<int, int, bool>>{{8, 3, true},
                                                   {1, 1, true},
                                                   {7, 12, false},
                                                   {16, -2, true},
                                                   {31, 9, true},
                                                   {34, 9, true}}) {
        const Format format{width, integer, sign, static_cast<Rounding>(rounding),
                            static_cast<Overflow>(overflow)};
        expect_definition<float>(format, NumberType::kFloat32, random);
        expect_definition<double>(format, NumberType::kFloat64, random);
      }
    }
  }
}

// Bytes straight from the caller's memory, with no conversion and no check needed.
TEST(EngineRun, ReadsWholeTilesInPlace) {
  Sketch sketch;
  const ValueId x = sketch.input({32}, "<8,3>");
  sketch.output(sketch.quant(sketch.graph.add(Op::kLinear, {x, sketch.constant({32, 16}, "<6,1>")}),
                             "u<8,3>"));
  const auto events = test::random_events(sketch.graph, 130);
  std::vector<int8_t> in;
  for (const auto& event : events) {
    in.insert(in.end(), event[0].mantissas.begin(), event[0].mantissas.end());
  }
  for (const Isa isa : supported_isas()) {
    const FastEngine engine(sketch.graph, {isa, 1});
    EXPECT_EQ(engine.inputs()[0].narrowest, NumberType::kInt8);
    std::vector<uint8_t> out(size_t{130} * 16);
    engine.run(130, std::vector<BatchInput>{{in.data(), NumberType::kInt8, std::ssize(in)}},
               std::vector<BatchOutput>{{out.data(), NumberType::kUint8, std::ssize(out)}});
    for (size_t event = 0; event < events.size(); ++event) {
      const auto wanted = interpret(sketch.graph, events[event])[0].mantissas;
      const auto begin = out.begin() + static_cast<int64_t>(event) * 16;
      EXPECT_EQ(std::vector<int64_t>(begin, begin + 16), wanted) << name_of(isa);
    }
  }
}

// Real numbers are rounded as quantize_input does, and those outside counted.
TEST(EngineRun, CountsNumbersOutsideTheFormat) {
  for (const char* format : {"<6,3,RND_CONV,SAT>", "u<9,4,TRN,WRAP>", "<20,40,RND,SAT_ZERO>"}) {
    Sketch sketch;
    const ValueId x = sketch.input({4}, format);
    sketch.output(x);
    std::vector<double> in = {
        NAN,   INFINITY, -INFINITY,          1e300,   1e-300, -1e-300, 0.0, -0.0, 3.9375, 3.99,
        -4.07, 0.0625,   0.4999999999999999, -0.0625, 1e9,    -1e12};
    Random random(3);
    while (in.size() % 256 != 0)
      in.push_back(random.normal() * std::pow(10.0, random.integer(-3, 3)));
    const auto events = static_cast<int64_t>(in.size() / 4);
    const std::vector<std::vector<double>> split = [&] {
      std::vector<std::vector<double>> lists;
      for (size_t i = 0; i < in.size(); i += 4)
        lists.push_back({in.begin() + i, in.begin() + i + 4});
      return lists;
    }();
    int64_t outside = 0;
    std::vector<int64_t> wanted;
    for (const auto& event : split) {
      const Tensor tensor = quantize_input(sketch.graph, x, event, &outside);
      wanted.insert(wanted.end(), tensor.mantissas.begin(), tensor.mantissas.end());
    }
    EXPECT_GT(outside, 3);
    for (const Isa isa : supported_isas()) {
      const FastEngine engine(sketch.graph, {isa, 1});
      std::vector<int64_t> out(in.size());
      const auto size = static_cast<int64_t>(in.size());
      const RunReport report =
          engine.run(events, std::vector<BatchInput>{{in.data(), NumberType::kFloat64, size}},
                     std::vector<BatchOutput>{{out.data(), NumberType::kInt64, size}});
      EXPECT_EQ(report.outside, outside) << name_of(isa) << format;
      EXPECT_EQ(out, wanted) << name_of(isa) << format;
    }
  }
}

std::string message_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

TEST(EngineRun, RefusesMantissasOutsideTheFormat) {
  const Graph graph = two_ports();
  auto events = test::random_events(graph, 300);
  events[211][0].mantissas[3] = 32;
  events[250][1].mantissas[0] = 4096;
  for (const int threads : {1, 2}) {
    EXPECT_EQ(message_of([&] {
                run_engine(graph, events, {best_isa(), threads});
              }),
              "input 'input': error: element 3 of event 211 is outside <6,3,RND_CONV,SAT> — give "
              "mantissas of the input's format, or real numbers");
  }
}

// An index outside a table must not be looked up, whatever the lane type lets through.
TEST(EngineRun, BadMantissasReachNoTable) {
  Sketch sketch;
  sketch.show(
      Op::kTable, {sketch.input({1}, "u<2,2>")},
      {{"entries", std::vector<int64_t>{1, 2, 3, 4}}, {"format", FormatMap(fixed("<4,4>"))}});
  const FastEngine engine(sketch.graph);
  const std::vector<int64_t> in = {200};
  std::vector<int64_t> out(1, -99);
  EXPECT_THROW(engine.run(1, std::vector<BatchInput>{{in.data(), NumberType::kInt64, 1}},
                          std::vector<BatchOutput>{{out.data(), NumberType::kInt64, 1}}),
               Error);
  EXPECT_EQ(out[0], -99);
}

TEST(EngineRun, RefusesWrongSizesAndTypes) {
  const Graph graph = two_ports();
  const FastEngine engine(graph);
  std::vector<int64_t> x(10), n(4), y(6), z(4);
  const auto run = [&](int64_t size, NumberType out_type, size_t inputs, const void* data) {
    std::vector<BatchInput> in = {{data, NumberType::kInt64, size},
                                  {n.data(), NumberType::kInt64, 4}};
    in.resize(inputs);
    engine.run(
        2, in,
        std::vector<BatchOutput>{{y.data(), out_type, 6}, {z.data(), NumberType::kInt64, 4}});
  };
  EXPECT_EQ(message_of([&] { run(10, NumberType::kInt64, 2, x.data()); }), "no error");
  EXPECT_EQ(message_of([&] { run(9, NumberType::kInt64, 2, x.data()); }),
            "input 'input': error: holds 9 numbers, 2 events of shape [5] need 10 — give one array "
            "of whole events");
  EXPECT_EQ(
      message_of([&] { run(10, NumberType::kInt8, 2, x.data()); }),
      "output 'y0': error: the number type asked for does not hold <9,5> — ask for a wider one");
  EXPECT_EQ(
      message_of([&] { run(10, NumberType::kInt64, 1, x.data()); }),
      "batch: error: has 1 inputs and 2 outputs, the model 2 and 2 — give an array for each of "
      "the model's ports");
  EXPECT_EQ(message_of([&] { run(10, NumberType::kInt64, 2, nullptr); }),
            "input 'input': error: has no data — give the address of its numbers");
}

TEST(EngineRun, RefusesGraphsThatAreNotQuantised) {
  Graph graph;
  const ValueId x = graph.add(Op::kInput, {}, {{"shape", Shape{2}}});
  graph.add_output("y", graph.add(Op::kRelu, {x}));
  EXPECT_THROW(FastEngine engine(graph), Error);
}

TEST(EngineRun, RefusesTensorsThatDoNotFit) {
  const Graph graph = two_ports();
  auto events = test::random_events(graph, 1);
  auto other = events;
  other[0][0].shape = {1, 5};
  EXPECT_THROW(run_engine(graph, other), Error);
  other = events;
  other[0][1].format = fixed("<13,13>");
  EXPECT_THROW(run_engine(graph, other), Error);
  other = events;
  other[0].pop_back();
  EXPECT_THROW(run_engine(graph, other), Error);
}

TEST(EngineRun, AllocatesNothingAfterSetUp) {
  const Graph graph = two_ports();
  std::vector<int16_t> x(5000), n(2000), y(3000), z(2000);
  const BatchInput in[] = {{x.data(), NumberType::kInt16, 5000},
                           {n.data(), NumberType::kInt16, 2000}};
  const BatchOutput out[] = {{y.data(), NumberType::kInt16, 3000},
                             {z.data(), NumberType::kInt16, 2000}};
  for (const int threads : {1, 3}) {
    const FastEngine engine(graph, {best_isa(), threads});
    engine.run(1000, in, out);  // starts the threads
    const int64_t before = allocations;
    for (int i = 0; i < 30; ++i) engine.run(1000, in, out);
    EXPECT_EQ(allocations - before, 0) << threads << " threads";
    EXPECT_GT(engine.memory_bytes(), 0);
  }
}

// 64 events a tile: batches of fewer tiles than threads, and of many.
TEST(EngineRun, ThreadsShareABatchOfAnySize) {
  const Graph graph = two_ports();
  const FastEngine alone(graph), together(graph, {best_isa(), 3});
  for (const size_t events : {1, 64, 65, 200, 5000, 40'000}) {
    Random random(events);
    std::vector<int8_t> x;
    std::vector<int16_t> n;
    for (size_t i = 0; i < 5 * events; ++i) x.push_back(static_cast<int8_t>(random.bits() % 32));
    for (size_t i = 0; i < 2 * events; ++i) n.push_back(static_cast<int16_t>(random.bits() % 4096));
    const auto results = [&](const FastEngine& engine) {
      std::vector<int16_t> y(3 * events), z(2 * events);
      engine.run(static_cast<int64_t>(events),
                 std::vector<BatchInput>{{x.data(), NumberType::kInt8, std::ssize(x)},
                                         {n.data(), NumberType::kInt16, std::ssize(n)}},
                 std::vector<BatchOutput>{{y.data(), NumberType::kInt16, std::ssize(y)},
                                          {z.data(), NumberType::kInt16, std::ssize(z)}});
      y.insert(y.end(), z.begin(), z.end());
      return y;
    };
    EXPECT_EQ(results(together), results(alone)) << events << " events";
  }
}

TEST(EngineRun, OneEngineServesManyThreads) {
  const Graph graph = two_ports();
  const FastEngine engine(graph);
  std::vector<std::thread> threads;
  std::vector<int> equal(4, 0);
  for (size_t t = 0; t < equal.size(); ++t) {
    threads.emplace_back([&, t] {
      const auto events = test::random_events(graph, 200, t + 1);
      std::vector<int64_t> x, n, y(600), z(400);
      for (const auto& event : events) {
        x.insert(x.end(), event[0].mantissas.begin(), event[0].mantissas.end());
        n.insert(n.end(), event[1].mantissas.begin(), event[1].mantissas.end());
      }
      engine.run(200,
                 std::vector<BatchInput>{{x.data(), NumberType::kInt64, 1000},
                                         {n.data(), NumberType::kInt64, 400}},
                 std::vector<BatchOutput>{{y.data(), NumberType::kInt64, 600},
                                          {z.data(), NumberType::kInt64, 400}});
      for (size_t event = 0; event < events.size(); ++event) {
        const auto wanted = interpret(graph, events[event])[0].mantissas;
        const auto begin = y.begin() + static_cast<int64_t>(event) * 3;
        equal[t] += std::equal(wanted.begin(), wanted.end(), begin);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(equal, std::vector<int>(4, 200));
}

TEST(EngineRun, InstructionSetsHaveNames) {
  for (const Isa isa : {Isa::kPortable, Isa::kAvx2, Isa::kAvx512, Isa::kAvx512Vnni}) {
    EXPECT_EQ(isa_named(name_of(isa)), isa);
  }
  EXPECT_EQ(isa_named("mmx"), std::nullopt);
  EXPECT_EQ(supported_isas().front(), Isa::kPortable);
}

}  // namespace
}  // namespace trigstone
