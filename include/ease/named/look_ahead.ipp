// SPDX-License-Identifier: Apache-2.0
#pragma once
// The definitions of named/look_ahead.hpp; core/compiled.hpp says where they are compiled.
#include <fmt/format.h>

#include <algorithm>
#include <ease/backend/openai/openai_endpoint.hpp>
#include <ease/backend/openai/openai_options.hpp>
#include <ease/core/error.hpp>
#include <ease/io/files/file_use.hpp>
#include <ease/llm/model.hpp>
#include <ease/llm/model_place.hpp>
#include <ease/llm/save.hpp>
#include <ease/log/size_text.hpp>
#include <ease/named/look_ahead.hpp>
#include <ease/named/model.hpp>
#include <ease/train/plan.hpp>
#include <iterator>
#include <optional>
#include <system_error>

namespace ease::inline v1 {

namespace detail {

// Downloads what the hub's cache lacks of the models (hub/hub_source.hpp); a plan takes their descriptions only. After all are
// looked at, so that none is refused behind the download of another.
inline void bring_models(std::vector<std::string> const& models) {
  for (auto const& name : models)
    if (!name.empty() && !is_remote(name)) (void)find_model(name);
}

// What of a local model can be known without its weights; throws what loading it would.
inline language_model header_of_model(std::string const& name, std::string const& chat) {
  return load_model(name, std::nullopt, precision::float32, chat);
}

inline void say_notices(language_model const& model, line_for_person const& say) {
  if (say)
    for (auto const& line : model.notices) say(line);
}

inline model_config const& trainable(language_model const& slm, std::string const& name) {
  if (!slm.why_no_chat.empty()) throw error{"model: {}: {}", name, slm.why_no_chat};
  return slm.config();
}

}  // namespace detail

EASE_INLINE void look_at_room(std::filesystem::path const& out, std::uint64_t models, std::uint64_t checkpoints,
                              line_for_person const& say) {
  std::error_code bad;
  auto const room = std::filesystem::space(ground_of(out), bad);
  if (bad || room.capacity == 0) return;  // no disk at all: it will say so itself
  if (room.available < models)
    throw error{"{}: {} are free there, and what is trained alone takes {}", out.string(), size_text(room.available),
                size_text(models)};
  if (room.available < models + checkpoints && say)
    say(fmt::format("{}: {} are free there; with the checkpoints of a long training it would take {}", out.string(),
                    size_text(room.available), size_text(models + checkpoints)));
}

EASE_INLINE std::uint64_t bytes_of_model(train_options const& how, std::uint64_t parameters) {
  return parameters * (how.precision == training_precision::float32 ? 4U : 2U);
}
EASE_INLINE std::uint64_t bytes_of_checkpoints(train_options const& how, std::uint64_t parameters) {
  return parameters * 12 * (how.checkpoints.keep + 1);  // float32 weights and both moments
}

EASE_INLINE void look_at_models(std::vector<std::string> const& models, std::string const& chat,
                                line_for_person const& say) {
  for (auto const& name : models) {
    if (is_remote(name))
      (void)openai_endpoint::parse_all(name);
    else if (!name.empty())
      detail::say_notices(detail::header_of_model(name, chat), say);
  }
  detail::bring_models(models);
}

EASE_INLINE std::string key_problem(std::vector<std::string> const& models) try {
  std::vector<openai_endpoint> servers;
  for (auto const& one : models)
    if (is_remote(one)) std::ranges::move(openai_endpoint::parse_all(one), std::back_inserter(servers));
  (void)openai_options{}.key_for(servers);
  return {};
} catch (error const& problem) {
  return problem.what();
}

EASE_INLINE std::uint64_t look_at_trainable(std::string const& model, std::string const& chat) {
  auto const slm = detail::header_of_model(model, chat);
  return static_cast<std::uint64_t>(parameter_count(detail::trainable(slm, model)));
}

EASE_INLINE file_use files_of_training(std::string const& model, train_options& how, std::string const& out) {
  if (!how.log.empty() && !out.empty() && how.log == std::filesystem::path{out} / "training_log.jsonl") how.log.clear();
  file_use use{.reads = files_of_model(model),
               .model_out = out,
               .kept_apart = {{"--checkpoints", how.checkpoints.folder.string()},
                              {"--tensorboard", how.tensorboard},
                              {"--training-log", how.log}},
               .overwrite = how.overwrite};
  if (how.leaves_adapter()) use.model_mark = "adapter_config.json";
  (how.resume || how.checkpoints.resume == resume_from::named ? use.goes_on : use.writes).push_back(how.log);
  return use;
}

EASE_INLINE std::string refusal_of_training(file_use const& use, std::string const& model, train_options const& how,
                                            std::string const& out) try {
  use.check();
  use.look();
  look_at_training(model, how, out, {});
  (void)file_trainer{model, out, how};
  return {};
} catch (error const& problem) {
  return problem.what();
}

EASE_INLINE void look_at_training(std::string const& model, train_options const& how, std::filesystem::path const& out,
                                  line_for_person const& say) {
  detail::check_replaceable(out, how.leaves_adapter() ? "adapter_config.json" : "config.json");
  auto const slm = detail::header_of_model(model, how.chat);
  detail::say_notices(slm, say);
  auto const& config = detail::trainable(slm, model);
  auto const whole = static_cast<std::uint64_t>(parameter_count(config));
  auto const trained = how.lora.used() ? static_cast<std::uint64_t>(parameter_count(config, how.lora)) : whole;
  look_at_room(out, bytes_of_model(how, how.leaves_adapter() ? trained : whole), bytes_of_checkpoints(how, trained), say);
  detail::bring_models({model});
}

}  // namespace ease::inline v1
