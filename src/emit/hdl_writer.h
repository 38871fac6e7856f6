// Writes one module; its methods stand in hdl_module.cpp (names, ports, instances), hdl_logic.cpp
// (combinational cells) and hdl_clocked.cpp (whatever knows of clocks). How things are spelled is
// the dialect's.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "emit/hdl_module.h"
#include "emit/hdl_wire.h"

namespace trigstone {

class HdlWriter {
 public:
  HdlWriter(const HdlContext& context, size_t index, int done_after);
  std::string write();

 private:
  const Cell& cell(CellId id) const { return module_.cell(id); }
  HdlWire& wire(CellId id) { return wires_[static_cast<size_t>(id)]; }
  const Module& module_of(const Cell& instance) const {
    return context_.netlist.modules[static_cast<size_t>(instance.module)];
  }
  bool starts_instance(const Cell& c) const {
    return c.op == NetOp::kInstance && module_of(c).needs_start;
  }
  static HdlType type_of(const Cell& c) { return number_type(is_signed(c)); }
  std::string unique_name(const std::string& wanted);
  std::string instance_name(const std::string& name) {
    return unique_name(dialect_.instance_name(name));
  }
  std::string name_for(CellId id);
  // Names the wire (or register) of a cell.
  const HdlVector& declare(CellId id);
  std::string remark(CellId id) const;

  // Ports and instances (hdl_module.cpp)
  void write_head();
  void write_inputs();
  // The elements of a port, the last one first.
  std::vector<HdlExpr> packed(const Port& port, const std::vector<CellId>& elements);
  void write_outputs();
  void write_unused();
  // Element bits [offset, …) of a packed vector as a number of `width` bits.
  HdlExpr element(HdlWire& vector, int64_t offset, const Port& port, int width);
  void write_instance(CellId id);
  void write_result(CellId id);

  // Combinational cells (hdl_logic.cpp)
  void write_add3(CellId id);
  void write_ternary_adder(CellId id);
  // Bits [low, low + count) of a value, sign or zeros above it, to be read as `type`.
  HdlExpr bits(CellId id, int64_t low, int64_t count, HdlType type);
  // The low `width` bits of a value * 2^amount.
  HdlExpr shifted(CellId id, int amount, int width, HdlType type);
  // Two values as numbers of one kind, `width` bits wide where the language asks for it.
  std::pair<HdlExpr, HdlExpr> alike(CellId a, CellId b, int width);
  std::string compared(HdlOperator op, CellId a, CellId b);
  void write_wire(CellId id, const HdlExpr& value);
  void write_cell(CellId id);
  // The low bits; above them zeros or their sign, when the interval is wider than they are.
  std::optional<HdlExpr> saturated(const Cell& c);
  HdlExpr wrapped(CellId source, const Cell& c, int width);
  HdlExpr sum(const Cell& c, int width);
  HdlExpr product(const Cell& c, int width);
  // Of two operands of one width.
  HdlExpr bitwise(HdlOperator op, const Cell& c, int width);
  HdlExpr leading_one(CellId a, int width, HdlType type);

  // Time (hdl_clocked.cpp)
  // High at local clock `clock`.
  std::string strobe(int clock) const { return dialect_.strobe(clock, last_strobe_); }
  std::string at_strobe(int clock) const { return dialect_.truth_of_strobe(strobe(clock)); }
  // High at each clock at which an accumulator loads.
  std::string at_load(const Cell& c) const;
  void write_strobes();
  int phase_bits(int strobe) const;
  void write_phase(int strobe_clock, size_t length);
  // A register that loads `next`, only when `enable` holds unless it is empty.
  void write_register(CellId id, const std::string& enable, const HdlExpr& next);
  void write_sum(CellId id);
  void write_extreme(CellId id);
  void write_lookup(CellId id, const std::vector<int64_t>& entries, const HdlExpr& index);
  void write_table(CellId id);
  void write_rom(CellId id);
  // Words that the load port replaces.
  void write_memory(CellId id);
  HdlExpr phase_of(const Cell& c, int index_bits, const std::string& name);
  static int64_t line_bits(const Cell& c);
  static bool is_memory(const Cell& c);
  // Addresses of the memory of a delay line: at least amount - 1.
  static int address_bits(const Cell& c);
  void write_shift_register(CellId id);
  // Written at `tick`, read amount - 1 places behind: a place of the ring is read, at the latest,
  // in the clock in which it is written again.
  void write_delay_memory(CellId id);

  const HdlContext& context_;
  const HdlDialect& dialect_;
  const Module& module_;
  const bool is_top_;
  const int done_after_;
  int last_strobe_;
  const bool has_clock_;
  int tick_bits_ = 0;
  std::map<int, size_t> phase_lengths_;  // strobe → entries of its longest rom
  std::map<int, std::string> phase_names_;
  std::set<std::string> names_;                         // in lower case
  std::vector<HdlWire> wires_;                          // of cells
  std::vector<std::vector<HdlWire>> instance_outputs_;  // of instance cells
  static constexpr size_t kLoadPorts = 3;
  std::vector<HdlWire> vectors_;  // input ports, those of the load port first where there is one
  HdlText text_;
};

}  // namespace trigstone
