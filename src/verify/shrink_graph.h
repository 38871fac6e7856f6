// Makes a question on which an engine is wrong as small as it still is wrong.
//
//   30 nodes, 12 events, 7 outputs   =>   input, one operation, one event
//
// Each step tries a simpler question (an output read earlier, a node gone or replaced by an input,
// shorter axes, narrower formats, plainer numbers) and keeps it when the difference persists. The
// result is the same every time.
#pragma once

#include <functional>

#include "verify/engine.h"

namespace trigstone {

// Whether the engine is still wrong on the question, in the same way. May throw for questions that
// make no sense: those are not kept.
using StillWrong = std::function<bool(const Question&)>;

// Wrong numbers stay wrong numbers, a refusal stays a refusal of the same words, digits aside.
// `question` is one on which `engine` differs from the reference interpreter.
StillWrong wrong_like(const Engine& engine, const Question& question);

struct ShrinkOptions {
  int most_tries = 4000;
  double seconds = 60;  // no new try after that
};
// `question` must be wrong. The result passes verify_quantised.
Question shrink_question(const Question& question, const StillWrong& still_wrong,
                         const ShrinkOptions& options = {});

}  // namespace trigstone
