#include "netlist/verify_netlist.h"

#include <algorithm>
#include <bit>
#include <set>

#include "fixed/quantize.h"
#include "netlist/identifier.h"

namespace trigstone {

namespace {

constexpr size_t kMostMessages = 100;
constexpr int kWidestIndex = 20;                    // a table is a memory of 2^bits entries
constexpr int64_t kLastAddress = int64_t{1} << 30;  // of memories
constexpr int kLatestClock = 1 << 20;  // clocks, windows and delays stay far below int overflow

constexpr uint64_t kLargestFactor = uint64_t{1} << 62;

Interval numbers_of(int bits, bool is_signed) {
  const Int128 span = static_cast<Int128>(1) << bits;
  return is_signed ? Interval{-(span >> 1), (span >> 1) - 1} : Interval{0, span - 1};
}

bool inside(Interval inner, Interval outer) {
  return outer.low <= inner.low && inner.high <= outer.high;
}

std::string text_of(Interval range) {
  return fmt::format("[{}, {}]", static_cast<__int128>(range.low),
                     static_cast<__int128>(range.high));
}

// What a cell needs of an operand: its number at clocks [first, last] of the module.
bool covers(const Cell& operand, int64_t first, int64_t last) {
  return operand.op == NetOp::kConst || (operand.cycle <= first && last <= operand.last_cycle());
}

bool has_phase(NetOp op) { return op == NetOp::kRom || op == NetOp::kMemory; }

bool same_number_throughout(const Cell& cell) {
  return cell.op == NetOp::kConst || cell.held || cell.beats == 1;
}

class ModuleVerifier {
 public:
  ModuleVerifier(const Netlist& netlist, size_t index, Diagnostics& diagnostics)
      : netlist_(netlist),
        index_(index),
        module_(netlist.modules[index]),
        diagnostics_(diagnostics) {}

  void run() {
    if (!is_identifier(module_.name)) {
      report(-1, "the name is no identifier of hardware languages", "use identifier_from");
    }
    if (netlist_.module_named(module_.name) != static_cast<int>(index_)) {
      report(-1, "a module before it has the same name");
    }
    if (module_.period < 1 || module_.period > kLatestClock) {
      return report(-1, fmt::format("period {} is not in 1..{}", module_.period, kLatestClock));
    }
    for (size_t i = 0; i < module_.cells.size(); ++i) {
      if (!check_structure(static_cast<CellId>(i))) return;  // the rest would read outside
    }
    if (module_.needs_start != acts_at_strobe(netlist_, module_)) {
      report(-1, "needs_start is not up to date", "call mark_starts");
    }
    check_ports();
    for (size_t i = 0; i < module_.cells.size(); ++i) {
      if (diagnostics_.errors().size() >= kMostMessages) return;
      const auto id = static_cast<CellId>(i);
      if (check_window(id) && check_fields(id) && check_interval(id)) check_time(id);
    }
  }

 private:
  const Cell& cell(CellId id) const { return module_.cell(id); }
  const Cell& operand(CellId id, size_t k) const { return cell(cell(id).operands[k]); }

  void report(CellId id, const std::string& what,
              const std::string& hint = "this is a broken netlist: compile the model again") {
    std::string where = fmt::format("netlist:module '{}'", module_.name);
    if (id >= 0) where += fmt::format(" %{} {}", id, traits_of(cell(id).op).text);
    if (diagnostics_.errors().size() < kMostMessages) diagnostics_.add(where, what, hint);
  }

  // Operands exist and come before, instances name an earlier module, results an instance.
  bool check_structure(CellId id) {
    const Cell& c = cell(id);
    const int expected = traits_of(c.op).operands;
    if (expected >= 0 && c.operands.size() != static_cast<size_t>(expected)) {
      report(id, fmt::format("has {} operands, needs {}", c.operands.size(), expected));
      return false;
    }
    for (const CellId o : c.operands) {
      if (o < 0 || o >= id) {
        report(id, fmt::format("reads %{}, which is not before it", o));
        return false;
      }
      if ((cell(o).op == NetOp::kInstance) != (c.op == NetOp::kResult)) {
        report(id, "an instance is read by result cells, and a result cell reads an instance");
        return false;
      }
    }
    if (c.op == NetOp::kInstance) return check_instance_structure(id);
    if (c.op == NetOp::kResult) {
      const Module& used = netlist_.modules[static_cast<size_t>(operand(id, 0).module)];
      if (c.amount < 0 || c.amount >= element_count(used.outputs)) {
        report(id, fmt::format("module '{}' has no output element {}", used.name, c.amount));
        return false;
      }
    }
    if (c.entries.empty() && (c.op == NetOp::kTable || has_phase(c.op))) {
      report(id, "has no entries");
      return false;
    }
    return true;
  }

