// The scalar-level dataflow in time: what the hardware is, clock by clock.
//
// A netlist is a list of modules; a module uses only modules before it; the last one is the top.
// A module is a list of cells in SSA form: cell i computes value i from earlier values. Every value
// is an integer with an exact interval; its number is mantissa * 2^-fraction_bits.
//
// Memories are loaded through a port that, like the clock, reaches every module that needs it:
// load_enable, load_address and load_data. It knows no events; a word may be written at any clock.
//
// Time. Events enter a module every `period` clocks (its initiation interval, II) or later: `start`
// is high for one clock, local clock 0. A value is right in the window [cycle, cycle + beats): beat
// k of a stream at clock cycle + k, or, when `held`, the same number in the whole window. Nothing
// may be assumed of it at other clocks. There is no reset and no handshake: clocked cells that act
// at `strobe` see `start` delayed by `strobe` clocks, so a gap before the next start re-phases
// them.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "fixed/format.h"

namespace trigstone {

enum class NetOp : uint8_t {
#define NET(name, text, operands, kind, doc) k##name,
#include "netlist/ops.def"
#undef NET
};
enum class NetClass : uint8_t { kSource, kWire, kLogic, kClocked };
struct NetTraits {
  const char* text;
  int operands;
  NetClass kind;
  const char* doc;
};
const NetTraits& traits_of(NetOp op);
const std::vector<NetOp>& all_net_ops();
std::optional<NetOp> net_op_named(std::string_view text);

using CellId = int32_t;

struct Cell {
  NetOp op = NetOp::kConst;
  std::vector<CellId> operands;
  int64_t constant = 0;
  int amount = 0;
  bool flag = false;
  int strobe = 0;                // local clock at which a clocked cell acts
  int module = -1;               // of an instance
  std::vector<int64_t> entries;  // of table, rom, memory and add3
  std::string name;              // from the graph, may be empty

  Interval range;         // of the mantissa, exact or wider
  int fraction_bits = 0;  // value = mantissa * 2^-fraction_bits
  int cycle = 0;          // first clock of the window
  int beats = 1;          // clocks in the window
  bool held = false;      // one number for the whole window

  int last_cycle() const { return cycle + beats - 1; }
  bool operator==(const Cell&) const = default;
};

// Bits of the wire that carries the cell, and whether it is read as two's complement (its interval
// has negative numbers). At clocks outside the window the wire holds some number of that width.
int width_bits(const Cell& cell);
bool is_signed(const Cell& cell);

// Names of modules and ports are identifiers (netlist/identifier.h); cells may be named anyhow.
// A bundle of equally wide elements; bit 0 of the port is bit 0 of element 0.
struct Port {
  std::string name;
  int element_bits = 0;
  bool is_signed = false;
  std::vector<CellId> elements;  // Input cells of an input port, any cells of an output port

  int64_t total_bits() const { return static_cast<int64_t>(elements.size()) * element_bits; }
  bool operator==(const Port&) const = default;
};

struct Module {
  std::string name;
  std::string comment;  // what it computes, one line for the reader of the Verilog
  int period = 1;       // fewest clocks between two starts
  std::vector<Cell> cells;
  std::vector<Port> inputs, outputs;

