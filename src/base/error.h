// Errors that end a user's request, bugs of ours, and diagnostics that gather many messages.
//
// Every message says where in the user's input, what is wrong and how to mend it:
//   jets.onnx:node 'Softmax_12': error: 17-bit sum does not fit <16,6> — set accumulator = "<18,8>"
#pragma once

#include <fmt/core.h>

#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace trigstone {

// The user's input is wrong: ends the request, exit status 1.
class Error : public std::exception {
 public:
  Error(std::string where, std::string what, std::string hint = "");

  const std::string& where() const { return where_; }      // place in the user's input
  const std::string& problem() const { return problem_; }  // what is wrong there
  const std::string& hint() const { return hint_; }        // how to mend it, may be empty
  // "place: error: what — hint", one line.
  const char* what() const noexcept override { return text_.c_str(); }

 private:
  std::string where_, problem_, hint_, text_;
};

// A broken promise of our own code: exit status 3.
class InternalError : public std::logic_error {
 public:
  using std::logic_error::logic_error;
};

// Throws InternalError naming the file and line of the caller.
[[noreturn]] void internal_error(std::string_view what, const char* file = __builtin_FILE(),
                                 int line = __builtin_LINE());

// Throws InternalError unless `condition` holds.
inline void ensure(bool condition, std::string_view what, const char* file = __builtin_FILE(),
                   int line = __builtin_LINE()) {
  if (!condition) internal_error(what, file, line);
}

// Gathers many messages, so that a user mends all of them in one go.
class Diagnostics {
 public:
  void add(std::string where, std::string what, std::string hint = "");
  bool empty() const { return errors_.empty(); }
  const std::vector<Error>& errors() const { return errors_; }
  // Throws one Error that carries the first message and the number of the others.
  void throw_if_any() const;

 private:
  std::vector<Error> errors_;
};

}  // namespace trigstone
