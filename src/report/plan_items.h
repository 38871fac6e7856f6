// What a plan has to show: its boards and links as a picture, its latency as a waterfall.
#pragma once

#include <string>
#include <vector>

#include "fabric/plan.h"
#include "report/items.h"

namespace trigstone {

// Stages one behind the other on one time axis, with a limit that the last one should not pass.
struct TimedStage {
  std::string name;
  double start = 0, end = 0;
  std::string why;
  bool confirmed = true;
};
Json waterfall_item(const Caption& caption, const std::string& unit, double limit,
                    const std::vector<TimedStage>& stages);

// Boxes in a row, each filled to some fractions of what it holds, with what flows between them.
struct ChainBox {
  std::string name, text;
  std::vector<std::pair<std::string, double>> fills;  // resource, fraction in use
};
struct ChainLink {
  std::string text;
  double use = 0;  // fraction of its time
};
// One link more than boxes: the first leads in, the last leads out.
Json chain_item(const Caption& caption, const std::vector<ChainBox>& boxes,
                const std::vector<ChainLink>& links);

// All of a plan as one section; `command` makes the plan again.
Json plan_section(const FabricPlan& plan, const std::string& command);
// The same as a document, for PLAN/results.json.
Json plan_results(const FabricPlan& plan, const std::string& command);

}  // namespace trigstone
