#pragma once
// The settings of `ease run`, from a TOML file. Every key is optional but those of [data] and `model`; an unknown key is an
// error, so that a misspelt one is not a silent default. Paths are relative to the file that names them.
#include <cstddef>
#include <cstdint>
#include <ease/method/sample.hpp>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "choices.hpp"
#include "model.hpp"
#include "train.hpp"

namespace ease::app {

struct run_config {
  std::string model{};  // the SLM
  std::uint64_t seed{42};
  model_options models{};

  // Files of rows: a prompt each, and what else is said.
  struct {
    std::vector<std::string> diagnosis{};  // data_type: adversarial_harmful, adversarial_benign
    std::vector<std::string> reasoning{};  // the same, for phase 1; default: the diagnosis files, other rows of them
    std::vector<std::string> harmful{};    // plainly harmful prompts; a `completion` is used if there is one
    std::vector<std::string> general{};    // ordinary prompts; likewise, else the SLM's own answer
    std::vector<std::string> held_out{};   // class: a name for the table
    std::size_t max_prompt_bytes{std::size_t(-1)};  // longer training prompts are left out and counted
  } data{};

  std::string system_prompt{};
  sample_options sample{};            // of the diagnosis set
  sample_options reasoning_sample{};  // of phase 1
  sampling diagnose{.temperature = 0.7, .top_p = 1.0, .max_tokens = 512};
  // The SLM's own answers. A prompt whose answer does not end within max_tokens is asked again with `when_cut_off` behind
  // it, if that is said: without it the prompts that ask for long answers are missing from the mix, and the model then takes
  // every long prompt for a jailbreak.
  struct own_answer_options {
    sampling how{.temperature = 0.0, .max_tokens = 256};
    std::string when_cut_off{};
  };
  own_answer_options own_answers{};  // to wrapped harmless prompts
  struct : own_answer_options {
    std::vector<std::size_t> rows_per_file{};       // one number, or one a file; empty: all rows
    std::optional<std::size_t> max_prompt_bytes{};  // instead of that of [data]
  } general{};                                      // to ordinary prompts
  guard_choice guard{};
  labeller_choice labeller{};
  teacher_choice teacher{};
  std::string refusal{};  // the direct answer to a plainly harmful prompt; empty: that of the row's policy

  // Rows of each arm of the mix; all of them if not said.
  struct {
    std::optional<std::size_t> vulnerable{}, wrapped_benign{}, harmful{}, general{};
    double min_share{0.5};  // an arm that is empty, or has less than this share of its rows, stops the run
  } mix{};
  bool keep_safe{false};  // adversarial-harmful prompts the SLM already refused join the vulnerable arm

  train_options distill{};
  train_options finetune{};
  // Prompts by which the boundary is set after phase 2; files that are not named: those of [data] that were not trained on.
  struct {
    std::size_t rows_per_file{0};  // 0: the boundary stays where training left it
    std::vector<std::string> think{}, direct{};
  } boundary{};
  struct {
    sampling how{.temperature = 0.0, .max_tokens = 512};
    std::size_t rows_per_file{std::size_t(-1)};
    std::optional<guard_choice> guard{};
  } evaluate{};

  std::map<std::string, std::string> given{};  // the keys that the file has, "cot.tries", and where: "settings.toml:12"
};

// Throws ease::error naming file, line and key.
run_config read_run_config(std::filesystem::path const& file);

// Throws ease::error, with file and line, for a key that is given and has no effect beside the others. Asked when the command
// line has had its say too.
void refuse_unused(run_config const& config);

}  // namespace ease::app
