#include "fabric/place.h"

#include <algorithm>
#include <optional>
#include <tuple>

#include "base/progress.h"
#include "cost/device.h"

namespace trigstone {

namespace {

struct NamedResource {
  const char* name;
  double Resources::*member;
};
constexpr NamedResource kResources[] = {{"lut", &Resources::lut},
                                        {"ff", &Resources::ff},
                                        {"dsp", &Resources::dsp},
                                        {"bram36", &Resources::bram36},
                                        {"uram", &Resources::uram}};

Resources content_of(const Fabric& fabric) {
  const Device& device = device_named(fabric.device);
  Resources r;
  r.lut = device.lut;
  r.ff = device.ff;
  r.dsp = device.dsp;
  r.bram36 = device.bram36;
  r.uram = device.uram;
  return r;
}

class Placer {
 public:
  Placer(const Flow& flow, const Fabric& fabric, std::string where)
      : flow_(flow),
        fabric_(fabric),
        where_(std::move(where)),
        limits_(board_limits(fabric)),
        rate_(LinkRate::of(fabric)) {}

  Placement run() {
    check_rate();
    check_items();
    pack_all();
    if (!solve()) refuse_links();
    return trace();
  }

 private:
  // The cheapest way to fill boards with the items before a cut.
  struct Best {
    int boards = 0, latency = 0;
    int64_t words = 0;
    int from = -1;
    auto cost() const { return std::tie(boards, latency, words); }
  };

  void check_rate() const {
    const int clocks = fabric_.period_clocks();
    if (flow_.ii <= clocks) return;
    const int per_bx = fabric_.clocks_per_bx();
    throw Error(where_,
                fmt::format("takes an event every {} clocks, but time multiplexing over {} "
                            "crossings brings one every {}",
                            flow_.ii, fabric_.period_bx, clocks),
                fmt::format("more --lanes, or time_multiplexing.period_bx = {}",
                            (flow_.ii + per_bx - 1) / per_bx));
  }

  void check_items() const {
    for (const FlowItem& item : flow_.items) {
      for (const NamedResource& r : kResources) {
        if (item.resources.*r.member <= limits_.*r.member) continue;
        throw ItemTooLarge(
            where_,
            fmt::format("'{}' alone takes {:.0f} {}, a board of {} may use {:.0f}", item.name,
                        item.resources.*r.member, r.name, fabric_.device, limits_.*r.member),
            "fewer bits or --lanes, a smaller layer, or a larger device");
      }
    }
  }

  std::optional<Packet> pack_values(const std::vector<FlowValue>& values, PacketStart start) const {
    return pack(fields_of(values, sendings_of(values)), start, rate_, fabric_.links_per_board);
  }

  [[noreturn]] void refuse_port(const std::string& which,
                                const std::vector<FlowValue>& values) const {
    int64_t bits = 0;
    for (const FlowValue& value : values) bits += value.bits() * value.sendings();
    throw Error(where_,
                fmt::format("the {} of one event are {} bits; {} links carry {} between two events",
                            which, bits, fabric_.links_per_board, link_capacity_bits()),
                "a longer time multiplexing period, more links, or narrower formats");
  }

  int64_t link_capacity_bits() const {
    return static_cast<int64_t>(fabric_.links_per_board) * (rate_.period_words - rate_.gap_words) *
           rate_.word_bits;
  }

  void pack_all() {
    hops_.resize(static_cast<size_t>(flow_.end()) + 1);
    hops_.front() = pack_values(flow_.inputs, PacketStart::kFromSource);
    if (!hops_.front()) refuse_port("inputs", flow_.inputs);
    hops_.back() = pack_values(flow_.outputs, PacketStart::kFromBoard);
    if (!hops_.back()) refuse_port("outputs", flow_.outputs);
    Progress progress("map", flow_.end(), "cuts");
    for (int cut = 1; cut < flow_.end(); ++cut) {
      progress.update(cut);
      std::vector<FlowValue> crossing;
      for (const size_t i : flow_.crossing(cut)) crossing.push_back(flow_.values[i]);
      hops_[static_cast<size_t>(cut)] = pack_values(crossing, PacketStart::kFromBoard);
    }
  }

