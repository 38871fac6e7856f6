// Loops over the elements of a shape, with the place of each element in several arrays.
#pragma once

#include <string>
#include <vector>

#include "graph/graph.h"

namespace trigstone::cpp {

// Axes that lie together in every array become one loop.
//   for (int i = 0; i < 8; ++i) {
//     for (int j = 0; j < 3; ++j) {
class LoopNest {
 public:
  // `strides[a]` are those of array a, one an axis of `shape`. `letter` begins the loop variables.
  LoopNest(Shape shape, std::vector<std::vector<int64_t>> strides, std::string letter = "i");

  std::string begin(int indent) const;
  std::string end(int indent) const;
  // Of what stands inside; a single element stands in a block of its own.
  int depth() const { return shape_.empty() ? 1 : static_cast<int>(shape_.size()); }
  // The index into array a, plus `offset`.
  std::string index(size_t array, int64_t offset = 0) const;

 private:
  Shape shape_;
  std::vector<std::vector<int64_t>> strides_;
  std::string letter_;
};

std::string indentation(int levels);  // two blanks each

}  // namespace trigstone::cpp
