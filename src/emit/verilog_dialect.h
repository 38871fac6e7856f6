// How Verilog-2005 spells a module.
//
// Operands are extended and sliced by hand, so nothing depends on the sign and width rules of the
// language; $signed appears where a comparison or product has to see signs.
#pragma once

#include <utility>

#include "emit/hdl_dialect.h"

namespace trigstone {

// "8'd3", "-8'sd3": a constant of `bits` bits.
std::string verilog_literal(int64_t value, int64_t bits);

class VerilogDialect : public HdlDialect {
 public:
  // `ternary_adder`: the module whose instances add three operands; empty: `a + b + c`.
  explicit VerilogDialect(std::string ternary_adder = "")
      : ternary_adder_(std::move(ternary_adder)) {}

  std::string extension() const override { return ".v"; }
  std::set<std::string> own_names() const override;
  // Verilator warns when a signal anywhere is named as an instance above it. Identifiers hold no
  // double underscore, so no signal is.
  std::string instance_name(const std::string& name) const override { return name + "__u"; }
  std::string comment(const std::string& text) const override { return "  // " + text; }

  HdlExpr literal(int64_t value, int64_t bits, HdlType type) const override;
  HdlExpr slice(const HdlVector& vector, int64_t low, int64_t count) const override;
  HdlExpr padded(const HdlExpr& low, const HdlExpr& sign, int64_t bits) const override;
  HdlExpr cast(const HdlExpr& value, HdlType type) const override;
  HdlExpr times_power(const HdlExpr& value, int amount) const override;
  HdlExpr shifted_by(const HdlExpr& value, const HdlExpr& amount) const override;
  HdlExpr binary(HdlOperator op, const HdlExpr& a, const HdlExpr& b) const override;
  int64_t operand_bits(int64_t, int64_t common) const override { return common; }
  HdlExpr product(const HdlExpr& a, const HdlExpr& b, int64_t bits, HdlType type) const override;
  HdlExpr joined(const HdlExpr& high, const HdlExpr& low) const override;
  HdlExpr memory_at(const HdlVector& memory, const HdlExpr& index) const override;

  std::string truth(const HdlVector& vector, int64_t bit) const override;
  std::string truth_of_strobe(const std::string& strobe) const override { return strobe; }
  std::string comparison(HdlOperator op, const HdlExpr& a, const HdlExpr& b) const override;
  std::string either(const std::string& a, const std::string& b) const override;
  std::string both(const std::string& a, const std::string& b) const override;
  HdlExpr choice(const std::string& condition, const HdlExpr& yes,
                 const HdlExpr& no) const override;
  HdlExpr flag(const std::string& condition, int64_t bits, HdlType type) const override;

  void head(HdlText& out, const std::string& module, const std::vector<std::string>& about,
            const std::vector<HdlPort>& ports) const override;
  void strobes(HdlText& out, int clocks) const override;
  std::string strobe(int clock, int clocks) const override;
  void wire(HdlText& out, const HdlVector& wire, const HdlExpr& value,
            const std::string& remark) const override;
  void register_with(HdlText& out, const HdlVector& wire, const std::string& enable,
                     const HdlExpr& next, const std::string& remark) const override;
  void declare_register(HdlText& out, const HdlVector& wire, bool starts_at_zero,
                        const std::string& remark) const override;
  void load_register(HdlText& out, const HdlVector& wire, const HdlExpr& next) const override;
  void memory(HdlText& out, const HdlVector& memory, const std::string& type, int64_t places,
              const HdlExpr& index, const HdlExpr& next, const std::string& remark) const override;
  void loaded_memory(HdlText& out, const HdlVector& memory, const std::string& type,
                     const std::vector<HdlExpr>& words, const std::string& condition,
                     const HdlExpr& index, const HdlExpr& data) const override;
  void lookup(HdlText& out, const HdlVector& wire, const std::string& table,
              const std::string& instance, const HdlExpr& index,
              const std::string& remark) const override;
  void instance(HdlText& out, const HdlInstance& instance) const override;
  bool has_ternary_adder() const override { return !ternary_adder_.empty(); }
  void ternary_adder(HdlText& out, const HdlTernaryAdder& adder,
                     const std::string& remark) const override;
  void output(HdlText& out, const std::string& port,
              const std::vector<HdlExpr>& parts) const override;
  void done(HdlText& out, const std::string& strobe) const override;
  void unused(HdlText& out, const std::vector<std::string>& slices) const override;
  std::string finish(const HdlText& text, const std::string& module) const override;

  // A module. The entries stand in a local parameter that fills a memory. Other forms cost more: a
  // case statement is copied by Verilator for every instance, a variable slice of a wide constant
  // is expanded by Yosys into shifters.
  std::string table(const std::string& name, const std::vector<int64_t>& entries, int index_bits,
                    int value_bits) const override;

 private:
  std::string ternary_adder_;
};

}  // namespace trigstone
