// Networks as trigger algorithms: the tokens of crossings through the fast engine, one number out.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "events/event.h"
#include "trigger/menu.h"

namespace trigstone {

class HeadRunner {
 public:
  // Reads and checks the model: a quantised graph with an input [slots, kTokenFeatures], perhaps
  // one of validity [slots], and the output the menu names. Throws Error at the head's place in the
  // menu, or as the reader of the model and FastEngine do.
  HeadRunner(const HeadSource& source, int threads);
  ~HeadRunner();
  HeadRunner(const HeadRunner&) = delete;
  HeadRunner& operator=(const HeadRunner&) = delete;
  HeadRunner(HeadRunner&&) noexcept;
  HeadRunner& operator=(HeadRunner&&) noexcept;

  // One number an event.
  std::vector<double> run(std::span<const Event> events) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace trigstone
