// trigstone events convert: files of other programs through the detector response.
#include <fmt/core.h>

#include <memory>

#include "events/convert.h"
#include "events_verb.h"

namespace trigstone {

namespace {

struct ConvertFlags {
  CrossingFlags crossing;
  std::filesystem::path input;
  std::string process;
  bool keep_complete = false;
};

int run_convert(const ConvertFlags& flags, bool json) {
  ConvertOptions options;
  options.crossing = {flags.crossing.pileup, flags.crossing.seed};
  options.detector = flags.crossing.read_detector();
  options.sample = flags.crossing.sample;
  options.keep_complete = flags.keep_complete;
  if (!flags.process.empty()) options.process = process_from_name(flags.process, "--process");
  const ConvertReport report = convert_events(flags.input, flags.crossing.output, options);
  if (!report.first_problem.empty())
    fmt::print(stderr, "first problem: {}\n", report.first_problem);
  if (!report.cut_off.empty()) {
    fmt::print(stderr,
               "warning: {}: the file breaks off in this event; the {} before it are kept\n",
               report.cut_off, report.events);
  }
  if (json) {
    print_json({{"file", flags.crossing.output.string()},
                {"format", report.format},
                {"events", report.events},
                {"tokens", report.tokens},
                {"problems", report.problems},
                {"cut_off", report.cut_off}});
    return 0;
  }
  fmt::print("{}: {} events from {}, {} tokens\n", flags.crossing.output.string(), report.events,
             report.format, report.tokens);
  for (const auto& [what, count] : report.problems) fmt::print("  {} times: {}\n", count, what);
  return 0;
}

}  // namespace

void add_events_convert(CLI::App& events, Command& command) {
  CLI::App* verb = events.add_subcommand(
      "convert",
      "Make an event file of others: HepMC 2 or 3 (through the detector), HDF5 "
      "arrays of objects (40 MHz challenge, JetNet), shards of ours.\n"
      "NanoAOD, Delphes, EDM4hep, Parquet, …: python -m trigstone.convert\n"
      "Example: trigstone events convert run.hepmc -o events.h5");
  const auto flags = std::make_shared<ConvertFlags>();
  verb->add_option("input", flags->input,
                   "HepMC text (may be gzipped), HDF5, or a list of event files")
      ->required();
  add_crossing_flags(*verb, flags->crossing);
  verb->add_option("--process", flags->process,
                   "what made every event (qcd, ttbar, zee, …); default: what the file tells");
  verb->add_flag("--keep-complete", flags->keep_complete,
                 "of a file that breaks off, keep the whole events");
  add_json_flag(*verb, command);
  verb->callback([flags, &command] {
    command.run = [flags, &command] { return run_convert(*flags, command.json); };
  });
}

}  // namespace trigstone
