// Writes one module; its methods stand in verilog_module.cpp (names, ports, instances),
// verilog_logic.cpp (combinational cells) and verilog_clocked.cpp (whatever knows of clocks).
#pragma once

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "emit/verilog_module.h"
#include "emit/verilog_wire.h"

namespace trigstone {

class VerilogWriter {
 public:
  VerilogWriter(const VerilogContext& context, size_t index, int done_after);
  std::string write();

 private:
  const Cell& cell(CellId id) const { return module_.cell(id); }
  VerilogWire& wire(CellId id) { return wires_[static_cast<size_t>(id)]; }
  const Module& module_of(const Cell& instance) const {
    return context_.netlist.modules[static_cast<size_t>(instance.module)];
  }
  bool starts_instance(const Cell& c) const {
    return c.op == NetOp::kInstance && module_of(c).needs_start;
  }
  void line(const std::string& text) { text_ += "  " + text + "\n"; }
  std::string unique_name(const std::string& wanted);
  // Verilator warns when a signal anywhere is named as an instance above it. Identifiers hold no
  // double underscore, so no signal is.
  std::string instance_name(const std::string& name) { return unique_name(name + "__u"); }
  std::string name_for(CellId id);
  // Declares the wire (or register) of a cell; the text to print before "= …" or ";".
  std::string declare(CellId id, const char* kind);
  std::string remark(CellId id) const;

  // Ports and instances (verilog_module.cpp)
  void write_head();
  void write_inputs();
  std::string packed(const Port& port, const std::vector<CellId>& elements,
                     const std::string& indent);
  void write_outputs();
  // Bits that nobody reads end here, so that lint finds only bits left out by mistake.
  void write_unused();
  // Element bits [offset, offset + size) of a packed vector as a number of `width` bits.
  static std::string element(VerilogWire& vector, int64_t offset, const Port& port, int width);
  void write_instance(CellId id);
  void write_result(CellId id);

  // Combinational cells (verilog_logic.cpp)
  // Bits [low, low + count) of a value, sign or zeros above it.
  std::string bits(CellId id, int64_t low, int64_t count);
  // The low `width` bits of a value * 2^amount.
  std::string shifted(CellId id, int amount, int width);
  // Two values of one width, as signed numbers when one of them can be negative.
  std::pair<std::string, std::string> comparable(CellId a, CellId b);
  std::string less_than(CellId a, CellId b);
  void write_wire(CellId id, const std::string& expression);
  void write_cell(CellId id);
  // The low bits; above them zeros or their sign, when the interval is wider than they are.
  std::string wrapped(CellId source, const Cell& c, int width);
  std::string product(CellId a, CellId b, int width);
  // A condition as a number of `width` bits.
  static std::string flag(const std::string& condition, int width);
  std::string choice(CellId a, CellId b, CellId if_less, CellId otherwise, int width);
  std::string leading_one(CellId a, int width);

  // Time (verilog_clocked.cpp)
  // High at local clock `clock`.
  std::string strobe(int clock) const;
  void write_strobes();
  int phase_bits(int strobe) const;
  void write_phase(int strobe_clock, size_t length);
  // A register that loads `next`, only when `enable` is high unless it is empty.
  void write_register(CellId id, const std::string& declaration, const std::string& enable,
                      const std::string& next);
  void write_extreme(CellId id);
  void write_lookup(CellId id, const std::vector<int64_t>& entries, int index_bits,
                    const std::string& index);
  void write_table(CellId id);
  void write_rom(CellId id);
  static int64_t line_bits(const Cell& c);
  static bool is_memory(const Cell& c);
  // Addresses of the memory of a delay line: at least amount - 1.
  static int address_bits(const Cell& c);
  void write_shift_register(CellId id);
  // Written at `tick`, read amount - 1 places behind: a place of the ring is read, at the latest,
  // in the clock in which it is written again.
  void write_delay_memory(CellId id);

  const VerilogContext& context_;
  const Module& module_;
  const bool is_top_;
  const int done_after_;
  int last_strobe_;
  const bool has_clock_;
  int tick_bits_ = 0;
  std::map<int, size_t> phase_lengths_;  // strobe → entries of its longest rom
  std::map<int, std::string> phase_names_;
  std::set<std::string> names_;
  std::vector<VerilogWire> wires_;                          // of cells
  std::vector<std::vector<VerilogWire>> instance_outputs_;  // of instance cells
  std::vector<VerilogWire> vectors_;                        // input ports
  std::string text_;
};

}  // namespace trigstone
