// From the last cell to the first, each one asks: of which earlier value alone am I a function, and
// would a table of it be cheaper than the logic that nobody else reads? Later cells come first, so
// that a chain becomes one table and not one a link. What several cells share is nobody's alone:
// afterwards each narrow value asks whether tables of it, all at one address, are cheaper together.
#include "lower/merge_tables.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <map>
#include <optional>

#include "cost/area.h"
#include "cost/delay.h"
#include "fixed/quantize.h"
#include "netlist/evaluate.h"

namespace trigstone {

namespace {

constexpr int kMostIndexBits = 8;  // wider tables rarely win, and are slow to fill
constexpr size_t kMostRoots = 8;   // of one cell, the earliest
constexpr size_t kMostCells = 64;  // between a root and its function
// A share below the area model's median error may be no gain.
constexpr double kLeastShare = 0.1;
// LUTs a table must save where there was none: for fewer, arithmetic is left as people read it.
constexpr double kLeastOfArithmetic = 4;

int64_t evaluate(const Cell& cell, const std::array<int64_t, 3>& x) {
  if (cell.op == NetOp::kTable) return entry_at(cell.entries, index_from_base(x[0], cell.constant));
  if (cell.op == NetOp::kAdd3) return add_three(cell.entries, x[0], x[1], x[2]);
  return evaluate_logic(cell.op, cell.amount, cell.flag, x[0], x[1], x[2]);
}

// In the place of a cell that is always `number`.
Cell constant_like(const Cell& cell, int64_t number) {
  Cell constant;
  constant.constant = number;
  constant.name = cell.name;
  constant.fraction_bits = cell.fraction_bits;
  constant.range = {number, number};
  return constant;
}

class TableMerger {
 public:
  TableMerger(Module module, const Device& device)
      : module_(std::move(module)),
        device_(device),
        roots_(module_.cells.size()),
        functions_(module_.cells.size()),
        readers_(module_.cells.size(), 0) {}

  Module run();

 private:
  // A table that could take the place of a cell; a constant where all its entries are equal.
  struct Proposal {
    Cell table;
    double gain = 0;                  // LUTs
    std::vector<CellId> unread_then;  // the cell itself and what only it needs
  };

  const Cell& cell(CellId id) const { return module_.cell(id); }
  bool constant(CellId id) const { return cell(id).op == NetOp::kConst; }
  bool takes_part(const Cell& cell) const;
  void find_roots(CellId id);
  void count_readers();
  std::vector<CellId> cone(CellId id, CellId root) const;
  std::vector<CellId> needed_by_it_alone(CellId id, CellId root) const;
  bool pays(double before, double after, const std::vector<CellId>& gone) const;
  bool faster(CellId id, CellId root, const std::vector<CellId>& between) const;
  Cell table_of(CellId id, CellId root, const std::vector<CellId>& between) const;
  std::optional<Proposal> propose(CellId id, CellId root) const;
  bool replace_best(CellId id);
  std::vector<CellId> live_functions_of(CellId root) const;
  bool replace_together(CellId root);
  void replace(CellId id, Cell table, const std::vector<CellId>& unread);
  void narrow();

