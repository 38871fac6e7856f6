#include "base/json.h"

#include <gtest/gtest.h>

#include "base/files.h"
#include "base/testing.h"

namespace trigstone {
namespace {

TEST(ReadJson, GivesTheValue) {
  const TestFolder folder;
  write_file(folder / "a.json", R"({"schema": "trigstone.plan/2", "boards": [1, 2]})");
  EXPECT_EQ(read_json(folder / "a.json")["boards"], (Json{1, 2}));
}

TEST(ReadJson, NamesTheByteOfTheDamage) {
  const TestFolder folder;
  const std::string path = folder / "a.json";
  const auto message = [&](const std::string& content) {
    write_file(path, content);
    return message_of([&] { read_json(path); });
  };
  const std::string end = ": error: is not valid JSON — write the file again; it may be truncated";
  EXPECT_EQ(message(R"({"boards": [1, 2)"), path + ":byte 17" + end);
  EXPECT_EQ(message(""), path + ":byte 1" + end);
  EXPECT_EQ(message("{'a': 1}"), path + ":byte 2" + end);
  EXPECT_EQ(message("{\"a\": \"\xff\"}"), path + ":byte 8" + end);
  EXPECT_EQ(message(std::string(200'000, '[')), path + ":byte 200001" + end);
}

TEST(Schema, TakesThisVersionAndTheOneBefore) {
  EXPECT_EQ(check_schema(Json{{"schema", "trigstone.plan/3"}}, "trigstone.plan", 3, "p.json"), 3);
  EXPECT_EQ(check_schema(Json{{"schema", "trigstone.plan/2"}}, "trigstone.plan", 3, "p.json"), 2);
  EXPECT_EQ(check_schema_text("trigstone.plan/1", "trigstone.plan", 1, "p.json"), 1);
}

TEST(Schema, RefusesEverythingElse) {
  const auto message = [](const std::string& schema) {
    return message_of([&] { check_schema_text(schema, "trigstone.plan", 3, "p.json"); });
  };
  EXPECT_EQ(message("trigstone.plan/4"),
            "p.json: error: schema 'trigstone.plan/4' is newer than 'trigstone.plan/3' — "
            "use a newer trigstone");
  EXPECT_EQ(message("trigstone.plan/1"),
            "p.json: error: schema 'trigstone.plan/1' is too old for 'trigstone.plan/3' — "
            "write the file again with this trigstone");
  for (const char* foreign :
       {"", "trigstone.plan", "trigstone.plan/", "trigstone.plan/x", "trigstone.plan/3x",
        "trigstone.events/3", "/3", "trigstone.plan/99999999999999999999"}) {
    EXPECT_EQ(message(foreign), std::string("p.json: error: schema is '") + foreign +
                                    "', not 'trigstone.plan/3' — this is a file of another kind");
  }
}

TEST(Schema, MustBeThereAndBeText) {
  const std::string refusal =
      "p.json: error: has no schema; expected \"schema\": \"trigstone.plan/3\" — "
      "this is a file of another kind";
  for (const Json& json : {Json::object(), Json::array(), Json(3), Json{{"schema", 3}}}) {
    EXPECT_EQ(message_of([&] { check_schema(json, "trigstone.plan", 3, "p.json"); }), refusal);
  }
}

}  // namespace
}  // namespace trigstone
