#include "demo_report.h"

#include <fmt/format.h>

#include <sstream>

#include "base/error.h"
#include "base/files.h"
#include "cost/area.h"
#include "report/items.h"
#include "report/report.h"

namespace trigstone {

namespace {

namespace fs = std::filesystem;

// One metric of a run's metrics.jsonl against the step.
Series metric_series(const fs::path& run, const std::string& key, const std::string& name) {
  Series series{name, {}, {}};
  std::istringstream lines(read_file(run / "metrics.jsonl"));
  for (std::string line; std::getline(lines, line);) {
    const Json row = Json::parse(line, nullptr, false);
    if (row.is_discarded() || !row.contains(key) || !row[key].is_number()) continue;
    series.x.push_back(row["step"].get<double>());
    series.y.push_back(row[key].get<double>());
  }
  return series;
}

Series roc_series(const RunResult& run, const std::string& name) {
  ensure(run.test.has_value(), "a classifier's run has a test curve");
  const RocCurve& curve = *run.test;
  return {fmt::format("{}: area {:.3f} [{:.3f}, {:.3f}]", name, curve.area, curve.area_low,
                      curve.area_high),
          curve.signal_efficiency, curve.background_efficiency, curve.low, curve.high};
}

Json event_section(const DemoResults& results) {
  EventPicture picture;
  for (const Token& token : results.picture.tokens) {
    if (token.is_remainder()) continue;
    picture.eta.push_back(token.eta);
    picture.phi.push_back(token.phi);
    picture.pt_gev.push_back(token.pt_gev);
    picture.is_pileup.push_back(token.is_pileup);
    picture.kind.emplace_back(kTokenKindNames[static_cast<size_t>(token.token_kind())]);
  }
  return results_section(
      "One bunch crossing",
      fmt::format(
          "A {} event under {} pile-up collisions, as the first trigger level receives it: tokens "
          "before any pile-up suppression.",
          process_name(results.picture.process), results.picture.pileup),
      {event_item(
          {"Tokens in η and φ",
           "Each disc is a token, its size the transverse momentum; grey ones come mostly from "
           "pile-up, "
           "which no detector could tell.",
           fmt::format("trigstone events show demo/events.h5 --event {}", results.picture.id)},
          picture)});
}

Json learning_section(const DemoResults& results) {
  const auto curves = [&](size_t run, const std::string& title, const std::string& meaning,
                          const std::string& command) {
    std::vector<Series> series;
    for (const char* key : {"loss", "validation_loss"}) {
      Series one = metric_series(results.run_folders[run], key, key);
      if (!one.x.empty()) series.push_back(std::move(one));
    }
    return lines_item({title, meaning, command}, {"step"}, {"loss"}, series);
  };
  std::vector<Json> items;
  items.push_back(
      facts_item({"The backbone", "How much was learnt from, and how fast on this machine.",
                  "trigstone pretrain demo/pretrain/trigstone.toml -o run"},
                 {{"Trainable numbers", results.finetuned.trainable, "", "backbone and head"},
                  {"Pre-training events", results.pretrained.training_events, "", "without labels"},
                  {"Pre-training speed", results.pretrained.events_per_s, "events/s"},
                  {"Fine-tuning events", results.finetuned.training_events, "", "with labels"}}));
  items.push_back(curves(0, "Pre-training",
                         "The backbone guesses what masked particles were; no label is read.",
                         "trigstone pretrain demo/pretrain/trigstone.toml -o run"));
  items.push_back(
      curves(1, "Fine-tuning from the backbone",
             "The accept/reject head and the backbone learn from labels.",
             "trigstone finetune demo/finetune/trigstone.toml --from demo/pretrain -o run"));
  items.push_back(curves(2, "The same from scratch",
                         "The same architecture and labels without pre-training.",
                         "trigstone finetune demo/scratch/trigstone.toml -o run"));
  items.push_back(
      curves(3, "Quantisation-aware training",
             "The integer graph itself is trained on, rounding included.",
             "trigstone compress demo/compress/trigstone.toml --from demo/finetune -o run"));
  items.push_back(lines_item(
      {"Accept or reject",
       "Share of pile-up crossings accepted for each share of signal kept, on events no training "
       "saw; "
       "bands hold 68 % of bootstraps over events.",
       "trigstone evaluate demo/compress demo/events.h5 -o scores.json"},
      {"signal efficiency"}, {"background efficiency", true},
      {roc_series(results.finetuned, "pre-trained"), roc_series(results.scratch, "from scratch"),
       roc_series(results.compressed, "pre-trained, quantised")}));
  return results_section("Learning",
                         "A transformer pre-trained by masked particles, then fine-tuned to tell "
                         "crossings with a Higgs "
                         "boson or a top pair from pile-up alone.",
                         items);
}

Json equality_item(const DemoResults& results) {
  std::vector<std::vector<Json>> rows;
  for (const VerifyRow& row : results.verified.rows) {
    rows.push_back({row.engine, row.vectors, row.events, row.differences,
                    row.differences == 0 && row.detail.empty()});
  }
  return table_item(
      {"Equality",
       "Every engine must give the same bits as the reference interpreter; recorded events are "
       "simulated crossings of the test split.",
       "trigstone verify demo/fw --with torch,netlist,verilator --input demo/recorded.npz"},
      {"engine", "events from", "events", "differing", "equal"}, rows);
}

Json synthesis_item(const DemoResults& results) {
  const Netlist& netlist = results.compiled.lowered.netlist;
  Netlist one;  // the modules up to and including the synthesised one
  const auto end = netlist.modules.begin() + netlist.module_named(results.module) + 1;
  one.modules.assign(netlist.modules.begin(), end);
  const Resources modelled =
      estimate(one, device_named(results.firmware.device), results.firmware.clock_mhz);
  const Resources& yosys = results.synthesis.resources;
  return table_item(
      {"Module " + results.module, "The cost model beside an open synthesis tool, for one module.",
       "trigstone synth demo/fw --module " + results.module},
      {"resource", "modelled", "Yosys"},
      {{"LUT", modelled.lut, yosys.lut},
       {"flip-flops", modelled.ff, yosys.ff},
       {"DSP", modelled.dsp, yosys.dsp}});
}

Json firmware_section(const DemoResults& results) {
  return results_section(
      "Firmware",
      fmt::format("The quantised head as Verilog for {}: a new crossing every {} clocks, an answer "
                  "{:.0f} ns after "
                  "the first token.",
                  results.firmware.device, results.firmware.ii, results.firmware.latency_ns()),
      {firmware_item(results.firmware, "trigstone estimate demo/fw"), equality_item(results),
       synthesis_item(results)});
}

}  // namespace

void write_demo_report(const DemoResults& results, const fs::path& folder) {
  const Json document = results_document(
      "Trigstone demo",
      {event_section(results), learning_section(results), firmware_section(results)});
  check_results(document, "demo");
  write_file(folder / "results.json", document.dump(1));
  write_file(folder / "report.html", render_page({document}));
}

}  // namespace trigstone
