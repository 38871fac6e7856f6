// Building blocks of `trigstone.results/1` (report.h), so that nobody spells its keys twice.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/json.h"

namespace trigstone {

// What every item carries: a title, one sentence on what it means, and the command that makes it.
struct Caption {
  std::string title, meaning, command;
};

struct Axis {
  std::string label;
  bool log = false;
};

struct Series {
  std::string name;
  std::vector<double> x, y;
  std::vector<double> low = {}, high = {};  // a band, or empty
};

struct Fact {
  std::string name;
  Json value;
  std::string unit{}, meaning{};
};

Json lines_item(const Caption& caption, const Axis& x, const Axis& y,
                const std::vector<Series>& series);
// Dots: of each series its name and x, y.
Json points_item(const Caption& caption, const Axis& x, const Axis& y,
                 const std::vector<Series>& series);
Json table_item(const Caption& caption, const std::vector<std::string>& columns,
                const std::vector<std::vector<Json>>& rows);
Json facts_item(const Caption& caption, const std::vector<Fact>& facts);

// Tokens of one crossing in η and φ; `kind` names what saw each.
struct EventPicture {
  std::vector<double> eta, phi, pt_gev;
  std::vector<int> is_pileup;  // truth: 1 or 0
  std::vector<std::string> kind;
  std::vector<std::optional<double>> time_ps = {};  // against the hard collision's; or all empty
};
Json event_item(const Caption& caption, const EventPicture& picture);

Json results_section(const std::string& title, const std::string& text, std::vector<Json> items);
Json results_document(const std::string& title, std::vector<Json> sections);

}  // namespace trigstone
