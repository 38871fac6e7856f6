// A recursive-descent reader of one line at a time: every message has its line number.
#include <charconv>
#include <cmath>

#include "base/error.h"
#include "base/json.h"
#include "graph/text.h"

namespace trigstone {

namespace {

class LineParser {
 public:
  LineParser(std::string_view text, std::string where) : rest_(text), where_(std::move(where)) {}

  [[noreturn]] void refuse(const std::string& what) const {
    throw Error(where_, what, "see docs/graph-text.md for the form of a line");
  }
  void skip_spaces() {
    while (!rest_.empty() && (rest_.front() == ' ' || rest_.front() == '\r'))
      rest_.remove_prefix(1);
  }
  bool at_end() {
    skip_spaces();
    return rest_.empty();
  }
  bool accept(std::string_view token) {
    skip_spaces();
    if (!rest_.starts_with(token)) return false;
    rest_.remove_prefix(token.size());
    return true;
  }
  void expect(std::string_view token) {
    if (!accept(token)) {
      refuse(fmt::format("expected '{}' before '{}'", token, rest_.substr(0, 20)));
    }
  }
  char peek() {
    skip_spaces();
    return rest_.empty() ? '\0' : rest_.front();
  }
  std::string word() {
    skip_spaces();
    size_t n = 0;
    while (n < rest_.size() &&
           (std::isalnum(static_cast<unsigned char>(rest_[n])) || rest_[n] == '_'))
      ++n;
    if (n == 0) refuse(fmt::format("expected a name before '{}'", rest_.substr(0, 20)));
    const std::string result(rest_.substr(0, n));
    rest_.remove_prefix(n);
    return result;
  }
  std::string quoted() {
    expect("\"");
    std::string result;
    while (!rest_.empty() && rest_.front() != '"') {
      char c = rest_.front();
      rest_.remove_prefix(1);
      if (c == '\\') c = escape();
      result += c;
    }
    expect("\"");
    return result;
  }
  // A number as text; `real` is set when it has a point, an exponent or is not finite.
  std::string_view number(bool* real) {
    skip_spaces();
    size_t n = 0;
    while (n < rest_.size() &&
           std::string_view("+-.0123456789einfa").find(rest_[n]) != std::string_view::npos)
      ++n;
    const std::string_view text = rest_.substr(0, n);
    if (n == 0) refuse(fmt::format("expected a number before '{}'", rest_.substr(0, 20)));
    *real = text.find_first_of(".enfa") != std::string_view::npos;
    rest_.remove_prefix(n);
    return text;
  }
  template <class T>
  T convert(std::string_view text) const {
    T value{};
    const auto result = std::from_chars(text.data(), text.data() + text.size(), value);
    if (result.ec != std::errc() || result.ptr != text.data() + text.size()) {
      refuse(fmt::format("'{}' is not a number that fits", text));
    }
    return value;
  }
  int64_t integer() {
    bool real = false;
    return convert<int64_t>(number(&real));
  }
  double real() {
    bool ignored = false;
    return convert<double>(number(&ignored));
  }
  Format format() {
    skip_spaces();
    const size_t end = rest_.find('>');
    if (end == std::string_view::npos) refuse("expected a number format");
    const Format result = parse_format(rest_.substr(0, end + 1), where_);
    rest_.remove_prefix(end + 1);
    return result;
  }
  template <class Item>
  auto list(std::string_view open, std::string_view close, Item item) {
    std::vector<decltype(item())> result;
    expect(open);
    if (accept(close)) return result;
    do {
      result.push_back(item());
    } while (accept(","));
    expect(close);
    return result;
  }
  std::vector<int64_t> integers() {
    return list("[", "]", [&] { return integer(); });
  }
  Attribute attribute() {
    const char first = peek();
    if (first == '"') return quoted();
    if (first == '[') return integers();
    if (accept("formats")) {
      FormatMap map;
      map.shape = integers();
      map.formats = list("(", ")", [&] { return format(); });
      return map;
    }
    if (first == '<' || first == 'u') return FormatMap(format());
    bool is_real = false;
    const std::string_view text = number(&is_real);
    if (is_real) return convert<double>(text);
    return convert<int64_t>(text);
  }

