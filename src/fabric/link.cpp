#include "fabric/link.h"

#include <algorithm>

#include "interpret/stimulus.h"

namespace trigstone {

LinkSimulation::LinkSimulation(const PlanHop& hop, const LinkRate& rate, const LinkFault& fault)
    : hop_(hop), rate_(rate), fault_(fault), slots_(rate.slots_in_a_clock()) {
  mark_clock_ = hop.start == PacketStart::kFromSource ? 0 : 1;
  wait_clocks_ = hop.packet.delta_clocks - rate.hop_clocks - mark_clock_;
  const auto add = [](std::vector<std::vector<Move>>& moves, int clock, const Move& move) {
    const auto at = static_cast<size_t>(clock);
    if (moves.size() <= at) moves.resize(at + 1);
    moves[at].push_back(move);
  };
  for (size_t i = 0; i < hop.sendings.size(); ++i) {
    const Sending& sending = hop.sendings[i];
    const FlowValue& value = hop.values[sending.value];
    const Move move{sending.value, hop.first_bit[i], value.format.width_bits,
                    value.format.is_signed};
    add(captures_, value.cycle + sending.beat, move);
    const int repeats = value.held ? value.beats : 1;
    for (int k = 0; k < repeats; ++k) add(presents_, value.cycle + sending.beat + k, move);
  }
  ring_.resize(static_cast<size_t>(rate.hop_clocks + std::max(0, fault.delay_clocks)) + 1);
  for (Arrivals& arrivals : ring_) {
    arrivals.places.resize(static_cast<size_t>(hop.packet.links) * static_cast<size_t>(slots_));
  }
}

int LinkSimulation::delay_of(int link) const {
  const bool faulty = fault_.link < 0 || fault_.link == link;
  return rate_.hop_clocks + (faulty ? fault_.delay_clocks : 0);
}

void LinkSimulation::begin(int64_t now) {
  const auto words = static_cast<size_t>((hop_.packet.bits + 63) / 64);
  sending_.push_back({now, 0, 0, std::vector<uint64_t>(words)});
}

void LinkSimulation::capture(int64_t now, const std::vector<int64_t>& numbers) {
  for (Event& event : sending_) {
    const auto clock = static_cast<size_t>(now - event.start);
    if (clock >= captures_.size()) continue;
    for (const Move& move : captures_[clock]) {
      write_field(event.payload, move.first_bit, move.bits, numbers[move.element]);
    }
  }
}

void LinkSimulation::capture_event(const std::vector<int64_t>& numbers) {
  for (size_t i = 0; i < hop_.sendings.size(); ++i) {
    const FlowValue& value = hop_.values[hop_.sendings[i].value];
    write_field(sending_.back().payload, hop_.first_bit[i], value.format.width_bits, numbers[i]);
  }
}

bool LinkSimulation::transfer(int64_t now) {
  Arrivals& leaving = sent_at(now);
  leaving.mark = false;
  std::fill(leaving.places.begin(), leaving.places.end(), Place{});
  send(now);
  receive(now);
  return std::any_of(receiving_.begin(), receiving_.end(),
                     [&](const Event& event) { return event.start == now; });
}

void LinkSimulation::send(int64_t now) {
  const std::vector<PacketWord>& words = hop_.packet.words;
  Arrivals& leaving = sent_at(now);
  for (Event& event : sending_) {
    if (now - event.start == mark_clock_) leaving.mark = true;
    for (; event.next_word < words.size(); ++event.next_word) {
      const PacketWord& word = words[event.next_word];
      if (word.clock != now - event.start) break;
      Place& place = leaving.places[place_of(word.link, word.slot)];
      if (place.valid) ++late_words_;  // two at one time: a plan that was changed by hand
      place.valid = true;
      place.word =
          static_cast<uint64_t>(read_field(event.payload, word.first_bit, word.bits, false));
      if (word.link != fault_.link) continue;
      if (words_on_fault_link_++ == fault_.flip_word) place.word ^= uint64_t{1} << fault_.flip_bit;
    }
  }
  while (!sending_.empty() && sending_.front().next_word == words.size() &&
         now - sending_.front().start > mark_clock_) {
    sending_.pop_front();
  }
}

void LinkSimulation::receive(int64_t now) {
  const int mark_delay = delay_of(-1);
  if (now >= mark_delay && sent_at(now - mark_delay).mark) {
    const auto words = static_cast<size_t>((hop_.packet.bits + 63) / 64);
    receiving_.push_back({now + wait_clocks_, now, 0, std::vector<uint64_t>(words)});
  }
  int64_t arrived = 0;
  for (int link = 0; link < hop_.packet.links; ++link) {
    if (now < delay_of(link)) continue;
    const Arrivals& arrivals = sent_at(now - delay_of(link));
    for (int slot = 0; slot < slots_; ++slot) {
      arrived += arrivals.places[place_of(link, slot)].valid ? 1 : 0;
    }
  }
  for (Event& event : receiving_) {
    const std::vector<PacketWord>& words = hop_.packet.words;
    for (; event.next_word < words.size(); ++event.next_word) {
      const PacketWord& word = words[event.next_word];
      if (word.clock - mark_clock_ != now - event.mark) break;
      const int delay = delay_of(word.link);
      const Place place =
          now >= delay ? sent_at(now - delay).places[place_of(word.link, word.slot)] : Place{};
      if (!place.valid) ++late_words_;
      arrived -= place.valid ? 1 : 0;
      write_field(event.payload, word.first_bit, word.bits, static_cast<int64_t>(place.word));
    }
  }
  late_words_ += arrived;  // came when none was due
  const auto last = static_cast<int64_t>(presents_.size());
  while (!receiving_.empty() && now - receiving_.front().start >= last &&
         receiving_.front().next_word == hop_.packet.words.size()) {
    receiving_.pop_front();
  }
}

void LinkSimulation::present(int64_t now, std::vector<int64_t>& numbers) const {
  for (const Event& event : receiving_) {
    if (now < event.start) continue;
    const auto clock = static_cast<size_t>(now - event.start);
    if (clock >= presents_.size()) continue;
    for (const Move& move : presents_[clock]) {
      numbers[move.element] = read_field(event.payload, move.first_bit, move.bits, move.is_signed);
    }
  }
}

}  // namespace trigstone
