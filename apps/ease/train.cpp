#include "train.hpp"

#include <ATen/Parallel.h>

#include <cmath>
#include <ease/io/json_text.hpp>
#include <ease/llm/save.hpp>
#include <ease/train/gloo.hpp>
#include <ease/train/nccl.hpp>
#include <ease/train/rank_environment.hpp>
#include <ease/train/sft.hpp>
#include <utility>

namespace ease::app {

namespace {

schedule schedule_named(std::string const& name) {
  if (name == "cosine") return schedule::cosine;
  if (name == "linear") return schedule::linear;
  if (name == "constant") return schedule::constant;
  throw error{"schedule \"{}\" is not known; choose cosine, linear or constant", name};
}

template <class Device>
train_result train_on(std::string const& path, std::string const& out, train_options const& o,
                      std::function<void(train_progress const&)> const& watch, std::vector<training_example> const& rows) {
  training_options options{.learning_rate = o.learning_rate,
                           .epochs = o.epochs,
                           .batch_size = o.batch_size,
                           .accumulation = o.accumulation,
                           .max_length = o.max_length,
                           .kind = schedule_named(o.schedule),
                           .warmup_ratio = o.warmup_ratio,
                           .weight_decay = o.weight_decay,
                           .clip_norm = o.clip_norm,
                           .seed = o.seed,
                           .gradient_checkpointing = o.gradient_checkpointing};
  data_parallel<Device> const ranks{};  // they meet before models are loaded
  auto const device = Device::device();
  auto wanted = fastest_precision(device);
  if (o.precision == "float32")
    wanted = training_precision::float32;
  else if (o.precision == "bfloat16")
    wanted = training_precision::bfloat16;
  else if (o.precision == "mixed")
    wanted = training_precision::mixed;
  else if (o.precision != "auto")
    throw error{"precision \"{}\" is not known; choose auto, float32, bfloat16 or mixed", o.precision};
  options.precision = wanted;
  auto model =
      load_model(path, device, wanted == training_precision::float32 ? precision::float32 : precision::bfloat16, o.chat);
  sft<Device> trainer{model, options, [&](training_step const& s) {
                        if (watch)
                          watch({s.step, s.steps, s.loss, s.learning_rate, s.gradient_norm,
                                 s.seconds > 0 ? static_cast<double>(s.tokens) / s.seconds : 0});
                      }};
  auto const done = trainer.train(rows);
  if (ranks.rank() == 0) save_model(model, out);
  auto const& t = done.training;
  return {.examples = done.examples,
          .trained_rows = t.rows.kept,
          .reasoned = done.reasoned,
          .empty_answers = done.empty_answers,
          .too_long = t.rows.too_long,
          .nothing_trained = t.rows.nothing_trained,
          .steps = t.steps,
          .tokens = t.tokens,
          .trained_tokens = t.trained_tokens,
          .first_loss = t.first_loss,
          .last_loss = t.last_loss,
          .seconds = t.seconds,
          .peak_gigabytes = static_cast<double>(t.peak_host_bytes + t.peak_device_bytes) / 1e9,
          .precision = wanted == training_precision::float32    ? "float32"
                       : wanted == training_precision::bfloat16 ? "bfloat16"
                                                                : "bfloat16 with float32 masters"};
}

}  // namespace

file_trainer::file_trainer(std::string model, std::string out, train_options options,
                           std::function<void(train_progress const&)> watch)
    : model_{std::move(model)}, out_{std::move(out)}, options_{std::move(options)}, watch_{std::move(watch)} {
  detail::check_replaceable(out_);  // before hours of training, not after
  if (!options_.overwrite && std::filesystem::exists(std::filesystem::path{out_} / "config.json"))
    throw error{"{}: there is a model already; --overwrite-output-dir replaces it", out_};
  if (options_.threads > 0) at::set_num_threads(options_.threads);
}

train_result file_trainer::train(std::vector<training_example> const& rows) {
  bool const several = rank_environment::read().has_value();
  if (options_.device == "cuda" || (options_.device == "auto" && at::hasCUDA())) {
    if (!several) return train_on<cuda>(model_, out_, options_, watch_, rows);
#ifdef USE_C10D_NCCL
    return train_on<ddp<nccl>>(model_, out_, options_, watch_, rows);
#else
    throw error{"several ranks on CUDA devices need NCCL: build with the `cuda` preset, or say --device cpu"};
#endif
  }
  if (options_.device == "auto" || options_.device == "cpu")
    return several ? train_on<ddp<gloo>>(model_, out_, options_, watch_, rows)
                   : train_on<cpu>(model_, out_, options_, watch_, rows);
  throw error{"device \"{}\" is not known; choose auto, cpu or cuda", options_.device};
}

std::string train_result::json() const {
  std::string out;
  json_writer w{out};
  w.object().key("examples").value(examples).key("trained_rows").value(trained_rows).key("reasoned").value(reasoned);
  w.key("empty_answers").value(empty_answers).key("too_long").value(too_long).key("nothing_trained").value(nothing_trained);
  w.key("steps").value(steps).key("tokens").value(tokens).key("trained_tokens").value(trained_tokens);
  w.key("first_loss").value(first_loss).key("last_loss").value(last_loss).key("seconds").value(seconds);
  w.key("peak_gigabytes").value(peak_gigabytes).key("precision").value(precision).end();
  return out;
}

}  // namespace ease::app