 private:
  char escape() {
    if (rest_.empty()) refuse("the text ends inside a name");
    const char c = rest_.front();
    rest_.remove_prefix(1);
    if (c != 'x') return c;
    unsigned value = 0;
    if (rest_.size() < 2 ||
        std::from_chars(rest_.data(), rest_.data() + 2, value, 16).ptr != rest_.data() + 2) {
      refuse("expected two hexadecimal digits after \\x");
    }
    rest_.remove_prefix(2);
    return static_cast<char>(value);
  }

  std::string_view rest_;
  std::string where_;
};

TensorPtr parse_data(LineParser& line, const Type& type) {
  auto tensor = std::make_shared<Tensor>();
  tensor->shape = type.shape;
  tensor->format = type.format;
  if (tensor->is_fixed()) {
    tensor->mantissas = line.integers();
  } else {
    tensor->reals = line.list("[", "]", [&] { return line.real(); });
  }
  return tensor;
}

void parse_node(LineParser& line, Graph& graph) {
  if (line.integer() != graph.size()) line.refuse("values must be numbered in order");
  const std::string name = line.quoted();
  line.expect("=");
  const std::string op_name = line.word();
  const auto op = op_named(op_name);
  if (!op) line.refuse(fmt::format("operation '{}' does not exist", op_name));
  const auto operands = line.list("(", ")", [&] {
    line.expect("%");
    const int64_t id = line.integer();
    if (id < 0 || id >= graph.size()) line.refuse(fmt::format("%{} is not defined before", id));
    return static_cast<ValueId>(id);
  });
  Attributes attributes;
  for (auto& [key, value] : line.list("{", "}", [&] {
         std::string key = line.word();
         line.expect("=");
         return std::pair(key, line.attribute());
       })) {
    attributes[key] = value;
  }
  line.expect(":");
  Type type;
  if (!line.accept("real")) type.format = line.format();
  type.shape = line.integers();
  ValueId id = 0;
  if (line.accept("=")) {
    if (*op != Op::kConstant && *op != Op::kParam)
      line.refuse("only constants and params hold data");
    const bool trainable =
        attributes.contains("trainable") && attributes["trainable"] == Attribute(int64_t{1});
    id = graph.add_data(*op, parse_data(line, type), name, trainable);
  } else {
    id = graph.add(*op, operands, attributes, name);
  }
  if (!line.at_end()) line.refuse("unexpected text at the end of the line");
  if (graph.node(id).name != name) line.refuse(fmt::format("the name '{}' is used twice", name));
  if (graph.shape(id) != type.shape || graph.type(id).format != type.format) {
    const Type& found = graph.type(id);
    line.refuse(fmt::format("the type should be {}{}",
                            found.format ? to_string(*found.format) : "real",
                            to_string(found.shape)));
  }
}

}  // namespace

Graph parse_graph(std::string_view text, const std::string& where) {
  Graph graph;
  int64_t number = 0;
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    const std::string place = fmt::format("{}:{}", where, ++number);
    LineParser line(text.substr(0, end), place);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (number == 1) {
      if (!line.accept("trigstone.graph/1")) {
        check_schema_text(std::string(line.at_end() ? "" : line.word()), "trigstone.graph", 1,
                          place);
      }
      graph.name = line.quoted();
    } else if (line.at_end()) {
      continue;
    } else if (line.accept("meta")) {
      const std::string key = line.quoted();
      line.expect("=");
      graph.metadata[key] = line.quoted();
    } else if (line.accept("output")) {
      const std::string name = line.quoted();
      line.expect("=");
      line.expect("%");
      const int64_t id = line.integer();
      if (id < 0 || id >= graph.size()) line.refuse(fmt::format("%{} is not defined", id));
      graph.add_output(name, static_cast<ValueId>(id));
    } else if (line.accept("%")) {
      try {
        parse_node(line, graph);
      } catch (const Error& error) {
        if (error.where() == place) throw;
        throw Error(place, error.where() + ": " + error.problem(), error.hint());
      }
    } else {
      line.refuse("expected a value, an output or a meta line");
    }
  }
  if (number == 0) throw Error(where, "is empty", "write the file again; it may be cut off");
  return graph;
}

}  // namespace trigstone
