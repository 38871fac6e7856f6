#include "emit/cpp_loops.h"

#include <fmt/format.h>

namespace trigstone::cpp {

std::string indentation(int levels) { return std::string(static_cast<size_t>(2 * levels), ' '); }

LoopNest::LoopNest(Shape shape, std::vector<std::vector<int64_t>> strides, std::string letter)
    : letter_(std::move(letter)) {
  strides_.resize(strides.size());
  for (size_t axis = 0; axis < shape.size(); ++axis) {
    if (shape[axis] == 1) continue;
    bool joins = !shape_.empty();
    for (size_t a = 0; joins && a < strides.size(); ++a) {
      joins = strides_[a].back() == strides[a][axis] * shape[axis];
    }
    if (joins) {
      shape_.back() *= shape[axis];
    } else {
      shape_.push_back(shape[axis]);
      for (auto& of_array : strides_) of_array.push_back(0);
    }
    for (size_t a = 0; a < strides.size(); ++a) strides_[a].back() = strides[a][axis];
  }
}

std::string LoopNest::begin(int indent) const {
  std::string text;
  if (shape_.empty()) text = indentation(indent) + "{\n";
  for (size_t axis = 0; axis < shape_.size(); ++axis) {
    text += fmt::format("{0}for (int {1}{2} = 0; {1}{2} < {3}; ++{1}{2}) {{\n",
                        indentation(indent + static_cast<int>(axis)), letter_, axis, shape_[axis]);
  }
  return text;
}

std::string LoopNest::end(int indent) const {
  std::string text;
  for (int level = depth() - 1; level >= 0; --level) text += indentation(indent + level) + "}\n";
  return text;
}

std::string LoopNest::index(size_t array, int64_t offset) const {
  std::string text;
  for (size_t axis = 0; axis < shape_.size(); ++axis) {
    const int64_t stride = strides_[array][axis];
    if (stride == 0) continue;
    if (!text.empty()) text += " + ";
    text += stride == 1 ? fmt::format("{}{}", letter_, axis)
                        : fmt::format("{}{} * {}", letter_, axis, stride);
  }
  if (text.empty()) return fmt::format("{}", offset);
  return offset == 0 ? text : fmt::format("{} + {}", text, offset);
}

}  // namespace trigstone::cpp
