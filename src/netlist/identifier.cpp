#include "netlist/identifier.h"

#include <algorithm>
#include <cctype>
#include <unordered_set>

namespace trigstone {

namespace {

// IEEE 1800-2017 table B.1 and IEEE 1076-2008 section 15.10, lower case; and names that a generated
// module uses itself.
bool is_reserved(const std::string& lower) {
  static const std::unordered_set<std::string> words = {
      "clk", "start", "done", "unused", "delayed_start", "tick", "work", "load_enable",
      "load_address", "load_data",
      // SystemVerilog
      "accept_on", "alias", "always", "always_comb", "always_ff", "always_latch", "and", "assert",
      "assign", "assume", "automatic", "before", "begin", "bind", "bins", "binsof", "bit", "break",
      "buf", "bufif0", "bufif1", "byte", "case", "casex", "casez", "cell", "chandle", "checker",
      "class", "clocking", "cmos", "config", "const", "constraint", "context", "continue", "cover",
      "covergroup", "coverpoint", "cross", "deassign", "default", "defparam", "design", "disable",
      "dist", "do", "edge", "else", "end", "endcase", "endchecker", "endclass", "endclocking",
      "endconfig", "endfunction", "endgenerate", "endgroup", "endinterface", "endmodule",
      "endpackage", "endprimitive", "endprogram", "endproperty", "endspecify", "endsequence",
      "endtable", "endtask", "enum", "event", "eventually", "expect", "export", "extends", "extern",
      "final", "first_match", "for", "force", "foreach", "forever", "fork", "forkjoin", "function",
      "generate", "genvar", "global", "highz0", "highz1", "if", "iff", "ifnone", "ignore_bins",
      "illegal_bins", "implements", "implies", "import", "incdir", "include", "initial", "inout",
      "input", "inside", "instance", "int", "integer", "interconnect", "interface", "intersect",
      "join", "join_any", "join_none", "large", "let", "liblist", "library", "local", "localparam",
      "logic", "longint", "macromodule", "matches", "medium", "modport", "module", "nand",
      "negedge", "nettype", "new", "nexttime", "nmos", "nor", "noshowcancelled", "not", "notif0",
      "notif1", "null", "or", "output", "package", "packed", "parameter", "pmos", "posedge",
      "primitive", "priority", "program", "property", "protected", "pull0", "pull1", "pulldown",
      "pullup", "pulsestyle_ondetect", "pulsestyle_onevent", "pure", "rand", "randc", "randcase",
      "randsequence", "rcmos", "real", "realtime", "ref", "reg", "reject_on", "release", "repeat",
      "restrict", "return", "rnmos", "rpmos", "rtran", "rtranif0", "rtranif1", "s_always",
      "s_eventually", "s_nexttime", "s_until", "s_until_with", "scalared", "sequence", "shortint",
      "shortreal", "showcancelled", "signed", "small", "soft", "solve", "specify", "specparam",
      "static", "string", "strong", "strong0", "strong1", "struct", "super", "supply0", "supply1",
      "sync_accept_on", "sync_reject_on", "table", "tagged", "task", "this", "throughout", "time",
      "timeprecision", "timeunit", "tran", "tranif0", "tranif1", "tri", "tri0", "tri1", "triand",
      "trior", "trireg", "type", "typedef", "union", "unique", "unique0", "unsigned", "until",
      "until_with", "untyped", "use", "uwire", "var", "vectored", "virtual", "void", "wait",
      "wait_order", "wand", "weak", "weak0", "weak1", "while", "wildcard", "wire", "with", "within",
      "wor", "xnor", "xor",
      // VHDL, where it has more
      "abs", "access", "after", "all", "architecture", "array", "assume_guarantee", "attribute",
      "block", "body", "buffer", "bus", "component", "configuration", "constant", "disconnect",
      "downto", "elsif", "entity", "exit", "fairness", "file", "generic", "group", "guarded",
      "impure", "in", "inertial", "is", "label", "linkage", "literal", "loop", "map", "mod", "next",
      "of", "on", "open", "others", "out", "parameters", "port", "postponed", "procedure",
      "process", "range", "record", "register", "reject", "rem", "report", "restrict_guarantee",
      "rol", "ror", "select", "severity", "shared", "signal", "sla", "sll", "sra", "srl", "strong",
      "subtype", "then", "to", "transport", "units", "variable", "vmode", "vprop", "vunit", "when"};
  return words.contains(lower);
}

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

}  // namespace

std::string lower_case(std::string text) {
  for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

std::string identifier_from(std::string_view text) {
  std::string name;
  for (const char c : text) {
    if (is_letter(c) || is_digit(c)) {
      name += c;
    } else if (!name.empty() && name.back() != '_') {
      name += '_';
    }
  }
  while (!name.empty() && name.back() == '_') name.pop_back();
  if (name.empty() || !is_letter(name.front())) name = name.empty() ? "n" : "n_" + name;
  if (is_reserved(lower_case(name))) name += "_0";
  return name;
}

bool is_identifier(std::string_view text) { return identifier_from(text) == text; }

std::string distinct_name(const std::string& wanted, std::set<std::string>& taken) {
  std::string name = wanted;
  for (int i = 1; !taken.insert(lower_case(name)).second; ++i) {
    name = wanted + "_" + std::to_string(i);
  }
  return name;
}

}  // namespace trigstone