  bool solve() {
    best_.assign(static_cast<size_t>(flow_.end()) + 1, std::nullopt);
    best_[0] = Best{};
    for (int end = 1; end <= flow_.end(); ++end) {
      if (end < flow_.end() && !hops_[static_cast<size_t>(end)]) continue;
      Resources used;
      for (int first = end - 1; first >= 0; --first) {
        used = used + flow_.items[static_cast<size_t>(first)].resources;
        if (!fits(used, limits_)) break;
        if (best_[static_cast<size_t>(first)]) offer(first, end);
      }
    }
    return best_.back().has_value();
  }

  void offer(int first, int end) {
    Best next = *best_[static_cast<size_t>(first)];
    next.from = first;
    ++next.boards;
    if (end < flow_.end()) {
      const Packet& hop = *hops_[static_cast<size_t>(end)];
      next.latency += hop.delta_clocks;
      next.words += static_cast<int64_t>(hop.words.size());
    }
    auto& best = best_[static_cast<size_t>(end)];
    if (!best || next.cost() < best->cost()) best = next;
  }

  [[noreturn]] void refuse_links() const {
    int64_t narrowest = INT64_MAX;
    int at = 1;
    for (int cut = 1; cut < flow_.end(); ++cut) {
      int64_t bits = 0;
      for (const size_t i : flow_.crossing(cut)) {
        bits += flow_.values[i].bits() * flow_.values[i].sendings();
      }
      if (bits < narrowest) at = cut;
      narrowest = std::min(narrowest, bits);
    }
    throw Error(where_,
                fmt::format("no cuts within the fill limits fit the links: {} links carry {} bits "
                            "between two events, the narrowest cut, before '{}', needs {}",
                            fabric_.links_per_board, link_capacity_bits(),
                            flow_.items[static_cast<size_t>(at)].name, narrowest),
                "a longer time multiplexing period, more links, or narrower formats");
  }

  Placement trace() {
    Placement result;
    result.latency_clocks = flow_.latency_cycles;
    std::vector<int> cuts = {flow_.end()};
    while (cuts.back() > 0) cuts.push_back(best_[static_cast<size_t>(cuts.back())]->from);
    std::reverse(cuts.begin(), cuts.end());
    for (const int cut : cuts) {
      if (cut < flow_.end()) result.first_item.push_back(cut);
      result.hops.push_back(std::move(*hops_[static_cast<size_t>(cut)]));
      result.latency_clocks += result.hops.back().delta_clocks;
    }
    return result;
  }

  const Flow& flow_;
  const Fabric& fabric_;
  std::string where_;
  Resources limits_;
  LinkRate rate_;
  std::vector<std::optional<Packet>> hops_;  // before item i; the last one behind all
  std::vector<std::optional<Best>> best_;
};

}  // namespace

Resources operator+(const Resources& a, const Resources& b) {
  Resources sum;
  for (const NamedResource& r : kResources) sum.*r.member = a.*r.member + b.*r.member;
  sum.power_w = a.power_w + b.power_w;
  return sum;
}

Resources board_limits(const Fabric& fabric) {
  Resources limits = content_of(fabric);
  limits.lut *= fabric.fill.lut;
  limits.ff *= fabric.fill.ff;
  limits.dsp *= fabric.fill.dsp;
  limits.bram36 *= fabric.fill.bram36;
  limits.uram *= fabric.fill.uram;
  return limits;
}

Resources die_of(const Fabric& fabric) {
  Resources die = content_of(fabric);
  for (const NamedResource& r : kResources) die.*r.member /= device_named(fabric.device).slr;
  return die;
}

std::vector<Fill> fills_of(const Resources& used, const Fabric& fabric) {
  const Resources content = content_of(fabric);
  std::vector<Fill> fills;
  for (const NamedResource& r : kResources) {
    if (content.*r.member > 0) fills.push_back({r.name, used.*r.member / (content.*r.member)});
  }
  return fills;
}

bool fits(const Resources& used, const Resources& limits) {
  return std::all_of(std::begin(kResources), std::end(kResources),
                     [&](const NamedResource& r) { return used.*r.member <= limits.*r.member; });
}

Placement place(const Flow& flow, const Fabric& fabric, const std::string& where) {
  ensure(flow.end() > 0, "place: a flow without items");
  return Placer(flow, fabric, where).run();
}

}  // namespace trigstone
