#include "netlist/random_netlist.h"

#include <algorithm>

#include "base/error.h"
#include "base/random.h"
#include "fixed/quantize.h"

namespace trigstone {

namespace {

constexpr int kWidestResult = 40;  // wider numbers are wrapped, so that products stay in 64 bits

class RandomModule {
 public:
  RandomModule(Netlist& netlist, Random& random, std::string name, int period)
      : netlist_(netlist), random_(random) {
    module_.name = std::move(name);
    module_.period = period;
  }

  Module make(int cells) {
    make_inputs();
    while (static_cast<int>(module_.cells.size()) < cells) add_random_cell();
    make_outputs();
    module_.comment = fmt::format("random, {} cells", module_.cells.size());
    drop_dead_cells(module_);
    return std::move(module_);
  }

 private:
  const Cell& cell(CellId id) const { return module_.cell(id); }
  int pick(int low, int high) { return static_cast<int>(random_.integer(low, high)); }
  CellId any() { return pool_[static_cast<size_t>(pick(0, static_cast<int>(pool_.size()) - 1))]; }

  // Adds a cell whose fields and window are set; the interval is inferred, too wide ones wrapped.
  CellId put(Cell c) {
    c.range = infer_range(netlist_, module_, c);
    c.fraction_bits = pick(-3, 6);
    if (random_.chance(0.2)) c.name = fmt::format("v/{}", module_.cells.size());
    // An interval may be wider than inferred.
    const bool widens =
        c.op == NetOp::kAdd || c.op == NetOp::kAdd3 || c.op == NetOp::kMul || c.op == NetOp::kMin;
    if (widens && random_.chance(0.2)) c.range = hull(c.range, {-3, c.range.high + 5});
    const CellId id = module_.add(c);
    if (bits_for(c.range) <= kWidestResult) {
      pool_.push_back(id);
      return id;
    }
    return wrap(id, pick(3, 20), random_.chance(0.5));
  }

  CellId wrap(CellId id, int bits, bool is_signed) {
    Cell c = window_of(id);
    c.op = NetOp::kWrap;
    c.operands = {id};
    c.amount = bits;
    c.flag = is_signed;
    return put(c);
  }

  Cell window_of(CellId id) const {
    const bool always = cell(id).op == NetOp::kConst;
    Cell c;
    c.cycle = always ? 0 : cell(id).cycle;
    c.beats = always ? module_.period : cell(id).beats;
    c.held = always ? module_.period > 1 : cell(id).held;
    return c;
  }

  // The value `clocks` later, by a register or a delay line.
  CellId later(CellId id, int clocks) {
    if (clocks == 0 || cell(id).op == NetOp::kConst) return id;
    Cell c = window_of(id);
    c.op = clocks == 1 && random_.chance(0.7) ? NetOp::kReg : NetOp::kDelay;
    c.operands = {id};
    c.amount = c.op == NetOp::kReg ? 0 : clocks;
    c.cycle += clocks;
    return put(c);
  }

  // One beat of the value, for the whole window that follows.
  CellId hold(CellId id) {
    Cell c;
    c.op = NetOp::kHold;
    c.operands = {id};
    c.strobe = cell(id).cycle + pick(0, cell(id).beats - 1);
    c.cycle = c.strobe + 1;
    c.beats = module_.period;
    c.held = true;
    return put(c);
  }

  // Brings operands to one clock and sets the window in which all of them are right.
  Cell aligned(std::vector<CellId> operands) {
    Cell c;
    c.beats = module_.period;
    c.held = true;
    for (const CellId id : operands) {
      if (cell(id).op != NetOp::kConst) c.cycle = std::max(c.cycle, cell(id).cycle);
    }
    for (CellId& id : operands) {
      if (cell(id).op == NetOp::kConst) continue;
      id = later(id, c.cycle - cell(id).cycle);
      c.beats = std::min(c.beats, cell(id).beats);
      c.held = c.held && (cell(id).held || cell(id).beats == 1);
    }
    c.held = c.held && c.beats > 1;
    c.operands = std::move(operands);
    return c;
  }

  CellId bit() {  // a value 0 or 1
    if (random_.chance(0.5)) return wrap(any(), 1, false);
    Cell c = aligned({any(), any()});
    c.op = random_.chance(0.5) ? NetOp::kLess : NetOp::kEqual;
    return put(c);
  }

  CellId constant() {
    Cell c;
    c.op = NetOp::kConst;
    c.constant = random_.integer(-40, 40);
    return put(c);
  }

