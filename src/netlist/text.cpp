#include "netlist/text.h"

#include <charconv>

#include "base/error.h"
#include "base/json.h"

namespace trigstone {

namespace {

std::string quoted(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (byte < 0x20) {
      out += fmt::format("\\x{:02x}", byte);
    } else {
      out += c;
    }
  }
  return out + '"';
}

template <typename Number>
std::string list_of(const std::vector<Number>& numbers, const char* prefix) {
  std::string out;
  for (const Number number : numbers) {
    if (!out.empty()) out += ", ";
    out += prefix;
    out += std::to_string(number);
  }
  return out;
}

std::string line_of(const Netlist& netlist, const Cell& cell, size_t id) {
  std::string line =
      fmt::format("%{} = {}({})", id, traits_of(cell.op).text, list_of(cell.operands, "%"));
  if (cell.constant != 0) line += fmt::format(" constant={}", cell.constant);
  if (cell.amount != 0) line += fmt::format(" amount={}", cell.amount);
  if (cell.flag) line += " flag=1";
  if (cell.strobe != 0) line += fmt::format(" strobe={}", cell.strobe);
  if (cell.module >= 0) {
    line += " module=" + quoted(netlist.modules[static_cast<size_t>(cell.module)].name);
  }
  if (!cell.entries.empty()) line += " entries=[" + list_of(cell.entries, "") + "]";
  if (!cell.name.empty()) line += " " + quoted(cell.name);
  line += fmt::format(" : [{}, {}] f{} @{} x{}", cell.range.low, cell.range.high,
                      cell.fraction_bits, cell.cycle, cell.beats);
  return line + (cell.held ? " held\n" : "\n");
}

std::string line_of(const Port& port, const char* direction) {
  return fmt::format("{} {} bits={} signed={} ({})\n", direction, quoted(port.name),
                     port.element_bits, port.is_signed ? 1 : 0, list_of(port.elements, "%"));
}

// Reads one line from left to right.
class Line {
 public:
  Line(std::string_view text, std::string where) : rest_(text), where_(std::move(where)) {}

  [[noreturn]] void fail(const std::string& what) const {
    throw Error(where_, what, "the file may be damaged; compile the model again");
  }

  bool at_end() {
    skip_spaces();
    return rest_.empty();
  }
  bool take(std::string_view token) {
    skip_spaces();
    if (!rest_.starts_with(token)) return false;
    rest_.remove_prefix(token.size());
    return true;
  }
  void expect(std::string_view token) {
    if (!take(token)) fail(fmt::format("expected '{}'", token));
  }
  bool next_is(char c) {
    skip_spaces();
    return !rest_.empty() && rest_.front() == c;
  }
  std::string_view word() {
    skip_spaces();
    size_t size = 0;
    while (size < rest_.size() &&
           (std::isalnum(static_cast<unsigned char>(rest_[size])) != 0 || rest_[size] == '_')) {
      ++size;
    }
    const std::string_view found = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return found;
  }
  template <typename Number>
  Number number() {
    skip_spaces();
    Number value = 0;
    const auto [end, failed] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), value);
    if (failed != std::errc()) fail("expected a number in range");
    rest_.remove_prefix(static_cast<size_t>(end - rest_.data()));
    return value;
  }
  std::string quoted_text() {
    expect("\"");
    std::string out;
    while (true) {
      const char c = take_char();
      if (c == '"') return out;
      out += c == '\\' ? escaped_char() : c;
    }
  }

 private:
  void skip_spaces() {
    while (!rest_.empty() &&
           (rest_.front() == ' ' || rest_.front() == '\t' || rest_.front() == '\r')) {
      rest_.remove_prefix(1);
    }
  }
  char take_char() {
    if (rest_.empty()) fail("a quoted text does not end");
    const char c = rest_.front();
    rest_.remove_prefix(1);
    return c;
  }
  char escaped_char() {
    const char c = take_char();
    if (c != 'x') return c;
    const char digits[2] = {take_char(), take_char()};
    unsigned char byte = 0;
    const auto [end, failed] = std::from_chars(digits, digits + 2, byte, 16);
    if (failed != std::errc() || end != digits + 2) fail("expected two hexadecimal digits");
    return static_cast<char>(byte);
  }

  std::string_view rest_;
  std::string where_;
};

// The body of "(%0, %1)" behind the opening bracket.
std::vector<CellId> parse_ids(Line& line, size_t cell_count) {
  std::vector<CellId> ids;
  if (line.take(")")) return ids;
  do {
    line.expect("%");
    const auto id = line.number<CellId>();
    if (id < 0 || static_cast<size_t>(id) >= cell_count) {
      line.fail(fmt::format("%{} is not defined before", id));
    }
    ids.push_back(id);
  } while (line.take(","));
  line.expect(")");
  return ids;
}

