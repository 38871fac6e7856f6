// A plan in a real browser: boards, links and stages are drawn, and the console stays empty.
#include <gtest/gtest.h>

#include <cstdlib>

#include "base/files.h"
#include "base/testing.h"
#include "fabric/fabric_testing.h"
#include "fabric/map.h"
#include "report/plan_items.h"
#include "report/report.h"

namespace trigstone {
namespace {

FabricPlan example_plan() {
  const Lowered lowered = lower(small_transformer(), {});
  return map_firmware(lowered.netlist, lowered.firmware, small_fabric(2500), "test").plan;
}

TEST(PlanItemsBrowser, DrawsThePlanWithoutComplaint) {
  if (is_missing("chromium")) GTEST_SKIP() << "Chromium is missing";
  const TestFolder folder;
  const FabricPlan plan = example_plan();
  write_file(folder / "plan.html", render_page({plan_results(plan, "trigstone map")}));
  const std::string command =
      "cd " + folder.path().string() +
      " && timeout 100 chromium --headless --no-sandbox --disable-gpu "
      "--disable-background-networking --enable-logging=stderr --user-data-dir=profile --dump-dom "
      "file://" +
      (folder / "plan.html").string() + " > out.txt 2> log.txt";
  ASSERT_EQ(std::system(command.c_str()), 0) << read_file(folder / "log.txt");
  const std::string page = read_file(folder / "out.txt");
  EXPECT_NE(page.find("board_1 to board_2: hop: "), std::string::npos);
  EXPECT_NE(page.find("detector: 5\u202f000 ns"), std::string::npos);
  EXPECT_NE(page.find("class=\"limit\""), std::string::npos);
  EXPECT_NE(page.find(fmt::format("board_0 to board_1: {} bits", plan.hops[1].packet.bits)),
            std::string::npos);
  EXPECT_EQ(read_file(folder / "log.txt").find("CONSOLE"), std::string::npos)
      << read_file(folder / "log.txt");
}

}  // namespace
}  // namespace trigstone