  void add_random_cell() {
    const auto& ops = all_net_ops();
    const NetOp op = ops[static_cast<size_t>(pick(0, static_cast<int>(ops.size()) - 1))];
    switch (op) {
      case NetOp::kInput:
      case NetOp::kResult:
        return;
      case NetOp::kConst:
        constant();
        return;
      case NetOp::kInstance:
        return add_instance();
      case NetOp::kTable:
      case NetOp::kRom:
      case NetOp::kMemory:
        return add_entries(op);
      case NetOp::kReg:
        later(any(), 1);
        return;
      case NetOp::kDelay:
        later(any(), random_.chance(0.1) ? pick(30, 200) : pick(1, 9));
        return;
      case NetOp::kHold:
        hold(any());
        return;
      case NetOp::kAccSum:
      case NetOp::kAccMax:
      case NetOp::kAccMin:
        return add_accumulator(op);
      case NetOp::kMux:
        return add_logic(op, {bit(), any(), any()});
      case NetOp::kAnd:
      case NetOp::kOr:
        return add_logic(op, {bit(), bit()});
      case NetOp::kNot:
        return add_logic(op, {bit()});
      case NetOp::kLeadingOne:
        return add_logic(op, {wrap(any(), pick(1, 20), false)});
      case NetOp::kShiftVar:
        return add_logic(op, {wrap(any(), pick(1, 20), true), wrap(any(), pick(1, 4), false)});
      case NetOp::kShiftLeft:
      case NetOp::kShiftRight:
      case NetOp::kWrap:
        return add_logic(op, {any()});
      case NetOp::kAdd:
      case NetOp::kLess:
      case NetOp::kEqual:
      case NetOp::kMin:
      case NetOp::kMax:
        return add_logic(op, {any(), any()});
      case NetOp::kAdd3:
        return add_logic(op, {any(), any(), any()});
      case NetOp::kMul:
        return add_logic(op, {wrap(any(), pick(1, 18), random_.chance(0.5)),
                              wrap(any(), pick(1, 18), random_.chance(0.5))});
    }
  }

  void add_logic(NetOp op, std::vector<CellId> operands) {
    Cell c = aligned(std::move(operands));
    c.op = op;
    if (op == NetOp::kShiftLeft || op == NetOp::kShiftRight) c.amount = pick(0, 8);
    if (op == NetOp::kAdd) c.amount = pick(-6, 6);
    if (op == NetOp::kAdd3) c.entries = {1 << pick(0, 5), signed_power(), signed_power()};
    if (op == NetOp::kWrap) c.amount = pick(1, 24);
    if (op == NetOp::kAdd || op == NetOp::kWrap) c.flag = random_.chance(0.5);
    if (op == NetOp::kMul) {
      const bool fits = fits_dsp(cell(c.operands[0]).range, cell(c.operands[1]).range);
      c.flag = fits && random_.chance(0.5);
    }
    put(c);
  }

  int64_t signed_power() { return (random_.chance(0.5) ? 1 : -1) * (int64_t{1} << pick(0, 5)); }

  void add_accumulator(NetOp op) {
    const CellId source = any();
    if (cell(source).op == NetOp::kConst) return;
    Cell c;
    c.op = op;
    c.operands = {source};
    c.strobe = cell(source).cycle;
    c.beats = random_.chance(0.5) ? 1 : cell(source).beats;
    c.cycle = c.strobe + 1 + cell(source).beats - c.beats;
    if (op == NetOp::kAccSum && random_.chance(0.5)) c.amount = pick(1, cell(source).beats);
    put(c);
  }

  void add_entries(NetOp op) {
    Cell c;
    if (op == NetOp::kTable) {
      const CellId source = wrap(any(), pick(1, 7), random_.chance(0.5));
      c = window_of(source);
      c.operands = {source};
      c.constant = static_cast<int64_t>(cell(source).range.low) - pick(0, 2);
      c.entries.resize(static_cast<size_t>(cell(source).range.high - c.constant + 1 + pick(0, 2)));
    } else {
      c.strobe = pick(0, 12);
      c.cycle = c.strobe + pick(0, module_.period - 1);
      c.beats = c.strobe + module_.period - c.cycle;
      c.entries.resize(static_cast<size_t>(pick(1, module_.period)));
    }
    c.op = op;
    const int bits = pick(1, 12);
    for (int64_t& entry : c.entries) entry = random_.integer(-(1 << bits), 1 << bits);
    if (op == NetOp::kMemory) {
      c.constant = pick(0, 200);
      c.range = {-(1 << bits), pick(1, 2) << bits};
      c.flag = random_.chance(0.5);
    }
    put(c);
  }

