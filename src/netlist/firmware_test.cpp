#include "netlist/firmware.h"

#include <gtest/gtest.h>

#include <fstream>

#include "base/files.h"
#include "base/random.h"
#include "base/testing.h"

namespace trigstone {
namespace {

Firmware example() {
  Firmware firmware;
  firmware.top = "jets";
  firmware.primitives = true;
  firmware.clock_mhz = 200;
  firmware.ii = 9;
  firmware.latency_cycles = 25;
  firmware.lut_cost = 1200;
  firmware.lut_cost_ternary = 1100;
  firmware.adders = 77;
  firmware.depth = 6;
  firmware.cut_head = "Softmax_0";
  firmware.regions = {{"embed", 30000, 2.757, 0}, {"head", 100, 2.55069, 1}};
  firmware.border_registers = 64;
  firmware.load = {9, 6};
  firmware.weights = {{"dense", false, 256, 1, 24, 3, 4, 16, 2, {6, 1}, {18, 7}}};
  firmware.resources = {1300.5, 900, 2, 0.5, 0, 1.25};
  firmware.inputs = {{"tokens", {8, 3}, 0, 2, parse_format("<12,4,RND,SAT>", ""), "tokens", 0, 1}};
  firmware.outputs = {{"scores", {5}, -1, 1, parse_format("u<9,1>", ""), "scores", 9, 20}};
  firmware.files = {{"rtl/jets.v", std::string(64, 'a')}};
  return firmware;
}

TEST(Firmware, WritesTheContractsKeysInOrder) {
  std::vector<std::string> keys;
  const OrderedJson json = to_json(example());
  for (const auto& [key, value] : json.items()) keys.push_back(key);
  EXPECT_EQ(
      keys,
      (std::vector<std::string>{
          "schema",           "top",      "device",   "clock_mhz",  "ii",        "latency_cycles",
          "latency_ns",       "strategy", "emitted",  "primitives", "lut_cost",  "lut_cost_ternary",
          "adders",           "depth",    "inputs",   "outputs",    "resources", "regions",
          "border_registers", "load",     "cut_head", "files"}));
  EXPECT_EQ(json["schema"], "trigstone.firmware/1");
  EXPECT_EQ(json["latency_ns"], 125.0);
  EXPECT_EQ(json["inputs"][0].dump(),
            R"({"name":"tokens","shape":[8,3],"token_axis":0,"lanes":2,"format":"<12,4,RND,SAT>",)"
            R"("port":"tokens","bit_offset":0,"first_cycle":1})");
  EXPECT_EQ(json["resources"].dump(),
            R"({"lut":1300.5,"ff":900.0,"dsp":2.0,"bram36":0.5,"uram":0.0,"power_w":1.25})");
}

TEST(Firmware, RoundTrips) {
  const Firmware firmware = example();
  const OrderedJson json = to_json(firmware);
  const Firmware again = firmware_from_json(Json::parse(json.dump()), "fw");
  EXPECT_EQ(to_json(again), json);
  EXPECT_EQ(again.inputs, firmware.inputs);
  EXPECT_EQ(again.regions, firmware.regions);
  EXPECT_EQ(again.load, firmware.load);
  EXPECT_EQ(again.weights, firmware.weights);
  EXPECT_EQ(again.weights[0].address(0, 23, 2), 256 + (1 * 4 + 3) * 16 + 5);
  EXPECT_EQ(again.weights[0].address(0, 23, 1), 256 + 3 * 16 + 6 + 5);  // behind column 0
  EXPECT_NEAR(again.achievable_mhz(), 362.7, 0.1);                      // of the slower region
  EXPECT_TRUE(again.primitives);
  Json older = Json::parse(json.dump());
  older.erase("primitives");
  EXPECT_FALSE(firmware_from_json(older, "fw").primitives);
}

TEST(Firmware, PlacesTokensInLanesAndBeats) {
  const PortBinding tokens = example().inputs[0];  // 8 tokens of 3 numbers, 2 lanes
  EXPECT_EQ(tokens.beats(), 4);
  EXPECT_EQ(tokens.elements_per_beat(), 6);
  EXPECT_EQ(tokens.tensor_index(0, 0), 0);
  EXPECT_EQ(tokens.tensor_index(0, 5), 5);   // token 1 is lane 1 of beat 0
  EXPECT_EQ(tokens.tensor_index(3, 4), 22);  // token 7, element 1
  PortBinding columns = tokens;  // tokens on the second axis: lanes stay the outer order
  columns.shape = {3, 8};
  columns.token_axis = 1;
  EXPECT_EQ(columns.tensor_index(0, 0), 0);
  EXPECT_EQ(columns.tensor_index(0, 1), 8);
  EXPECT_EQ(columns.tensor_index(0, 3), 1);
  EXPECT_EQ(columns.tensor_index(3, 5), 23);
  std::vector<bool> seen(24);
  for (int64_t beat = 0; beat < 4; ++beat) {
    for (int64_t i = 0; i < 6; ++i) seen[static_cast<size_t>(columns.tensor_index(beat, i))] = true;
  }
  EXPECT_EQ(std::count(seen.begin(), seen.end(), true), 24);
}

TEST(Firmware, NamesWhatIsWrong) {
  const std::string hint = " — the file may be damaged; compile the model again";
  const auto message = [](auto change) {
    Json json = Json::parse(to_json(example()).dump());
    change(json);
    return message_of([&] { firmware_from_json(json, "fw.json"); });
  };
  EXPECT_EQ(message([](Json& j) { j.erase("ii"); }), "fw.json: error: has no \"ii\"" + hint);
  EXPECT_EQ(message([](Json& j) { j["ii"] = 0; }),
            "fw.json: error: \"ii\" is not an integer in 1..16777216" + hint);
  EXPECT_EQ(message([](Json& j) { j["ii"] = 1.5; }),
            "fw.json: error: \"ii\" is not an integer in 1..16777216" + hint);
  EXPECT_EQ(message([](Json& j) { j["adders"] = UINT64_MAX; }),
            "fw.json: error: \"adders\" is not an integer in 0..9223372036854775807" + hint);
  EXPECT_EQ(message([](Json& j) { j["top"] = 3; }), "fw.json: error: \"top\" is not a text" + hint);
  EXPECT_EQ(message([](Json& j) { j["clock_mhz"] = "fast"; }),
            "fw.json: error: \"clock_mhz\" is not a number" + hint);
  EXPECT_EQ(message([](Json& j) { j["clock_mhz"] = 0; }),
            "fw.json: error: \"clock_mhz\" is not positive" + hint);
  EXPECT_EQ(message([](Json& j) { j["primitives"] = 1; }),
            "fw.json: error: \"primitives\" is not true or false" + hint);
  EXPECT_EQ(message([](Json& j) { j["inputs"] = "x"; }),
            "fw.json: error: \"inputs\" is not a list" + hint);
  EXPECT_EQ(message([](Json& j) { j["inputs"][0] = 1; }),
            "fw.json:inputs[0]: error: is not a JSON object" + hint);
  EXPECT_EQ(message([](Json& j) { j["inputs"][0]["lanes"] = 3; }),
            "fw.json:inputs[0]: error: \"lanes\" does not divide the number of tokens" + hint);
  EXPECT_EQ(message([](Json& j) { j["inputs"][0]["token_axis"] = 2; }),
            "fw.json:inputs[0]: error: \"token_axis\" is not an integer in -1..1" + hint);
  EXPECT_EQ(message([](Json& j) {
              j["inputs"][0]["shape"] = {4000000000, 4000000000};
            }),
            "fw.json:inputs[0]: error: \"shape\" has too many elements" + hint);
  EXPECT_EQ(message([](Json& j) { j["outputs"][0]["format"] = "<99,1>"; }),
            "fw.json:outputs[0]: error: format <99,1> has 99 bits; 1 to 64 are possible"
            " — mantissas are 64-bit integers; choose a narrower format");
  EXPECT_EQ(message([](Json& j) { j["resources"].erase("ff"); }),
            "fw.json:resources: error: has no \"ff\"" + hint);
  EXPECT_EQ(message([](Json& j) { j["files"] = 1; }),
            "fw.json: error: \"files\" is not a JSON object" + hint);
  EXPECT_EQ(message([](Json& j) { j["files"]["../../etc/passwd"] = "0"; }),
            "fw.json: error: file '../../etc/passwd' is outside the folder" + hint);
  EXPECT_EQ(message([](Json& j) { j["files"]["/etc/passwd"] = "0"; }),
            "fw.json: error: file '/etc/passwd' is outside the folder" + hint);
  EXPECT_EQ(message([](Json& j) { j["files"]["a"] = 0; }),
            "fw.json: error: the hash of 'a' is not a text" + hint);
  EXPECT_EQ(message([](Json& j) { j["schema"] = "trigstone.firmware/2"; }),
            "fw.json: error: schema 'trigstone.firmware/2' is newer than 'trigstone.firmware/1'"
            " — use a newer trigstone");
}

// A changed byte of firmware.json changes no number of what is read.
TEST(Firmware, AChangedManifestIsRefused) {
  const TestFolder folder;
  write_file(folder / "jets.v", "module jets; endmodule\n");
  write_firmware(example(), folder / "");
  const std::string good = read_file(folder / "firmware.json");
  const OrderedJson whole = to_json(read_firmware(folder / ""));
  int refused = 0, changed = 0;
  for (size_t i = 0; i < good.size(); i += 7, ++changed) {
    std::string bad = good;
    bad[i] = static_cast<char>(bad[i] ^ 1);
    std::ofstream(folder / "firmware.json") << bad;  // without waiting for the disk
    try {
      // The name of the digest itself: what is left is a file of before it.
      EXPECT_EQ(to_json(read_firmware(folder / "")), whole) << "byte " << i;
    } catch (const Error&) {
      ++refused;
    }
  }
  EXPECT_GE(refused, changed - 1);  // the name has six letters
  Json slower = Json::parse(good);
  slower["latency_cycles"] = slower["latency_cycles"].get<int>() + 1;
  write_file(folder / "firmware.json", slower.dump());
  EXPECT_EQ(message_of([&] { read_firmware(folder / ""); }),
            (folder / "firmware.json").string() +
                ": error: differs from the SHA-256 of its own contents"
                " — it was changed after compilation; compile the model again");
  slower.erase("digest");
  write_file(folder / "firmware.json", slower.dump());
  EXPECT_EQ(read_firmware(folder / "").latency_cycles, example().latency_cycles + 1);
}

// Every value replaced by every other kind of JSON value: refused or read, never a crash.
TEST(Firmware, SurvivesHostileJson) {
  const std::vector<Json> strange = {nullptr,
                                     true,
                                     -1,
                                     1e300,
                                     "",
                                     Json::array(),
                                     Json::object(),
                                     INT64_MIN,
                                     UINT64_MAX,
                                     "\xff\xfe",
                                     Json::array({nullptr})};
  const Json json = Json::parse(to_json(example()).dump());
  const Json flat = json.flatten();
  int refused = 0;
  for (const auto& [path, value] : flat.items()) {
    std::string pointer = path;
    while (!pointer.empty()) {
      for (const Json& other : strange) {
        Json changed = json;
        changed[Json::json_pointer(pointer)] = other;
        try {
          firmware_from_json(changed, "fw.json");
        } catch (const Error&) {
          ++refused;
        }
      }
      pointer.resize(pointer.rfind('/'));
    }
  }
  EXPECT_GT(refused, 500);
}

TEST(Firmware, FoldersAreCheckedAgainstTheirHashes) {
  const TestFolder folder;
  write_file(folder.path() / "rtl/jets.v", "module jets; endmodule\n");
  write_firmware(example(), folder / "");
  const Firmware read = read_firmware(folder / "");
  EXPECT_EQ(read.files.size(), 1u);
  EXPECT_EQ(read.files.at("rtl/jets.v"), sha256_hex("module jets; endmodule\n"));
  write_file(folder.path() / "rtl/jets.v", "module jets; wire x; endmodule\n");
  EXPECT_EQ(message_of([&] { read_firmware(folder / ""); }),
            (folder.path() / "rtl/jets.v").string() +
                ": error: differs from the SHA-256 in firmware.json — it was changed after"
                " compilation; compile the model again");
  std::filesystem::remove(folder.path() / "rtl/jets.v");
  EXPECT_EQ(message_of([&] { read_firmware(folder / ""); }),
            (folder.path() / "rtl/jets.v").string() +
                ": error: is listed in firmware.json but missing — compile the model again");
  write_file(folder.path() / "firmware.json", "{\"schema\": \"trigst");
  EXPECT_NE(message_of([&] { read_firmware(folder / ""); }).find("is not valid JSON"),
            std::string::npos);
}

}  // namespace
}  // namespace trigstone
