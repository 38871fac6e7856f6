// The words that bring a model's weights into firmware that keeps them in memories, and the text
// that carries them: lines of $readmemh, an address and the bits of load_data.
//
//   @0004 1f3   =>   load_enable = 1, load_address = 4, load_data = 0x1f3 for one clock
#pragma once

#include <string>
#include <vector>

#include "graph/graph.h"
#include "interpret/stimulus.h"
#include "netlist/firmware.h"

namespace trigstone {

// One word a weight and bias, in order of their addresses. `graph` is a quantised graph with the
// nodes that firmware.weights names. Throws Error at the node that is missing, has another shape or
// format, or whose results leave the format that the firmware keeps for them.
std::vector<LoadWord> load_words(const Firmware& firmware, const Graph& graph);

// Firmware whose load port is driven with the words of `other` computes `other` when both graphs
// differ in nothing but numbers that stand in memories. Throws Error at the first node of `other`
// that differs otherwise.
void check_reloadable(const Firmware& firmware, const Graph& compiled, const Graph& other);

std::string load_text(const Firmware& firmware, const std::vector<LoadWord>& words);
// Throws Error at "WHERE:LINE" for what is no hexadecimal word or stands outside of the memories.
std::vector<LoadWord> parse_load_text(const std::string& text, const Firmware& firmware,
                                      const std::string& where);

}  // namespace trigstone
