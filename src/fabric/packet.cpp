#include "fabric/packet.h"

#include <algorithm>
#include <numeric>

#include "base/error.h"

namespace trigstone {

namespace {

class Packer {
 public:
  Packer(const std::vector<PacketField>& fields, PacketStart start, const LinkRate& rate, int links,
         int min_fill)
      : fields_(fields), start_(start), rate_(rate), links_(links), min_fill_(min_fill) {
    taken_.resize(static_cast<size_t>(rate.period_words) * static_cast<size_t>(links));
    words_on_link_.resize(static_cast<size_t>(links));
    packet_.links = links;
    for (const PacketField& field : fields) packet_.bits += field.bits;
  }

  std::optional<Packet> run() {
    int64_t slot = 0, sent = 0, waiting = 0;
    size_t next = 0;
    // When a whole period has gone by since the last field came, every place has been tried.
    const int64_t last =
        fields_.empty() ? 0 : rate_.first_slot(leaves(fields_.back())) + rate_.period_words;
    while (sent < packet_.bits) {
      const int clock = rate_.clock_of(slot);
      for (; next < fields_.size() && leaves(fields_[next]) <= clock; ++next) {
        waiting += fields_[next].bits;
      }
      if (waiting == 0) {
        slot = std::max(slot + 1, rate_.first_slot(leaves(fields_[next])));
        continue;
      }
      if (slot > last) return std::nullopt;
      const bool more_come = next < fields_.size();
      for (int link = 0; link < links_ && waiting > 0; ++link) {
        if (more_come && waiting < min_fill_) break;
        if (!take(slot, link)) continue;
        const int bits = static_cast<int>(std::min<int64_t>(waiting, rate_.word_bits));
        const auto in_clock = static_cast<int>(slot - rate_.first_slot(clock));
        packet_.words.push_back({clock, in_clock, link, sent, bits});
        sent += bits;
        waiting -= bits;
      }
      ++slot;
    }
    time_arrival();
    return std::move(packet_);
  }

 private:
  int leaves(const PacketField& field) const {
    return start_ == PacketStart::kFromSource ? 0 : field.cycle + 1;
  }

  // Takes the place of `slot` on a link, in this and in every later event.
  bool take(int64_t slot, int link) {
    const auto place = static_cast<size_t>(slot % rate_.period_words * links_ + link);
    int& words = words_on_link_[static_cast<size_t>(link)];
    if (taken_[place] || words + rate_.gap_words >= rate_.period_words) return false;
    taken_[place] = true;
    ++words;
    return true;
  }

  // The receiver's start: no earlier than the mark that travels with the packet, and late enough
  // for the last bit of every field.
  void time_arrival() {
    int delta = rate_.hop_clocks + (start_ == PacketStart::kFromSource ? 0 : 1);
    int64_t end = 0;
    size_t word = 0;
    std::vector<int> needs;
    for (const PacketField& field : fields_) {
      end += field.bits;
      while (packet_.words[word].first_bit + packet_.words[word].bits < end) ++word;
      needs.push_back(packet_.words[word].clock + rate_.hop_clocks - field.cycle);
      delta = std::max(delta, needs.back());
    }
    for (size_t i = 0; i < fields_.size(); ++i) {
      if (needs[i] == delta) packet_.critical_cycle = fields_[i].cycle;
    }
    const int step = rate_.alignment_clocks();
    packet_.delta_clocks = (delta + step - 1) / step * step;
  }

  const std::vector<PacketField>& fields_;
  PacketStart start_;
  const LinkRate& rate_;
  int links_, min_fill_;
  std::vector<bool> taken_;  // [slot modulo period][link]
  std::vector<int> words_on_link_;
  Packet packet_;
};

}  // namespace

LinkRate LinkRate::of(const Fabric& fabric) {
  return {fabric.clocks_per_bx(),    fabric.words_per_bx, fabric.word_bits,
          fabric.words_per_period(), fabric.gap_words,    fabric.hop_clocks()};
}

int LinkRate::clock_of(int64_t slot) const {
  return static_cast<int>(slot * clocks_per_bx / words_per_bx);
}

int64_t LinkRate::first_slot(int64_t clock) const {
  return (clock * words_per_bx + clocks_per_bx - 1) / clocks_per_bx;
}

int LinkRate::slots_in_a_clock() const {
  return (words_per_bx + clocks_per_bx - 1) / clocks_per_bx;
}

int LinkRate::alignment_clocks() const {
  return clocks_per_bx / std::gcd(clocks_per_bx, words_per_bx);
}

std::optional<Packet> pack_on(const std::vector<PacketField>& fields, PacketStart start,
                              const LinkRate& rate, int links, int min_fill) {
  ensure(
      std::is_sorted(fields.begin(), fields.end(),
                     [](const PacketField& a, const PacketField& b) { return a.cycle < b.cycle; }),
      "pack: fields are not sorted by their clock");
  return Packer(fields, start, rate, links, min_fill).run();
}

std::optional<Packet> pack(const std::vector<PacketField>& fields, PacketStart start,
                           const LinkRate& rate, int most_links) {
  // Words that leave half empty are there sooner; full ones take fewer places.
  for (const int min_fill :
       {1, (rate.word_bits + 3) / 4, (rate.word_bits + 1) / 2, rate.word_bits}) {
    std::optional<Packet> best = pack_on(fields, start, rate, most_links, min_fill);
    if (!best) continue;
    int too_few = 0;  // links that arrive later, or not at all
    while (best->links - too_few > 1) {
      const int middle = (best->links + too_few) / 2;
      auto fewer = pack_on(fields, start, rate, middle, min_fill);
      if (fewer && fewer->delta_clocks <= best->delta_clocks) {
        best = std::move(fewer);
      } else {
        too_few = middle;
      }
    }
    return best;
  }
  return std::nullopt;
}

}  // namespace trigstone
