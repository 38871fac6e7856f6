#include "verify/shrink_graph.h"

#include <algorithm>
#include <cctype>
#include <chrono>
#include <exception>

#include "base/progress.h"
#include "graph/passes.h"
#include "graph/verify_graph.h"
#include "interpret/interpret_graph.h"
#include "verify/shrink_steps.h"

namespace trigstone {

namespace {

// What two refusals of one cause have in common.
std::string letters_of(const std::string& text) {
  std::string letters;
  for (const char c : text) {
    if (std::isalpha(static_cast<unsigned char>(c)) != 0) letters += c;
  }
  return letters;
}

bool is_same_refusal(const std::string& a, const std::string& b) {
  if (a.empty() || b.empty()) return a.empty() == b.empty();
  // The end says what is wrong, the start where.
  const std::string x = letters_of(a), y = letters_of(b);
  const size_t common = std::min<size_t>({x.size(), y.size(), 24});
  return x.substr(x.size() - common) == y.substr(y.size() - common);
}

class Shrinker {
 public:
  Shrinker(const Question& question, const StillWrong& still_wrong, const ShrinkOptions& options)
      : current_(question),
        still_wrong_(still_wrong),
        options_(options),
        start_(std::chrono::steady_clock::now()) {}

  Question run() {
    for (bool smaller = true; smaller && has_time();) {
      smaller = false;
      for (const ShrinkStep& step : shrink_steps()) {
        // Where a step helped it may help again.
        for (size_t place = 0; has_time() && place < step.places(current_);) {
          const bool helped = attempt(step, place);
          smaller = smaller || helped;
          if (!helped) ++place;
        }
      }
    }
    return std::move(current_);
  }

 private:
  bool has_time() const {
    const std::chrono::duration<double> spent = std::chrono::steady_clock::now() - start_;
    return tries_ < options_.most_tries && spent.count() < options_.seconds;
  }

  bool attempt(const ShrinkStep& step, size_t place) {
    check_interrupt();
    try {
      Question simpler = step.apply(current_, place);
      if (complexity(simpler) >= complexity(current_)) return false;
      ++tries_;
      if (!verify_quantised(simpler.graph).empty()) return false;
      if (!still_wrong_(simpler)) return false;
      current_ = std::move(simpler);
      return true;
    } catch (const std::exception&) {  // the simpler question makes no sense
      return false;
    }
  }

  Question current_;
  const StillWrong& still_wrong_;
  const ShrinkOptions options_;
  const std::chrono::steady_clock::time_point start_;
  int tries_ = 0;
};

}  // namespace

StillWrong wrong_like(const Engine& engine, const Question& question) {
  const std::string refusal = engine.run({question})[0].refusal;
  return [engine, refusal](const Question& simpler) {
    const Answer right = interpreter_engine().run({simpler})[0];
    if (!right.refusal.empty()) return false;
    const Answer answer = engine.run({simpler})[0];
    return difference(right, answer, output_names(simpler.graph)).has_value() &&
           is_same_refusal(answer.refusal, refusal);
  };
}

Question shrink_question(const Question& question, const StillWrong& still_wrong,
                         const ShrinkOptions& options) {
  return Shrinker(question, still_wrong, options).run();
}

}  // namespace trigstone
