// Takes patterns out of a table of sums, those first that save most bits, while one occurs twice.
//
// A queue holds every pattern with its score when it was last counted. Occurrences of known values
// only vanish, so scores only fall: the pattern at the head is counted again, and taken out when
// its score still holds. No count has to be kept up to date, and only a new value brings patterns.
#pragma once

#include "lower/adder_sharing.h"
#include "lower/sum_table.h"

namespace trigstone {

// The score of a pattern: bits in which both operands meet, times the adders saved.
int saved_bits(const SumTable& table, const SharingOptions& options, const Pattern& pattern,
               int occurrences);

class Sharing {
 public:
  Sharing(SumTable& table, const SharingOptions& options) : table_(table), options_(options) {}

  void count_everything();
  void reuse();
  // Notes the patterns that dissolved values brought (SumTable::fresh).
  void count_fresh();
  void share();
  void set_options(const SharingOptions& options) { options_ = options; }
  int64_t work() const { return work_; }  // terms looked at so far

 private:
  void count_pair(int a, int b);
  void count_with(int value);
  int occurrences(const Pattern& pattern);
  void take_out(const Pattern& pattern);

  SumTable& table_;
  SharingOptions options_;
  PatternQueue queue_;
  Tally pair_, all_;        // of two terms, of two values in all columns
  std::vector<int> marks_;  // columns a value was met in
  std::vector<int> met_;
  std::vector<int> common_;  // columns of a pattern
  int64_t work_ = 0;
};

}  // namespace trigstone
