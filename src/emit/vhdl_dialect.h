// How VHDL-2008 spells a module: std_logic_1164 and numeric_std only.
//
// A value is a signed or unsigned vector, one bit too; ports, strobes and packed vectors are
// std_logic_vector. Values that need no clock are concurrent assignments in the order in which they
// are computed; all registers of a module load in one process.
#pragma once

#include "emit/hdl_dialect.h"

namespace trigstone {

class VhdlDialect : public HdlDialect {
 public:
  std::string extension() const override { return ".vhd"; }
  std::set<std::string> own_names() const override;
  std::string instance_name(const std::string& name) const override { return name + "_u"; }
  std::string comment(const std::string& text) const override { return "  -- " + text; }

  HdlExpr literal(int64_t value, int64_t bits, HdlType type) const override;
  HdlExpr slice(const HdlVector& vector, int64_t low, int64_t count) const override;
  HdlExpr padded(const HdlExpr& low, const HdlExpr& sign, int64_t bits) const override;
  HdlExpr cast(const HdlExpr& value, HdlType type) const override;
  HdlExpr times_power(const HdlExpr& value, int amount) const override;
  HdlExpr shifted_by(const HdlExpr& value, const HdlExpr& amount) const override;
  HdlExpr binary(HdlOperator op, const HdlExpr& a, const HdlExpr& b) const override;
  int64_t operand_bits(int64_t own, int64_t) const override { return own; }
  HdlExpr product(const HdlExpr& a, const HdlExpr& b, int64_t bits, HdlType type) const override;
  HdlExpr joined(const HdlExpr& high, const HdlExpr& low) const override;
  HdlExpr memory_at(const HdlVector& memory, const HdlExpr& index) const override;

  std::string truth(const HdlVector& vector, int64_t bit) const override;
  std::string truth_of_strobe(const std::string& strobe) const override;
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
  // VHDL adds them with operators.
  void ternary_adder(HdlText&, const HdlTernaryAdder&, const std::string&) const override {}
  void output(HdlText& out, const std::string& port,
              const std::vector<HdlExpr>& parts) const override;
  void done(HdlText& out, const std::string& strobe) const override;
  void unused(HdlText& out, const std::vector<std::string>& slices) const override;
  std::string finish(const HdlText& text, const std::string& module) const override;

  // A package with a function: an unknown index gives unknown bits, as in Verilog.
  std::string table(const std::string& name, const std::vector<int64_t>& entries, int index_bits,
                    int value_bits) const override;
};

}  // namespace trigstone
