// SPDX-License-Identifier: Apache-2.0
#pragma once
// The settings of `ease run`: what the TOML file and the flags may say, in one list of options a struct. Every key is
// optional but those of [data] and `model`; an unknown key is an error, so that a misspelt one is not a silent default.
// Paths are relative to the file that names them.
#include <cstddef>
#include <cstdint>
#include <ease/core/option.hpp>
#include <ease/method/diagnose.hpp>
#include <ease/method/rows/draw.hpp>
#include <ease/method/rows/mix_report.hpp>
#include <ease/method/sample.hpp>
#include <ease/named/classifiers.hpp>
#include <ease/named/guards.hpp>
#include <ease/named/model.hpp>
#include <ease/named/teachers.hpp>
#include <ease/settings/settings.hpp>
#include <ease/train/file_trainer.hpp>
#include <filesystem>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "steps.hpp"

namespace ease::app {

// Files of rows: a prompt each, and what else is said. How a file is read stands behind its name, "jailbreaks.csv?columns=
// prompt=Goal", or in a table of the key's name: [data.diagnosis] with file and the keys of io/formats/row_spec.hpp.
struct data_settings {
  std::vector<std::string> diagnosis{}, reasoning{}, reasoned{}, harmful{}, general{}, held_out{};
  std::optional<std::size_t> max_prompt_bytes{};

  static constexpr auto options() {
    using d = data_settings;
    return std::tuple{
        option("diagnosis", &d::diagnosis,
               "Files of adversarial prompts, or names of the hub, with their data_type (FILE?columns=prompt=Goal; "
               "[data.NAME] file, columns, ...)")
            .path(),
        option("reasoning", &d::reasoning, "The same, for phase 1 (none: the diagnosis files, other rows of them)").path(),
        option("reasoned", &d::reasoned,
               "Files of training rows for phase 1 with their reasoning already, in place of [data] reasoning and of what "
               "would be written for it")
            .path(),
        option("harmful", &d::harmful, "Files of plainly harmful prompts; a `completion` is used if there is one").path(),
        option("general", &d::general, "Files of ordinary prompts; likewise, else the SLM's own response").path(),
        option("held_out", &d::held_out, "Files of evaluation prompts with their class").path(),
        option("max_prompt_bytes", &d::max_prompt_bytes, "Longer training prompts are left out and counted", at_least(1))};
  }
};

// The SLM's own answers to ordinary prompts. Without `when_truncated` the prompts that ask for long answers are missing from
// the mix, and the model then takes every long prompt for a jailbreak.
struct general_settings {
  diagnose_options answers{.sampling = {.temperature = 0.0, .max_tokens = 256}};
  std::vector<std::size_t> rows_per_file{};
  std::optional<std::size_t> max_prompt_bytes{};

  static constexpr auto options() {
    using g = general_settings;
    return std::tuple{
        part(&g::answers),
        option("rows_per_file", &g::rows_per_file, "Rows to draw: one number, or one a file (none: all rows)", at_least(0)),
        option("max_prompt_bytes", &g::max_prompt_bytes, "Instead of that of [data]", at_least(1))};
  }
};

// Rows of each component of phase 2's mix; all of them if not said.
struct mix_settings {
  std::optional<std::size_t> vulnerable{}, adversarial_benign{}, harmful{}, general{};
  bool keep_safe{false};
  mix_options mixing{.min_fraction = 0.5};

  static constexpr auto options() {
    using m = mix_settings;
    return std::tuple{
        option("vulnerable", &m::vulnerable, "Rows with safety reasoning, at most", at_least(0)),
        option("adversarial_benign", &m::adversarial_benign, "Harmless prompts in an adversarial frame, with reasoning",
               at_least(0))
            .formerly("wrapped_benign"),
        option("harmful", &m::harmful, "Plainly harmful prompts, refused at once", at_least(0)),
        option("general", &m::general, "Ordinary prompts, answered at once", at_least(0)),
        option("keep_safe", &m::keep_safe, "Adversarial prompts that the SLM refused join the vulnerable ones"),
        part(&m::mixing)};
  }
};

struct evaluate_settings {
  diagnose_options answers{.sampling = {.temperature = 0.0, .max_tokens = 512}};
  std::optional<std::size_t> rows_per_file{};
  std::optional<guard_choice> guard{};

  static constexpr auto options() {
    using e = evaluate_settings;
    return std::tuple{part(&e::answers),
                      option("rows_per_file", &e::rows_per_file, "Evaluation prompts of each file, at most", at_least(1)),
                      option("guard", &e::guard, "Judges the answers; without it only refusals are counted")};
  }
};

struct run_config {
  std::string model{};
  std::uint64_t seed{42};
  std::string system_prompt{};
  std::string refusal{};
  model_options models{};
  data_settings data{};
  sample_options sample{}, reasoning{};
  diagnose_options diagnose{.sampling = {.temperature = 0.7, .top_p = 1.0, .max_tokens = 512}};
  diagnose_options self_responses{.sampling = {.temperature = 0.0, .max_tokens = 256}};
  general_settings general{};
  guard_choice guard{};
  classifier_choice classifier{};
  teacher_choice teacher{};
  mix_settings mix{};
  train_options distill{}, finetune{};
  later_steps later{};
  evaluate_settings evaluate{};

  // The folder of the fine-tuned model: the last model is called `model`.
  std::string tuned_model() const { return later.at_work().empty() ? "model" : "tuned_model"; }

  static constexpr auto options() {
    using c = run_config;
    return std::tuple{
        option("model", &c::model, "The SLM: ORG/NAME (of the hub), a folder or a .gguf file").path().also("model_name"),
        option("seed", &c::seed, "Of all draws and samples; a table's own seed wins"),
        option("system_prompt", &c::system_prompt, "Of all prompts (none: the chat template's own); a table's own wins"),
        option("refusal", &c::refusal, "The direct answer to a plainly harmful prompt (none: that of the row's policy)"),
        part(&c::models),
        option("data", &c::data, "Files of rows"),
        option("sample", &c::sample, "Rows to draw for phase 2"),
        option("reasoning", &c::reasoning, "Rows to draw for phase 1 (default: as [sample])"),
        option("diagnose", &c::diagnose, "How the SLM answers the drawn prompts"),
        option("self_responses", &c::self_responses, "How it answers harmless prompts in an adversarial frame")
            .formerly("own_answers"),
        option("general", &c::general, "How it answers ordinary prompts"),
        option("guard", &c::guard, "What judges answers and reasoning"),
        option("classify", &c::classifier, "What gives prompts their categories"),
        option("cot", &c::teacher, "What writes the safety reasoning"),
        option("mix", &c::mix, "The training rows of phase 2"),
        option("distill", &c::distill, "Phase 1's training"),
        option("finetune", &c::finetune, "Phase 2's training"),
        part(&c::later),
        option("evaluate", &c::evaluate, "The table before and after")};
  }
};

// All models that a run asks, each once.
std::vector<std::string> models_of(run_config const& config);

// The settings that are said, what follows from one for another (a seed, a system prompt), and nothing that is missing or
// has no effect. Throws ease::error naming file and line, or the flag.
run_config config_of(said_settings said);

}  // namespace ease::app
