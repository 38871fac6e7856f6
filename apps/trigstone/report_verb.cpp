// trigstone report RUN… -o report.html
#include <fmt/core.h>

#include <memory>

#include "base/files.h"
#include "report/report.h"
#include "verbs.h"

namespace trigstone {

namespace {

struct ReportFlags {
  std::vector<std::string> runs;
  std::string output = "report.html";
};

int run_report(const ReportFlags& flags, bool json) {
  std::vector<Results> runs;
  for (const std::string& run : flags.runs) runs.push_back(read_results(run));
  const std::string page = render_report(runs);
  write_file(flags.output, page);
  if (json) {
    fmt::print("{}\n", Json({{"report", flags.output}, {"runs", runs.size()},
                             {"bytes", page.size()}}).dump());
  } else {
    fmt::print(stderr, "{}: {} bytes; open it in a browser\n", flags.output, page.size());
  }
  return 0;
}

}  // namespace

void add_report_verb(CLI::App& app, Command& command) {
  auto flags = std::make_shared<ReportFlags>();
  CLI::App* verb = app.add_subcommand("report", "results of runs as one self-contained HTML page");
  verb->footer("Example: trigstone report demo -o report.html");
  verb->add_option("RUN", flags->runs, "results files, or folders that hold results.json")
      ->required();
  verb->add_option("-o,--output", flags->output, "the page")->capture_default_str();
  verb->add_flag("--json", command.json, "one JSON object on stdout");
  verb->callback([flags, &command] {
    command.run = [flags, &command] { return run_report(*flags, command.json); };
  });
}

}  // namespace trigstone
