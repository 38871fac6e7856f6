// One hop in simulation: the sender's packer, the links, the receiver's unpacker.
//
//   capture: numbers of a board's outputs in their clocks  ─►  payload of the event
//   clock:   words of the payload leave in their clocks    ─►  links, each a fixed delay
//   clock:   words arrive in their clocks after the mark   ─►  payload of the event
//   present: numbers of the next board's inputs in their clocks
#pragma once

#include <cstdint>
#include <deque>
#include <vector>

#include "fabric/plan.h"

namespace trigstone {

// One thing broken on purpose, so that tests see the simulation find it.
struct LinkFault {
  int hop = -1;            // which hop; -1: nothing is broken
  int link = -1;           // which of its links; -1: the whole hop (delays only)
  int delay_clocks = 0;    // longer than planned
  int64_t flip_word = -1;  // of the link, counted from the first word ever sent
  int flip_bit = 0;
};

class LinkSimulation {
 public:
  // `fault.hop` is not looked at: a fault given here is this hop's.
  LinkSimulation(const PlanHop& hop, const LinkRate& rate, const LinkFault& fault);

  // Once per clock, in this order: begin (an event starts at the sender now), transfer, capture.
  void begin(int64_t now);
  // Words that are due leave, words that are due arrive. True when an event starts at the receiver.
  bool transfer(int64_t now);
  // `numbers`: the sender's output elements in this clock.
  void capture(int64_t now, const std::vector<int64_t>& numbers);
  // Of a source: the whole event that began last; numbers in the order of hop.sendings.
  void capture_event(const std::vector<int64_t>& numbers);

  // Writes the elements that are promised in this clock, leaves the others alone.
  void present(int64_t now, std::vector<int64_t>& numbers) const;

  // Words that were missing when they were due, or came when none was due.
  int64_t late_words() const { return late_words_; }

 private:
  struct Move {  // between an element and the payload
    size_t element = 0;
    int64_t first_bit = 0;
    int bits = 1;
    bool is_signed = false;
  };
  struct Event {
    int64_t start = 0;  // clock
    int64_t mark = 0;   // of a receiver: when the mark came
    size_t next_word = 0;
    std::vector<uint64_t> payload;
  };
  struct Place {  // one word's time on one link
    bool valid = false;
    uint64_t word = 0;
  };
  struct Arrivals {  // of one clock, as sent
    bool mark = false;
    std::vector<Place> places;  // [link][slot]
  };

  Arrivals& sent_at(int64_t clock) { return ring_[static_cast<size_t>(clock) % ring_.size()]; }
  size_t place_of(int link, int slot) const {
    return static_cast<size_t>(link) * static_cast<size_t>(slots_) + static_cast<size_t>(slot);
  }
  int delay_of(int link) const;
  void send(int64_t now);
  void receive(int64_t now);

  const PlanHop& hop_;
  const LinkRate rate_;
  const LinkFault fault_;
  int slots_ = 1, mark_clock_ = 0, wait_clocks_ = 0;
  std::vector<std::vector<Move>> captures_, presents_;  // by clock after the event's start
  std::deque<Event> sending_, receiving_;
  std::vector<Arrivals> ring_;
  int64_t words_on_fault_link_ = 0, late_words_ = 0;
};

}  // namespace trigstone
