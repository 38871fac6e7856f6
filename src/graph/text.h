// graph.txt: the text form, one node a line, that parses back to an equal graph.
//
//   trigstone.graph/1 "tagger"
//   %0 "x" = input() {format = <16,6,RND_CONV,SAT>, shape = [2]} : <16,6>[2]
//   %1 "w" = constant() {} : <6,1>[2,2] = [1, -3, 0, 31]
//   %2 "dense" = linear(%0, %1) {} : <22,7>[2]
//   output "scores" = %2
#pragma once

#include <string>
#include <string_view>

#include "graph/graph.h"

namespace trigstone {

std::string to_text(const Graph& graph);

// Throws Error at "WHERE:LINE" on any malformed line, and when a printed type differs from the
// inferred one.
Graph parse_graph(std::string_view text, const std::string& where);

}  // namespace trigstone
