// FABRIC.toml: the boards a trigger has, the links between them and the latency they share.
//
// Every figure is a parameter of the file, because most of them are still being decided;
// configs/fabric_vu13p.toml names the source of each.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/json.h"

namespace trigstone {

// Largest share of each resource that a placed and routed board may use.
struct FillLimits {
  double lut = 0.70, ff = 0.50, dsp = 0.80, bram36 = 0.80, uram = 0.80;
};

// A part of the latency that the model does not decide, before its inputs or after its outputs.
struct FixedStage {
  std::string name;
  double ns = 0;
  std::string source;
  bool confirmed = false;  // false: shown as "to be confirmed"
};

struct Fabric {
  std::string name = "fabric";

  std::string device = "xcvu13p";  // of every board, as in cost/device.h
  int boards = 1;                  // there are, all time slices together
  FillLimits fill;

  double bunch_clock_mhz = 40;  // as the Level-1 emulators have it; 40.079 in the machine
  double board_clock_mhz = 360;
  int period_bx = 6;  // time multiplexing: a board sees every `period_bx`-th crossing

  double link_gbps = 25.78125;                    // line rate
  int encoding_payload = 64, encoding_line = 66;  // 64b/66b
  int word_bits = 64;
  int words_per_bx = 9;       // sent on one link in one crossing
  int gap_words = 6;          // left empty between two packets of a link
  int links_per_board = 120;  // in, and as many out

  double serialiser_ns = 0, deserialiser_ns = 0, alignment_ns = 0;
  double fibre_m = 0, fibre_ns_per_m = 5;

  double budget_ns = 12500;
  std::vector<FixedStage> before, after;

  double clock_ns() const { return 1e3 / board_clock_mhz; }
  int clocks_per_bx() const;  // exact, checked by read_fabric
  int period_clocks() const { return period_bx * clocks_per_bx(); }
  int words_per_period() const { return period_bx * words_per_bx; }
  double hop_ns() const;             // from a word leaving a board to it being read on the next
  int hop_clocks() const;            // hop_ns, rounded up to whole clocks, at least 1
  double line_words_per_bx() const;  // what the line could carry
};

// The same fabric from text; `where` stands in messages.
// Throws Error at "WHERE:LINE" for unknown keys, figures out of range, clocks that are no multiple
// of the bunch clock, and more words in a crossing than the line carries.
Fabric parse_fabric(const std::string& text, const std::string& where);
Fabric read_fabric(const std::filesystem::path& path);

// The same keys as JSON, for plan.json; from_json throws Error at `where`.
OrderedJson to_json(const Fabric& fabric);
Fabric fabric_from_json(const Json& json, const std::string& where);

}  // namespace trigstone
