#include "report/report.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "base/error.h"
#include "base/files.h"

namespace trigstone {
namespace {

Json example() {
  return Json::parse(
      R"({"schema": "trigstone.results/1", "title": "A </script><b>title", "sections": [
    {"title": "S", "text": "words", "items": [
      {"type": "facts", "title": "f", "meaning": "m", "command": "c", "rows": [{"name": "n", "value": 3.5}]},
      {"type": "table", "title": "t", "meaning": "m", "command": "c", "columns": ["a", "b"], "rows": [["x", true]]},
      {"type": "lines", "title": "l", "meaning": "m", "command": "c", "x": {"label": "x"}, "y": {"label": "y", "log": true},
       "series": [{"name": "s", "x": [1, 2], "y": [1, null], "low": [0, 1], "high": [2, 3]}]},
      {"type": "event", "title": "e", "meaning": "m", "command": "c",
       "tokens": {"eta": [0.5], "phi": [1], "pt_gev": [3], "is_pileup": [0], "kind": ["track"]}}]}]})");
}

TEST(Report, AcceptsItsOwnSchema) { EXPECT_NO_THROW(check_results(example(), "r.json")); }

TEST(Report, RefusesWhatThePageCouldNotDraw) {
  const auto refused = [](const std::string& pointer, const Json& value) -> std::string {
    Json broken = example();
    broken[Json::json_pointer(pointer)] = value;
    try {
      check_results(broken, "r.json");
    } catch (const Error& error) {
      return error.what();
    }
    return "";
  };
  EXPECT_NE(refused("/schema", "trigstone.results/9").find("newer"), std::string::npos);
  EXPECT_NE(refused("/sections/0/items/0/type", "pie").find("item type 'pie'"), std::string::npos);
  EXPECT_NE(refused("/sections/0/items/1/rows/0", Json::array({1})).find("item 't'"),
            std::string::npos);
  EXPECT_NE(refused("/sections/0/items/2/series/0/y", Json::array({1})).find("another length"),
            std::string::npos);
  EXPECT_NE(refused("/sections/0/items/3/tokens/kind", Json::array()).find("'kind'"),
            std::string::npos);
  EXPECT_NE(refused("/sections/0/items/0/meaning", 3).find("'meaning'"), std::string::npos);
}

TEST(Report, UserTextCannotEndTheScript) {
  const std::string page = render_page({example()});
  EXPECT_EQ(page.find("</script><b>"), std::string::npos);
  EXPECT_NE(page.find("<title>A &lt;/script&gt;"), std::string::npos);
}

TEST(Report, PageRefersToNothingOutside) {
  const std::string page = render_page({example()});
  for (const char* word : {"src=", "@import", "url("})
    EXPECT_EQ(page.find(word), std::string::npos) << word;
}

TEST(Report, CollectsCurvesAndRefusesEmptyFolders) {
  const auto folder = std::filesystem::temp_directory_path() / "trigstone_report_test";
  std::filesystem::remove_all(folder);
  std::filesystem::create_directories(folder);
  EXPECT_THROW(collect_results(folder), Error);
  write_file(folder / "metrics.jsonl",
             "{\"step\": 1, \"loss\": 2.5}\n{\"step\": 2, \"loss\": 2.25, \"note\": \"x\"}\n");
  const Json results = collect_results(folder);
  EXPECT_NO_THROW(check_results(results, "collected"));
  EXPECT_EQ(results["sections"][0]["items"][0]["series"][0]["y"], Json::array({2.5, 2.25}));
  write_file(folder / "metrics.jsonl", "{\"step\": 1}\nnonsense\n");
  EXPECT_THROW(collect_results(folder), Error);
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace trigstone
