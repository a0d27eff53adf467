// SPDX-License-Identifier: Apache-2.0
#pragma once
// The subcommands of `ease`. Each adds itself to the command line and runs when it was chosen; its int is the exit status.
#include <CLI/CLI.hpp>
#include <ease/settings/command.hpp>

namespace ease::app {

inline constexpr int rows_were_lost = 3;  // finished, but bad or failed rows stand in a side file

using adds_command = void(CLI::App& app, action& chosen);

// One a command, in the order of --help: add_NAME stands in a file of its own under commands/. A new one is a line here, and
// nothing else.
#define EASE_COMMANDS(command)                                                                                              \
  command(run) command(status) command(rows) command(sample) command(diagnose) command(guard_filter) command(classify)      \
      command(cot) command(mix) command(distill) command(finetune) command(threshold) command(evaluate) command(benchmark)  \
          command(generate) command(tokenize) command(score) command(fetch) command(inspect) command(export) command(merge) \
              command(launch) command(get_adversarial) command(generate_response) command(filter_unsafe)                    \
                  command(safety_classification) command(cot_generate) command(distill_slm_safety)

#define EASE_DECLARE(name) adds_command add_##name;
EASE_COMMANDS(EASE_DECLARE)
#undef EASE_DECLARE

#define EASE_LIST(name) add_##name,
inline constexpr adds_command* all_commands[]{EASE_COMMANDS(EASE_LIST)};
#undef EASE_LIST

}  // namespace ease::app
