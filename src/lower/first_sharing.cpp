// Most patterns that a new value makes with the others occur twice and are gone before their turn
// comes. So a value notes those patterns first that save most, and wakes for the others when
// nothing better is left: by then there are few. Scores only fall, so nothing is taken too late.
//
// Digits are kept twice besides the table: values in many columns as bits over columns
// (bit_planes.h), and the terms of a column close together (column_digits.h).
#include "lower/first_sharing.h"

#include <algorithm>
#include <bit>

#include "lower/bit_planes.h"
#include "lower/column_digits.h"
#include "lower/common_terms.h"
#include "lower/sharing.h"

namespace trigstone {

namespace {

class FirstSharing {
 public:
  FirstSharing(SumTable& table, const SharingOptions& options, int powers)
      : table_(table),
        options_(options),
        planes_(table.outputs(), powers),
        digits_(table.outputs()) {}

  // False when digits grow beyond those that are kept here; the table is valid then too.
  bool run();

 private:
  // Patterns of a value with earlier ones and itself.
  struct Noted {
    int score = 0;
    uint64_t key = 0;
  };

  void enter(int value);
  void note(int value, int most);
  void sleep(int value, int score);
  int bound(int value) const;
  void count_short(int value, bool in_planes);
  int collect_short(int value, int band);
  int overlap(int a, int b) const;
  void collect_long(int value);
  bool planes_pay(int value) const;
  void found(const Pattern& pattern, int count);
  bool wake();
  int occurrences(const Pattern& pattern);
  int occurrences_in_planes(const Pattern& pattern);
  void take_out(const Pattern& pattern);
  void refresh(int column, int value, const DigitChoices& before);
  DigitChoices choices(int column, int value) const;

  SumTable& table_;
  const SharingOptions& options_;
  BitPlanes planes_;
  ColumnDigits digits_;
  bool too_high_ = false;  // a digit beyond the planes

  PatternQueue queue_;
  std::vector<int> asleep_below_;          // scores of each value that are not noted yet
  std::vector<std::vector<int>> waiting_;  // values, by the score at which they wake
  size_t next_wake_ = 0;                   // nobody waits from here on

