// The verbs of the command line, each in the file named after it. A function adds its subcommand
// with flags, help and an example; the subcommand's callback sets `command.run`.
#pragma once

#include "command.h"

namespace trigstone {

void add_demo_verb(CLI::App& app, Command& command);
void add_events_verb(CLI::App& app, Command& command);
void add_learn_verbs(CLI::App& app, Command& command);  // pretrain, finetune, compress, evaluate
void add_compile_verb(CLI::App& app, Command& command);
void add_estimate_verb(CLI::App& app, Command& command);
void add_emit_verb(CLI::App& app, Command& command);
void add_load_words_verb(CLI::App& app, Command& command);
void add_run_verb(CLI::App& app, Command& command);
void add_verify_verb(CLI::App& app, Command& command);
void add_map_verb(CLI::App& app, Command& command);
void add_simulate_verb(CLI::App& app, Command& command);
void add_synth_verb(CLI::App& app, Command& command);
void add_trigger_verb(CLI::App& app, Command& command);
void add_report_verb(CLI::App& app, Command& command);
void add_bench_verb(CLI::App& app, Command& command);

}  // namespace trigstone
