// What Verilog and VHDL spell differently. The walk over a module (HdlWriter) decides what is
// declared, in which order and in which widths; a dialect only prints it.
//
// Every expression knows its width and how its bits are read. Verilog ignores the second: widths
// are written out so that signs never matter, comparisons and products aside. VHDL converts.
#pragma once

#include <array>
#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "netlist/netlist.h"

namespace trigstone {

enum class HdlType : uint8_t { kBits, kUnsigned, kSigned };
inline HdlType number_type(bool is_signed) {
  return is_signed ? HdlType::kSigned : HdlType::kUnsigned;
}

struct HdlVector {
  std::string name;
  int64_t bits = 0;
  HdlType type = HdlType::kUnsigned;
  bool in_dsp = false;        // a product that synthesis shall put into a DSP slice
  bool in_block_ram = false;  // the same of a memory and block RAM
};

struct HdlExpr {
  std::string text;
  HdlType type = HdlType::kUnsigned;
  int64_t bits = 0;
  bool is_compound = false;  // an operand of another operator needs parentheses
};

struct HdlPort {
  std::string name;
  bool is_output = false;
  int64_t bits = 0;  // 0: a single wire (clock, start, done)
  std::string remark;
};

// A module in the making. Verilog declares where it assigns, so all its text is body.
struct HdlText {
  std::string head, declarations, body, clocked;
  bool names_dsp = false, names_ram = false;  // the attributes are declared
};

// What a module says of an instance of another one.
struct HdlConnection {
  std::string port;
  HdlVector wire;              // of an output: what it drives; of an input: a name it may take
  std::vector<HdlExpr> parts;  // of an input: its elements, the last one first; none: the wire is
                               // there already, whole
};
struct HdlInstance {
  std::string module, name, start;  // start: empty when it takes none
  bool has_clock = false;
  std::vector<HdlConnection> inputs, outputs;
  std::string remark;
};

// a + b + c, or less those whose flag is set, in as many bits as `sum` has.
struct HdlTernaryAdder {
  std::string name;  // of the instance
  std::array<HdlExpr, 3> operands;
  std::array<bool, 3> negated = {};
  HdlVector sum;  // declared there
};

enum class HdlOperator : uint8_t { kAdd, kSubtract, kAnd, kOr, kXor, kLess, kEqual };

class HdlDialect {
 public:
  virtual ~HdlDialect() = default;

  virtual std::string extension() const = 0;  // of files: ".v"
  // Names that no value may take, in lower case.
  virtual std::set<std::string> own_names() const = 0;
  virtual std::string instance_name(const std::string& name) const = 0;
  virtual std::string comment(const std::string& text) const = 0;  // "  // text"

  // Expressions
  virtual HdlExpr literal(int64_t value, int64_t bits, HdlType type) const = 0;
  virtual HdlExpr slice(const HdlVector& vector, int64_t low, int64_t count) const = 0;
  // `low` with copies of `sign` (a single bit) above it up to `bits`, or zeros when `low` is
  // unsigned. An empty `low` is no bits at all.
  virtual HdlExpr padded(const HdlExpr& low, const HdlExpr& sign, int64_t bits) const = 0;
  virtual HdlExpr cast(const HdlExpr& value, HdlType type) const = 0;
  // `value` followed by `amount` zeros.
  virtual HdlExpr times_power(const HdlExpr& value, int amount) const = 0;
  // The same, the amount a value.
  virtual HdlExpr shifted_by(const HdlExpr& value, const HdlExpr& amount) const = 0;
  // Of two values of one type; of one width unless operand_bits says otherwise.
  virtual HdlExpr binary(HdlOperator op, const HdlExpr& a, const HdlExpr& b) const = 0;
  // Width in which an operand of `own` bits goes into a comparison or product of `common` bits.
  virtual int64_t operand_bits(int64_t own, int64_t common) const = 0;
  virtual HdlExpr product(const HdlExpr& a, const HdlExpr& b, int64_t bits, HdlType type) const = 0;
  virtual HdlExpr joined(const HdlExpr& high, const HdlExpr& low) const = 0;
  virtual HdlExpr memory_at(const HdlVector& memory, const HdlExpr& index) const = 0;

  // Conditions
  virtual std::string truth(const HdlVector& vector, int64_t bit) const = 0;
  virtual std::string truth_of_strobe(const std::string& strobe) const = 0;
  virtual std::string comparison(HdlOperator op, const HdlExpr& a, const HdlExpr& b) const = 0;
  virtual std::string either(const std::string& a, const std::string& b) const = 0;
  virtual std::string both(const std::string& a, const std::string& b) const = 0;
  virtual HdlExpr choice(const std::string& condition, const HdlExpr& yes,
                         const HdlExpr& no) const = 0;
  virtual HdlExpr flag(const std::string& condition, int64_t bits, HdlType type) const = 0;

  // Statements; remarks are printed comments or empty
  // `about`: lines of the comment that opens the file.
  virtual void head(HdlText& out, const std::string& module, const std::vector<std::string>& about,
                    const std::vector<HdlPort>& ports) const = 0;
  // delayed_start, `clocks` bits of it; and how one of its bits is called.
  virtual void strobes(HdlText& out, int clocks) const = 0;
  virtual std::string strobe(int clock, int clocks) const = 0;
  virtual void wire(HdlText& out, const HdlVector& wire, const HdlExpr& value,
                    const std::string& remark) const = 0;
  // A register that loads `next`, only when `enable` holds unless it is empty.
  virtual void register_with(HdlText& out, const HdlVector& wire, const std::string& enable,
                             const HdlExpr& next, const std::string& remark) const = 0;
  // The same in two steps, for a register that is read before it can be written.
  virtual void declare_register(HdlText& out, const HdlVector& wire, bool starts_at_zero,
                                const std::string& remark) const = 0;
  virtual void load_register(HdlText& out, const HdlVector& wire, const HdlExpr& next) const = 0;
  // `places` words of the kind of `memory`, written at `index` every clock. `type` is a name that
  // its type may take.
  virtual void memory(HdlText& out, const HdlVector& memory, const std::string& type,
                      int64_t places, const HdlExpr& index, const HdlExpr& next,
                      const std::string& remark) const = 0;
  // A memory that begins with `words` and takes `data` at `index` whenever `condition` holds.
  virtual void loaded_memory(HdlText& out, const HdlVector& memory, const std::string& type,
                             const std::vector<HdlExpr>& words, const std::string& condition,
                             const HdlExpr& index, const HdlExpr& data) const = 0;
  virtual void lookup(HdlText& out, const HdlVector& wire, const std::string& table,
                      const std::string& instance, const HdlExpr& index,
                      const std::string& remark) const = 0;
  virtual void instance(HdlText& out, const HdlInstance& instance) const = 0;
  // Whether three-operand adders are instances of a module out of primitives.
  virtual bool has_ternary_adder() const { return false; }
  virtual void ternary_adder(HdlText& out, const HdlTernaryAdder& adder,
                             const std::string& remark) const = 0;
  virtual void output(HdlText& out, const std::string& port,
                      const std::vector<HdlExpr>& parts) const = 0;
  virtual void done(HdlText& out, const std::string& strobe) const = 0;
  // Bits that nobody reads end here, so that lint finds only bits left out by mistake.
  virtual void unused(HdlText& out, const std::vector<std::string>& slices) const = 0;
  virtual std::string finish(const HdlText& text, const std::string& module) const = 0;

  // entries[pattern of `index`] as a module or package of its own.
  virtual std::string table(const std::string& name, const std::vector<int64_t>& entries,
                            int index_bits, int value_bits) const = 0;
};

}  // namespace trigstone
