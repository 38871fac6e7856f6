// Pattern files: text that a board's buffers play into its links, and that they capture.
//
// Two forms exist, both are read and written (EMP firmware before and from release 0.7; CMSSW
// L1Trigger/DemonstratorTools, utilities.cc):
//
//   Board NAME                             ID: NAME
//    Quad/Chan :         q00c0 …           Metadata: (strobe,) start of orbit, start of packet, end
//    …
//         Link :          000 …
//   Frame 0000 :   1v0123456789abcdef …          Link              000 …
//                                          Frame 0000    1111 0123456789abcdef …
//
// In the first form a word may carry a strobe: "0s1v0123456789abcdef". Lines that begin with '#'
// are comments.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace trigstone {

// What one link carries at one tick of its clock.
struct Frame {
  uint64_t data = 0;
  bool valid = false, strobe = true;
  bool start_of_orbit = false, start_of_packet = false, end_of_packet = false;  // second form only
  bool operator==(const Frame&) const = default;
};

struct LinkFrames {
  int link = 0;
  std::vector<Frame> frames;
  bool operator==(const LinkFrames&) const = default;
};

struct Pattern {
  std::string board = "TRIGSTONE";
  std::vector<LinkFrames> links;
  bool operator==(const Pattern&) const = default;
};

enum class PatternForm { kEmpV1, kEmpV2 };

// Every link must have as many frames as the first. Throws Error at `where` when not.
std::string pattern_text(const Pattern& pattern, PatternForm form, const std::string& where);
// Throws Error naming the line: words that are none, missing or surplus words, frames out of order.
Pattern parse_pattern(std::string_view text, const std::string& where);

void write_pattern(const std::filesystem::path& path, const Pattern& pattern, PatternForm form);
Pattern read_pattern(const std::filesystem::path& path);

}  // namespace trigstone
