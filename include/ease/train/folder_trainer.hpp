#pragma once
// The trainer of the method's phases for programs of one's own: reads the base model, trains it on the rows, and leaves the
// trained model as a folder that transformers loads.
//
//     folder_trainer<cpu> trainer{"SmolLM2", "out/reasoning_model", {.learning_rate = 1e-5}};
//     run(implant(models{slm, guard, labeller, teacher, trainer}, prompts, held_out, {}), folder.at("implant"));
//
// In a run folder a training that was stopped or killed goes on from its last checkpoint, and one that is done is not made
// again while its model stands there. With folder_trainer<ddp<gloo>> each rank runs the same pipeline, in a run folder of
// its own, and names the same output; the first rank writes it.
// Non-goals: adapters in a file of their own (train/save_adapter.hpp; here they are merged), logs of the steps.
#include <ATen/ATen.h>

#include <cstddef>
#include <exception>
#include <filesystem>
#include <functional>
#include <string>
#include <system_error>
#include <tuple>
#include <utility>
#include <vector>

#include "ease/io/error.hpp"
#include "ease/io/json_members.hpp"
#include "ease/llm/device.hpp"
#include "ease/llm/model.hpp"
#include "ease/llm/model_content.hpp"
#include "ease/llm/save.hpp"
#include "ease/method/finetune.hpp"
#include "ease/core/stop_signals.hpp"
#include "ease/train/checkpoint.hpp"
#include "ease/train/data_parallel.hpp"
#include "ease/train/lora.hpp"
#include "ease/train/options.hpp"
#include "ease/train/sft.hpp"

namespace ease {

struct folder_training {
  std::size_t examples{0}, trained{0};  // given; and those that were learnt from, the others being empty or too long
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

// What a caller may do beside a training.
struct training_hooks {
  std::function<void()> before{};                     // to free memory: [&] { room.clear(); }
  std::function<void(training_step const&)> watch{};  // after each step
  std::function<bool()> stop{stop_asked};             // true: ends with a checkpoint, and throws `stopped`
};

template <class Device = cpu>
class folder_trainer {
 public:
  using report = folder_training;

  // `out` is made or, if it holds a model, replaced once the new one is there; beside it stands OUT.training until then.
  // `chat`: the chat family's name if the base model's own template is not to decide. Throws ease::error if the options are
  // out of range or `out` holds other things than a model: before hours of training, not after.
  folder_trainer(std::filesystem::path base, std::filesystem::path out, training_options options = {}, std::string chat = {},
                 training_hooks hooks = {})
      : base_{std::move(base)},
        out_{out.has_filename() ? std::move(out) : out.parent_path()},
        options_{std::move(options)},
        chat_{std::move(chat)},
        hooks_{std::move(hooks)} {
    if (options_.checkpoints.folder.empty()) options_.checkpoints.folder = checkpoints();
    check(options_);
    detail::check_replaceable(out_);
  }

  report train(std::vector<training_example> const& rows) {
    if (hooks_.before) hooks_.before();
    data_parallel<Device> ranks{};  // they meet before models are loaded
    auto const device = Device::device();
    auto options = options_;
    options.precision = options.precision.value_or(fastest_precision(device));
    bool const narrow = *options.precision != training_precision::float32;
    auto model = load_model(base_.path, device, narrow ? precision::bfloat16 : precision::float32, chat_);
    auto const done = sft<Device>{model, options, hooks_.watch, hooks_.stop}.train(rows);
    auto const& t = done.training;
    if (t.stopped_at)
      throw stopped{"stopped after step {} of {}; a checkpoint is in {}", *t.stopped_at, t.steps,
                    options.checkpoints.folder.string()};
    on_first_rank(ranks, [&] {
      merge_adapters(model.net);
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

  // In a run folder (run/run_job.hpp): what the weights depend on; whether they are there; and where this run's own
  // checkpoints lie, so that a run with other rows or settings does not begin from them.
  void each_part(auto&& visit) { visit(options_), visit(chat_), visit(base_); }
  bool still_there() const { return std::filesystem::exists(out_ / "config.json"); }
  void resume_as(std::string const& run) {
    auto const mine = run.substr(0, 16);
    std::error_code bad;
    std::vector<std::filesystem::path> others;
    for (auto const& old : std::filesystem::directory_iterator{checkpoints(), bad})
      if (old.path().filename() != mine) others.push_back(old.path());
    for (auto const& old : others) std::filesystem::remove_all(old, bad);
    auto& where = options_.checkpoints;
    where.folder = checkpoints() / mine;
    where.resume = resume_from::newest;
    if (where.every_steps == 0 && where.every_minutes <= 0) where.every_minutes = 15;
    resumes_ = true;
  }

 private:
  std::filesystem::path checkpoints() const { return out_.string() + ".training"; }

  // No rank goes on before the files are there: its next stage may read them.
  static void on_first_rank(data_parallel<Device>& ranks, auto&& work) {
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

  model_at base_;
  std::filesystem::path out_;
  training_options options_;
  std::string chat_;
  training_hooks hooks_;
  bool resumes_{false};
};
static_assert(sft_trainer<folder_trainer<cpu>>);

}  // namespace ease
