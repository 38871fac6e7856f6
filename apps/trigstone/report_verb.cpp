// trigstone report RUN… -o report.html
#include <fmt/core.h>

#include <filesystem>
#include <memory>

#include "report/report.h"
#include "verbs.h"

namespace trigstone {

namespace {

struct ReportFlags {
  std::vector<std::string> runs;
  std::string output = "report.html";
};

int run_report(const ReportFlags& flags, bool json) {
  const std::vector<std::filesystem::path> runs(flags.runs.begin(), flags.runs.end());
  write_report(runs, flags.output);
  if (json) {
    fmt::print("{}\n", OrderedJson({{"report", flags.output}, {"runs", runs.size()}}).dump());
  } else {
    fmt::print(stderr, "{} is written; open it in a browser\n", flags.output);
  }
  return 0;
}

}  // namespace

void add_report_verb(CLI::App& app, Command& command) {
  auto flags = std::make_shared<ReportFlags>();
  CLI::App* verb = app.add_subcommand("report", "results of runs as one self-contained HTML page");
  verb->footer("Example: trigstone report demo -o report.html");
  verb->add_option("RUN", flags->runs,
                   "results.json files, folders that hold one, firmware folders, run folders")
      ->required();
  verb->add_option("-o,--output", flags->output, "the page")->capture_default_str();
  verb->add_flag("--json", command.json, "one JSON object on stdout");
  verb->callback([flags, &command] {
    command.run = [flags, &command] { return run_report(*flags, command.json); };
  });
}

}  // namespace trigstone