  bool check_instance_structure(CellId id) {
    const Cell& c = cell(id);
    if (c.module < 0 || static_cast<size_t>(c.module) >= index_) {
      report(id, fmt::format("runs module {}, which is not before this one", c.module));
      return false;
    }
    const Module& used = netlist_.modules[static_cast<size_t>(c.module)];
    if (static_cast<int64_t>(c.operands.size()) != element_count(used.inputs)) {
      report(id, fmt::format("has {} operands, module '{}' takes {}", c.operands.size(), used.name,
                             element_count(used.inputs)));
      return false;
    }
    return true;
  }

  void check_ports() {
    std::set<std::string> names;
    std::vector<int> uses(module_.cells.size());
    for (const auto* ports : {&module_.inputs, &module_.outputs}) {
      const bool is_input = ports == &module_.inputs;
      for (const Port& port : *ports) {
        check_port(port, is_input);
        if (!names.insert(port.name).second) {
          report(-1, fmt::format("two ports are named '{}'", port.name));
        }
        for (const CellId id : port.elements) {
          if (is_input && id >= 0 && id < static_cast<CellId>(uses.size())) {
            ++uses[static_cast<size_t>(id)];
          }
        }
      }
    }
    for (size_t i = 0; i < uses.size(); ++i) {
      if (cell(static_cast<CellId>(i)).op == NetOp::kInput && uses[i] != 1) {
        report(static_cast<CellId>(i), fmt::format("is in {} input ports, not in one", uses[i]));
      }
    }
  }

  void check_port(const Port& port, bool is_input) {
    const auto refuse = [&](const std::string& what) {
      report(-1, fmt::format("port '{}': {}", port.name, what));
    };
    if (!is_identifier(port.name)) refuse("the name is no identifier of hardware languages");
    if (port.elements.empty()) refuse("has no elements");
    if (port.element_bits < 1 || port.element_bits > 64) {
      return refuse(fmt::format("{}-bit elements; 1 to 64 are possible", port.element_bits));
    }
    for (const CellId id : port.elements) {
      if (id < 0 || id >= static_cast<CellId>(module_.cells.size())) {
        return refuse(fmt::format("there is no cell %{}", id));
      }
      if (is_input != (cell(id).op == NetOp::kInput) && is_input) refuse("holds no input cell");
      if (cell(id).op == NetOp::kInstance) refuse("an instance is no value");
      if (!inside(cell(id).range, numbers_of(port.element_bits, port.is_signed))) {
        refuse(fmt::format("%{} in {} does not fit {} {} bits", id, text_of(cell(id).range),
                           port.element_bits, port.is_signed ? "signed" : "unsigned"));
      }
    }
  }

  bool check_window(CellId id) {
    const Cell& c = cell(id);
    if (c.op == NetOp::kConst || c.op == NetOp::kInstance) return true;
    if (c.cycle < 0 || c.cycle > kLatestClock || c.beats < 1) {
      report(id, fmt::format("window of {} clocks at {}", c.beats, c.cycle));
      return false;
    }
    if (c.beats > module_.period) {
      report(id, fmt::format("shows {} beats, the next event comes after {} clocks", c.beats,
                             module_.period));
      return false;
    }
    return true;
  }

  bool check_between(CellId id, const char* field, int64_t value, int64_t low, int64_t high) {
    if (low <= value && value <= high) return true;
    report(id, fmt::format("{} is {}, not in {}..{}", field, value, low, high));
    return false;
  }

  bool check_operand_in(CellId id, size_t k, Interval allowed) {
    if (inside(operand(id, k).range, allowed)) return true;
    report(id, fmt::format("operand {} in {} leaves {}", k, text_of(operand(id, k).range),
                           text_of(allowed)));
    return false;
  }