  std::vector<Noted> noted_;
  std::vector<int> long_;  // values with planes, ascending
  DistanceCounts counts_;
  std::vector<int> met_;
  std::vector<int> common_;  // columns of a pattern
  Tally pair_, all_;
};

DigitChoices FirstSharing::choices(int column, int value) const {
  const Term* term = table_.find(column, value);
  return term == nullptr ? DigitChoices{} : term->choices;
}

// A value's digits in a column have changed.
void FirstSharing::refresh(int column, int value, const DigitChoices& before) {
  const DigitChoices now = choices(column, value);
  digits_.set(column, value, now);
  if (planes_.has(value)) too_high_ |= !planes_.change(value, column, before, now);
}

// Keeps a new value's digits.
void FirstSharing::enter(int value) {
  constexpr size_t kLong = 16;  // columns from which on planes are faster
  const auto values = static_cast<size_t>(table_.values());
  counts_.resize(values);
  asleep_below_.resize(values, -1);
  const Row& row = table_.row(value);
  if (row.size() >= kLong) {
    planes_.begin(value);
    long_.push_back(value);
  }
  for (const Term& x : row) refresh(x.column, value, {});
}

void FirstSharing::found(const Pattern& pattern, int count) {
  if (count < options_.least_count) return;
  const int score = std::max(saved_bits(table_, options_, pattern, count), 0);
  noted_.push_back({score, packed(pattern)});
}

// The most bits in which a pattern of two values can save, each time.
int FirstSharing::overlap(int a, int b) const {
  return std::max(std::min(table_.bits(a), table_.bits(b)) + options_.bonus, 1);
}

// By going through the columns; without the values in planes, if asked.
void FirstSharing::count_short(int value, bool in_planes) {
  met_.clear();
  int digits = 0;
  for (const Term& x : table_.row(value)) {
    digits += std::popcount(x.choices.plus) + std::popcount(x.choices.minus);
  }
  counts_.expect(digits);
  for (const Term& x : table_.row(value)) {
    if (x.column >= table_.outputs()) break;
    for (const ColumnDigits::Entry& entry : digits_.column(x.column)) {
      if (entry.value >= value) break;
      if (in_planes && planes_.has(entry.value)) continue;
      each_digit(x.choices, [&](int power, bool negative) {
        if (counts_.add(entry, power, negative)) met_.push_back(entry.value);
      });
    }
  }
}

// Of what was counted, the patterns that may score above `band`. Gives the most that the others
// can.
int FirstSharing::collect_short(int value, int band) {
  int left = -1;
  for (const int other : met_) {
    const int bits = overlap(value, other), most = counts_.most(other);
    if (most > 1) {
      const int least = std::max(band / bits + 1, 2);
      if (most >= least) {
        counts_.each(other, least, [&](int distance, bool subtract, int n) {
          found({other, value, -distance, subtract}, n);
        });
        left = std::max(left, (least - 1) * bits);
      } else {
        left = std::max(left, most * bits);
      }
    }
    counts_.clear(other);
  }
  return left;
}

void FirstSharing::collect_long(int value) {
  for (const int other : long_) {
    if (other >= value) break;
    planes_.count(other, value, all_);
    all_.drain([&](int shift, bool subtract, int n) { found({other, value, shift, subtract}, n); });
  }
}

// Whether the columns of a value hold more than comparing it with all that have planes takes.
bool FirstSharing::planes_pay(int value) const {
  constexpr size_t kComparison = 50;  // places in columns
  size_t digits = 0, places = 0;
  for (const Term& x : table_.row(value)) {
    if (x.column >= table_.outputs()) break;
    const size_t choices = std::popcount(x.choices.plus) + std::popcount(x.choices.minus);
    digits += choices;
    places += choices * digits_.column(x.column).size();
  }
  return digits > DistanceCounts::kMost || places > kComparison * long_.size();
}

// Notes the better ones of a value's patterns, none of which has a score above `most`.
void FirstSharing::note(int value, int most) {
  constexpr double kBand = 0.5;
  constexpr int kFew = 2;  // scores that are not worth waiting for
  noted_.clear();
  const bool in_planes = planes_.has(value) && planes_pay(value);
  if (in_planes) collect_long(value);
  for (const Term& x : table_.row(value)) {
    if (x.column < table_.outputs()) add_patterns(x, x, true, pair_, all_);
  }
  all_.drain([&](int shift, bool subtract, int n) { found({value, value, shift, subtract}, n); });
  count_short(value, in_planes);
  int best = -1;
  for (const Noted& x : noted_) best = std::max(best, x.score);
  for (const int other : met_) {
    const int times = counts_.most(other);
    if (times > 1) best = std::max(best, times * overlap(value, other));
  }
  int band = static_cast<int>(kBand * std::min(best, most));
  if (band <= kFew) band = -1;
  int left = collect_short(value, band);
  for (const Noted& x : noted_) {
    const int score = std::min(x.score, most);
    if (score > band) {
      queue_.push(score, x.key);
    } else {
      left = std::max(left, score);
    }
  }
  sleep(value, std::min(left, band));
}

// No pattern of the value above `score` is left to be noted.
void FirstSharing::sleep(int value, int score) {
  asleep_below_[static_cast<size_t>(value)] = score;
  if (score < 0) return;
  const auto at = static_cast<size_t>(score);
  if (at >= waiting_.size()) waiting_.resize(at + 1);
  waiting_[at].push_back(value);
  next_wake_ = std::max(next_wake_, at + 1);
}

// The most that a pattern with the value can score.
int FirstSharing::bound(int value) const {
  const int overlap = std::max(table_.bits(value) + options_.bonus, 1);
  return std::min(table_.readers(value) * overlap, PatternQueue::kMost);
}

// Lets values note their next patterns when those may be as good as the queue's head; false when
// nobody waits and the queue is empty.
bool FirstSharing::wake() {
  while (true) {
    while (next_wake_ > 0 && waiting_[next_wake_ - 1].empty()) --next_wake_;
    if (next_wake_ == 0) return !queue_.empty();
    const auto score = static_cast<int>(next_wake_) - 1;
    if (!queue_.empty() && queue_.top_score() > score) return true;
    const std::vector<int> values = std::move(waiting_[next_wake_ - 1]);
    waiting_[next_wake_ - 1].clear();
    for (const int value : values) {
      const int most = bound(value);
      if (most < score) {
        sleep(value, most);
      } else {
        note(value, score);
      }
    }
  }
}

int FirstSharing::occurrences_in_planes(const Pattern& pattern) {
  const auto [once, more] = planes_.find(pattern);
  int found = 0;
  for (size_t word = 0; word < once.size(); ++word) {
    for (uint64_t bits = once[word] | more[word]; bits != 0; bits &= bits - 1) {
      const int bit = std::countr_zero(bits);
      const int column = static_cast<int>(64 * word) + bit;
      if (!table_.fits(column, pattern.a, pattern.b)) continue;
      const bool several = (more[word] >> bit & 1) != 0;
      found +=
          several ? times(pattern, *table_.find(column, pattern.a), *table_.find(column, pattern.b))
                  : 1;
      common_.push_back(column);
    }
  }
  return found;
}

// How often a pattern can be taken out now.
int FirstSharing::occurrences(const Pattern& pattern) {
  common_.clear();
  if (pattern.a != pattern.b && planes_.has(pattern.a) && planes_.has(pattern.b)) {
    return occurrences_in_planes(pattern);
  }
  int found = 0;
  each_common(table_.row(pattern.a), table_.row(pattern.b), [&](const Term& x, const Term& y) {
    if (x.column >= table_.outputs()) return;
    const int n = times(pattern, x, y);
    if (n == 0 || !table_.fits(x.column, pattern.a, pattern.b)) return;
    found += n;
    common_.push_back(x.column);
  });
  return found;
}

void FirstSharing::take_out(const Pattern& pattern) {
  const SumTable::Made made = table_.make(pattern);
  std::vector<DigitChoices> of_a, of_b;
  for (const int column : common_) {
    of_a.push_back(choices(column, pattern.a));
    of_b.push_back(choices(column, pattern.b));
    table_.replace(column, pattern, made);
  }
  // The count may have promised more than there was.
  if (table_.readers(made.value) < 2) table_.dissolve(made.value);
  for (size_t i = 0; i < common_.size(); ++i) {
    refresh(common_[i], pattern.a, of_a[i]);
    if (pattern.a != pattern.b) refresh(common_[i], pattern.b, of_b[i]);
  }
  enter(made.value);
  if (table_.alive(made.value)) sleep(made.value, bound(made.value));
}

bool FirstSharing::run() {
  for (int value = 0; value < table_.inputs(); ++value) enter(value);
  for (int value = 0; value < table_.inputs(); ++value) sleep(value, bound(value));
  while (!too_high_ && wake()) {
    const PatternQueue::Entry entry = queue_.pop();
    const Pattern pattern = unpacked(entry.key);
    const int count = occurrences(pattern);
    if (count < options_.least_count) continue;
    const int now = std::max(saved_bits(table_, options_, pattern, count), 0);
    if (now < entry.score) {
      if (now > asleep_below_[static_cast<size_t>(pattern.b)]) queue_.push(now, entry.key);
      continue;
    }
    take_out(pattern);
  }
  table_.fresh.clear();
  return !too_high_;
}

}  // namespace

void share_outputs(SumTable& table, const SharingOptions& options) {
  constexpr int kHighest = 24, kRoom = 2;  // digits of shared values may stand a little higher
  // Below these digits Sharing is fast enough; with several forms of a number its choice between
  // equals is the better start of a search.
  constexpr int kFew = 20'000;
  int powers = 0, digits = 0;
  for (int value = 0; value < table.inputs(); ++value) {
    for (const Term& x : table.row(value)) {
      const uint64_t all = x.choices.plus | x.choices.minus;
      powers = std::max(powers, static_cast<int>(std::bit_width(all)));
      digits += std::popcount(all);
    }
  }
  const bool small = options.every_form && digits < kFew;
  if (!small && powers <= kHighest && FirstSharing(table, options, powers + kRoom).run()) return;
  Sharing sharing(table, options);
  sharing.count_everything();
  sharing.share();
}

}  // namespace trigstone
