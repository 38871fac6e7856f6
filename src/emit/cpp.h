// `trigstone emit --target cpp`: one C++17 header and source that compute a quantised graph, bit
// for bit as interpret() and the firmware do, and need nothing but the standard library.
//
// Each value becomes an array of the narrowest of three integer types that holds its format, each
// operation a loop over it; a chain of elementwise operations is one loop. Types of sums are chosen
// from exact intervals, so that nothing can overflow.
#pragma once

#include <string>
#include <vector>

#include "graph/graph.h"

namespace trigstone {

struct CppField {
  std::string name;  // in struct Input or Output
  std::string type;  // "std::int16_t"
  Shape shape;
  Format format;  // inputs: with rounding and overflow modes
};

struct CppSource {
  std::string name;  // namespace, and of the files NAME.h and NAME.cpp
  std::vector<CppField> inputs, outputs;
  std::string header, source;
};

struct CppOptions {
  std::string name;    // empty: from the graph's name
  bool cmssw = false;  // adds create_model() and destroy_model() of hls4mlEmulator
};

// Throws Error when verify_quantised finds fault with the graph, and for the few comparisons whose
// grids lie more than 126 bits apart.
CppSource emit_cpp(const Graph& graph, const CppOptions& options = {});

}  // namespace trigstone