  bool check_factors(CellId id) {
    const Cell& c = cell(id);
    if (!check_between(id, "number of entries", static_cast<int64_t>(c.entries.size()), 3, 3)) {
      return false;
    }
    for (const int64_t factor : c.entries) {
      const auto bits = static_cast<uint64_t>(factor);
      const uint64_t size = factor < 0 ? 0 - bits : bits;
      if (std::has_single_bit(size) && size <= kLargestFactor) continue;
      report(id, fmt::format("entry {} is not plus or minus a power of two up to 2^62", factor));
      return false;
    }
    if (c.entries[0] > 0) return true;
    report(id, "the first entry is negative", "operands may change places");
    return false;
  }

  bool check_fields(CellId id) {
    const Cell& c = cell(id);
    switch (c.op) {
      case NetOp::kInput:
      case NetOp::kConst:
      case NetOp::kLess:
      case NetOp::kEqual:
      case NetOp::kMin:
      case NetOp::kMax:
      case NetOp::kReg:
      case NetOp::kResult:
        return true;
      case NetOp::kMul:
        if (!c.flag || fits_dsp(operand(id, 0).range, operand(id, 1).range)) return true;
        report(id, "its operands are wider than the 27 and 18 bits of a DSP slice");
        return false;
      case NetOp::kShiftLeft:
      case NetOp::kShiftRight:
        return check_between(id, "amount", c.amount, 0, 63);
      case NetOp::kWrap:
        return check_between(id, "amount", c.amount, 1, c.flag ? 64 : 63);
      case NetOp::kAdd:
        return check_between(id, "amount", c.amount, -63, 63);
      case NetOp::kAdd3:
        return check_factors(id);
      case NetOp::kMux:
      case NetOp::kNot:
        return check_operand_in(id, 0, {0, 1});
      case NetOp::kAnd:
      case NetOp::kOr:
        return check_operand_in(id, 0, {0, 1}) && check_operand_in(id, 1, {0, 1});
      case NetOp::kTable: {
        if (width_bits(operand(id, 0)) > kWidestIndex) {
          report(id, fmt::format("index of {} bits; {} at most", width_bits(operand(id, 0)),
                                 kWidestIndex));
          return false;
        }
        const Int128 base = c.constant;
        return check_operand_in(id, 0, {base, base + static_cast<Int128>(c.entries.size()) - 1});
      }
      case NetOp::kLeadingOne:
        return check_operand_in(id, 0, {0, INT64_MAX});
      case NetOp::kShiftVar:
        return check_operand_in(id, 1, {0, 63});
      case NetOp::kDelay:
        return check_between(id, "amount", c.amount, 1, kLatestClock);
      case NetOp::kAccSum:
        return check_between(id, "strobe", c.strobe, 0, kLatestClock) &&
               check_between(id, "amount", c.amount, 0, module_.period);
      case NetOp::kHold:
      case NetOp::kAccMax:
      case NetOp::kAccMin:
      case NetOp::kInstance:
        return check_between(id, "strobe", c.strobe, 0, kLatestClock);
      case NetOp::kRom:
      case NetOp::kMemory:
        return check_between(id, "strobe", c.strobe, 0, kLatestClock) &&
               check_between(id, "number of entries", static_cast<int64_t>(c.entries.size()), 1,
                             module_.period) &&
               check_between(id, "first address", c.constant, 0, kLastAddress);
    }
    internal_error("unknown netlist operation");
  }

  bool check_interval(CellId id) {
    const Cell& c = cell(id);
    if (c.range.low > c.range.high || !fits_64_bits(c.range)) {
      report(id, fmt::format("interval {} is empty or exceeds 64 bits", text_of(c.range)));
      return false;
    }
    try {
      const Interval exact = infer_range(netlist_, module_, c);
      if (c.op == NetOp::kInstance || inside(exact, c.range)) return true;
      report(id, fmt::format("interval {} is narrower than {}", text_of(c.range), text_of(exact)));
    } catch (const Error& error) {
      report(id, error.problem(), error.hint());
    }
    return false;
  }

