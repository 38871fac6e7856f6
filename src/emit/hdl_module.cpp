#include "emit/hdl_module.h"

#include <fmt/core.h>

#include <algorithm>

#include "base/error.h"
#include "base/version.h"
#include "emit/hdl_writer.h"
#include "netlist/identifier.h"

namespace trigstone {

namespace {

// A user's text as part of a comment: no line ends, no backslash that might escape one.
std::string in_comment(std::string text) {
  for (char& c : text) {
    if (static_cast<unsigned char>(c) < 0x20 || c == '\\') c = ' ';
  }
  return text;
}

std::string format_text(const Cell& cell) {
  const int bits = width_bits(cell);
  return fmt::format("{}<{},{}>", is_signed(cell) ? "" : "u", bits, bits - cell.fraction_bits);
}

bool has_register(const Cell& cell) {
  return traits_of(cell.op).kind == NetClass::kClocked && cell.op != NetOp::kInstance;
}

// Per module: whether it, or one inside it, holds registers.
std::vector<bool> modules_with_clock(const Netlist& netlist) {
  std::vector<bool> has_clock;
  for (const Module& module : netlist.modules) {
    bool found = module.needs_start;
    for (const Cell& cell : module.cells) {
      found = found || (cell.op == NetOp::kInstance ? has_clock[static_cast<size_t>(cell.module)]
                                                    : has_register(cell));
    }
    has_clock.push_back(found);
  }
  return has_clock;
}

}  // namespace

HdlWriter::HdlWriter(const HdlContext& context, size_t index, int done_after)
    : context_(context),
      dialect_(context.dialect),
      module_(context.netlist.modules[index]),
      is_top_(done_after >= 0),
      done_after_(done_after),
      last_strobe_(std::max(0, done_after)),
      has_clock_(is_top_ || context.has_clock[index]),
      names_(context.dialect.own_names()),
      wires_(module_.cells.size()),
      instance_outputs_(module_.cells.size()) {
  if (module_.needs_load || (is_top_ && context.load.data_bits > 0)) {
    for (const auto& [name, bits] :
         {std::pair{"load_enable", 1}, std::pair{"load_address", context.load.address_bits},
          std::pair{"load_data", context.load.data_bits}}) {
      names_.insert(name);
      vectors_.emplace_back(name, bits, HdlType::kBits);
    }
  }
  for (const Module& module : context.netlist.modules) names_.insert(lower_case(module.name));
  for (const auto* ports : {&module_.inputs, &module_.outputs}) {
    for (const Port& port : *ports) names_.insert(lower_case(port.name));
  }
  for (const Cell& cell : module_.cells) {
    if (acts_at_strobe(cell) || starts_instance(cell)) {
      last_strobe_ = std::max(last_strobe_, load_clocks(cell).back());
    }
    if (cell.op == NetOp::kRom || (cell.op == NetOp::kMemory && cell.entries.size() > 1)) {
      auto& longest = phase_lengths_[cell.strobe];
      longest = std::max(longest, cell.entries.size());
    }
    if (is_memory(cell)) tick_bits_ = std::max(tick_bits_, address_bits(cell));
  }
  for (const auto& [strobe, length] : phase_lengths_) {
    phase_names_[strobe] = unique_name(fmt::format("phase_{}", strobe));
    names_.insert(phase_names_[strobe] + "_next");
  }
}

std::string HdlWriter::write() {
  write_head();
  write_strobes();
  write_inputs();
  for (size_t i = 0; i < module_.cells.size(); ++i) write_cell(static_cast<CellId>(i));
  write_outputs();
  write_unused();
  return dialect_.finish(text_, module_.name);
}

std::string HdlWriter::unique_name(const std::string& wanted) {
  return distinct_name(wanted, names_);
}

std::string HdlWriter::name_for(CellId id) {
  const std::string& given = cell(id).name;
  return unique_name(given.empty() ? fmt::format("v{}", id) : identifier_from(given));
}

const HdlVector& HdlWriter::declare(CellId id) {
  const Cell& c = cell(id);
  wire(id) = HdlWire(name_for(id), width_bits(c), type_of(c));
  return wire(id).vector();
}

std::string HdlWriter::remark(CellId id) const {
  const Cell& c = cell(id);
  std::string text = fmt::format("{} @{}", format_text(c), c.cycle);
  if (c.beats > 1) text += fmt::format(" x{}", c.beats);
  if (c.held) text += " held";
  if (!c.name.empty() && c.name != wires_[static_cast<size_t>(id)].name()) {
    text += " " + in_comment(c.name);
  }
  return dialect_.comment(text);
}

void HdlWriter::write_head() {
  std::vector<HdlPort> ports;
  if (has_clock_) ports.push_back({"clk", false, 0, ""});
  if (is_top_ || module_.needs_start) {
    ports.push_back({"start", false, 0, dialect_.comment("high at local clock 0 of an event")});
  }
  for (const HdlWire& wire : vectors_) ports.push_back({wire.name(), false, wire.bits(), ""});
  for (const auto* side : {&module_.inputs, &module_.outputs}) {
    for (const Port& port : *side) {
      const int width = port.element_bits;
      const int fraction = cell(port.elements[0]).fraction_bits;
      ports.push_back(
          {port.name, side == &module_.outputs, port.total_bits(),
           dialect_.comment(fmt::format("{} of {}<{},{}>", port.elements.size(),
                                        port.is_signed ? "" : "u", width, width - fraction))});
    }
  }
  if (is_top_) ports.push_back({"done", true, 0, ""});
  const std::string every =
      module_.period == 1 ? "every clock" : fmt::format("every {} clocks", module_.period);
  const std::vector<std::string> about = {
      fmt::format("Module {}: {}", module_.name, in_comment(module_.comment)),
      fmt::format("An event may start {}. Written by Trigstone {}.", every, kVersion),
      "Remarks: <bits, integer bits> of a value, u: unsigned, @ the clock after start at which it "
      "is",
      "right, xN: a new one in each of N clocks, held: the same until the next event."};
  dialect_.head(text_, module_.name, about, ports);
}

void HdlWriter::write_inputs() {
  for (const Port& port : module_.inputs) {
    HdlWire vector(port.name, port.total_bits(), HdlType::kBits);
    int64_t offset = 0;
    for (const CellId id : port.elements) {
      const HdlVector& wire = declare(id);
      dialect_.wire(text_, wire,
                    dialect_.cast(vector.slice(dialect_, offset, wire.bits), wire.type),
                    remark(id));
      offset += port.element_bits;
    }
    vectors_.push_back(std::move(vector));
  }
}

std::vector<HdlExpr> HdlWriter::packed(const Port& port, const std::vector<CellId>& elements) {
  std::vector<HdlExpr> parts;
  for (size_t i = elements.size(); i-- > 0;) {
    parts.push_back(bits(elements[i], 0, port.element_bits, HdlType::kBits));
  }
  return parts;
}

void HdlWriter::write_outputs() {
  for (const Port& port : module_.outputs) {
    dialect_.output(text_, port.name, packed(port, port.elements));
  }
  if (is_top_) dialect_.done(text_, strobe(done_after_));
}

void HdlWriter::write_unused() {
  std::vector<std::string> slices;
  const auto collect = [&](const HdlWire& found) {
    const auto unread = found.unread(dialect_);
    slices.insert(slices.end(), unread.begin(), unread.end());
  };
  for (const HdlWire& vector : vectors_) collect(vector);
  for (const auto& outputs : instance_outputs_) {
    for (const HdlWire& vector : outputs) collect(vector);
  }
  for (const HdlWire& value : wires_) collect(value);
  const bool clock_is_read =
      last_strobe_ > 0 ||
      std::any_of(module_.cells.begin(), module_.cells.end(), [&](const Cell& c) {
        return has_register(c) ||
               (c.op == NetOp::kInstance && context_.has_clock[static_cast<size_t>(c.module)]);
      });
  if (has_clock_ && !clock_is_read) slices.push_back("clk");
  if (!slices.empty()) dialect_.unused(text_, slices);
}

HdlExpr HdlWriter::element(HdlWire& vector, int64_t offset, const Port& port, int width) {
  const HdlType type = number_type(port.is_signed);
  const auto kept = std::min<int64_t>(width, port.element_bits);
  const HdlExpr low = dialect_.cast(vector.slice(dialect_, offset, kept), type);
  if (kept == width) return low;
  HdlExpr sign;
  if (port.is_signed) sign = vector.slice(dialect_, offset + port.element_bits - 1, 1);
  return dialect_.padded(low, sign, width);
}

void HdlWriter::write_instance(CellId id) {
  const Cell& c = cell(id);
  const Module& used = module_of(c);
  const std::string name =
      unique_name(c.name.empty() ? fmt::format("u{}", id) : identifier_from(c.name));
  HdlInstance instance;
  instance.module = used.name;
  instance.name = instance_name(name);
  instance.has_clock = context_.has_clock[static_cast<size_t>(c.module)];
  if (used.needs_start) instance.start = strobe(c.strobe);
  auto& outputs = instance_outputs_[static_cast<size_t>(id)];
  for (const Port& port : used.outputs) {
    outputs.emplace_back(unique_name(name + "_" + port.name), port.total_bits(), HdlType::kBits);
    instance.outputs.push_back({port.name, outputs.back().vector(), {}});
  }
  for (size_t i = 0; used.needs_load && i < kLoadPorts; ++i) {
    instance.inputs.push_back({vectors_[i].name(), vectors_[i].vector(), {}});
  }
  size_t next = 0;
  for (const Port& port : used.inputs) {
    const auto first = c.operands.begin() + static_cast<ptrdiff_t>(next);
    next += port.elements.size();
    const std::vector<CellId> elements(first, first + static_cast<ptrdiff_t>(port.elements.size()));
    const HdlVector wire{unique_name(name + "_" + port.name), port.total_bits(), HdlType::kBits};
    instance.inputs.push_back({port.name, wire, packed(port, elements)});
  }
  instance.remark = dialect_.comment(fmt::format("local clock 0 is clock {} here", c.strobe));
  dialect_.instance(text_, instance);
}

void HdlWriter::write_result(CellId id) {
  const Cell& c = cell(id);
  const CellId instance = c.operands[0];
  const Module& used = module_of(cell(instance));
  int64_t index = c.amount;
  for (size_t p = 0; p < used.outputs.size(); ++p) {
    const Port& port = used.outputs[p];
    const auto count = static_cast<int64_t>(port.elements.size());
    if (index < count) {
      HdlWire& vector = instance_outputs_[static_cast<size_t>(instance)][p];
      return write_wire(id, element(vector, index * port.element_bits, port, width_bits(c)));
    }
    index -= count;
  }
  internal_error("result of no output");
}

std::string hdl_module(const HdlContext& context, size_t index, int done_after) {
  return HdlWriter(context, index, done_after).write();
}

std::map<std::string, std::string> hdl_modules(const HdlDialect& dialect, const Netlist& legal,
                                               const Firmware& firmware) {
  std::set<std::string> names;
  for (const Module& module : legal.modules) names.insert(lower_case(module.name));
  HdlTables tables(names);
  const HdlContext context{dialect, legal, modules_with_clock(legal), tables, firmware.load};
  std::map<std::string, std::string> texts;
  for (size_t i = 0; i < legal.modules.size(); ++i) {
    const bool is_top = i + 1 == legal.modules.size();
    texts[legal.modules[i].name] = hdl_module(context, i, is_top ? firmware.latency_cycles : -1);
  }
  texts.merge(tables.texts(dialect));
  return texts;
}

}  // namespace trigstone
