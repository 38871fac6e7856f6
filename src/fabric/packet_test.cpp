// Packing of words: what must hold of every packet, on random fields and links.
#include "fabric/packet.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "base/random.h"

namespace trigstone {
namespace {

struct Case {
  std::vector<PacketField> fields;
  PacketStart start = PacketStart::kFromBoard;
  LinkRate rate;
  int links = 1;
};

Case random_case(uint64_t seed) {
  Random random(seed);
  Case c;
  const int clocks[] = {6, 9, 12};
  c.rate.clocks_per_bx = clocks[random.integer(0, 2)];
  c.rate.word_bits = static_cast<int>(random.integer(1, 64));
  c.rate.period_words = 9 * static_cast<int>(random.integer(1, 6));
  c.rate.gap_words = static_cast<int>(random.integer(0, 6));
  c.rate.hop_clocks = static_cast<int>(random.integer(1, 40));
  c.links = static_cast<int>(random.integer(1, 12));
  if (random.chance(0.3)) c.start = PacketStart::kFromSource;
  const int64_t count = random.integer(0, 60), last = random.integer(0, 80);
  for (int64_t i = 0; i < count; ++i) {
    c.fields.push_back({random.integer(1, 64), static_cast<int>(random.integer(0, last))});
  }
  std::sort(c.fields.begin(), c.fields.end(),
            [](const PacketField& a, const PacketField& b) { return a.cycle < b.cycle; });
  return c;
}

// Every promise of packet.h.
void expect_sound(const Case& c, const Packet& packet) {
  int64_t bits = 0;
  std::map<int64_t, const PacketField*> field_at;  // by its first bit
  for (const PacketField& field : c.fields) {
    field_at[bits] = &field;
    bits += field.bits;
  }
  ASSERT_EQ(packet.bits, bits);
  const auto field_of = [&](int64_t bit) { return std::prev(field_at.upper_bound(bit))->second; };

  int64_t sent = 0;
  std::set<std::pair<int64_t, int>> places;
  std::map<int, int> on_link;
  int latest_need = 0;
  for (const PacketWord& word : packet.words) {
    ASSERT_EQ(word.first_bit, sent);  // every bit once, in order
    ASSERT_GE(word.bits, 1);
    ASSERT_LE(word.bits, c.rate.word_bits);
    ASSERT_LT(word.link, packet.links);
    const int64_t slot = c.rate.first_slot(word.clock) + word.slot;
    ASSERT_EQ(c.rate.clock_of(slot), word.clock);
    ASSERT_LT(word.slot, c.rate.slots_in_a_clock());
    // No two words of this or any later event share a place.
    ASSERT_TRUE(places.insert({slot % c.rate.period_words, word.link}).second);
    ++on_link[word.link];
    sent += word.bits;
    for (int64_t bit = word.first_bit; bit < sent; ++bit) {
      const PacketField& field = *field_of(bit);
      if (c.start == PacketStart::kFromBoard) {
        ASSERT_GT(word.clock, field.cycle);
      }
      const int need = word.clock + c.rate.hop_clocks - field.cycle;
      ASSERT_LE(need, packet.delta_clocks);
      latest_need = std::max(latest_need, need);
    }
  }
  ASSERT_EQ(sent, bits);
  for (const auto& [link, words] : on_link) {
    ASSERT_LE(words, c.rate.period_words - c.rate.gap_words) << link;
  }
  // The receiver starts no later than it must.
  const int mark = c.rate.hop_clocks + (c.start == PacketStart::kFromBoard ? 1 : 0);
  const int step = c.rate.alignment_clocks(), least = std::max(latest_need, mark);
  ASSERT_EQ(packet.delta_clocks, (least + step - 1) / step * step);
}

TEST(Packet, EveryBitHasItsPlaceAndTime) {
  int packed = 0;
  for (uint64_t seed = 0; seed < 2000; ++seed) {
    const Case c = random_case(seed);
    const auto packet = pack(c.fields, c.start, c.rate, c.links);
    if (!packet) continue;
    ++packed;
    expect_sound(c, *packet);
    if (HasFatalFailure()) FAIL() << "seed " << seed;
  }
  EXPECT_GT(packed, 500);
}

TEST(Packet, RefusesOnlyWhatDoesNotFit) {
  int refused = 0;
  for (uint64_t seed = 0; seed < 2000; ++seed) {
    const Case c = random_case(seed);
    if (pack(c.fields, c.start, c.rate, c.links)) continue;
    ++refused;
    int64_t bits = 0;
    for (const PacketField& field : c.fields) bits += field.bits;
    // Full words, one word a link lost at the seam between two events at the most.
    const int64_t places = static_cast<int64_t>(c.links) *
                           std::max(0, c.rate.period_words - std::max(c.rate.gap_words, 1));
    EXPECT_GT(bits, (places - c.links) * c.rate.word_bits) << "seed " << seed;
  }
  EXPECT_GT(refused, 50);
}

TEST(Packet, MoreLinksComeNoLater) {
  for (uint64_t seed = 0; seed < 500; ++seed) {
    Case c = random_case(seed);
    const auto few = pack_on(c.fields, c.start, c.rate, c.links, 1);
    const auto more = pack_on(c.fields, c.start, c.rate, c.links + 1, 1);
    if (!few) continue;
    ASSERT_TRUE(more) << seed;
    EXPECT_LE(more->delta_clocks, few->delta_clocks) << seed;
  }
}

TEST(Packet, TakesTheFewestLinksThatArriveFirst) {
  for (uint64_t seed = 0; seed < 300; ++seed) {
    const Case c = random_case(seed);
    if (!pack_on(c.fields, c.start, c.rate, c.links, 1)) continue;
    const auto best = pack(c.fields, c.start, c.rate, c.links);
    int fewest = c.links, soonest = INT_MAX;
    for (int links = c.links; links >= 1; --links) {
      const auto packet = pack_on(c.fields, c.start, c.rate, links, 1);
      if (!packet || packet->delta_clocks > soonest) continue;
      soonest = packet->delta_clocks;
      fewest = links;
    }
    EXPECT_EQ(best->delta_clocks, soonest) << seed;
    EXPECT_EQ(best->links, fewest) << seed;
  }
}

TEST(Packet, TenWordsOverTwoLinksTakeFiveClocks) {
  const LinkRate rate{9, 9, 64, 54, 6, 20};
  const auto packet =
      pack_on(std::vector<PacketField>(80, {8, 3}), PacketStart::kFromBoard, rate, 2, 1);
  ASSERT_TRUE(packet);
  EXPECT_EQ(packet->words.size(), 10U);
  EXPECT_EQ(packet->words.front(), (PacketWord{4, 0, 0, 0, 64}));
  EXPECT_EQ(packet->words.back(), (PacketWord{8, 0, 1, 576, 64}));
  EXPECT_EQ(packet->delta_clocks, 8 + 20 - 3);
  EXPECT_EQ(packet->critical_cycle, 3);
}

}  // namespace
}  // namespace trigstone
