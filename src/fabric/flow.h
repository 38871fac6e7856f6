// A model as the planner sees it: a chain of items that may be cut between any two, and the values
// that cross the cuts.
//
// It comes from a compiled netlist (exact: clocks and bits) or from the nodes of a graph (an
// estimate). Items stand in an order in which every value is made before it is read.
#pragma once

#include <string>
#include <vector>

#include "fabric/packet.h"
#include "fixed/format.h"
#include "netlist/firmware.h"

namespace trigstone {

// What is never cut: a module instance, or the registers and sums of one clock between modules.
struct FlowItem {
  std::string name;
  Resources resources;
};

struct FlowValue {
  std::string name;
  Format format;
  int64_t elements = 1;  // numbers of this format, side by side
  int cycle = 0;         // first clock of its window after the event's start
  int beats = 1;         // clocks in the window
  bool held = false;     // one number in the whole window: sent once
  int made = -1;         // item that makes it; -1: an input of the model
  int last_read = -1;    // last item that reads it

  int sendings() const { return held ? 1 : beats; }
  int64_t bits() const { return elements * format.width_bits; }  // of one sending
};

struct Flow {
  std::vector<FlowItem> items;
  std::vector<FlowValue> values;  // inputs of the model included
  std::vector<FlowValue> inputs,
      outputs;  // elements of the ports in order, as they enter and leave
  int latency_cycles = 0;
  int ii = 1;

  int end() const { return static_cast<int>(items.size()); }
  // Index in `values` of what crosses a cut before item `cut`, 0 < cut < end().
  std::vector<size_t> crossing(int cut) const;
};

// The sendings of values in the order of the payload: by clock, then as they stand.
struct Sending {
  size_t value = 0;  // index in the list it was made of
  int beat = 0;
};
std::vector<Sending> sendings_of(const std::vector<FlowValue>& values);
std::vector<PacketField> fields_of(const std::vector<FlowValue>& values,
                                   const std::vector<Sending>& order);

}  // namespace trigstone
