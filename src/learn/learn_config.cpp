#include "learn/learn_config.h"

#include <toml++/toml.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "base/error.h"
#include "base/files.h"

namespace trigstone {

namespace {

constexpr const char* kHint = "the files in configs/ are complete examples";

// The one list of keys a config has: reading, writing and the check for unknown keys expand it.
// Numbers come with the range they may have.
template <class Visit>
void visit_backbone(BackboneConfig& c, Visit&& visit) {
  visit("backbone.tokens", c.tokens, 1, 128);
  visit("backbone.features", c.features, 1, 4096);
  visit("backbone.width", c.width, 1, 4096);
  visit("backbone.layers", c.layers, 0, 64);
  visit("backbone.heads", c.heads, 1, 64);
  visit("backbone.feed_forward", c.feed_forward, 1, 16384);
  visit("backbone.seed", c.seed, 0, 1e18);
}

template <class Visit>
void visit_training(TrainingConfig& c, Visit&& visit) {
  visit("training.steps", c.steps, 0, 1e9);
  visit("training.batch", c.batch, 2, 1e6);
  visit("training.shards", c.shards, 1, 256);
  visit("training.threads", c.threads, 0, 256);
  visit("training.learning_rate", c.learning_rate, 0, 10);
  visit("training.backbone_rate", c.backbone_rate, 0, 10);
  visit("training.frozen_steps", c.frozen_steps, 0, 1e9);
  visit("training.warmup_steps", c.warmup_steps, 0, 1e9);
  visit("training.weight_decay", c.weight_decay, 0, 10);
  visit("training.clip", c.clip, 1e-6, 1e6);
  visit("training.augment", c.augment);
  visit("training.keep_best", c.keep_best);
  visit("training.seed", c.seed, 0, 1e18);
  visit("training.validate_every", c.validate_every, 1, 1e9);
  visit("training.checkpoint_every", c.checkpoint_every, 1, 1e9);
}

template <class Visit>
void visit_fields(PretrainConfig& c, Visit&& visit) {
  visit("data.events", c.events);
  visit_backbone(c.backbone, visit);
  visit("masking.fraction", c.mask_fraction, 0.01, 0.9);
  visit("masking.kind_weight", c.kind_weight, 0, 100);
  visit("masking.summary_weight", c.summary_weight, 0, 100);
  visit("views.weight", c.view_weight, 0, 100);
  visit("views.temperature", c.view_temperature, 0.01, 10);
  visit_training(c.training, visit);
}

template <class Visit>
void visit_fields(FinetuneConfig& c, Visit&& visit) {
  visit("data.events", c.events);
  visit("data.labels", c.labels, 0, 1e12);
  visit("head.task", c.task);
  visit_backbone(c.backbone, visit);
  visit_training(c.training, visit);
}

template <class Visit>
void visit_fields(CompressConfig& c, Visit&& visit) {
  visit("data.events", c.events);
  for (const auto& [key, bits] : {std::pair{"quant.input_bits", &c.quant.input_bits},
                                  {"quant.weight_bits", &c.quant.weight_bits},
                                  {"quant.bias_bits", &c.quant.bias_bits},
                                  {"quant.activation_bits", &c.quant.activation_bits},
                                  {"quant.score_bits", &c.quant.score_bits},
                                  {"quant.residual_bits", &c.quant.residual_bits},
                                  {"quant.product_bits", &c.quant.product_bits},
                                  {"quant.output_bits", &c.quant.output_bits}}) {
    visit(key, *bits, 1, 24);
  }
  visit("quant.quantile", c.quantile, 0.5, 1);
  visit("quant.calibration_events", c.calibration_events, 1, 1e6);
  visit("quant.distillation", c.distillation, 0, 1);
  visit_training(c.training, visit);
}

// Edits that turn a into b (Levenshtein).
size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t changed = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, changed});
    }
  }
  return row.back();
}

class Reader {
 public:
  Reader(const toml::table& table, std::string path) : table_(table), path_(std::move(path)) {}

