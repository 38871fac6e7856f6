// trigstone pretrain | finetune | compress | evaluate: events in, run folders out.
#include <fmt/core.h>

#include <cstdio>
#include <memory>

#include "base/files.h"
#include "learn/few_labels.h"
#include "learn/learn.h"
#include "verbs.h"

namespace trigstone {

namespace {

namespace fs = std::filesystem;

struct TrainingFlags {
  std::string config, events, from, out;
  bool resume = false;
};

void print(const HeadFigures& figures) {
  for (const NamedRoc& curve : figures.curves) {
    fmt::print("  {}, {}: AUC {:.4f} ({:.4f} to {:.4f})\n", curve.question, curve.name,
               curve.roc.area, curve.roc.area_low, curve.roc.area_high);
  }
  for (const MetResolution& one : figures.resolutions) {
    for (size_t bin = 0; bin < figures.met_events.size(); ++bin) {
      if (figures.met_events[bin] == 0) continue;
      fmt::print(
          "  {}, true {:g} to {:g} GeV: response {:.3f}, parallel {:.1f} GeV, "
          "perpendicular {:.1f} GeV\n",
          one.name, figures.met_edges_gev[bin], figures.met_edges_gev[bin + 1], one.response[bin],
          one.parallel_gev[bin], one.perpendicular_gev[bin]);
    }
  }
}

void print(const Command& command, const RunResult& result) {
  if (command.json) {
    fmt::print("{}\n", to_json(result).dump());
    return;
  }
  fmt::print("{}: {} trainable numbers, {} training events, {:.0f} s\n", result.folder.string(),
             result.trainable, result.training_events, result.wall_s);
  if (result.paired) {
    fmt::print("  {} training events have another view of their collision, {} stand alone\n",
               *result.paired, *result.alone);
  }
  for (const auto& [name, value] : result.validation) fmt::print("  {} {:.4f}\n", name, value);
  if (result.figures) print(*result.figures);
}

// The flags that all three trainings share.
CLI::App* add_training_verb(CLI::App& app, Command& command, const std::string& name,
                            const std::string& help, const std::shared_ptr<TrainingFlags>& flags) {
  CLI::App* verb = app.add_subcommand(name, help);
  verb->add_option("CONFIG", flags->config, "TOML, see configs/")->required();
  verb->add_option("-o,--out", flags->out, "run folder")->required();
  verb->add_option("--events", flags->events,
                   "event file (or a list or folder of them) instead of the config's");
  verb->add_flag("--resume", flags->resume, "go on from the last checkpoint, with the same bits");
  verb->add_flag("--json", command.json, "one JSON object on stdout");
  return verb;
}

void add_pretrain(CLI::App& app, Command& command) {
  auto flags = std::make_shared<TrainingFlags>();
  CLI::App* verb = add_training_verb(
      app, command, "pretrain",
      "Train a backbone on events without labels (masked particles, views)", flags);
  verb->footer(
      "Example: trigstone pretrain configs/pretrain_nano.toml -o run/backbone\n"
      "Example: trigstone events generate --process ttbar --resimulate 4 -o views.h5 && "
      "trigstone pretrain configs/pretrain_views_nano.toml --events views.h5 -o run/views");
  verb->callback([&command, flags] {
    command.run = [&command, flags] {
      PretrainConfig config = read_pretrain_config(flags->config);
      if (!flags->events.empty()) config.events = flags->events;
      print(command, pretrain(config, flags->out, flags->resume));
      return 0;
    };
  });
}

void print(const Command& command, const std::vector<FewLabelPoint>& points) {
  if (command.json) {
    fmt::print("{}\n", to_json(points).dump());
    return;
  }
  for (const FewLabelPoint& point : points) {
    for (const FewLabelArm& arm : point.arms) {
      fmt::print("{} labels, {}: AUC {:.4f} ({:.4f} to {:.4f})\n", point.labels, arm.name, arm.mean,
                 arm.low, arm.high);
    }
  }
}

void add_finetune(CLI::App& app, Command& command) {
  struct Flags : TrainingFlags {
    FewLabelOptions few{{}, 3};
  };
  auto flags = std::make_shared<Flags>();
  CLI::App* verb =
      add_training_verb(app, command, "finetune", "Train a head and the backbone behind it", flags);
  CLI::Option* from = verb->add_option("--from", flags->from,
                                       "run of pretrain; without it the backbone starts anew");
  CLI::Option* few =
      verb->add_option("--few-labels", flags->few.labels,
                       "compare with training from scratch at these numbers of labels, accept head")
          ->delimiter(',')
          ->needs(from)
          ->excludes(verb->get_option("--resume"));
  verb->add_option("--seeds", flags->few.seeds, "draws of the labels")
      ->check(CLI::Range(int64_t{1}, int64_t{100}))
      ->capture_default_str()
      ->needs(few);
  verb->footer(
      "Example: trigstone finetune configs/finetune_nano.toml --from run/backbone -o run/head\n"
      "Example: trigstone finetune configs/few_labels_nano.toml --from run/backbone "
      "--few-labels 100,300,1000 --seeds 3 -o run/few");
  verb->callback([&command, flags] {
    command.run = [&command, flags] {
      FinetuneConfig config = read_finetune_config(flags->config);
      if (!flags->events.empty()) config.events = flags->events;
      if (flags->few.labels.empty()) {
        print(command, finetune(config, flags->from, flags->out, flags->resume));
      } else {
        print(command, compare_few_labels(config, flags->few, flags->from, flags->out));
      }
      return 0;
    };
  });
}

void add_compress(CLI::App& app, Command& command) {
  auto flags = std::make_shared<TrainingFlags>();
  CLI::App* verb = add_training_verb(app, command, "compress",
                                     "Choose number formats and train on in fixed point", flags);
  verb->add_option("--from", flags->from, "run of finetune")->required();
  verb->footer(
      "Example: trigstone compress configs/compress_nano.toml --from run/head -o run/small");
  verb->callback([&command, flags] {
    command.run = [&command, flags] {
      CompressConfig config = read_compress_config(flags->config);
      if (!flags->events.empty()) config.events = flags->events;
      print(command, compress(config, flags->from, flags->out, flags->resume));
      return 0;
    };
  });
}

void add_evaluate(CLI::App& app, Command& command) {
  struct Flags {
    std::string run, events, out;
    bool all = false;
  };
  auto flags = std::make_shared<Flags>();
  CLI::App* verb =
      app.add_subcommand("evaluate", "What a head says of events, beside today's trigger");
  verb->add_option("RUN", flags->run, "run folder or model file")->required();
  verb->add_option("EVENTS", flags->events, "event file, or a list or folder of them")->required();
  verb->add_option("-o,--out", flags->out, "JSON file")->required();
  verb->add_flag("--all", flags->all, "every event, not the test split alone");
  verb->add_flag("--json", command.json, "one JSON object on stdout");
  verb->footer("Example: trigstone evaluate run/small events.h5 -o scores.json");
  verb->callback([&command, flags] {
    command.run = [&command, flags] {
      const Evaluation result = evaluate(flags->run, flags->events, flags->all);
      write_file(flags->out, to_json(result).dump() + "\n");
      if (command.json) {
        fmt::print("{}\n", to_json(result.figures).dump());
      } else {
        fmt::print("{}: {} events\n", flags->out, result.id.size());
        print(result.figures);
      }
      return 0;
    };
  });
}

}  // namespace

void add_learn_verbs(CLI::App& app, Command& command) {
  add_pretrain(app, command);
  add_finetune(app, command);
  add_compress(app, command);
  add_evaluate(app, command);
}

}  // namespace trigstone
