#include "netlist/identifier.h"

#include <gtest/gtest.h>

namespace trigstone {
namespace {

TEST(Identifier, KeepsLegalNames) {
  for (const char* name : {"x", "dense_1", "Softmax_0", "in_0", "n_3"}) {
    EXPECT_EQ(identifier_from(name), name);
    EXPECT_TRUE(is_identifier(name));
  }
}

TEST(Identifier, MendsEverythingElse) {
  EXPECT_EQ(identifier_from("dense/MatMul:0"), "dense_MatMul_0");
  EXPECT_EQ(identifier_from("3rd"), "n_3rd");
  EXPECT_EQ(identifier_from("_a__b_"), "a_b");
  EXPECT_EQ(identifier_from(""), "n");
  EXPECT_EQ(identifier_from("η"), "n");
  for (const char* word : {"reg", "Input", "signal", "logic", "clk", "start", "done"}) {
    EXPECT_FALSE(is_identifier(word));
    EXPECT_TRUE(is_identifier(identifier_from(word)));
  }
}

TEST(Identifier, TellsApartWithoutCapitals) {
  std::set<std::string> taken;
  EXPECT_EQ(distinct_name("Sum", taken), "Sum");
  EXPECT_EQ(distinct_name("sum", taken), "sum_1");
  EXPECT_EQ(distinct_name("SUM", taken), "SUM_2");
  EXPECT_EQ(distinct_name("other", taken), "other");
}

}  // namespace
}  // namespace trigstone
