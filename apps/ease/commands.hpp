// SPDX-License-Identifier: Apache-2.0
#pragma once
// The subcommands of `ease`. Each adds itself to the command line and runs when it was chosen; its int is the exit status.
#include <CLI/CLI.hpp>
#include <array>
#include <functional>
#include <string>
#include <string_view>

namespace ease::app {

inline constexpr int rows_were_lost = 3;  // finished, but bad or failed rows stand in a side file

// "--max-tokens,--max_tokens": the published scripts write underscores.
inline std::string both(std::string_view name) {
  std::string underscored{name};
  for (auto& c : underscored)
    if (c == '-') c = '_';
  auto const plain = "--" + std::string{name};
  return underscored == name ? plain : plain + ",--" + underscored;
}

using action = std::function<int()>;

// One a command, in a file of its own under commands/. A new one is declared and listed here, and nowhere else.
using adds_command = void(CLI::App& app, action& chosen);
adds_command add_run, add_status;
adds_command add_sample, add_diagnose, add_guard_filter, add_classify, add_cot, add_mix, add_distill, add_finetune,
    add_boundary, add_evaluate;
adds_command add_generate, add_tokenize, add_score, add_inspect;
adds_command add_export, add_merge;

// In the order of --help.
inline constexpr std::array all_commands{add_run,      add_status,   add_sample,   add_diagnose, add_guard_filter,
                                         add_classify, add_cot,      add_mix,      add_distill,  add_finetune,
                                         add_boundary, add_evaluate, add_generate, add_tokenize, add_score,
                                         add_inspect,  add_export,   add_merge};

}  // namespace ease::app
