// SPDX-License-Identifier: Apache-2.0
#pragma once
// The trainer for pipelines of your own: loads the base model, fine-tunes it on the rows, and saves the result as a folder
// that transformers loads.
//
//     folder_trainer<cpu> trainer{"SmolLM2", "out/reasoning_model", {.learning_rate = 1e-5}};
//     run(implant(models{slm, guard, classifier, teacher, trainer}, prompts, held_out, {}), folder.at("implant"));
//
// In a run folder a training that was stopped or killed resumes from its last checkpoint, and a finished one is not repeated
// while its model is there. With folder_trainer<ddp<gloo>> each rank runs the same pipeline, in a run folder of its own, and
// names the same output; the first rank writes it.
// Non-goals: adapters as files of their own (train/save_adapter.hpp; here they are merged), logs of the steps.
#include <cstddef>
#include <ease/core/compiled.hpp>
#include <ease/core/stop_signals.hpp>
#include <ease/io/json/json_members.hpp>
#include <ease/llm/decoder/device.hpp>
#include <ease/llm/model_content.hpp>
#include <ease/method/finetune.hpp>
#include <ease/train/distributed/data_parallel.hpp>
#include <ease/train/step/options.hpp>
#include <filesystem>
#include <functional>
#include <string>
#include <tuple>
#include <vector>

namespace ease::inline v1 {

struct folder_training {
  std::size_t examples{0}, trained{0};  // given; and trained on, the others being empty, too long or held out
  std::size_t reasoned{0};              // given with `<think>`
  std::size_t steps{0}, tokens{0};
  double first_loss{0}, last_loss{0}, seconds{0};

  static constexpr auto members() {
    using r = folder_training;
    return std::tuple{member("examples", &r::examples),   member("trained", &r::trained),
                      member("reasoned", &r::reasoned),   member("steps", &r::steps),
                      member("tokens", &r::tokens),       member("first_loss", &r::first_loss),
                      member("last_loss", &r::last_loss), member("seconds", &r::seconds)};
  }
};

// Callbacks of a training.
struct training_hooks {
  std::function<void()> before{};                     // before the model is loaded, e.g. to free memory
  std::function<void(training_step const&)> watch{};  // after each step
  std::function<bool()> stop{stop_asked};             // true: saves a checkpoint and throws `stopped`
};

template <class Device = cpu>
class folder_trainer {
 public:
  using report = folder_training;

  // `out` is created or, if it is a model, replaced when the new one is complete; until then checkpoints are in
  // OUT.training. `chat`: the name of the chat family to use instead of the base model's own template. Throws ease::error if
  // the options are out of range or `out` is something else than a model: before hours of training, not after.
  folder_trainer(std::filesystem::path base, std::filesystem::path out, training_options options = {}, std::string chat = {},
                 training_hooks hooks = {});

  report train(std::vector<training_example> const& rows);

  // In a run folder (run/run_bound_pipeline.hpp): what the weights depend on; what was left; and where this run's
  // own checkpoints lie, so that a run with other rows or settings does not begin from them.
  void each_part(auto&& visit) { visit(options_), visit(chat_), visit(base_); }
  std::string content() const { return content_if_there(out_); }
  void resume_as(std::string const& run);
  // Steps are shown on stderr, under this title, if no hook watches them.
  void show_progress(std::string const& title);

 private:
  std::filesystem::path checkpoints() const;
  static void on_first_rank(data_parallel<Device>& ranks, auto&& work);

  model_at base_;
  std::filesystem::path out_;
  training_options options_;
  std::string chat_;
  training_hooks hooks_;
  bool resumes_{false};
};
static_assert(sft_trainer<folder_trainer<cpu>>);

}  // namespace ease::inline v1

#ifndef EASE_COMPILED
#include <ease/train/folder_trainer.ipp>
#endif
