#include "demo_learning.h"

#include "base/threads.h"
#include "demo_stage.h"
#include "events/generate.h"

namespace trigstone {

namespace {

namespace fs = std::filesystem;

constexpr int64_t kMapEvents = 1500;  // dots in the picture of the embedding

// Half minimum bias, half signal: each signal process by turns.
void make_events(const DemoOptions& options, const fs::path& file) {
  if (fs::exists(file)) return;
  const Stage stage(fmt::format("{} crossings at 200 pile-up", options.events));
  GenerateOptions generate;
  generate.processes = {Process::kMinimumBias, Process::kTopPairs,
                        Process::kMinimumBias, Process::kVbfHiggsToPhotons,
                        Process::kMinimumBias, Process::kHiggsToBottoms};
  generate.events = options.events;
  generate.sample = options.sample;
  generate.threads = hardware_threads();
  generate_events(generate, file);
}

// A run folder with run.json is finished; otherwise its stage goes on where it was stopped.
template <class Run>
RunResult finish_run(const std::string& name, const fs::path& folder, Run run) {
  const Stage stage(name);
  return run(folder, fs::exists(folder));
}

class Learning {
 public:
  explicit Learning(const DemoOptions& options)
      : options_(options), events_(options.output / "events.h5") {}

  DemoLearning run() {
    make_events(options_, events_);
    DemoLearning all;
    all.events = events_;
    all.pretrained = pretrain_backbone();
    all.scratch = finish_run("the accept head from scratch", out("scratch"),
                             [&](const fs::path& folder, bool resume) {
                               return finetune(finetune_config(Task::kAccept), {}, folder, resume);
                             });
    for (const Task task : {Task::kAccept, Task::kMet, Task::kPileup, Task::kAnomaly}) {
      all.heads.push_back(train_head(task));
    }
    {
      const Stage stage("few labels, with and without the backbone");
      all.few_labels = compare_few_labels(few_label_config(), few_label_options(), out("pretrain"),
                                          out("few_labels"));
    }
    const Stage stage("a map of the embedding, and scores");
    all.embedding = embedding_map(out("pretrain"), events_, kMapEvents);
    all.scores = evaluate(all.heads.front().quantised.folder, events_);
    return all;
  }

 private:
  fs::path out(const std::string& name) const { return options_.output / name; }
  fs::path config(const std::string& name) const { return options_.configs / (name + ".toml"); }
  // The file of a head's own, where it has one.
  fs::path config_of(const std::string& stage, Task task) const {
    const fs::path own = config(fmt::format("{}_{}_nano", stage, task_name(task)));
    return fs::exists(own) ? own : config(stage + "_nano");
  }

  RunResult pretrain_backbone() const {
    PretrainConfig config = read_pretrain_config(this->config("pretrain_nano"));
    config.events = events_;
    return finish_run(
        "pre-training by masked particles", out("pretrain"),
        [&](const fs::path& folder, bool resume) { return pretrain(config, folder, resume); });
  }
  FinetuneConfig finetune_config(Task task) const {
    FinetuneConfig config = read_finetune_config(config_of("finetune", task));
    config.events = events_;
    return config;
  }
  FinetuneConfig few_label_config() const {
    FinetuneConfig config = read_finetune_config(this->config("few_labels_nano"));
    config.events = events_;
    return config;
  }
  // As many labels as there are training events, at most.
  FewLabelOptions few_label_options() const {
    FewLabelOptions options;
    std::erase_if(options.labels, [&](int64_t labels) { return labels > options_.events / 2; });
    if (options.labels.empty()) options.labels = {100};
    return options;
  }
  DemoHead train_head(Task task) const {
    const std::string name = task_name(task);
    DemoHead head;
    head.task = task;
    head.real = finish_run(
        name + " head from the backbone", out(name), [&](const fs::path& folder, bool resume) {
          return finetune(finetune_config(task), out("pretrain"), folder, resume);
        });
    CompressConfig compress_config = read_compress_config(config_of("compress", task));
    compress_config.events = events_;
    head.quantised = finish_run("quantisation-aware training of the " + name + " head",
                                out(name + "_quantised"), [&](const fs::path& folder, bool resume) {
                                  return compress(compress_config, out(name), folder, resume);
                                });
    return head;
  }

  const DemoOptions& options_;
  const fs::path events_;
};

}  // namespace

DemoLearning run_demo_learning(const DemoOptions& options) { return Learning(options).run(); }

}  // namespace trigstone