  void add_instance() {
    std::vector<int> usable;
    for (size_t i = 0; i < netlist_.modules.size(); ++i) {
      if (netlist_.modules[i].period <= module_.period) usable.push_back(static_cast<int>(i));
    }
    if (usable.empty()) return;
    Cell c;
    c.op = NetOp::kInstance;
    c.module = usable[static_cast<size_t>(pick(0, static_cast<int>(usable.size()) - 1))];
    const Module& used = netlist_.modules[static_cast<size_t>(c.module)];
    std::vector<Cell> inputs;
    for (const Port& port : used.inputs) {
      for (const CellId id : port.elements) inputs.push_back(used.cell(id));
    }
    for (const Cell& input : inputs) {
      CellId source = any();
      const Cell& found = cell(source);
      const bool held = found.op == NetOp::kConst || found.held || found.beats == 1;
      if (found.op != NetOp::kConst && (found.beats < input.beats || (input.held && !held))) {
        source = hold(source);
      }
      source = wrap(source, width_bits(input), is_signed(input));
      if (cell(source).op != NetOp::kConst) {
        c.strobe = std::max(c.strobe, cell(source).cycle - input.cycle);
      }
      c.operands.push_back(source);
    }
    for (size_t i = 0; i < inputs.size(); ++i) {
      CellId& source = c.operands[i];
      if (cell(source).op == NetOp::kConst) continue;
      source = later(source, c.strobe + inputs[i].cycle - cell(source).cycle);
      source = wrap(source, width_bits(inputs[i]), is_signed(inputs[i]));
    }
    c.name = fmt::format("u{}", module_.cells.size());
    const CellId instance = module_.add(c);
    int element = 0;
    for (const Port& port : used.outputs) {
      for (const CellId id : port.elements) {
        const Cell& output = used.cell(id);
        Cell result;
        result.op = NetOp::kResult;
        result.operands = {instance};
        result.amount = element++;
        result.cycle = c.strobe + (output.op == NetOp::kConst ? 0 : output.cycle);
        result.beats = output.op == NetOp::kConst ? 1 : output.beats;
        result.held = output.op != NetOp::kConst && output.held;
        put(result);
      }
    }
  }

  void make_inputs() {
    const int ports = pick(1, 3);
    for (int p = 0; p < ports; ++p) {
      Port port;
      port.name = fmt::format("x{}", p);
      port.element_bits = pick(1, 12);
      port.is_signed = random_.chance(0.6);
      Cell c;
      c.op = NetOp::kInput;
      c.cycle = pick(0, 3);
      c.beats = random_.chance(0.5) ? module_.period : 1;
      const Int128 span = static_cast<Int128>(1) << port.element_bits;
      c.range = port.is_signed ? Interval{-(span / 2), span / 2 - 1} : Interval{0, span - 1};
      const int elements = pick(1, 4);
      for (int i = 0; i < elements; ++i) {
        c.name = fmt::format("x{}_{}", p, i);
        port.elements.push_back(module_.add(c));
        pool_.push_back(port.elements.back());
      }
      module_.inputs.push_back(std::move(port));
    }
  }

  void make_outputs() {
    const int ports = pick(1, 4);
    for (int p = 0; p < ports; ++p) {
      const CellId id = any();
      Port port;
      port.name = fmt::format("y{}", p);
      port.element_bits = std::min(width_bits(cell(id)) + pick(0, 2), 64);
      port.is_signed = is_signed(cell(id));
      port.elements = {id};
      if (!port.is_signed && port.element_bits == 64) port.element_bits = 63;
      module_.outputs.push_back(std::move(port));
    }
  }

  Netlist& netlist_;
  Random& random_;
  Module module_;
  std::vector<CellId> pool_;  // values that later cells may read
};

PortBinding bind(const Module& top, const Port& port) {
  const Cell& first = top.cell(port.elements.at(0));
  const int64_t beats = first.op == NetOp::kConst ? 1 : first.beats;
  PortBinding binding;
  binding.name = port.name;
  binding.port = port.name;
  const auto lanes = static_cast<int>(port.elements.size());
  binding.shape = {beats * lanes};
  binding.token_axis = beats > 1 ? 0 : -1;
  binding.lanes = beats > 1 ? lanes : 1;
  binding.format = {port.element_bits, port.element_bits, port.is_signed, Rounding::kTRN,
                    Overflow::kWRAP};
  binding.first_cycle = first.op == NetOp::kConst ? 0 : first.cycle;
  return binding;
}

}  // namespace

RandomNetlist random_netlist(uint64_t seed, int cells, int modules) {
  Random random(seed, 3);
  RandomNetlist made;
  const int below = static_cast<int>(random.integer(0, modules));
  for (int i = 0; i <= below; ++i) {
    const auto period = static_cast<int>(random.integer(1, 3));
    made.netlist.modules.push_back(RandomModule(made.netlist, random,
                                                i == below ? "top" : fmt::format("block_{}", i),
                                                i == below ? 1 << period : period)
                                       .make(cells));
  }
  mark_starts(made.netlist);
  const Module& top = made.netlist.top();
  made.firmware.top = top.name;
  made.firmware.ii = top.period;
  made.firmware.load = load_widths(made.netlist);
  for (const Port& port : top.inputs) made.firmware.inputs.push_back(bind(top, port));
  for (const Port& port : top.outputs) {
    made.firmware.outputs.push_back(bind(top, port));
    const PortBinding& output = made.firmware.outputs.back();
    made.firmware.latency_cycles = std::max(made.firmware.latency_cycles, output.first_cycle);
  }
  return made;
}

}  // namespace trigstone
