// A plan's results are what the page can draw, and the page says what the plan says.
#include "report/plan_items.h"

#include <gtest/gtest.h>

#include "base/testing.h"
#include "fabric/fabric_testing.h"
#include "fabric/map.h"
#include "report/report.h"

namespace trigstone {
namespace {

FabricPlan example_plan() {
  const Lowered lowered = lower(small_transformer(), {});
  return map_firmware(lowered.netlist, lowered.firmware, small_fabric(2500), "test").plan;
}

TEST(PlanItems, ShowWhatThePlanSays) {
  const FabricPlan plan = example_plan();
  const Json results = plan_results(plan, "trigstone map fw -o plan");
  EXPECT_NO_THROW(check_results(results, "plan"));
  const Json& items = results["sections"][0]["items"];
  ASSERT_EQ(items.size(), 3U);
  EXPECT_EQ(items[0]["rows"][0]["value"], plan.boards_in_all());
  EXPECT_EQ(items[1]["boxes"].size(), plan.boards.size());
  EXPECT_EQ(items[1]["links"].size(), plan.hops.size());
  EXPECT_EQ(items[2]["stages"].size(), plan.waterfall.size());
  EXPECT_EQ(items[2]["stages"].back()["end"], plan.decision_ns());
  EXPECT_EQ(items[2]["limit"], plan.fabric.budget_ns);
  EXPECT_EQ(items[2]["stages"][0]["confirmed"], false);
}

TEST(PlanItems, ThePageRefusesWhatItCouldNotDraw) {
  const Json good = plan_results(example_plan(), "trigstone map");
  const auto refused = [&](const std::string& pointer, const Json& value) {
    Json broken = good;
    broken[Json::json_pointer("/sections/0/items" + pointer)] = value;
    return message_of([&] { check_results(broken, "r.json"); });
  };
  EXPECT_NE(refused("/1/boxes/0/fills/0/fraction", "full").find("'fraction' is no number"),
            std::string::npos);
  EXPECT_NE(refused("/1/boxes/0/text", 3).find("'text' is not a text"), std::string::npos);
  EXPECT_NE(refused("/1/links/0/use", "much").find("'use' is no number"), std::string::npos);
  EXPECT_NE(refused("/1/links", Json::array()).find("not one link more than boxes"),
            std::string::npos);
  EXPECT_NE(refused("/2/limit", "late").find("'limit' is no number"), std::string::npos);
  EXPECT_NE(refused("/2/stages/0/end", "late").find("'end' is no number"), std::string::npos);
  EXPECT_NE(refused("/2/stages/0/confirmed", 1).find("'confirmed' is not true or false"),
            std::string::npos);
}

}  // namespace
}  // namespace trigstone