  Module module_;
  const Device& device_;
  std::vector<std::vector<CellId>> roots_;      // ascending: narrow values that alone decide a cell
  std::vector<std::vector<CellId>> functions_;  // of a root, ascending
  std::vector<int> readers_;                    // output ports count; 0: dead
};

bool TableMerger::takes_part(const Cell& cell) const {
  const NetClass kind = traits_of(cell.op).kind;
  const bool in_dsp = cell.op == NetOp::kMul && cell.flag;
  return (kind == NetClass::kWire || kind == NetClass::kLogic) && cell.op != NetOp::kResult &&
         !in_dsp;
}

void TableMerger::find_roots(CellId id) {
  if (!takes_part(cell(id))) return;
  std::optional<std::vector<CellId>> common;
  for (const CellId operand : cell(id).operands) {
    if (constant(operand)) continue;
    std::vector<CellId> own = roots_[static_cast<size_t>(operand)];
    if (bits_for(cell(operand).range) <= kMostIndexBits) own.push_back(operand);
    if (!common) {
      common = std::move(own);
      continue;
    }
    std::vector<CellId> both;
    std::set_intersection(common->begin(), common->end(), own.begin(), own.end(),
                          std::back_inserter(both));
    common = std::move(both);
  }
  if (!common) return;
  if (common->size() > kMostRoots) common->resize(kMostRoots);
  for (const CellId root : *common) functions_[static_cast<size_t>(root)].push_back(id);
  roots_[static_cast<size_t>(id)] = std::move(*common);
}

void TableMerger::count_readers() {
  for (const Port& port : module_.outputs) {
    for (const CellId id : port.elements) ++readers_[static_cast<size_t>(id)];
  }
  for (const Cell& reader : module_.cells) {
    for (const CellId id : reader.operands) ++readers_[static_cast<size_t>(id)];
  }
}

// All cells between root and `id`, `id` last. None when they are too many, or when a table put in
// looks past the root.
std::vector<CellId> TableMerger::cone(CellId id, CellId root) const {
  std::vector<CellId> found = {id};
  for (size_t next = 0; next < found.size() && found.size() <= kMostCells; ++next) {
    for (const CellId operand : cell(found[next]).operands) {
      if (operand == root || constant(operand)) continue;
      if (!takes_part(cell(operand))) return {};
      if (std::find(found.begin(), found.end(), operand) == found.end()) found.push_back(operand);
    }
  }
  if (found.size() > kMostCells) return {};
  std::sort(found.begin(), found.end());
  return found;
}

// What nobody would read when `id` read the root alone.
std::vector<CellId> TableMerger::needed_by_it_alone(CellId id, CellId root) const {
  std::vector<CellId> unread = {id};
  std::map<CellId, int> left;  // readers
  for (size_t next = 0; next < unread.size(); ++next) {
    for (const CellId operand : cell(unread[next]).operands) {
      if (operand == root || constant(operand)) continue;
      const auto at = left.emplace(operand, readers_[static_cast<size_t>(operand)]).first;
      if (--at->second == 0) unread.push_back(operand);
    }
  }
  return unread;
}

// `before`: LUTs of the cells that go for one or more tables of `after` LUTs.
bool TableMerger::pays(double before, double after, const std::vector<CellId>& gone) const {
  const bool table = std::any_of(gone.begin(), gone.end(),
                                 [&](CellId id) { return cell(id).op == NetOp::kTable; });
  return before - after >= std::max(table ? 1.0 : kLeastOfArithmetic, kLeastShare * before);
}

// The longest paths from the root, in ns and in adders, are no shorter than the table's.
bool TableMerger::faster(CellId id, CellId root, const std::vector<CellId>& between) const {
  std::map<CellId, std::pair<double, int>> arrival;
  for (const CellId at : between) {
    double ns = 0;
    int chains = 0;
    for (const CellId operand : cell(at).operands) {
      const auto known = arrival.find(operand);
      if (known == arrival.end()) continue;
      ns = std::max(ns, known->second.first);
      chains = std::max(chains, known->second.second);
    }
    arrival[at] = {ns + delay_ns(module_, cell(at), device_),
                   chains + carry_chains(module_, cell(at))};
  }
  Cell table;
  table.op = NetOp::kTable;
  table.operands = {root};
  return delay_ns(module_, table, device_) <= arrival.at(id).first &&
         carry_chains(module_, table) <= arrival.at(id).second;
}

Cell TableMerger::table_of(CellId id, CellId root, const std::vector<CellId>& between) const {
  Cell table;
  table.op = NetOp::kTable;
  table.operands = {root};
  table.constant = static_cast<int64_t>(cell(root).range.low);
  table.name = cell(id).name;
  table.fraction_bits = cell(id).fraction_bits;
  std::map<CellId, int64_t> values;
  const auto value_of = [&](CellId x) { return constant(x) ? cell(x).constant : values.at(x); };
  for (Int128 x = cell(root).range.low; x <= cell(root).range.high; ++x) {
    values[root] = static_cast<int64_t>(x);
    for (const CellId at : between) {
      std::array<int64_t, 3> operands = {};
      for (size_t i = 0; i < cell(at).operands.size(); ++i) {
        operands[i] = value_of(cell(at).operands[i]);
      }
      values[at] = evaluate(cell(at), operands);
    }
    table.entries.push_back(values.at(id));
  }
  const auto [low, high] = std::minmax_element(table.entries.begin(), table.entries.end());
  table.range = {*low, *high};
  return *low < *high ? table : constant_like(table, *low);
}

std::optional<TableMerger::Proposal> TableMerger::propose(CellId id, CellId root) const {
  Proposal proposal;
  proposal.unread_then = needed_by_it_alone(id, root);
  double before = 0;
  for (const CellId at : proposal.unread_then) before += estimate_cell(module_, cell(at)).lut;
  if (!pays(before, 0, proposal.unread_then)) return std::nullopt;
  const std::vector<CellId> between = cone(id, root);
  if (between.empty() || !faster(id, root, between)) return std::nullopt;
  proposal.table = table_of(id, root, between);
  const double after = estimate_cell(module_, proposal.table).lut;
  proposal.gain = before - after;
  return pays(before, after, proposal.unread_then) ? std::optional(std::move(proposal))
                                                   : std::nullopt;
}

void TableMerger::replace(CellId id, Cell table, const std::vector<CellId>& unread) {
  for (const CellId at : unread) {
    for (const CellId operand : cell(at).operands) --readers_[static_cast<size_t>(operand)];
  }
  for (const CellId root : table.operands) ++readers_[static_cast<size_t>(root)];
  module_.cell(id) = std::move(table);
}

bool TableMerger::replace_best(CellId id) {
  std::optional<Proposal> best;
  for (const CellId root : roots_[static_cast<size_t>(id)]) {
    std::optional<Proposal> proposal = propose(id, root);
    if (proposal && (!best || proposal->gain > best->gain)) best = std::move(proposal);
  }
  if (!best) return false;
  replace(id, std::move(best->table), best->unread_then);
  return true;
}

std::vector<CellId> TableMerger::live_functions_of(CellId root) const {
  std::vector<CellId> found;
  for (const CellId id : functions_[static_cast<size_t>(root)]) {
    if (readers_[static_cast<size_t>(id)] > 0 && !constant(id)) found.push_back(id);
  }
  return found;
}

bool TableMerger::replace_together(CellId root) {
  const std::vector<CellId> functions = live_functions_of(root);
  if (functions.size() < 2) return false;
  std::map<CellId, int> read_outside;
  double before = 0, after = 0;
  for (const CellId id : functions) {
    read_outside[id] = readers_[static_cast<size_t>(id)];
    before += estimate_cell(module_, cell(id)).lut;
  }
  for (const CellId id : functions) {
    for (const CellId operand : cell(id).operands) {
      if (const auto at = read_outside.find(operand); at != read_outside.end()) --at->second;
    }
  }
  std::vector<std::pair<CellId, Cell>> tables;
  for (const auto& [id, readers] : read_outside) {
    if (readers == 0) continue;
    const std::vector<CellId> between = cone(id, root);
    if (between.empty() || !faster(id, root, between)) return false;
    tables.emplace_back(id, table_of(id, root, between));
    after += estimate_cell(module_, tables.back().second).lut;
    if (!pays(before, after, functions)) return false;
  }
  if (tables.size() < 2) return false;
  for (const CellId id : functions) replace(id, {}, {id});
  for (auto& [id, table] : tables) replace(id, std::move(table), {});
  return true;
}

// Tables know their numbers exactly, so their readers' intervals may shrink, down to constants.
void TableMerger::narrow() {
  static const Netlist no_modules;
  for (Cell& cell : module_.cells) {
    cell.range = infer_range(no_modules, module_, cell);
    if (!takes_part(cell) || cell.range.low != cell.range.high) continue;
    cell = constant_like(cell, static_cast<int64_t>(cell.range.low));
  }
}

Module TableMerger::run() {
  const auto size = static_cast<CellId>(module_.cells.size());
  for (CellId id = 0; id < size; ++id) find_roots(id);
  count_readers();
  bool changed = false;
  for (CellId id = size; id-- > 0;) {
    if (readers_[static_cast<size_t>(id)] > 0 && replace_best(id)) changed = true;
  }
  for (CellId root = 0; root < size; ++root) {
    if (replace_together(root)) changed = true;
  }
  if (changed) {
    narrow();
    drop_dead_cells(module_);
  }
  return std::move(module_);
}

}  // namespace

Module merge_tables(Module module, const Device& device) {
  return TableMerger(std::move(module), device).run();
}

}  // namespace trigstone
