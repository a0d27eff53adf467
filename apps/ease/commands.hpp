#pragma once
// The subcommands of `ease`. Each adds itself to the command line and runs when it was chosen; its int is the exit status.
#include <CLI/CLI.hpp>
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

// sample diagnose guard-filter classify cot mix distill finetune boundary evaluate
void add_stage_commands(CLI::App& app, action& chosen);
void add_run_command(CLI::App& app, action& chosen);     // run
void add_status_command(CLI::App& app, action& chosen);  // status
void add_model_commands(CLI::App& app, action& chosen);  // generate tokenize score inspect
void add_export_command(CLI::App& app, action& chosen);  // export
void add_merge_command(CLI::App& app, action& chosen);   // merge

}  // namespace ease::app
