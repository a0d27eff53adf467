// SPDX-License-Identifier: Apache-2.0
#pragma once
// The definitions of train/folder_trainer.hpp; core/compiled.hpp says where they are compiled.
#include <ATen/ATen.h>

#include <ease/core/error.hpp>
#include <ease/llm/decoder/decoder.hpp>
#include <ease/llm/files/weights.hpp>
#include <ease/llm/model.hpp>
#include <ease/llm/save.hpp>
#include <ease/train/distributed/rank_environment.hpp>
#include <ease/train/folder_trainer.hpp>
#include <ease/train/sft.hpp>
#include <ease/train/step/checkpoint.hpp>
#include <ease/train/step/lora.hpp>
#include <ease/train/step/step_bar.hpp>
#include <exception>
#include <filesystem>
#include <memory>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

namespace ease::inline v1 {

template <class Device>
folder_trainer<Device>::folder_trainer(std::filesystem::path base, std::filesystem::path out, training_options options,
                                       std::string chat, training_hooks hooks)
    : base_{std::move(base)},
      out_{out.has_filename() ? std::move(out) : out.parent_path()},
      options_{std::move(options)},
      chat_{std::move(chat)},
      hooks_{std::move(hooks)} {
  if (options_.checkpoints.folder.empty()) options_.checkpoints.folder = checkpoints();
  check(options_);
  detail::check_replaceable(out_);
}

template <class Device>
auto folder_trainer<Device>::train(std::vector<training_example> const& rows) -> report {
  if (hooks_.before) hooks_.before();
  data_parallel<Device> ranks{};  // rendezvous before models are loaded
  auto const device = Device::device();
  auto options = options_;
  options.precision = options.precision.value_or(fastest_precision(device));
  bool const narrow = *options.precision != training_precision::float32;
  auto model = load_model(base_.path, device, narrow ? precision::bfloat16 : precision::float32, chat_);
  own_weights(*model.net);
  auto const done = sft<Device>{model, options, hooks_.watch, hooks_.stop}.train(rows);
  auto const& t = done.training;
  if (t.stopped_at)
    throw stopped{"stopped after step {} of {}; a checkpoint is in {}", *t.stopped_at, t.steps,
                  options.checkpoints.folder.string()};
  on_first_rank(ranks, [&] {
    merge_adapters(*model.net);
    save_model(model, out_);
    std::error_code ignored;
    if (resumes_) std::filesystem::remove_all(checkpoints(), ignored);
    checkpoint_folder{options.checkpoints}.clear();
  });
  return {.examples = done.examples,
          .trained = t.rows.kept - t.evaluation_rows,
          .reasoned = done.reasoned,
          .steps = t.steps,
          .tokens = t.tokens,
          .first_loss = t.first_loss,
          .last_loss = t.last_loss,
          .seconds = t.seconds};
}

template <class Device>
void folder_trainer<Device>::resume_as(std::string const& run) {
  auto& where = options_.checkpoints;
  where.folder = checkpoints_of_run(checkpoints(), run);
  where.resume = resume_from::newest;
  if (where.every_steps == 0 && where.every_minutes <= 0) where.every_minutes = 15;
  resumes_ = true;
}

template <class Device>
void folder_trainer<Device>::show_progress(std::string const& title) {
  if (hooks_.watch) return;
  hooks_.watch = [bar = std::make_shared<step_bar>(title, !first_rank())](training_step const& s) {
    bar->show(s.step, s.steps, s.loss, s.evaluation_loss, s.seconds > 0 ? static_cast<double>(s.tokens) / s.seconds : 0.0);
  };
}

template <class Device>
std::filesystem::path folder_trainer<Device>::checkpoints() const {
  return out_.string() + ".training";
}

// No rank continues before the files are written: its next stage may read them.
template <class Device>
void folder_trainer<Device>::on_first_rank(data_parallel<Device>& ranks, auto&& work) {
  try {
    if (ranks.rank() == 0) work();
  } catch (std::exception const& problem) {
    ranks.failed(problem.what());
    throw;
  }
  if (ranks.size() == 1) return;
  auto all_here = at::ones({1}).to(ranks.device());
  ranks.sum(all_here);
}

}  // namespace ease::inline v1

#ifdef EASE_COMPILED_SOURCE
#include <ease/train/compiled_devices.hpp>
EASE_FOR_EACH_TRAINING_DEVICE(ease::folder_trainer)
#endif
