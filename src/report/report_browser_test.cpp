// The page in a real browser: it loads, shows its text, and the console stays empty.
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>

#include "base/files.h"
#include "base/random.h"
#include "base/testing.h"
#include "report/report.h"

namespace trigstone {
namespace {

Json list() { return Json::array(); }

std::string page_with_every_item() {
  Random random(1);
  Json series = list();
  for (const char* name : {"pre-trained", "from scratch", "seeded cone"}) {
    Json curve{{"name", name}, {"x", list()}, {"y", list()}, {"low", list()}, {"high", list()}};
    for (int i = 0; i <= 40; ++i) {
      const double x = std::pow(10, -4 + i * 0.1);
      const double y = std::pow(x, 0.2 + 0.1 * static_cast<double>(series.size()));
      curve["x"].push_back(x);
      curve["y"].push_back(y);
      curve["low"].push_back(y * 0.95);
      curve["high"].push_back(std::min(1.0, y * 1.05));
    }
    series.push_back(curve);
  }
  Json tokens{{"eta", list()},  {"phi", list()},       {"pt_gev", list()},
              {"kind", list()}, {"is_pileup", list()}, {"time_ps", list()}};
  const char* kinds[] = {"charged", "photon", "neutral hadron", "muon"};
  for (int i = 0; i < 128; ++i) {
    const bool hard = i % 8 == 0;
    tokens["eta"].push_back(random.uniform(-5, 5));
    tokens["phi"].push_back(random.uniform(-3.1, 3.1));
    tokens["pt_gev"].push_back(hard ? random.uniform(5, 80) : random.uniform(0.5, 3));
    tokens["kind"].push_back(kinds[i % 32 / 8]);
    tokens["is_pileup"].push_back(hard ? 0 : 1);
    // Half of the tokens have a time; the hard ones lie within 90 ps.
    Json time;
    if (i % 2 == 0) time = hard ? 2.0 * (i % 40) : 100.0 + i;
    tokens["time_ps"].push_back(time);
  }
  const auto item = [](const char* type, const char* title, Json fields) {
    fields.update(Json{{"type", type},
                       {"title", title},
                       {"meaning", "One sentence of meaning."},
                       {"command", "trigstone verify fw --events 1000"}});
    return fields;
  };
  const Json axis{{"label", "signal efficiency"}, {"low", 0}, {"high", 1}};
  const Json facts = Json::array(
      {{{"name", "Latency"}, {"value", 181.2}, {"unit", "ns"}, {"meaning", "from start to done"}},
       {{"name", "Weights"}, {"value", 20480}},
       {{"name", "Device"}, {"value", "xcvu13p-flga2577-2-e"}}});
  const Json rows =
      Json::array({{"netlist", "recorded", 1000, true}, {"torch", "<b>&</b>", 1000, false}});
  const Json items =
      Json::array({item("facts", "At a glance", {{"rows", facts}}),
                   item("lines", "ROC",
                        {{"x", {{"label", "background efficiency"}, {"log", true}}},
                         {"y", axis},
                         {"series", series}}),
                   item("event", "One event", {{"tokens", tokens}}),
                   item("points", "Embedding",
                        {{"x", {{"label", "first direction"}}},
                         {"y", {{"label", "second direction"}}},
                         {"series", series}}),
                   item("table", "Equality",
                        {{"columns", {"engine", "vectors", "events", "equal"}}, {"rows", rows}})});
  const Json section{{"title", "Everything"}, {"text", "What this is about."}, {"items", items}};
  const Json results{{"schema", "trigstone.results/1"},
                     {"title", "Trigstone: a foundation model in the Level-1 trigger"},
                     {"sections", Json::array({section})}};
  check_results(results, "test");
  return render_page({results});
}

// A reader's hand on the slider, and what the page says before and after.
constexpr const char* kMoveTheSlider = R"(<script>
const slider = document.querySelector("input[type=range]"), said = document.querySelector("output");
const before = said.textContent;
slider.value = 90;
slider.dispatchEvent(new Event("input"));
const hidden = [...document.querySelectorAll("circle")].filter((c) => c.style.display === "none").length;
document.body.append(`BEFORE ${before} AFTER ${said.textContent} HIDDEN ${hidden}`);
</script>)";

class Browser : public testing::Test {
 protected:
  void SetUp() override {
    if (is_missing("chromium")) GTEST_SKIP() << "Chromium is missing";
    char pattern[] = "/tmp/trigstone_browser_XXXXXX";
    folder_ = mkdtemp(pattern);
    write_file(folder_ / "report.html", page_with_every_item());
  }
  void TearDown() override {
    if (!folder_.empty() && std::getenv("TRIGSTONE_KEEP") == nullptr) {
      std::filesystem::remove_all(folder_);
    }
  }
  int run(const std::string& flags) const {
    const std::string command =
        "cd " + folder_.string() +
        " && timeout 100 chromium --headless --no-sandbox --disable-gpu "
        "--disable-background-networking --enable-logging=stderr --hide-scrollbars "
        "--user-data-dir=" +
        (folder_ / "profile").string() + " " + flags + " file://" +
        (folder_ / "report.html").string() + " > out.txt 2> log.txt";
    return std::system(command.c_str());
  }
  std::filesystem::path folder_;
};

TEST_F(Browser, ShowsThePageWithoutComplaint) {
  ASSERT_EQ(run("--dump-dom"), 0) << read_file(folder_ / "log.txt");
  const std::string page = read_file(folder_ / "out.txt");
  for (const char* text : {"At a glance", "from scratch", "&lt;b&gt;&amp;&lt;/b&gt;", "20\u202f480",
                           "181.2", "neutral hadron"}) {
    EXPECT_NE(page.find(text), std::string::npos) << text;
  }
  // Chromium logs errors, refused requests and policy violations as CONSOLE lines.
  EXPECT_EQ(read_file(folder_ / "log.txt").find("CONSOLE"), std::string::npos)
      << read_file(folder_ / "log.txt");
}

TEST_F(Browser, MovesTheTimeWindow) {
  write_file(folder_ / "report.html", page_with_every_item() + kMoveTheSlider);
  ASSERT_EQ(run("--dump-dom"), 0) << read_file(folder_ / "log.txt");
  const std::string page = read_file(folder_ / "out.txt");
  for (const char* text :
       {"BEFORE no cut in time: 64 of 64 tracks, 48 of 48 pile-up tracks, 16 of 16 others",
        "AFTER within ±90 ps: 16 of 64 tracks, 0 of 48 pile-up tracks, 16 of 16 others",
        "HIDDEN 48"}) {
    EXPECT_NE(page.find(text), std::string::npos) << text;
  }
  EXPECT_EQ(read_file(folder_ / "log.txt").find("CONSOLE"), std::string::npos)
      << read_file(folder_ / "log.txt");
}

TEST_F(Browser, DrawsOnAPhoneAndOnADesk) {
  for (const char* size : {"500,3200", "1280,1600"}) {
    std::filesystem::remove(folder_ / "shot.png");
    ASSERT_EQ(run(std::string("--screenshot=shot.png --window-size=") + size), 0)
        << read_file(folder_ / "log.txt");
    // An empty page of this size compresses to a few kilobytes.
    EXPECT_GT(std::filesystem::file_size(folder_ / "shot.png"), 50000u) << size;
    std::filesystem::rename(folder_ / "shot.png", folder_ / (std::string(size) + ".png"));
  }
}

}  // namespace
}  // namespace trigstone
