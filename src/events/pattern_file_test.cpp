#include "events/pattern_file.h"

#include <gtest/gtest.h>

#include "base/random.h"
#include "base/testing.h"

namespace trigstone {
namespace {

Pattern small_pattern() {
  Pattern pattern{"TEST", {{0, {}}, {17, {}}}};
  pattern.links[0].frames = {{.data = 0x0123456789abcdef, .valid = true}, {}};
  pattern.links[1].frames = {{.data = 1, .valid = true}, {.data = ~uint64_t{0}, .valid = true}};
  return pattern;
}

TEST(PatternFile, FirstFormByHand) {
  EXPECT_EQ(pattern_text(small_pattern(), PatternForm::kEmpV1, "p"),
            "Board TEST\n"
            " Quad/Chan :         q00c0                q04c1       \n"
            "      Link :          000                  017        \n"
            "Frame 0000 :   1v0123456789abcdef   1v0000000000000001\n"
            "Frame 0001 :   0v0000000000000000   1vffffffffffffffff\n");
}

TEST(PatternFile, SecondFormByHand) {
  Pattern pattern = small_pattern();
  pattern.links[0].frames[0].start_of_orbit = pattern.links[0].frames[0].start_of_packet = true;
  pattern.links[1].frames[1].end_of_packet = true;
  pattern.links[1].frames[1].strobe = false;
  EXPECT_EQ(pattern_text(pattern, PatternForm::kEmpV2, "p"),
            "ID: TEST\n"
            "Metadata: (strobe,) start of orbit, start of packet, end of packet, valid\n"
            "\n"
            "      Link              000                     017        \n"
            "Frame 0000    1101 0123456789abcdef  10001 0000000000000001\n"
            "Frame 0001    0000 0000000000000000  00011 ffffffffffffffff\n");
}

TEST(PatternFile, BothFormsComeBack) {
  Random random(3);
  Pattern pattern{"BOARD 7", {}};
  for (int link = 0; link < 5; ++link) {
    pattern.links.push_back({7 * link, {}});
    for (int i = 0; i < 40; ++i) {
      pattern.links.back().frames.push_back({.data = random.bits(),
                                             .valid = random.chance(0.5),
                                             .strobe = link % 2 == 0 || random.chance(0.5)});
    }
  }
  EXPECT_EQ(parse_pattern(pattern_text(pattern, PatternForm::kEmpV1, "p"), "p"), pattern);
  for (LinkFrames& link : pattern.links) {
    for (Frame& frame : link.frames) {
      frame.start_of_orbit = random.chance(0.5);
      frame.start_of_packet = random.chance(0.5);
      frame.end_of_packet = random.chance(0.5);
    }
  }
  EXPECT_EQ(parse_pattern(pattern_text(pattern, PatternForm::kEmpV2, "p"), "p"), pattern);
  const TestFolder folder;
  write_pattern(folder / "p.txt", pattern, PatternForm::kEmpV2);
  EXPECT_EQ(read_pattern(folder / "p.txt"), pattern);
}

TEST(PatternFile, CommentsEmptyLinesAndCarriageReturnsAreAllowed) {
  const Pattern pattern = parse_pattern(
      "# made elsewhere\n\nBoard X\r\n  Quad/Chan : q00c3\r\n Link : 3\r\n# data\n"
      "Frame 0000 : 0s1v00000000000000ff\r\n",
      "p");
  ASSERT_EQ(pattern.links.size(), 1U);
  EXPECT_EQ(pattern.board, "X");
  EXPECT_EQ(pattern.links[0].link, 3);
  EXPECT_EQ(pattern.links[0].frames,
            (std::vector<Frame>{{.data = 255, .valid = true, .strobe = false}}));
}

TEST(PatternFile, BadFilesAreNamedByLine) {
  const auto message = [](const std::string& text) {
    return message_of([&] { parse_pattern(text, "p.txt"); });
  };
  const std::string head = "Board X\nQuad/Chan : q00c0 q00c1\nLink : 000 001\n";
  EXPECT_EQ(message(""), "p.txt:0: error: holds no line — a pattern file begins with 'Board NAME'");
  EXPECT_EQ(message("bored\n"),
            "p.txt:1: error: begins with 'bored' — a pattern file begins with 'Board NAME' or "
            "'ID: NAME'");
  EXPECT_NE(message("Board X\n").find("p.txt:1: error: the file ends before a line 'Quad/Chan :"),
            std::string::npos);
  EXPECT_NE(message("ID: X\nLink 000\n").find("p.txt:2: error: begins with 'Link 000' where "),
            std::string::npos);
  EXPECT_NE(message("Board X\nQuad/Chan : a\nLink : zero\n").find("p.txt:3: error: 'zero' is no"),
            std::string::npos);
  EXPECT_NE(message("Board X\nQuad/Chan : a\nLink : 1 1\n").find("link 1 appears twice"),
            std::string::npos);
  EXPECT_NE(message("Board X\nQuad/Chan : a\nLink :\n").find("names no link"), std::string::npos);
  EXPECT_NE(message(head + "Frame 0001 : 1v0 1v0\n")
                .find("p.txt:4: error: begins with 'Frame 0001 :"
                      "' where 'Frame 0000' belongs"),
            std::string::npos);
  EXPECT_NE(message(head + "Frame 0000 1v0 1v0\n").find("has no ' : ' after"), std::string::npos);
  EXPECT_NE(message(head + "Frame 0000 : 1v0000000000000000\n").find("holds 1 words for 2 links"),
            std::string::npos);
  EXPECT_NE(message(head + "Frame 0000 : 1v0000000000000000 2v0000000000000000\n")
                .find("'2v0000000000000000' is no word"),
            std::string::npos);
  EXPECT_NE(message(head + "Frame 0000 : 1v0000000000000000 1v00000000000000zz\n")
                .find("'00000000000000zz' is no 64-bit word — a word has 16 hexadecimal digits"),
            std::string::npos);
  EXPECT_NE(message(head + "Frame 0000 : 1v0000000000000000 1v0\n").find("'0' is no 64-bit word"),
            std::string::npos);
  const std::string second =
      "ID: X\nMetadata: (strobe,) start of orbit, start of packet, end of packet, valid\nLink "
      "000\n";
  EXPECT_NE(message(second + "Frame 0000 12 0000000000000000\n").find("'12' are no flags"),
            std::string::npos);
}

TEST(PatternFile, LinksOfDifferentLengthsAreRefused) {
  Pattern pattern = small_pattern();
  pattern.links[1].frames.pop_back();
  EXPECT_EQ(
      message_of([&] { pattern_text(pattern, PatternForm::kEmpV1, "p.txt"); }),
      "p.txt:link 17: error: has 1 frames where link 0 has 2 — fill up the shorter links with "
      "frames that are not valid");
  EXPECT_NE(message_of([] { pattern_text({}, PatternForm::kEmpV1, "p.txt"); }).find("no link"),
            std::string::npos);
}

}  // namespace
}  // namespace trigstone
