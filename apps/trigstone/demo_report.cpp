#include "demo_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <numeric>
#include <sstream>

#include "base/error.h"
#include "base/files.h"
#include "cost/area.h"
#include "learn/run_results.h"
#include "report/items.h"
#include "report/plan_items.h"
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

const DemoHead& accept_head(const DemoResults& results) { return results.learning.heads.front(); }
const DemoFirmware& accept_firmware(const DemoResults& results) {
  return results.hardware.heads.front();
}

Json glance_section(const DemoResults& results) {
  const DemoFirmware& head = accept_firmware(results);
  int64_t checked = 0;
  for (const DemoFirmware& one : results.hardware.heads) {
    for (const VerifyRow& row : one.verified.rows) checked += row.events;
  }
  return results_section(
      "At a glance",
      "From simulated collisions to a trigger decision: every number below was computed in this "
      "run.",
      {facts_item(
          {"One run", "What this page is about, in six numbers.", "trigstone demo -o demo"},
          {{"Backbone and head", accept_head(results).real.trainable, "numbers", "trained here"},
           {"Answer", head.firmware.latency_ns(), "ns", "after the first token reaches the logic"},
           {"A crossing every", head.firmware.ii, "clocks",
            fmt::format("at {:g} MHz", head.firmware.clock_mhz)},
           {"Boards", static_cast<int64_t>(results.hardware.plan.boards_in_all()), "",
            "all time slices together"},
           {"Decision", results.hardware.plan.decision_ns(), "ns", "after the collision"},
           {"Bit-exact", results.hardware.equal(), "",
            fmt::format("{} comparisons of engines with the reference", checked)}})});
}

Json event_section(const DemoResults& results) {
  const Event& event = results.picture;
  EventPicture picture;
  for (const Token& token : event.tokens) {
    if (token.is_remainder()) continue;
    picture.eta.push_back(token.eta);
    picture.phi.push_back(token.phi);
    picture.pt_gev.push_back(token.pt_gev);
    picture.is_pileup.push_back(token.is_pileup);
    picture.kind.emplace_back(kTokenKindNames[static_cast<size_t>(token.token_kind())]);
    std::optional<double> time;
    if (token.time_ns != 0) time = 1e3 * (token.time_ns - event.vertex_t_ns);
    picture.time_ps.push_back(time);
  }
  return results_section(
      "One bunch crossing",
      fmt::format("A {} event under {} pile-up collisions, as the first trigger level receives it: "
                  "tokens before any pile-up suppression.",
                  process_name(event.process), event.pileup),
      {event_item({"Tokens in η and φ, and seen along the beam",
                   "Each mark is a token, its size the transverse momentum; grey ones come mostly "
                   "from pile-up, which no detector could tell. Tracks have times of 40 ps here, "
                   "as a later upgrade could read them; the window keeps those near the signal's.",
                   fmt::format("trigstone events show demo/picture.h5 --event {}", event.id)},
                  picture)});
}

Json curves_item(const RunResult& run, const std::string& title, const std::string& meaning,
                 const std::string& command) {
  std::vector<Series> series;
  for (const char* key : {"loss", "validation_loss"}) {
    Series one = metric_series(run.folder, key, key);
    if (!one.x.empty()) series.push_back(std::move(one));
  }
  return lines_item({title, meaning, command}, {"step"}, {"loss"}, series);
}

Json few_label_item(const DemoResults& results) {
  std::vector<Series> series;
  for (const FewLabelPoint& point : results.learning.few_labels) {
    for (size_t arm = 0; arm < point.arms.size(); ++arm) {
      if (series.size() <= arm) series.push_back({point.arms[arm].name, {}, {}, {}, {}});
      series[arm].x.push_back(static_cast<double>(point.labels));
      series[arm].y.push_back(point.arms[arm].mean);
      series[arm].low.push_back(point.arms[arm].low);
      series[arm].high.push_back(point.arms[arm].high);
    }
  }
  return lines_item({"What pre-training is worth",
                     "Area under the accept head's ROC against the number of labels it saw; bands "
                     "are one standard deviation over seeds.",
                     "trigstone finetune configs/few_labels_nano.toml --from demo/pretrain "
                     "--few-labels 100,300,1000,3000 -o few"},
                    {"events with a label", true}, {"area under the curve"}, series);
}

