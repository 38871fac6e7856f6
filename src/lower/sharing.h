// The state of sharing: columns of terms, counts of their patterns, and the steps that change them.
// adder_sharing.h says what it is for.
//
// A column keeps one integer coefficient a value; its digits are chosen only when a pattern takes
// them: 3 x0 + 3 x1 holds x0 + x1 once as 2 x0 + 2 x1 and once as x0 + x1, or as 4 x0 + 4 x1 and
// -(x0 + x1). The table counts occurrences of every pattern over all columns; a heap with lazy
// updates gives the one that saves most. A replacement changes the counts of one column's pairs
// with the two values only, and only the new value brings new patterns.
#pragma once

#include <queue>

#include "lower/adder_sharing.h"
#include "lower/term_patterns.h"

namespace trigstone {

class Sharing {
 public:
  Sharing(const std::vector<Interval>& inputs, size_t outputs, const SharingOptions& options)
      : options_(options), outputs_(outputs), sums_{AdderBuilder(inputs), {}} {}

  SharedSums run(const IntegerMatrix& matrix);
  SharedSums run_again(const SharedSums& before, std::vector<bool> removed);

 private:
  DigitChoices choices_of(int64_t coefficient) const {
    return options_.every_form ? every_choice(coefficient) : canonical_choices(coefficient);
  }
  int depth(int value) const { return sums_.builder.depth(value); }
  uint64_t& room(size_t column) { return room_[column % outputs_]; }

  void read(const IntegerMatrix& matrix, int64_t rows_a_group);
  SharedSums finish();
  std::vector<int> take_over(const SharedSums& before, const std::vector<bool>& removed);
  std::vector<bool> loosen(const SharedSums& before, const std::vector<bool>& removed,
                           const std::vector<int>& now);
  void reuse(std::vector<bool>& touched);
  void note_columns(size_t value, const std::vector<int>& columns);
  void join_groups();
  void count_everything();
  void count_new(int value, bool earlier_only);
  int64_t saving(const Pattern& pattern, int occurrences) const;
  void push(uint64_t key, int occurrences);
  void share();
  void take_out(const Pattern& pattern, uint64_t key);

  Term* find(size_t column, int value);
  bool fits(size_t column, int a, int b);
  struct Place {
    int power = -1;  // of a's digit
    bool negative = false;
  };
  Place place_of(const Pattern& pattern, const Term& a, const Term& b) const;
  int occurrences(const Pattern& pattern, const std::vector<int>& columns);
  bool replace(size_t column, const Pattern& pattern, const Addend& sum);
  void change_counts(size_t column, int value, int but, int sign);

  const SharingOptions options_;
  const size_t outputs_;
  SharedSums sums_;
  std::vector<int> loosened_;            // columns that hold digits of removed values
  std::vector<Terms> columns_;           // groups of rows one after the other
  std::vector<std::vector<int>> where_;  // columns of each value; may name some that lost it
  // 2^depth summed over a column's terms: adders can be arranged within the
  // limit while this is at most 2^limit (Kraft's inequality).
  std::vector<uint64_t> room_;
  PatternCounts counts_;
  struct Entry {
    int64_t saving;
    uint64_t key;
    bool operator<(const Entry& other) const {  // equal savings: the oldest values first
      return saving != other.saving ? saving < other.saving : key > other.key;
    }
  };
  std::priority_queue<Entry> heap_;
  Tally pair_, all_;  // of two terms, of two values in all columns
};

}  // namespace trigstone
