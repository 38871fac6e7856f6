// trigstone events words: events as the words that boards receive, in pattern files, and back.
#include <fmt/core.h>

#include <memory>
#include <string>

#include "base/error.h"
#include "events/event_file.h"
#include "events_verb.h"
#include "physics/trigger_patterns.h"

namespace trigstone {

namespace {

struct WordsFlags {
  std::filesystem::path input, output;
  std::string object = "puppi", form = "emp1";
  int64_t first = 0, events = 16;
  bool read = false;
};

int write_words(const WordsFlags& flags, TriggerObject object, bool json) {
  const EventReader reader(flags.input);
  check_file_tells(object, reader.info(), flags.input.string());
  if (flags.first < 0 || flags.events < 1 || flags.first + flags.events > reader.size()) {
    throw Error(flags.input.string(),
                fmt::format("has no events {}..{}", flags.first, flags.first + flags.events - 1),
                fmt::format("it holds {}; choose with --event and --events", reader.size()));
  }
  const auto events = reader.read(flags.first, flags.first + flags.events);
  const Pattern pattern = trigger_pattern(events, object);
  write_pattern(flags.output, pattern,
                flags.form == "emp2" ? PatternForm::kEmpV2 : PatternForm::kEmpV1);
  const auto objects =
      static_cast<int64_t>(read_trigger_pattern(pattern, object, flags.output.string()).size());
  const size_t frames = pattern.links.front().frames.size();
  if (json) {
    print_json({{"file", flags.output.string()},
                {"object", flags.object},
                {"events", flags.events},
                {"objects", objects},
                {"links", pattern.links.size()},
                {"frames", frames}});
  } else {
    fmt::print("{}: {} {} of {} events on {} links, {} frames\n", flags.output.string(), objects,
               flags.object, flags.events, pattern.links.size(), frames);
  }
  return 0;
}

int read_words(const WordsFlags& flags, TriggerObject object, bool json) {
  const Pattern pattern = read_pattern(flags.input);
  for (const OrderedJson& row : read_trigger_pattern(pattern, object, flags.input.string())) {
    if (json) {
      print_json(row);
      continue;
    }
    std::string line;
    for (const auto& [key, value] : row.items()) {
      line += value.is_number_float() ? fmt::format(" {} {:.4g}", key, value.get<double>())
                                      : fmt::format(" {} {}", key, value.dump());
    }
    fmt::print("{}\n", line.substr(1));
  }
  return 0;
}

int run_words(const WordsFlags& flags, bool json) {
  const std::string where = "trigstone events words:";
  const TriggerObject object = trigger_object_named(flags.object, where + "--object");
  if (flags.read) return read_words(flags, object, json);
  if (flags.output.empty()) {
    throw Error(where + "--output", "no pattern file to write",
                "give -o pattern.txt, or --read to print one");
  }
  return write_words(flags, object, json);
}

}  // namespace

void add_events_words(CLI::App& events, Command& command) {
  CLI::App* verb = events.add_subcommand(
      "words",
      "Write events as trigger words in a pattern file (EMP), or print one as numbers.\n"
      "Example: trigstone events words events.h5 --object jets -o jets.txt");
  const auto flags = std::make_shared<WordsFlags>();
  verb->add_option("input", flags->input, "event file; with --read a pattern file")->required();
  verb->add_option(
          "--object", flags->object,
          "tracks, puppi, jets, widejets, sums, taus, electrons, photons, muons, vertices, "
          "samuons (stand-alone), regionmuons")
      ->capture_default_str();
  verb->add_option("-o,--output", flags->output, "pattern file to write");
  verb->add_option("--event", flags->first, "row of the first event")->capture_default_str();
  verb->add_option("--events", flags->events, "number of events")->capture_default_str();
  verb->add_option("--form", flags->form, "emp1: 'Board …'; emp2: 'ID: …' with packet flags")
      ->check(CLI::IsMember({"emp1", "emp2"}))
      ->capture_default_str();
  verb->add_flag("--read", flags->read, "print the objects of a pattern file");
  add_json_flag(*verb, command);
  verb->callback([flags, &command] {
    command.run = [flags, &command] { return run_words(*flags, command.json); };
  });
}

}  // namespace trigstone
