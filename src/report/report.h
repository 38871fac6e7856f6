// Results → one self-contained HTML page. The page shows numbers; it computes none.
//
// Results are JSON, schema `trigstone.results/1`:
//   {"schema": "trigstone.results/1", "title": "…", "sections": [
//     {"title": "…", "text": "what this is about", "items": [ITEM…]}]}
// Every ITEM has "title", "meaning" (one sentence) and "command" (what makes it again), and a
// "type":
//   "facts"  {"rows": [{"name", "value", "unit"?, "meaning"?}]}
//   "table"  {"columns": [name…], "rows": [[cell…]…]}
//   "lines"  {"x": AXIS, "y": AXIS, "series": [{"name", "x": […], "y": […], "low"?: […], "high"?:
//   […]}]}
//            AXIS = {"label", "log"?: bool, "low"?: number, "high"?: number}; low/high draw a band
//   "points" {"x": AXIS, "y": AXIS, "series": [{"name", "x": […], "y": […]}]}
//   "event"  {"tokens": {"eta": […], "phi": […], "pt_gev": […], "kind": [name…], "is_pileup":
//   [0/1…], "time_ps"?: [number or null…]}}; times are against the hard collision's
//   "waterfall" {"unit", "limit": number, "stages": [{"name", "start", "end", "why", "confirmed":
//   bool}]}
//   "chain"  {"boxes": [{"name", "text", "fills": [{"name", "fraction"}]}], "links": [{"text",
//   "use"}]}
//            a link leads into each box and one out of the last; fraction and use are 0 … 1
// Cells and values are texts, numbers or booleans; null is a number that does not exist.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/json.h"
#include "netlist/firmware.h"

namespace trigstone {

inline constexpr int kResultsSchemaVersion = 1;

// Throws Error naming the section and item that break the schema above.
void check_results(const Json& results, const std::string& where);

// What a folder or file has to show: results.json as it is; a firmware folder as a table of its
// resources; a run folder's metrics.jsonl as curves. Throws Error when it holds none of them.
Json collect_results(const std::filesystem::path& run);

// Latency, initiation interval and resources of a firmware folder as one item.
Json firmware_item(const Firmware& firmware, const std::string& command);

// The page: style, script and data inside, no reference to any other file.
std::string render_page(const std::vector<Json>& results);

// collect_results of each run, rendered and written whole.
void write_report(const std::vector<std::filesystem::path>& runs,
                  const std::filesystem::path& page);

}  // namespace trigstone