// How the accept head's answers are spread, process by process.
Json score_item(const DemoResults& results) {
  constexpr int kBins = 24;
  const Evaluation& scores = results.learning.scores;
  const auto [low, high] = std::minmax_element(scores.outputs.begin(), scores.outputs.end());
  const double first = *low, width = std::max((*high - *low) / kBins, 1e-9);
  std::map<int16_t, std::vector<double>> counts;
  for (size_t i = 0; i < scores.outputs.size(); ++i) {
    std::vector<double>& bins = counts.try_emplace(scores.process[i], kBins, 0.0).first->second;
    bins[static_cast<size_t>(
        std::clamp(static_cast<int>((scores.outputs[i] - first) / width), 0, kBins - 1))]++;
  }
  std::vector<Series> series;
  for (const auto& [process, bins] : counts) {
    Series one{process_name(static_cast<Process>(process)), {}, {}};
    const double all = std::accumulate(bins.begin(), bins.end(), 0.0);
    for (int bin = 0; bin < kBins; ++bin) {
      one.x.push_back(first + (bin + 0.5) * width);
      one.y.push_back(bins[static_cast<size_t>(bin)] / all);
    }
    series.push_back(std::move(one));
  }
  return lines_item({"Scores of the quantised accept head",
                     "Share of each process's test events in each bin of the score; the further "
                     "right, the more the head wants to keep the crossing.",
                     "trigstone evaluate demo/accept_quantised demo/events.h5 -o scores.json"},
                    {"score (log-odds)"}, {"share of events"}, series);
}

Json learning_section(const DemoResults& results) {
  const RunResult& pretrained = results.learning.pretrained;
  const DemoHead& head = accept_head(results);
  std::vector<Fact> facts = {
      {"Trainable numbers", head.real.trainable, "", "backbone and head"},
      {"Pre-training events", pretrained.training_events, "", "without labels"},
      {"Fine-tuning events", head.real.training_events, "", "with labels"}};
  // A backbone that an earlier call finished took no time in this one.
  if (pretrained.events_per_s > 0) {
    facts.push_back({"Pre-training speed", pretrained.events_per_s, "events/s"});
  }
  return results_section(
      "Learning",
      "A transformer pre-trained by masked particles, then fine-tuned to tell crossings with a "
      "Higgs boson or a top pair from pile-up alone.",
      {facts_item({"The backbone", "How much was learnt from, and how fast on this machine.",
                   "trigstone pretrain demo/pretrain/trigstone.toml -o run"},
                  facts),
       curves_item(pretrained, "Pre-training",
                   "The backbone guesses what masked particles were; no label is read.",
                   "trigstone pretrain demo/pretrain/trigstone.toml -o run"),
       embedding_item(results.learning.embedding, "trigstone demo -o demo"),
       few_label_item(results),
       curves_item(head.quantised, "Quantisation-aware training",
                   "The integer graph itself is trained on, rounding included.",
                   "trigstone compress demo/accept_quantised/trigstone.toml --from demo/accept "
                   "-o run"),
       lines_item({"Accept or reject, and what each step costs",
                   "Share of pile-up crossings accepted for each share of signal kept, on events "
                   "no training saw; bands hold 68 % of bootstraps over events.",
                   "trigstone evaluate demo/accept_quantised demo/events.h5 -o scores.json"},
                  {"signal efficiency"}, {"background efficiency", true},
                  {roc_series(head.real, "pre-trained"),
                   roc_series(results.learning.scratch, "from scratch"),
                   roc_series(head.quantised, "pre-trained, quantised")}),
       score_item(results)});
}

std::string title_of(Task task) {
  switch (task) {
    case Task::kAccept:
      return "Accept or reject";
    case Task::kMet:
      return "Missing momentum";
    case Task::kPileup:
      return "Pile-up";
    case Task::kAnomaly:
      return "Anomalies";
  }
  return {};
}

// What a head is asked, for a reader who has not seen it before.
std::string question_of(Task task) {
  switch (task) {
    case Task::kAccept:
      return "Should this crossing be kept?";
    case Task::kMet:
      return "How much transverse momentum is missing, and in which direction?";
    case Task::kPileup:
      return "Which tokens come from the hard collision?";
    case Task::kAnomaly:
      return "Is this unlike everything seen in minimum bias?";
  }
  return {};
}

// The quantised heads, as they run in firmware, beside the baselines.
Json heads_section(const DemoResults& results, size_t index) {
  const DemoHead& head = results.learning.heads[index];
  const std::string name = task_name(head.task);
  const std::string command =
      fmt::format("trigstone evaluate demo/{}_quantised demo/events.h5 -o scores.json", name);
  ensure(head.quantised.figures.has_value(), "a head's run has figures");
  return results_section(title_of(head.task),
                         question_of(head.task) +
                             " The quantised head, as the firmware computes it, beside what "
                             "today's trigger makes of the same crossings.",
                         figure_items(*head.quantised.figures, command));
}