  // Operand k is needed in [first, last]; `held` when all clocks must show one number.
  void need(CellId id, size_t k, int64_t first, int64_t last, bool one_number) {
    const Cell& o = operand(id, k);
    if (!covers(o, first, last)) {
      return report(id,
                    fmt::format("needs operand {} (%{}) at clocks {}..{}; it is right at {}..{}", k,
                                cell(id).operands[k], first, last, o.cycle, o.last_cycle()));
    }
    if (one_number && first != last && !same_number_throughout(o)) {
      report(id, fmt::format("is held, but operand {} (%{}) is not", k, cell(id).operands[k]));
    }
  }

  void check_time(CellId id) {
    const Cell& c = cell(id);
    switch (traits_of(c.op).kind) {
      case NetClass::kSource:
        return;
      case NetClass::kWire:
      case NetClass::kLogic:
        if (c.op == NetOp::kResult) return check_result_time(id);
        for (size_t k = 0; k < c.operands.size(); ++k) {
          need(id, k, c.cycle, c.last_cycle(), c.held);
        }
        return;
      case NetClass::kClocked:
        return check_clocked_time(id);
    }
  }

  void check_clocked_time(CellId id) {
    const Cell& c = cell(id);
    if (c.op == NetOp::kInstance) return check_instance_time(id);
    if (c.op == NetOp::kReg || c.op == NetOp::kDelay) {
      const int delay = c.op == NetOp::kReg ? 1 : c.amount;
      return need(id, 0, c.cycle - delay, c.last_cycle() - delay, c.held);
    }
    const int64_t first = has_phase(c.op) ? c.strobe : c.strobe + 1;
    const int64_t last =
        has_phase(c.op) ? c.strobe + module_.period - 1 : c.strobe + module_.period;
    if (c.cycle < first || c.last_cycle() > last) {
      return report(id, fmt::format("window {}..{} leaves {}..{}, between two strobes", c.cycle,
                                    c.last_cycle(), first, last));
    }
    if (has_phase(c.op)) {
      if (c.held && c.beats > 1 && c.entries.size() > 1) report(id, "a rom changes every clock");
      return;
    }
    if (c.op == NetOp::kHold) return need(id, 0, c.strobe, c.strobe, false);
    if (c.held && c.beats > 1) report(id, "an accumulator changes every clock");
    need(id, 0, c.strobe, c.last_cycle() - 1, false);
  }

  void check_instance_time(CellId id) {
    const Cell& c = cell(id);
    const Module& used = netlist_.modules[static_cast<size_t>(c.module)];
    if (used.period > module_.period) {
      report(id, fmt::format("module '{}' starts every {} clocks at most, this one every {}",
                             used.name, used.period, module_.period));
    }
    for (size_t k = 0; k < c.operands.size(); ++k) {
      const Cell& input = used.cell(port_element(used.inputs, static_cast<int64_t>(k)));
      need(id, k, int64_t{c.strobe} + input.cycle, int64_t{c.strobe} + input.last_cycle(),
           input.held);
      if (!inside(operand(id, k).range, input.range)) {
        report(id, fmt::format("operand {} in {} leaves {} of input '{}'", k,
                               text_of(operand(id, k).range), text_of(input.range), input.name));
      }
    }
  }

  void check_result_time(CellId id) {
    const Cell& c = cell(id);
    const Cell& instance = operand(id, 0);
    const Module& used = netlist_.modules[static_cast<size_t>(instance.module)];
    const Cell& output = used.cell(port_element(used.outputs, c.amount));
    if (!covers(output, c.cycle - instance.strobe, c.last_cycle() - instance.strobe)) {
      report(id, fmt::format("window {}..{}, but module '{}' shows it at {}..{}", c.cycle,
                             c.last_cycle(), used.name, instance.strobe + output.cycle,
                             instance.strobe + output.last_cycle()));
    } else if (c.held && c.beats > 1 && !same_number_throughout(output)) {
      report(id, fmt::format("is held, but the output of module '{}' is not", used.name));
    }
  }

  const Netlist& netlist_;
  const size_t index_;
  const Module& module_;
  Diagnostics& diagnostics_;
};

}  // namespace

Diagnostics verify(const Netlist& netlist) {
  Diagnostics diagnostics;
  if (netlist.modules.empty()) diagnostics.add("netlist", "has no module");
  for (size_t i = 0; i < netlist.modules.size(); ++i) {
    ModuleVerifier(netlist, i, diagnostics).run();
    if (!diagnostics.empty()) return diagnostics;  // later modules rely on this one
  }
  return diagnostics;
}

}  // namespace trigstone
