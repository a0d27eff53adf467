// SPDX-License-Identifier: Apache-2.0
#pragma once
// The definitions of train/file_trainer.hpp; core/compiled.hpp says where they are compiled.
#include <ATen/Parallel.h>

#include <algorithm>
#include <cmath>
#include <ease/core/stop_signals.hpp>
#include <ease/llm/decoder/operations_a_second.hpp>
#include <ease/llm/files/weights.hpp>
#include <ease/llm/model.hpp>
#include <ease/llm/model_content.hpp>
#include <ease/llm/on_device.hpp>
#include <ease/llm/save.hpp>
#include <ease/log/amounts.hpp>
#include <ease/log/size_text.hpp>
#include <ease/train/distributed/gloo.hpp>
#include <ease/train/distributed/launch.hpp>
#include <ease/train/distributed/nccl.hpp>
#include <ease/train/distributed/rank_environment.hpp>
#include <ease/train/file_trainer.hpp>
#include <ease/train/save_adapter.hpp>
#include <ease/train/sft.hpp>
#include <ease/train/step/checkpoint.hpp>
#include <ease/train/step/step_bar.hpp>
#include <ease/train/step/step_log.hpp>
#include <exception>
#include <filesystem>
#include <memory>
#include <system_error>
#include <type_traits>
#include <utility>

