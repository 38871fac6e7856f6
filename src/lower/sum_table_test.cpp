#include "lower/sum_table.h"

#include <gtest/gtest.h>

#include "base/random.h"
#include "lower/adder_sharing.h"
#include "lower/sharing.h"

namespace trigstone {
namespace {

IntegerMatrix drawn(uint64_t seed) {
  Random random(seed);
  IntegerMatrix matrix{8, 7, {}};
  for (int i = 0; i < 56; ++i) matrix.entries.push_back(random.integer(-100, 100));
  return matrix;
}

SumTable shared(const IntegerMatrix& matrix, bool every_form) {
  SharingOptions options;
  options.every_form = every_form;
  SumTable table = table_of(matrix, std::vector<Interval>(8, {-128, 127}), options);
  Sharing sharing(table, options);
  sharing.count_everything();
  sharing.share();
  return table;
}

// What an output is in inputs, shared values taken apart.
std::vector<Int128> expanded(const SumTable& table, int column) {
  std::vector<Int128> sum(static_cast<size_t>(table.inputs()), 0);
  for (const int value : table.column(column).values) {
    const Int128 c = table.find(column, value)->coefficient;
    if (!table.is_shared(value)) {
      sum[static_cast<size_t>(value)] += c;
      continue;
    }
    const auto inner = expanded(table, table.column_of(value));
    for (size_t i = 0; i < sum.size(); ++i) sum[i] += c * inner[i];
  }
  return sum;
}

void expect_matrix(const SumTable& table, const IntegerMatrix& matrix) {
  for (int column = 0; column < table.outputs(); ++column) {
    const auto sum = expanded(table, column);
    for (int row = 0; row < table.inputs(); ++row) {
      ASSERT_EQ(sum[static_cast<size_t>(row)], matrix.at(row, column)) << row << " " << column;
    }
  }
}

// Digits and room of every column are those of its terms.
void expect_consistent(const SumTable& table) {
  for (int at = 0; at < table.columns(); ++at) {
    int digits = 0;
    uint64_t room = 0;
    for (const int value : table.column(at).values) {
      const Term* x = table.find(at, value);
      ASSERT_NE(x, nullptr);
      ASSERT_NE(x->coefficient, 0);
      digits += signed_digit_count(x->coefficient);
      room += static_cast<uint64_t>(signed_digit_count(x->coefficient)) << table.depth(value);
    }
    EXPECT_EQ(table.column(at).digits, digits);
    EXPECT_EQ(table.column(at).room, room);
    EXPECT_LE(room, uint64_t{1} << table.column(at).depth_limit);
  }
}

void expect_same(const SumTable& a, const SumTable& b) {
  ASSERT_EQ(a.values(), b.values());
  for (int value = 0; value < a.values(); ++value) {
    EXPECT_EQ(a.alive(value), b.alive(value));
    EXPECT_EQ(a.depth(value), b.depth(value));
    EXPECT_EQ(a.range(value), b.range(value));
    ASSERT_EQ(a.row(value).size(), b.row(value).size());
    for (size_t i = 0; i < a.row(value).size(); ++i) {
      EXPECT_EQ(a.row(value)[i].column, b.row(value)[i].column);
      EXPECT_EQ(a.row(value)[i].coefficient, b.row(value)[i].coefficient);
    }
  }
}

TEST(SumTable, SharingAndEveryChangeKeepsTheProducts) {
  for (uint64_t seed = 0; seed < 6; ++seed) {
    const IntegerMatrix matrix = drawn(seed);
    SumTable table = shared(matrix, seed % 2 == 0);
    expect_matrix(table, matrix);
    expect_consistent(table);
    Random random(seed);
    for (int step = 0; step < 30; ++step) {
      const auto value = static_cast<int>(random.integer(table.inputs(), table.values() - 1));
      if (!table.alive(value)) continue;
      if (step % 3 == 0) table.flip(value);
      if (step % 3 == 1) {
        EXPECT_TRUE(table.dissolve(value));
      }
      if (step % 3 == 2) table.flatten(value);
      if (step % 10 == 9) table.compact();
    }
    expect_matrix(table, matrix);
    expect_consistent(table);
  }
}

TEST(SumTable, UndoBringsEverythingBack) {
  for (uint64_t seed = 0; seed < 6; ++seed) {
    SumTable table = shared(drawn(seed), true);
    const SumTable before = table;
    SharingOptions options;
    Sharing sharing(table, options);
    Random random(seed);
    table.begin();
    for (int step = 0; step < 12; ++step) {
      const auto value = static_cast<int>(random.integer(table.inputs(), before.values() - 1));
      if (!table.alive(value)) continue;
      if (step % 4 == 3) {
        table.flip(value);
      } else {
        table.dissolve(value);
      }
      table.flatten(value);
    }
    sharing.reuse();
    sharing.count_fresh();
    sharing.share();
    table.undo();
    expect_same(table, before);
    expect_consistent(table);
  }
}

TEST(SumTable, ACoefficientThatOverflowsIsRefusedAndNothingChanges) {
  SumTable table(std::vector<Interval>(2, {-128, 127}), 1, kDeepest, true);
  const auto made = table.make({0, 1, 40, false});  // x0 + x1 * 2^40
  ASSERT_TRUE(table.add(0, made.value, static_cast<Int128>(1) << 30));
  EXPECT_FALSE(table.dissolve(made.value));
  EXPECT_TRUE(table.alive(made.value));
  EXPECT_EQ(table.readers(made.value), 1);
  EXPECT_FALSE(table.add(0, made.value, static_cast<Int128>(1) << 63));
}

}  // namespace
}  // namespace trigstone