Json equality_item(const DemoResults& results) {
  std::vector<std::vector<Json>> rows;
  for (const DemoFirmware& head : results.hardware.heads) {
    for (const VerifyRow& row : head.verified.rows) {
      rows.push_back({task_name(head.task), row.engine, row.vectors, row.events, row.differences,
                      row.differences == 0 && row.detail.empty()});
    }
  }
  return table_item(
      {"Equality",
       "Every engine must give the same bits as the reference interpreter; recorded events are "
       "simulated crossings of the test split.",
       "trigstone verify demo/fw --with torch,netlist,verilator "
       "--input demo/recorded_accept.npz"},
      {"head", "engine", "events from", "events", "differing", "equal"}, rows);
}

Json synthesis_item(const DemoResults& results) {
  const Netlist& netlist = accept_firmware(results).compiled.lowered.netlist;
  Netlist one;  // the modules up to and including the synthesised one
  const auto end = netlist.modules.begin() + netlist.module_named(results.hardware.module) + 1;
  one.modules.assign(netlist.modules.begin(), end);
  const Resources modelled = estimate(one, device_named(accept_firmware(results).firmware.device),
                                      accept_firmware(results).firmware.clock_mhz);
  const Resources& yosys = results.hardware.synthesis.resources;
  return table_item({"Module " + results.hardware.module,
                     "The cost model beside an open synthesis tool, for one module.",
                     "trigstone synth demo/fw --module " + results.hardware.module},
                    {"resource", "modelled", "Yosys"},
                    {{"LUT", modelled.lut, yosys.lut},
                     {"flip-flops", modelled.ff, yosys.ff},
                     {"DSP", modelled.dsp, yosys.dsp}});
}

Json heads_item(const DemoResults& results) {
  std::vector<std::vector<Json>> rows;
  for (const DemoFirmware& head : results.hardware.heads) {
    const Firmware& firmware = head.firmware;
    rows.push_back({task_name(head.task), firmware.latency_ns(), firmware.ii,
                    firmware.resources.lut, firmware.resources.ff, firmware.resources.dsp,
                    firmware.resources.bram36});
  }
  return table_item({"Each head as firmware of its own",
                     "Latency and what the cost model says each head takes, backbone included.",
                     "trigstone estimate demo/fw_met"},
                    {"head", "latency ns", "II clocks", "LUT", "flip-flops", "DSP", "BRAM36"},
                    rows);
}

Json firmware_section(const DemoResults& results) {
  const Firmware& firmware = accept_firmware(results).firmware;
  return results_section(
      "Firmware",
      fmt::format("The quantised accept head as Verilog for {}: a new crossing every {} clocks, an "
                  "answer {:.0f} ns after the first token.",
                  firmware.device, firmware.ii, firmware.latency_ns()),
      {firmware_item(firmware, "trigstone estimate demo/fw"), heads_item(results),
       equality_item(results), synthesis_item(results)});
}

Json boards_section(const DemoResults& results) {
  Json section = plan_section(results.hardware.plan,
                              "trigstone map demo/fw --fabric configs/fabric_vu13p.toml "
                              "-o demo/plan");
  const SimulationRow& row = results.hardware.simulated;
  section["items"].push_back(table_item(
      {"The plan, simulated clock by clock",
       "Every board's netlist and every link's words; the decision must have the reference's bits "
       "and come at the planned clock.",
       "trigstone simulate demo/plan"},
      {"events from", "events", "differing", "at another clock", "late words", "equal"},
      {{row.vectors, row.events, row.differences, row.wrong_clocks, row.late_words, row.equal()}}));
  return section;
}

}  // namespace

void write_demo_report(const DemoResults& results, const fs::path& folder) {
  std::vector<Json> sections = {glance_section(results), event_section(results),
                                learning_section(results)};
  for (size_t i = 0; i < results.learning.heads.size(); ++i) {
    sections.push_back(heads_section(results, i));
  }
  sections.push_back(firmware_section(results));
  sections.push_back(boards_section(results));
  sections.push_back(results.trigger);
  const Json document = results_document("Trigstone demo", std::move(sections));
  check_results(document, "demo");
  write_file(folder / "results.json", document.dump(1));
  write_file(folder / "report.html", render_page({document}));
}

}  // namespace trigstone
