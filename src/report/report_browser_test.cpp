// The page in a real browser: it loads, shows its text, and the console stays empty.
#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>
#include <cstdlib>
#include <filesystem>

#include "base/files.h"
#include "base/random.h"
#include "report/report.h"
#include "report/sections.h"

namespace trigstone {
namespace {

std::string page_with_every_section() {
  Random random(1);
  std::vector<Curve> curves;
  for (const char* name : {"pre-trained", "from scratch", "seeded cone"}) {
    Curve curve{name, {}, {}, {}, {}, false};
    for (int i = 0; i <= 40; ++i) {
      const double x = std::pow(10, -4 + i * 0.1), y = std::pow(x, 0.2 + 0.1 * curves.size());
      curve.x.push_back(x);
      curve.y.push_back(y);
      curve.low.push_back(y * 0.95);
      curve.high.push_back(std::min(1.0, y * 1.05));
    }
    curves.push_back(curve);
  }
  std::vector<EventParticle> particles;
  for (int i = 0; i < 128; ++i) {
    const bool hard = i % 8 == 0;
    const char* kinds[] = {"charged", "photon", "neutral hadron", "muon"};
    particles.push_back({random.uniform(-5, 5), random.uniform(-3.1, 3.1),
                         hard ? random.uniform(5, 80) : random.uniform(0.5, 3), kinds[i % 32 / 8], !hard});
  }
  const std::vector<OrderedJson> sections = {
      numbers_section({"At a glance", "", "trigstone demo -o demo"},
                      {{"Latency", 181.2, "ns", "From the first token to the decision.", "trigstone estimate fw"},
                       {"Initiation interval", 8, "clocks", "A new event may enter so often.", "trigstone estimate fw"},
                       {"Weights", 20480, "", "Trained numbers of the network.", "trigstone pretrain nano.toml -o run"},
                       {"Device", "xcvu13p-flga2577-2-e", "", "The FPGA the estimate is for.", ""}}),
      curves_section({"ROC", "Signal kept against background kept; bands are 68 % of resamplings.",
                      "trigstone evaluate run"},
                     {"background efficiency", true, {}, {}}, {"signal efficiency", false, 0, 1}, curves),
      event_section({"One event", "Every token of one event; area is pT.", "trigstone events show e.h5"},
                    particles),
      equality_section({"Equality", "Every engine against the reference interpreter.", "trigstone verify fw"},
                       {{"netlist", "1,000 recorded events", 1000, 0, 3.4, ""},
                        {"verilator", "1,000 recorded events", 1000, 0, 0.8, ""},
                        {"torch", "1,000 random vectors", 1000, 2, 1.1, "event 17, output 'score'[0]: 5, expected 6"}}),
      resources_section({"Resources", "Modelled, and counted by Yosys.", "trigstone synth fw"},
                        {{"LUT", "", "Look-up tables.", 17000, 17172}, {"FF", "", "", 8100, 7993}, {"DSP", "", "", 0, {}}}),
      table_section({"Label efficiency", "Area under the ROC by number of labels.", "trigstone finetune run"},
                    {{"Labels", ""}, {"Pre-trained", ""}, {"Scratch", ""}, {"Gain", "difference"}, {"Seeds", ""}},
                    {{1000, 0.91, 0.84, 0.07, 3}, {10000, 0.93, 0.915, 0.015, 3}}),
  };
  const OrderedJson results = results_json("Trigstone: a foundation model in the Level-1 trigger",
                                           "trigstone demo -o demo", sections);
  return render_report({{"test", Json::parse(results.dump())}});
}

class Browser : public testing::Test {
 protected:
  void SetUp() override {
    if (std::system("command -v chromium > /dev/null") != 0) {
      if (std::getenv("CI") != nullptr) FAIL() << "chromium is not installed";
      GTEST_SKIP() << "chromium is not installed";
    }
    char pattern[] = "/tmp/trigstone_browser_XXXXXX";
    folder_ = mkdtemp(pattern);
    write_file(folder_ / "report.html", page_with_every_section());
  }
  void TearDown() override {
    if (!folder_.empty() && std::getenv("TRIGSTONE_KEEP") == nullptr) {
      std::filesystem::remove_all(folder_);
    }
  }
  int run(const std::string& flags) const {
    const std::string command =
        "cd " + folder_.string() + " && timeout 100 chromium --headless --no-sandbox --disable-gpu "
        "--disable-background-networking --enable-logging=stderr --hide-scrollbars "
        "--user-data-dir=" + (folder_ / "profile").string() + " " + flags + " file://" +
        (folder_ / "report.html").string() + " > out.txt 2> log.txt";
    return std::system(command.c_str());
  }
  std::filesystem::path folder_;
};

TEST_F(Browser, ShowsThePageWithoutComplaint) {
  ASSERT_EQ(run("--dump-dom"), 0) << read_file(folder_ / "log.txt");
  const std::string page = read_file(folder_ / "out.txt");
  for (const char* text : {"At a glance", "from scratch", "2 differ", "17\u2009172", "neutral hadron"}) {
    EXPECT_NE(page.find(text), std::string::npos) << text;
  }
  // Chromium logs errors, refused requests and policy violations as CONSOLE lines.
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
