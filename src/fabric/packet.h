// One event's crossing from a board to the next: which bits travel in which word of which link.
//
//   fields of 6, 6, 6, … bits, right in clock 9   =>   clock 10: link 0 bits 0..63, link 1
//   bits 64..127
//                                                      clock 11: link 0 bits 128..191, …
//
// The payload is the fields one behind the other, sorted by clock; words take it in order, each as
// many bits as are there, so that every bit has a fixed place and no header is sent. Fields and
// words repeat with every event, one period later: a word keeps its place modulo the period.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "fabric/fabric.h"

namespace trigstone {

// A number (or a block of them) that crosses. Its sender has it in clock `cycle` after the event's
// start there, so it can leave in the next; its receiver needs it in clock `cycle` after the
// event's start there.
struct PacketField {
  int64_t bits = 0;
  int cycle = 0;
  bool operator==(const PacketField&) const = default;
};

struct PacketWord {
  int clock = 0;  // of the sender, after the event's start
  int slot = 0;   // of the words that a link sends in this clock
  int link = 0;
  int64_t first_bit = 0;  // of the payload
  int bits = 0;           // 1 … word_bits; bit 0 of the word is payload bit first_bit
  bool operator==(const PacketWord&) const = default;
};

struct Packet {
  int links = 0;
  int64_t bits = 0;
  std::vector<PacketWord> words;  // by clock, slot, link
  int delta_clocks = 0;    // from the event's start at the sender to its start at the receiver
  int critical_cycle = 0;  // latest clock of a field that could not come any later
  bool operator==(const Packet&) const = default;
};

// Words that one link sends in each clock of a board; not the same in every clock when the link is
// slower or faster than one word a clock.
struct LinkRate {
  int clocks_per_bx = 9, words_per_bx = 9, word_bits = 64;
  int period_words = 54, gap_words = 6;
  int hop_clocks = 1;

  static LinkRate of(const Fabric& fabric);
  int clock_of(int64_t slot) const;         // in which word `slot` since the start leaves
  int64_t first_slot(int64_t clock) const;  // the first that leaves in `clock` or later
  int slots_in_a_clock() const;             // at most
  int alignment_clocks() const;  // after so many clocks the pattern of words begins again
};

enum class PacketStart : uint8_t {
  kFromBoard,   // fields leave once the board has them
  kFromSource,  // the whole event is there at clock 0; fields leave in the order of their clocks
};

// The packet of at most `most_links` links that arrives first, over as few links as that allows.
// `fields` sorted by cycle. No value when the words of one event do not fit between two events.
std::optional<Packet> pack(const std::vector<PacketField>& fields, PacketStart start,
                           const LinkRate& rate, int most_links);

// The packet over exactly `links` links, words sent when `min_fill` bits wait (or the last ones).
std::optional<Packet> pack_on(const std::vector<PacketField>& fields, PacketStart start,
                              const LinkRate& rate, int links, int min_fill);

}  // namespace trigstone
