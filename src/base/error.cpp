#include "base/error.h"

namespace trigstone {

namespace {

// Messages are one line by contract; a control character in a user's name must not break that.
std::string one_line(std::string text) {
  for (char& c : text) {
    if (static_cast<unsigned char>(c) < 0x20) c = ' ';
  }
  return text;
}

}  // namespace

Error::Error(std::string where, std::string what, std::string hint)
    : where_(one_line(std::move(where))),
      problem_(one_line(std::move(what))),
      hint_(one_line(std::move(hint))) {
  text_ = fmt::format("{}: error: {}", where_, problem_);
  if (!hint_.empty()) text_ += " — " + hint_;
}

void internal_error(std::string_view what, const char* file, int line) {
  throw InternalError(fmt::format("{}:{}: internal error: {}", file, line, what));
}

void Diagnostics::add(std::string where, std::string what, std::string hint) {
  errors_.emplace_back(std::move(where), std::move(what), std::move(hint));
}

void Diagnostics::throw_if_any() const {
  if (errors_.empty()) return;
  const Error& first = errors_.front();
  if (errors_.size() == 1) throw first;
  throw Error(first.where(), fmt::format("{} (and {} more)", first.problem(), errors_.size() - 1),
              first.hint());
}

}  // namespace trigstone