  void operator()(const char* key, std::filesystem::path& value) {
    if (const toml::node* node = find(key)) {
      const auto text = node->value<std::string>();
      if (!text) fail(*node, fmt::format("'{}' is not a text", key));
      value = *text;
    }
  }
  void operator()(const char* key, bool& value) {
    if (const toml::node* node = find(key)) {
      if (!node->is_boolean()) fail(*node, fmt::format("'{}' is not true or false", key));
      value = *node->value<bool>();
    }
  }
  void operator()(const char* key, Task& value) {
    if (const toml::node* node = find(key)) {
      const auto text = node->value<std::string>();
      if (!text) fail(*node, fmt::format("'{}' is not a text", key));
      value = task_named(*text, fmt::format("{}:{}", path_, node->source().begin.line));
    }
  }
  template <class T>
  void operator()(const char* key, T& value, double low, double high) {
    const toml::node* node = find(key);
    if (node == nullptr) return;
    const bool whole = std::is_integral_v<T>;
    const auto number =
        whole && !node->is_integer() ? std::optional<double>() : node->value<double>();
    if (!number || !(*number >= low && *number <= high)) {
      fail(*node, fmt::format("'{}' is not {} from {:g} to {:g}", key,
                              whole ? "an integer" : "a number", low, high));
    }
    if constexpr (std::is_integral_v<T>) {
      value = static_cast<T>(*node->value<int64_t>());
    } else {
      value = *number;
    }
  }
  void reject_unknown() const {
    for (const auto& [section, node] : table_) {
      const toml::table* keys = node.as_table();
      if (keys == nullptr) refuse(std::string(section.str()), node);
      for (const auto& [key, value] : *keys) {
        const std::string full = fmt::format("{}.{}", section.str(), key.str());
        if (!known_.contains(full)) refuse(full, value);
      }
    }
  }

 private:
  const toml::node* find(const char* key) {
    known_.insert(key);
    return table_.at_path(key).node();
  }
  [[noreturn]] void fail(const toml::node& node, const std::string& what,
                         const std::string& hint = kHint) const {
    throw Error(fmt::format("{}:{}", path_, node.source().begin.line), what, hint);
  }
  [[noreturn]] void refuse(const std::string& key, const toml::node& node) const {
    const auto nearest =
        std::min_element(known_.begin(), known_.end(), [&](const auto& a, const auto& b) {
          return edit_distance(key, a) < edit_distance(key, b);
        });
    fail(node, fmt::format("unknown key '{}'", key), fmt::format("did you mean '{}'?", *nearest));
  }

  const toml::table& table_;
  const std::string path_;
  std::set<std::string> known_;
};

class Writer {
 public:
  void operator()(const char* key, const std::filesystem::path& value) {
    std::string quoted;
    for (const char c : value.string()) {
      if (c == '"' || c == '\\') quoted += '\\';
      quoted += c;
    }
    line(key, fmt::format("\"{}\"", quoted));
  }
  void operator()(const char* key, const Task& value) {
    line(key, fmt::format("\"{}\"", task_name(value)));
  }
  void operator()(const char* key, const bool& value) { line(key, value ? "true" : "false"); }
  template <class T>
  void operator()(const char* key, const T& value, double, double) {
    std::string text = fmt::format("{}", value);
    // TOML tells an integer from a number by its look.
    if (std::is_floating_point_v<T> && text.find_first_of(".e") == std::string::npos) text += ".0";
    line(key, text);
  }
  std::string text;

 private:
  void line(const std::string& key, const std::string& value) {
    const size_t dot = key.find('.');
    const std::string section = key.substr(0, dot);
    if (section != section_) text += fmt::format("{}[{}]\n", text.empty() ? "" : "\n", section);
    section_ = section;
    text += fmt::format("{} = {}\n", key.substr(dot + 1), value);
  }
  std::string section_;
};

toml::table parse(const std::filesystem::path& path) {
  const std::string text = read_file(path);
  try {
    return toml::parse(text, path.string());
  } catch (const toml::parse_error& problem) {
    throw Error(fmt::format("{}:{}", path.string(), problem.source().begin.line),
                fmt::format("is not valid TOML: {}", problem.description()), "mend this line");
  }
}

template <class Config>
Config read_config(const std::filesystem::path& path) {
  const toml::table table = parse(path);
  Config config;
  Reader reader(table, path.string());
  visit_fields(config, reader);
  reader.reject_unknown();
  return config;
}

template <class Config>
std::string write_config(Config config) {
  Writer writer;
  visit_fields(config, writer);
  return writer.text;
}

}  // namespace

PretrainConfig read_pretrain_config(const std::filesystem::path& path) {
  const auto config = read_config<PretrainConfig>(path);
  check_backbone(config.backbone, path.string());
  return config;
}

FinetuneConfig read_finetune_config(const std::filesystem::path& path) {
  const auto config = read_config<FinetuneConfig>(path);
  check_backbone(config.backbone, path.string());
  return config;
}

CompressConfig read_compress_config(const std::filesystem::path& path) {
  return read_config<CompressConfig>(path);
}

std::string to_toml(const PretrainConfig& config) { return write_config(config); }
std::string to_toml(const FinetuneConfig& config) { return write_config(config); }
std::string to_toml(const CompressConfig& config) { return write_config(config); }

}  // namespace trigstone
