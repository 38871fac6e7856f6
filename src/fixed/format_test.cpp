// Formats: their text form, their ranges, interval arithmetic, and what is refused by name.
#include "fixed/format.h"

#include <gtest/gtest.h>

#include <cmath>

#include "base/error.h"
#include "base/random.h"
#include "base/testing.h"
#include "fixed/quantize.h"

namespace trigstone {
namespace {

Format any_format(Random& random) {
  Format format;
  format.is_signed = random.chance(0.5);
  format.width_bits = static_cast<int>(random.integer(1, format.is_signed ? 64 : 63));
  format.integer_bits = static_cast<int>(random.integer(-512, 512));
  format.rounding = static_cast<Rounding>(random.integer(0, kRoundingCount - 1));
  format.overflow = static_cast<Overflow>(random.integer(0, kOverflowCount - 1));
  return format;
}

TEST(FormatText, WritesModesOnlyWhenNeeded) {
  EXPECT_EQ(to_string(Format{}), "<16,6>");
  EXPECT_EQ(to_string(Format{8, 3, false}), "u<8,3>");
  EXPECT_EQ(to_string(Format{8, -3, true, Rounding::kRND}), "<8,-3,RND>");
  EXPECT_EQ(to_string(Format{8, 12, true, Rounding::kTRN, Overflow::kSAT}), "<8,12,TRN,SAT>");
  EXPECT_EQ(to_string(Format{1, 1, false, Rounding::kRND_CONV, Overflow::kSAT_SYM}),
            "u<1,1,RND_CONV,SAT_SYM>");
}

TEST(FormatText, ReadsWhatItWrites) {
  Random random(1);
  for (int i = 0; i < 2000; ++i) {
    const Format format = any_format(random);
    EXPECT_EQ(parse_format(to_string(format), "here"), format) << to_string(format);
  }
}

TEST(FormatText, NamesEveryMode) {
  for (int r = 0; r < kRoundingCount; ++r) {
    for (int o = 0; o < kOverflowCount; ++o) {
      const Format format{8, 4, true, static_cast<Rounding>(r), static_cast<Overflow>(o)};
      const std::string text =
          std::string("<8,4,") + name_of(format.rounding) + "," + name_of(format.overflow) + ">";
      EXPECT_EQ(parse_format(text, "here"), format) << text;
    }
  }
}

TEST(FormatText, ReadsTheVendorsSpelling) {
  EXPECT_EQ(parse_format("ap_fixed<16,6>", "here"), (Format{16, 6}));
  EXPECT_EQ(parse_format("ap_ufixed<8, 0, AP_RND_CONV, AP_SAT>", "here"),
            (Format{8, 0, false, Rounding::kRND_CONV, Overflow::kSAT}));
  EXPECT_EQ(parse_format("< 8 , -2 , TRN_ZERO >", "here"),
            (Format{8, -2, true, Rounding::kTRN_ZERO}));
}

TEST(FormatText, RefusesAnythingElse) {
  for (const char* text : {"",
                           "<",
                           ">",
                           "<>",
                           "<8>",
                           "<8,>",
                           "<,8>",
                           "<8,4",
                           "8,4>",
                           "8,4",
                           "<8,4,>",
                           "<8,4,RND,>",
                           "<8,4,ROUND>",
                           "<8,4,RND,CLIP>",
                           "<8,4,RND,SAT,3>",
                           "<8.0,4>",
                           "<a,4>",
                           "<8,4>x",
                           "s<8,4>",
                           "<99999999999,4>",
                           "<8,4,SAT>",
                           "<8,4,RND_CONV,AP_>",
                           "ap_int<8,4>",
                           "<8,+4>",
                           "<<8,4>>"}) {
    EXPECT_EQ(message_of([&] { parse_format(text, "m.onnx:node 'q'"); }),
              std::string("m.onnx:node 'q': error: '") + text +
                  "' is not a number format — write <W,I>, u<W,I> or <W,I,RND_CONV,SAT>");
  }
}

TEST(FormatText, RefusesWhatDoesNotFit64BitsByName) {
  const std::string hint = " — mantissas are 64-bit integers; choose a narrower format";
  EXPECT_EQ(message_of([] { parse_format("<65,6>", "x"); }),
            "x: error: format <65,6> has 65 bits; 1 to 64 are possible" + hint);
  EXPECT_EQ(message_of([] { parse_format("u<64,6>", "x"); }),
            "x: error: format u<64,6> has 64 bits; 1 to 63 are possible" + hint);
  EXPECT_EQ(message_of([] { parse_format("<0,0>", "x"); }),
            "x: error: format <0,0> has 0 bits; 1 to 64 are possible" + hint);
  EXPECT_EQ(message_of([] { parse_format("<-3,0>", "x"); }),
            "x: error: format <-3,0> has -3 bits; 1 to 64 are possible" + hint);
  EXPECT_EQ(message_of([] { parse_format("<8,513>", "x"); }),
            "x: error: format <8,513> has 513 integer bits — choose between -512 and 512");
  EXPECT_EQ(message_of([] { parse_format("<8,-2147483648>", "x"); }),
            "x: error: format <8,-2147483648> has -2147483648 integer bits — "
            "choose between -512 and 512");
}

TEST(FormatRange, HasTheEndsOfTwosComplement) {
  EXPECT_EQ((Format{1, 1, true}.range()), (Interval{-1, 0}));
  EXPECT_EQ((Format{1, 1, false}.range()), (Interval{0, 1}));
  EXPECT_EQ((Format{8, 4, true}.range()), (Interval{-128, 127}));
  EXPECT_EQ((Format{8, 4, false}.range()), (Interval{0, 255}));
  EXPECT_EQ((Format{64, 4, true}.range()), (Interval{INT64_MIN, INT64_MAX}));
  EXPECT_EQ((Format{63, 4, false}.range()), (Interval{0, INT64_MAX}));
}

TEST(FormatRange, GivesRealValues) {
  EXPECT_EQ((Format{8, 4}.step()), 0.0625);
  EXPECT_EQ((Format{8, 4}.to_real(-128)), -8.0);
  EXPECT_EQ((Format{8, -4}.to_real(127)), 127.0 / 4096.0);
  EXPECT_EQ((Format{8, 12}.to_real(3)), 48.0);
  EXPECT_EQ((Format{8, -512}.step()), std::ldexp(1.0, -520));
}

TEST(FormatRange, SameNumbersIgnoresTheModes) {
  const Format format{8, 4, true, Rounding::kRND, Overflow::kSAT};
  EXPECT_TRUE(format.same_numbers(Format{8, 4}));
  EXPECT_FALSE(format.same_numbers(Format{8, 5}));
  EXPECT_FALSE(format.same_numbers(Format{9, 4}));
  EXPECT_FALSE(format.same_numbers(Format{8, 4, false}));
}

TEST(Intervals, CoverEveryResultAndNoMore) {
  Random random(2);
  for (int round = 0; round < 200; ++round) {
    const auto any = [&] {
      const int64_t low = random.integer(-8, 8);
      return Interval{low, low + random.integer(0, 6)};
    };
    const Interval a = any();
    const Interval b = any();
    const auto exact = [&](auto operation) {
      Interval seen{operation(a.low, b.low), operation(a.low, b.low)};
      for (Int128 x = a.low; x <= a.high; ++x) {
        for (Int128 y = b.low; y <= b.high; ++y) {
          seen = hull(seen, Interval{operation(x, y), operation(x, y)});
        }
      }
      return seen;
    };
    EXPECT_EQ(a + b, exact([](Int128 x, Int128 y) { return x + y; }));
    EXPECT_EQ(a - b, exact([](Int128 x, Int128 y) { return x - y; }));
    EXPECT_EQ(a * b, exact([](Int128 x, Int128 y) { return x * y; }));
    EXPECT_EQ(shift_left(a, 5), exact([](Int128 x, Int128) { return x * 32; }));
    EXPECT_EQ(hull(a, b).low, std::min(a.low, b.low));
    EXPECT_EQ(hull(a, b).high, std::max(a.high, b.high));
  }
}

TEST(Intervals, RefuseToWrap) {
  const std::string refusal =
      "number format: error: an exact result needs 127 bits or more — "
      "quantise its operands to fewer bits and closer fraction bits";
  const Interval widest = Format{64, 64}.range() * Format{64, 64}.range();
  EXPECT_EQ(widest.high, static_cast<Int128>(1) << 126);
  EXPECT_EQ(message_of([&] { (void)(widest + widest); }), refusal);
  EXPECT_EQ(message_of([&] { (void)(widest - (Interval{0, 0} - widest)); }), refusal);
  EXPECT_EQ(message_of([&] { (void)(widest * Format{64, 64}.range()); }), refusal);
  EXPECT_EQ(message_of([&] { (void)shift_left(Interval{-1, 1}, 127); }), refusal);
  EXPECT_EQ(shift_left(Interval{0, 0}, 1000), (Interval{0, 0}));
}

TEST(Intervals, CountTheirBits) {
  EXPECT_EQ(bits_for({0, 0}), 1);
  EXPECT_EQ(bits_for({0, 1}), 1);
  EXPECT_EQ(bits_for({0, 2}), 2);
  EXPECT_EQ(bits_for({-1, 0}), 1);
  EXPECT_EQ(bits_for({-1, 1}), 2);
  EXPECT_EQ(bits_for({-128, 127}), 8);
  EXPECT_EQ(bits_for({-128, 128}), 9);
  EXPECT_EQ(bits_for({-129, 0}), 9);
  EXPECT_EQ(bits_for(Format{64, 0}.range()), 64);
  EXPECT_EQ(bits_for(Format{63, 0, false}.range()), 63);
}

TEST(Covering, IsTheSmallestFormatThatHoldsTheRange) {
  EXPECT_EQ(covering({-128, 127}, 4, "x"), (Format{8, 4}));
  EXPECT_EQ(covering({-1, 128}, 4, "x"), (Format{9, 5}));
  EXPECT_EQ(covering({0, 255}, -3, "x"), (Format{8, 11, false}));
  EXPECT_EQ(covering({0, 0}, 10, "x"), (Format{1, -9, false}));
  EXPECT_EQ(covering({INT64_MIN, 0}, 0, "x"), (Format{64, 64}));
  EXPECT_EQ(covering({0, INT64_MAX}, 0, "x"), (Format{63, 63, false}));
}

TEST(Covering, RefusesMoreThan64BitsByName) {
  const Int128 two_to_63 = static_cast<Int128>(1) << 63;
  EXPECT_EQ(message_of([&] {
              covering({0, two_to_63}, 0, "g.txt:7");
            }),
            "g.txt:7: error: its exact result needs 64 bits, more than 63 — "
            "quantise its operands to fewer bits");
  EXPECT_EQ(message_of([&] {
              covering({-1, two_to_63}, 0, "g.txt:7");
            }),
            "g.txt:7: error: its exact result needs 65 bits, more than 64 — "
            "quantise its operands to fewer bits");
  EXPECT_EQ(message_of([&] {
              covering({0, 1}, 600, "g.txt:7");
            }),
            "g.txt:7: error: format u<1,-599> has -599 integer bits — choose between -512 and 512");
}

TEST(Covering, HoldsEveryNumberOfBothFormats) {
  EXPECT_EQ(covering(Format{8, 4}, Format{8, 2}, "x"), (Format{10, 4}));
  EXPECT_EQ(covering(Format{8, 4, false}, Format{8, 4}, "x"), (Format{9, 5}));
  EXPECT_EQ(covering(Format{4, 4, false}, Format{4, 0, false}, "x"), (Format{8, 4, false}));
  EXPECT_EQ(covering(Format{8, 4, true, Rounding::kRND, Overflow::kSAT}, Format{8, 4}, "x"),
            (Format{8, 4}));
  Random random(3);
  for (int i = 0; i < 2000; ++i) {
    Format a = any_format(random);
    Format b = any_format(random);
    a.width_bits = 1 + a.width_bits % 24;
    b.width_bits = 1 + b.width_bits % 24;
    a.integer_bits %= 16;
    b.integer_bits %= 16;
    const Format both = covering(a, b, "x");
    for (const Format& part : {a, b}) {
      for (const int64_t end : {part.min_mantissa(), part.max_mantissa()}) {
        EXPECT_TRUE(both.range().contains(align(end, part.fraction_bits(), both.fraction_bits())));
      }
    }
  }
}

TEST(Covering, RefusesFormatsTooFarApart) {
  EXPECT_EQ(message_of([] {
              covering(Format{8, 300}, Format{8, 4}, "g.txt:9");
            }),
            "g.txt:9: error: its exact result needs 304 bits, more than 64 — "
            "quantise its operands to fewer bits");
}

}  // namespace
}  // namespace trigstone