namespace ease::inline v1 {

namespace detail::file_training {

namespace fs = std::filesystem;

inline std::string text_of(training_precision p) {
  return p == training_precision::float32    ? "float32"
         : p == training_precision::bfloat16 ? "bfloat16"
                                             : "bfloat16 with float32 masters";
}

// The library's options, with what "auto" is on this device, and for all processes that train together.
inline training_options on(train_options const& o, at::Device device) {
  auto t = o.of_all(ranks_of(o.nproc));
  t.precision = o.precision.value_or(fastest_precision(device));
  if (t.checkpoints.resume != resume_from::named)
    t.checkpoints.resume = o.resume || o.always_resumes ? resume_from::newest : resume_from::never;
  check(t);
  return t;
}

inline std::optional<std::size_t> if_any(std::size_t count) { return count > 0 ? std::optional{count} : std::nullopt; }

using card_writer = std::function<std::string(train_result const&)>;

// Hours of training are not lost for want of a card.
inline std::string card_text(card_writer const& card, train_result& result) {
  try {
    return card ? card(result) : std::string{};
  } catch (std::exception const& problem) {
    result.log_problem = fmt::format("README.md is not written: {}", problem.what());
    return {};
  }
}

template <class Device>
train_result train_on(std::string const& path, std::string const& out, train_options const& o,
                      std::function<void(train_progress const&)> const& watch, card_writer const& card,
                      std::vector<training_example> const& rows) {
  data_parallel<Device> const ranks{};  // they meet before models are loaded
  bool const first = ranks.rank() == 0;
  auto const device = Device::device();
  auto const options = on(o, device);
  bool const narrow = options.precision != training_precision::float32;
  auto model = load_model(path, device, narrow ? precision::bfloat16 : precision::float32, o.chat);
  own_weights(*model.net);
  auto const own_log = options.checkpoints.folder / "training_log.jsonl";
  step_log log{o.log.empty() ? own_log : fs::path{o.log}, o.tensorboard};
  sft<Device> trainer{model, options,
                      [&](training_step const& s) {
                        if (first) log(s);
                        if (watch)
                          watch({s.step, s.steps, s.loss, s.learning_rate, s.gradient_norm,
                                 s.seconds > 0 ? static_cast<double>(s.tokens) / s.seconds : 0, s.evaluation_loss});
                      },
                      stop_asked};
  auto const done = trainer.train(rows);
  auto const& t = done.training;
  if (t.stopped_at)
    throw stopped{fmt::format("stopped after step {} of {}; a checkpoint is in {}: the same command {}", *t.stopped_at,
                              t.steps, options.checkpoints.folder.string(),
                              o.resume || o.always_resumes ? "goes on from it" : "with --resume goes on from it")};
  train_result result{.examples = done.examples,
                      .trained_rows = t.rows.kept - t.evaluation_rows,
                      .reasoned = done.reasoned,
                      .empty_answers = done.empty_answers,
                      .too_long = t.rows.too_long,
                      .nothing_trained = t.rows.nothing_trained,
                      .steps = t.steps,
                      .rows_per_step = options.rows_per_step(),
                      .tokens = t.tokens,
                      .target_tokens = t.target_tokens,
                      .padding = t.padding,
                      .first_loss = t.first_loss,
                      .last_loss = t.last_loss,
                      .seconds = t.seconds,
                      .peak_gigabytes = static_cast<double>(t.peak_host_bytes + t.peak_device_bytes) / 1e9,
                      .precision = text_of(t.precision),
                      .resumed_at = if_any(t.resumed_at),
                      .evaluation_rows = if_any(t.evaluation_rows),
                      .best_step = if_any(t.best_step),
                      .evaluation_loss = t.evaluation_loss,
                      .best_loss = t.best_step > 0 ? std::optional{t.best_loss} : std::nullopt};
  if (first) {
    auto const text = card_text(card, result);
    if (o.leaves_adapter()) {
      save_adapter(model, options.lora, path, done.new_tokens > 0, out, text);
    } else {
      merge_adapters(*model.net);
      save_model(model, out, most_bytes_of_weights, text);
    }
    std::error_code bad;
    if (o.log.empty()) fs::rename(own_log, fs::path{out} / own_log.filename(), bad);
    if (!o.keep_checkpoints) checkpoint_folder{options.checkpoints}.clear();
  }
  if (result.log_problem.empty()) result.log_problem = log.problem();
  return result;
}

template <class Device>
train_plan plan_on(std::string const& path, train_options const& o, std::vector<training_example> const& rows) {
  auto const options = on(o, Device::device());
  auto const processes = ranks_of(o.nproc);
  auto model = load_model(path, std::nullopt, precision::float32, o.chat);
  sft<Device> trainer{model, options};
  auto const made = trainer.plan(rows, static_cast<std::size_t>(processes));
  auto const& p = made.plan;
  return {.examples = rows.size(),
          .empty_answers = made.empty_answers,
          .kept = p.rows.kept,
          .too_long = p.rows.too_long,
          .nothing_trained = p.rows.nothing_trained,
          .evaluation_rows = p.evaluation_rows,
          .max_length = p.longest_row,
          .steps = p.steps,
          .rows_per_step = options.rows_per_step(),
          .tokens = p.tokens,
          .target_tokens = p.target_tokens,
          .padding = p.padding,
          .padded_to_longest = p.padded_to_longest,
          .padded_to_max_length = p.padded_to_max_length,
          .micro_batches = p.micro_batches_per_epoch,
          .largest_micro_batch = p.largest_micro_batch,
          .parameters = p.parameters,
          .trained_parameters = p.trained_parameters,
          .processes = processes,
          .bytes = {.weights = p.weights,
                    .gradients = p.gradients,
                    .optimiser = p.optimiser,
                    .activations = p.activations,
                    .at_once = p.memory()},
          .precision = text_of(*options.precision),
          .bytes_of_all = p.memory() * processes,
          .seconds = training_seconds(
              static_cast<double>(p.parameters), static_cast<double>(p.tokens) * options.epochs,
              operations_a_second(Device::device(),
                                  options.precision == training_precision::float32 ? at::kFloat : at::kBFloat16))};
}

inline double fraction_wasted(std::size_t tokens, std::size_t padded) {
  return padded == 0 ? 0 : 1 - static_cast<double>(tokens) / static_cast<double>(padded);
}

}  // namespace detail::file_training

EASE_INLINE file_trainer::file_trainer(std::string model, std::string out, train_options options,
                                       std::function<void(train_progress const&)> watch, std::function<void()> before,
                                       std::function<void(std::string const&)> const& say)
    : model_{std::move(model)},
      out_{std::move(out)},
      options_{std::move(options)},
      watch_{std::move(watch)},
      before_{std::move(before)} {
  using namespace detail::file_training;
  while (out_.size() > 1 && out_.ends_with('/')) out_.pop_back();
  if (options_.checkpoints.folder.empty()) options_.checkpoints.folder = out_ + ".training";
  // Before hours of training, not after.
  auto const* const mark = options_.leaves_adapter() ? "adapter_config.json" : "config.json";
  detail::check_replaceable(out_, mark);
  if (!options_.overwrite && fs::exists(fs::path{out_} / mark))
    throw error{"{}: there is a model already; --overwrite replaces it", out_};
  auto const settings = on(options_, at::kCPU);
  if (checkpoint_folder const store{settings.checkpoints}; !store.start() && options_.resume && say && first_rank())
    say(options_.checkpoints.folder.string() + ": no checkpoint to go on from; training starts at step 1");
  if (options_.threads > 0) at::set_num_threads(options_.threads);
}

EASE_INLINE std::string file_trainer::base_content() {
  if (base_content_.empty()) base_content_ = content_if_there(model_);
  return base_content_.empty() ? "not there yet" : base_content_;  // a plan is made before it is
}

EASE_INLINE std::size_t file_trainer::rows_per_step() const {
  return options_.of_all(ranks_of(options_.nproc)).rows_per_step();
}

EASE_INLINE void file_trainer::resume_as(std::string const& run) {
  options_.checkpoints.folder = checkpoints_of_run(out_ + ".training", run);
  clears_checkpoints_ = true;
}

EASE_INLINE std::function<void(train_progress const&)> training_watch(std::string title, bool quiet) {
  auto const bar = std::make_shared<step_bar>(std::move(title), quiet);
  return [bar](train_progress const& p) { bar->show(p.step, p.steps, p.loss, p.evaluation_loss, p.tokens_per_second); };
}

EASE_INLINE train_result file_trainer::train(std::vector<training_example> const& rows) {
  if (before_) before_();
  std::optional<std::string> note;
  bool const has_answers = std::ranges::any_of(rows, [](auto const& one) { return !text_of(one.completion).empty(); });
  if (expects_reasoning_ && has_answers &&
      std::ranges::none_of(rows, [](auto const& one) { return thinks(one.completion); }))
    note =
        fmt::format("none of the {} rows reasons between <think> and </think>: what is trained on them learns no reasoning",
                    rows.size());
  if (note && say_ && first_rank()) say_(*note);
  auto done = train_rows(rows);
  done.note = std::move(note);
  if (clears_checkpoints_) {
    std::error_code bad;
    std::filesystem::remove_all(out_ + ".training", bad);
  }
  return done;
}

EASE_INLINE train_result file_trainer::train_rows(std::vector<training_example> const& rows) {
  using namespace detail::file_training;
  return on_device(options_.device, [&]<class Device>() {
    if (!rank_environment::read()) return train_on<Device>(model_, out_, options_, watch_, card_, rows);
    if constexpr (std::is_same_v<Device, cpu>)
      return train_on<ddp<gloo>>(model_, out_, options_, watch_, card_, rows);
#ifdef USE_C10D_NCCL
    else
      return train_on<ddp<nccl>>(model_, out_, options_, watch_, card_, rows);
#else
    throw error{"several ranks on CUDA devices need NCCL: build with the `cuda` preset, or say --device cpu"};
#endif
  });
}

EASE_INLINE train_plan file_planner::train(std::vector<training_example> const& rows) {
  using namespace detail::file_training;
  options_.checkpoints.folder = "none is written";
  return on_device(options_.device, [&]<class Device>() { return plan_on<Device>(model_, options_, rows); });
}

EASE_INLINE std::string train_plan::table() const {
  using namespace detail::file_training;
  auto const size = [](std::int64_t count) { return size_text(static_cast<std::uint64_t>(count)); };
  std::string out = "parameters      " + parameters_text(static_cast<std::uint64_t>(parameters));
  if (trained_parameters != parameters)
    out += fmt::format(", {} of adapters are trained", parameters_text(static_cast<std::uint64_t>(trained_parameters)));
  out += fmt::format("; {}\n", precision);
  out += fmt::format("rows            {} of {}", kept, examples);
  if (evaluation_rows > 0) out += fmt::format(" ({} for evaluation)", evaluation_rows);
  out += fmt::format("; left out: {} longer than {} tokens, {} with nothing to learn, {} empty answers\n", too_long,
                     max_length, nothing_trained, empty_answers);
  out += fmt::format(
      "an epoch        {} tokens ({} trained) in {} micro-batches of at most {} tokens; {:.1f} % of the work is padding\n",
      tokens, target_tokens, micro_batches, largest_micro_batch, 100 * fraction_wasted(tokens, tokens + padding));
  out += fmt::format("padding instead {} tokens to each batch's longest row ({:.1f} % wasted), {} to {} ({:.1f} % wasted)\n",
                     padded_to_longest, 100 * fraction_wasted(tokens, padded_to_longest), padded_to_max_length, max_length,
                     100 * fraction_wasted(tokens, padded_to_max_length));
  out += fmt::format("steps           {} of {} rows each\n", steps, rows_per_step);
  auto const of_all = processes > 1 ? fmt::format(" in each of {} processes, {} in all", processes, size(bytes_of_all)) : "";
  out += fmt::format("memory          {} at once{}: weights {}, gradients {}, optimiser {}, activations {}\n",
                     size(bytes.at_once), of_all, size(bytes.weights), size(bytes.gradients), size(bytes.optimiser),
                     size(bytes.activations));
  out += fmt::format("time            about {}, by how fast this machine multiplies matrices now", time_text(seconds));
  if (refused) out += fmt::format("\nrefused         the training itself would be: {}", *refused);
  return out;
}

}  // namespace ease::inline v1