std::vector<int64_t> parse_entries(Line& line) {
  std::vector<int64_t> entries;
  line.expect("[");
  do {
    entries.push_back(line.number<int64_t>());
  } while (line.take(","));
  line.expect("]");
  return entries;
}

void parse_field(Line& line, std::string_view field, const Netlist& netlist, Cell& cell) {
  line.expect("=");
  if (field == "constant") {
    cell.constant = line.number<int64_t>();
  } else if (field == "amount") {
    cell.amount = line.number<int>();
  } else if (field == "flag") {
    cell.flag = line.number<int>() != 0;
  } else if (field == "strobe") {
    cell.strobe = line.number<int>();
  } else if (field == "module") {
    const std::string name = line.quoted_text();
    cell.module = netlist.module_named(name);
    if (cell.module < 0) line.fail(fmt::format("there is no module '{}' before", name));
    if (cell.module + 1 == static_cast<int>(netlist.modules.size())) {
      line.fail(fmt::format("module '{}' runs itself", name));
    }
  } else if (field == "entries") {
    cell.entries = parse_entries(line);
  } else {
    line.fail(fmt::format("a cell has no field '{}'", field));
  }
}

void parse_cell(Line& line, const Netlist& netlist, Module& module) {
  if (line.number<int64_t>() != static_cast<int64_t>(module.cells.size())) {
    line.fail(fmt::format("expected cell %{}", module.cells.size()));
  }
  line.expect("=");
  Cell cell;
  const std::string_view op = line.word();
  const auto found = net_op_named(op);
  if (!found) line.fail(fmt::format("there is no operation '{}'", op));
  cell.op = *found;
  line.expect("(");
  cell.operands = parse_ids(line, module.cells.size());
  while (!line.next_is(':')) {
    if (line.next_is('"')) {
      cell.name = line.quoted_text();
    } else {
      parse_field(line, line.word(), netlist, cell);
    }
  }
  line.expect(":");
  line.expect("[");
  cell.range.low = line.number<int64_t>();
  line.expect(",");
  cell.range.high = line.number<int64_t>();
  line.expect("]");
  line.expect("f");
  cell.fraction_bits = line.number<int>();
  line.expect("@");
  cell.cycle = line.number<int>();
  line.expect("x");
  cell.beats = line.number<int>();
  cell.held = line.take("held");
  module.cells.push_back(std::move(cell));
}

Port parse_port(Line& line, const Module& module) {
  Port port;
  port.name = line.quoted_text();
  line.expect("bits=");
  port.element_bits = line.number<int>();
  line.expect("signed=");
  port.is_signed = line.number<int>() != 0;
  line.expect("(");
  port.elements = parse_ids(line, module.cells.size());
  return port;
}

void parse_line(Line& line, Netlist& netlist) {
  if (line.take("module")) {
    Module module;
    module.name = line.quoted_text();
    line.expect("period");
    module.period = line.number<int>();
    if (line.next_is('"')) module.comment = line.quoted_text();
    netlist.modules.push_back(std::move(module));
  } else if (netlist.modules.empty()) {
    line.fail("expected a module");
  } else if (line.take("%")) {
    parse_cell(line, netlist, netlist.top());
  } else if (line.take("in ")) {
    netlist.top().inputs.push_back(parse_port(line, netlist.top()));
  } else if (line.take("out ")) {
    netlist.top().outputs.push_back(parse_port(line, netlist.top()));
  } else {
    line.fail("expected a module, a cell or a port");
  }
  if (!line.at_end()) line.fail("unexpected text at the end of the line");
}

}  // namespace

std::string to_text(const Netlist& netlist) {
  std::string text = fmt::format("trigstone.netlist/{}\n", kNetlistSchemaVersion);
  for (const Module& module : netlist.modules) {
    text += fmt::format("module {} period {}", quoted(module.name), module.period);
    text += module.comment.empty() ? "\n" : " " + quoted(module.comment) + "\n";
    for (size_t i = 0; i < module.cells.size(); ++i) {
      text += line_of(netlist, module.cells[i], i);
    }
    for (const Port& port : module.inputs) text += line_of(port, "in");
    for (const Port& port : module.outputs) text += line_of(port, "out");
  }
  return text;
}

Netlist parse_netlist(std::string_view text, const std::string& where) {
  Netlist netlist;
  int number = 0;
  while (!text.empty()) {
    ++number;
    const size_t end = std::min(text.find('\n'), text.size());
    const std::string_view content = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    const std::string here = fmt::format("{}:{}", where, number);
    if (number == 1) {
      check_schema_text(std::string(content), "trigstone.netlist", kNetlistSchemaVersion, here);
      continue;
    }
    Line line(content, here);
    if (line.at_end() || line.next_is('#')) continue;
    parse_line(line, netlist);
  }
  if (netlist.modules.empty()) {
    throw Error(where, "holds no module", "the file may be damaged; compile the model again");
  }
  mark_starts(netlist);
  return netlist;
}

}  // namespace trigstone
