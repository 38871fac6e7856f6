#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <thread>
#include <vector>

#include "base/files.h"
#include "base/random.h"
#include "base/testing.h"
#include "engine/trigstone.h"
#include "graph/text.h"
#include "interpret/interpret_graph.h"

namespace trigstone {
namespace {

constexpr const char* kModel = R"(trigstone.graph/1 "m"
%0 "x" = input() {format = <8,4,RND_CONV,SAT>, shape = [3]} : <8,4>[3]
%1 "w" = constant() {} : <4,1>[3,2] = [1, -3, 0, 7, -8, 2]
%2 "y" = linear(%0, %1) {} : <12,5>[2]
output "y" = %2
)";

class CInterface : public testing::Test {
 protected:
  void SetUp() override {
    write_file(folder_ / "m.graph.txt", kModel);
    ASSERT_EQ(trigstone_load((folder_ / "m.graph.txt").c_str(), nullptr, &model_), TRIGSTONE_OK)
        << trigstone_error();
  }
  void TearDown() override { trigstone_free(model_); }

  trigstone_status run(const std::vector<double>& x, std::vector<double>& y, int64_t events,
                       int64_t* outside = nullptr) const {
    const trigstone_input in = {x.data(), TRIGSTONE_FLOAT64, static_cast<int64_t>(x.size())};
    const trigstone_output out = {y.data(), TRIGSTONE_FLOAT64, static_cast<int64_t>(y.size())};
    return trigstone_run(model_, events, &in, &out, outside);
  }

  TestFolder folder_;
  trigstone_model* model_ = nullptr;
};

TEST_F(CInterface, DescribesItsPorts) {
  ASSERT_EQ(trigstone_input_count(model_), 1U);
  const trigstone_port* x = trigstone_input_port(model_, 0);
  EXPECT_STREQ(x->name, "x");
  EXPECT_STREQ(x->format, "<8,4,RND_CONV,SAT>");
  EXPECT_EQ(x->rank, 1);
  EXPECT_EQ(x->shape[0], 3);
  EXPECT_EQ(x->fraction_bits, 4);
  EXPECT_EQ(x->narrowest, TRIGSTONE_INT8);
  EXPECT_EQ(trigstone_output_port(model_, 0)->elements, 2);
  EXPECT_EQ(trigstone_output_port(model_, 1), nullptr);
}

// One handle, several threads, each with batches of its own.
TEST_F(CInterface, ManyThreadsGetTheInterpretersNumbers) {
  const Graph graph = parse_graph(kModel, "m");
  std::vector<std::thread> threads;
  std::vector<std::string> failures(4);
  for (size_t t = 0; t < failures.size(); ++t) {
    threads.emplace_back([&, t] {
      Random random(t);
      for (int64_t events : {1, 63, 64, 200}) {
        std::vector<double> x, y(static_cast<size_t>(2 * events)), right;
        for (int64_t i = 0; i < 3 * events; ++i) x.push_back(random.uniform(-7, 7));
        for (int64_t e = 0; e < events; ++e) {
          const auto from = x.begin() + 3 * e;
          const Tensor result = interpret(graph, {quantize_input(graph, 0, {from, from + 3})})[0];
          for (const int64_t m : result.mantissas) right.push_back(result.format->to_real(m));
        }
        if (run(x, y, events) != TRIGSTONE_OK) failures[t] = trigstone_error();
        if (y != right) failures[t] = "other numbers";
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const std::string& failure : failures) EXPECT_EQ(failure, "");
}

TEST_F(CInterface, CountsNumbersOutsideTheFormat) {
  std::vector<double> x = {100, -100, 1}, y(2);
  int64_t outside = 5;
  ASSERT_EQ(run(x, y, 1, &outside), TRIGSTONE_OK);
  EXPECT_EQ(outside, 7);
}

TEST_F(CInterface, WrongInputIsAStatusAndALine) {
  std::vector<double> x = {1, 2, NAN}, y(2);
  EXPECT_EQ(run(x, y, 1), TRIGSTONE_WRONG_INPUT);
  EXPECT_NE(std::string(trigstone_error()).find("element 2 of event 0"), std::string::npos);
  x[2] = INFINITY;
  EXPECT_EQ(run(x, y, 1), TRIGSTONE_WRONG_INPUT);
  x[2] = 0;
  EXPECT_EQ(run(x, y, 2), TRIGSTONE_WRONG_INPUT);  // one event given
  EXPECT_EQ(run(x, y, -1), TRIGSTONE_WRONG_INPUT);
  EXPECT_EQ(run(x, y, 1), TRIGSTONE_OK);

  const int8_t mantissas[3] = {1, 2, 3};
  int8_t narrow[2];
  const trigstone_input in = {mantissas, TRIGSTONE_INT8, 3};
  trigstone_output out = {narrow, TRIGSTONE_INT8, 2};
  EXPECT_EQ(trigstone_run(model_, 1, &in, &out, nullptr), TRIGSTONE_WRONG_INPUT);
  EXPECT_NE(std::string(trigstone_error()).find("output 'y'"), std::string::npos);
  out.type = static_cast<trigstone_type>(99);
  EXPECT_EQ(trigstone_run(model_, 1, &in, &out, nullptr), TRIGSTONE_WRONG_INPUT);
  EXPECT_EQ(trigstone_run(model_, 1, nullptr, &out, nullptr), TRIGSTONE_WRONG_INPUT);
  EXPECT_EQ(trigstone_run(nullptr, 1, &in, &out, nullptr), TRIGSTONE_WRONG_INPUT);
}

TEST_F(CInterface, LoadingFailsWithoutAModel) {
  trigstone_model* other = model_;
  EXPECT_EQ(trigstone_load((folder_ / "absent").c_str(), nullptr, &other), TRIGSTONE_WRONG_INPUT);
  EXPECT_EQ(other, nullptr);
  EXPECT_NE(std::string(trigstone_error()).find("absent"), std::string::npos);
  EXPECT_EQ(trigstone_load(folder_.path().c_str(), nullptr, &other), TRIGSTONE_WRONG_INPUT);
  EXPECT_EQ(trigstone_load(nullptr, nullptr, &other), TRIGSTONE_WRONG_INPUT);
  EXPECT_EQ(trigstone_load("x", nullptr, nullptr), TRIGSTONE_WRONG_INPUT);
  trigstone_free(nullptr);
}

}  // namespace
}  // namespace trigstone