  CellId add(Cell cell);  // appends, returns its id
  const Cell& cell(CellId id) const { return cells[static_cast<size_t>(id)]; }
  Cell& cell(CellId id) { return cells[static_cast<size_t>(id)]; }
  // True when a cell inside (or an instance inside) acts at a strobe, or is a memory that can be
  // loaded; set by mark_starts.
  bool needs_start = false, needs_load = false;
  bool operator==(const Module&) const = default;
};

struct Netlist {
  std::vector<Module> modules;  // the last one is the top
  const Module& top() const { return modules.back(); }
  Module& top() { return modules.back(); }
  int module_named(const std::string& name) const;  // -1 when there is none
  bool operator==(const Netlist&) const = default;
};

// The interval a cell's result can take, from its operands' intervals (and its own fields).
// For AccSum: of the sums its own window shows, so cycle, beats and strobe must be set; sums before
// the window may wrap, which does no harm to the later ones. Result cells look into the instance's
// module, hence the netlist.
// Throws Error when the interval needs more than 126 bits.
Interval infer_range(const Netlist& netlist, const Module& module, const Cell& cell);

// Where the carry chain of an add3 starts, at most at its highest bit. The bits below are those of
// operand `lowest`: nothing else reaches down to them.
struct CarryChain {
  int start = 0;
  size_t lowest = 0;
};
CarryChain carry_chain(const Module& module, const Cell& add3);

// True when every number of the interval is an int64, as every value of a netlist must be.
bool fits_64_bits(Interval range);

// Element `index` over all ports in order (an instance's operands, a Result's `amount`).
CellId port_element(const std::vector<Port>& ports, int64_t index);
int64_t element_count(const std::vector<Port>& ports);

// Local clocks at which an accumulator loads; the window of an acc_sum says how often it does.
std::vector<int> load_clocks(const Cell& cell);

// Hold, the accumulators, Rom and Memory: they see `start` delayed by Cell::strobe.
bool acts_at_strobe(NetOp op);
bool acts_at_strobe(const Cell& cell);  // not a memory of one word: it shows it at all clocks
// What needs_start of `module` must be, given that of the modules before it.
bool acts_at_strobe(const Netlist& netlist, const Module& module);

// Whether a DSP48E2 multiplies numbers of these intervals: 27 by 18 bits, signs included.
bool fits_dsp(Interval a, Interval b);

// Widths of the load port: the bits of the largest address and of the widest word; 0, 0 without
// memories.
struct LoadWidths {
  int address_bits = 0, data_bits = 0;
  bool operator==(const LoadWidths&) const = default;
};
LoadWidths load_widths(const Netlist& netlist);

// Sets needs_start and needs_load of every module, from the first to the top.
void mark_starts(Netlist& netlist);

// Removes cells that no output port depends on; elements of input ports stay. Returns the new id of
// every old cell, -1 for those that went.
std::vector<CellId> drop_dead_cells(Module& module);

// Builder with exact intervals and fraction bits; combinational cells only (cycle 0), equal
// expressions shared, constants folded, cells that change nothing left out. Lowering writes modules
// with it, pipelining times them.
// Throws Error at "module 'NAME'" when an exact value would need more than 64 bits.
class ModuleBuilder {
 public:
  explicit ModuleBuilder(std::string name);

  CellId input(Interval range, int fraction_bits, const std::string& name = "");
  CellId constant(int64_t value, int fraction_bits = 0);
  CellId add(CellId a, CellId b);  // aligns fraction bits, exact
  CellId sub(CellId a, CellId b);
  // Plus or minus each of three, aligned and exact; at least one is added.
  struct Term {
    CellId cell = -1;
    bool negative = false;
  };
  CellId add3(std::array<Term, 3> terms);
  // In a DSP slice when `dsp` and both operands fit its ports (fits_dsp) and are no gates.
  CellId mul(CellId a, CellId b, bool dsp = false);
  CellId shl(CellId a, int amount);  // mantissa * 2^amount, same fraction bits
  CellId shr(CellId a, int amount);  // mantissa floored, same fraction bits
  CellId wrap(CellId a, int bits, bool is_signed);
  CellId relabel(CellId a, int fraction_bits);    // same mantissa read with another binary point
  CellId align(CellId a, int fraction_bits);      // same number on a finer grid
  CellId mux(CellId select, CellId a, CellId b);  // aligns
  CellId less(CellId a, CellId b);                // aligns
  CellId equal(CellId a, CellId b);               // aligns
  CellId logic_and(CellId a, CellId b);
  CellId logic_or(CellId a, CellId b);
  CellId logic_not(CellId a);
  CellId min(CellId a, CellId b);  // aligns
  CellId max(CellId a, CellId b);  // aligns
  // entries[mantissa of a - base]; entries that a's interval cannot reach are dropped.
  CellId table(CellId a, std::vector<int64_t> entries, int64_t base, int fraction_bits);
  CellId leading_one(CellId a);
  CellId shift_var(CellId a, CellId amount);
  // Rounding and overflow of `to`, as fixed/quantize defines them.
  CellId quantize(CellId a, const Format& to);

  void input_port(const std::string& name, int element_bits, bool is_signed,
                  std::vector<CellId> elements);
  void output_port(const std::string& name, int element_bits, bool is_signed,
                   std::vector<CellId> elements);
  void set_name(CellId id, const std::string& name);

  const Cell& cell(CellId id) const { return module_.cell(id); }
  Module finish(std::string comment);  // drops dead cells

 private:
  CellId emplace(Cell cell);
  CellId emplace(NetOp op, std::vector<CellId> operands, int fraction_bits, int amount = 0,
                 bool flag = false);
  CellId add_or_subtract(CellId a, CellId b, bool subtract);
  CellId shift_left_relabelled(CellId a, int amount, int fraction_bits);
  CellId shift_right_relabelled(CellId a, int amount, int fraction_bits);
  CellId round(CellId a, int shift, const Format& to);
  CellId quantize_finer(CellId a, int shift, const Format& to);
  const Interval& range(CellId id) const { return cell(id).range; }
  int fraction(CellId id) const { return cell(id).fraction_bits; }
  bool is_constant(CellId id, int64_t value) const;
  [[noreturn]] void refuse(const std::string& what) const;

  Module module_;
  std::unordered_multimap<size_t, CellId> known_;  // hash of a cell → cells with that hash
};

}  // namespace trigstone
