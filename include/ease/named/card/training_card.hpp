// SPDX-License-Identifier: Apache-2.0
#pragma once
// What of a training stands in its model's card (named/card/model_card.hpp): the base by its name, the data by names and counts,
// the options from their own list, the versions.
#include <fmt/format.h>
#include <torch/version.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <ease/backend/openai/openai_endpoint.hpp>
#include <ease/core/error.hpp>
#include <ease/hub/hub_name.hpp>
#include <ease/hub/hub_source.hpp>
#include <ease/io/formats/row_spec.hpp>
#include <ease/io/rows/read_options.hpp>
#include <ease/llm/model_description.hpp>
#include <ease/llm/model_place.hpp>
#include <ease/method/evaluate.hpp>
#include <ease/method/rows/mix_report.hpp>
#include <ease/method/threshold/threshold.hpp>
#include <ease/named/card/base_card.hpp>
#include <ease/named/card/model_card.hpp>
#include <ease/named/guards.hpp>
#include <ease/named/model.hpp>
#include <ease/train/file_trainer.hpp>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <tuple>
#include <utility>
#include <vector>

namespace ease::inline v1 {

// The model that was trained, by any name that find_model takes.
inline card_base base_of_card(std::string const& model) {
  card_base out;
  auto const place = find_model(model, model_part::what_is_there);
  std::tie(out.name, out.commit) = place.hub_base();
  if (out.name.empty()) {
    std::error_code bad;
    auto const whole = std::filesystem::weakly_canonical(place.base, bad);
    out.name = (bad ? place.base : whole).filename().string();
    // What was trained here before: the model of the hub behind it is the base.
    if (auto behind = base_behind(place.base); !behind.name.empty()) {
      behind.through = std::move(out.name);
      out = std::move(behind);
    }
  }
  for (auto const& one : place.adapters)
    out.adapters.append(out.adapters.empty() ? "" : ", ").append(detail::cards::code(one.filename().string()));
  if (place.is_folder()) out.licence = licence_in(place.base, out.name, out.commit);
  return out;
}

// Another model's name: of the hub with its commit, of a path its last part, of a server the model alone.
inline std::string model_of_card(std::string const& model) {
  if (is_remote(model)) return detail::cards::code(openai_endpoint::parse_all(model).front().model) + ", asked of a server";
  auto const base = base_of_card(model);
  return detail::cards::with_commit(base.name, base.commit) +
         (base.adapters.empty() ? std::string{} : ", with " + base.adapters);
}

// What the attack success of an evaluation is judged by.
inline std::string judge_of_card(std::optional<guard_choice> const& guard) {
  auto text = std::string{by_refusal_phrases};
  if (!guard) return text;
  auto const models = models_of(*guard);
  return text + "; and by a guard of the kind " + detail::cards::code(guard->kind) +
         (models.empty() ? "" : ": " + model_of_card(models.front()));
}

inline card_data data_of_card(rows_read const& from) {
  card_data out{.rows = from.read};
  auto const name = hub_name::parse(from.name, hub_kind::dataset);  // "ORG/NAME@COMMIT:CONFIG/SPLIT", or a path
  if (name && detail::is_commit(name->revision) && !name->split.empty()) {
    out.name = name->id();
    out.commit = name->revision;
    out.part = name->config + (name->split.empty() ? "" : "/" + name->split);
  } else {
    out.name = from.name == "-" ? "standard input" : std::filesystem::path{from.name}.filename().string();
  }
  return out;
}
// Which of its rows were taken: "3 rows where `kind=harmful`"; empty: all.
inline std::string selection_of_card(rows_read const& from) {
  auto const where = row_spec::parse(from.file).where;
  if (where) return fmt::format("{} rows where {}", from.given, detail::cards::code(*where));
  return from.given == from.read ? std::string{} : fmt::format("{} of them", from.given);
}
// One for each source, however many selections of its rows were read. `purpose`: what the rows of a file are for, by the name that
// the file was given.
inline std::vector<card_data> data_of_card(std::vector<rows_read> const& all,
                                           std::function<std::string(std::string const&)> const& purpose = {}) {
  std::vector<card_data> out;
  std::vector<std::string> names;
  for (auto const& one : all) {
    auto use = purpose ? purpose(one.file) : std::string{};
    if (auto const which = selection_of_card(one); !which.empty()) use += (use.empty() ? "" : ": ") + which;
    auto const at = static_cast<std::size_t>(std::ranges::find(names, one.name) - names.begin());
    if (at == names.size()) {
      names.push_back(one.name);
      out.push_back(data_of_card(one));
      out.back().use = std::move(use);
      continue;
    }
    out[at].rows = std::max(out[at].rows, one.read);
    if (!use.empty()) out[at].use.append(out[at].use.empty() ? "" : "; ").append(use);
  }
  return out;
}

// What became of the rows that the trainer was given.
inline card_lines rows_of_card(train_result const& r) {
  card_lines out{{"given to the training", fmt::format("{}", r.examples)},
                 {"trained on", fmt::format("{}", r.trained_rows)},
                 {"of those given, with reasoning", fmt::format("{}", r.reasoned)}};
  auto const left_out = [&](char const* why, std::size_t rows) {
    if (rows > 0) out.emplace_back(fmt::format("left out: {}", why), fmt::format("{}", rows));
  };
  left_out("longer than max_length tokens", r.too_long);
  left_out("nothing to learn", r.nothing_trained);
  left_out("empty answer", r.empty_answers);
  left_out("held out for the evaluation loss", r.evaluation_rows.value_or(0));
  return out;
}

// A mix's components, each with what was taken of it.
inline card_lines rows_of_card(mix_report const& components) {
  card_lines out;
  for (auto const& one : components)
    out.emplace_back(
        fmt::format("mixed: {}", detail::cards::code(one.name)),
        fmt::format("{} of {}{}{}", one.taken, one.read, one.repeated > 0 ? fmt::format("; {} repeated", one.repeated) : "",
                    one.in_evaluation > 0 ? fmt::format("; {} are evaluated on", one.in_evaluation) : ""));
  return out;
}

// Those that results depend on, by their names on the command line and in settings.
inline card_lines settings_of_card(train_options const& o, train_result const& r) {
  card_lines out;
  for (auto const& [name, value] : settings_of(o))  // those of all processes together
    out.emplace_back(detail::cards::code(name), name == "rows_per_step" ? fmt::format("{}", r.rows_per_step) : value);
  if (!o.chat.empty()) out.emplace_back("`chat_template`", o.chat);
  out.emplace_back("precision used", r.precision);
  out.emplace_back("optimiser steps", fmt::format("{}", r.steps));
  return out;
}

inline card_lines versions_of_card(std::string_view ease_version) {
  return {{"ease", std::string{ease_version}}, {"libtorch", TORCH_VERSION}};
}

inline constexpr std::string_view about_distill{
    "Supervised fine-tuning on rows whose answers reason about safety between `<think>` and `</think>` before they answer; "
    "the "
    "loss is on the answer alone."};
inline constexpr std::string_view about_finetune{
    "Supervised fine-tuning on a mix of rows that reason first and rows that answer at once, so that the model reasons only "
    "where its own direct answer was unsafe; the loss is on the answer alone."};
inline constexpr std::string_view about_either{
    "Supervised fine-tuning on rows that reason first, rows that answer at once, or both; the loss is on the answer alone."};
inline constexpr std::string_view about_threshold{
    "The row of `<think>` in the output matrix was changed so that the model begins to reason at the right prompts. Nothing "
    "else was changed, and nothing was trained on these prompts. (Not part of the published method.)"};

// not_said: of a command that makes both.
enum class training_phase : std::uint8_t { implant, calibrate, not_said };

// `components`: of the mix that was made for it, where one was.
inline card_phase phase_of_card(training_phase which, std::vector<rows_read> const& data, train_options const& options,
                                train_result const& result, mix_report const& components = {}) {
  bool const first = which == training_phase::implant, second = which == training_phase::calibrate;
  card_phase out{.title = first    ? "Phase 1: implant safety reasoning"
                          : second ? "Phase 2: calibrate the boundary"
                                   : "Training",
                 .method = std::string{first    ? about_distill
                                       : second ? about_finetune
                                                : about_either},
                 .data = data_of_card(data),
                 .rows = rows_of_card(components),
                 .settings = settings_of_card(options, result),
                 .calibrates = second};
  for (auto& line : rows_of_card(result)) out.rows.push_back(std::move(line));
  return out;
}
inline card_phase phase_of_card(std::vector<rows_read> const& data, threshold_report const& result) {
  card_phase out{.title = "Threshold calibration", .method = std::string{about_threshold}, .data = data_of_card(data)};
  for (auto const& one : result.groups)
    out.rows.emplace_back(detail::cards::code(one.name) + (one.thinks ? ", to reason about" : ", to answer at once"),
                          fmt::format("{}", one.rows));
  return out;
}

// `base`: of before the first of the phases. `ease_version`: version_text of ease/version.hpp.
inline model_card training_card(card_base base, std::vector<card_phase> phases, std::string_view ease_version,
                                bool is_adapter = false) {
  auto title = detail::cards::code(base.name) + " after EASE";
  return {.base = std::move(base),
          .is_adapter = is_adapter,
          .title = std::move(title),
          .phases = std::move(phases),
          .versions = versions_of_card(ease_version)};
}

}  // namespace ease::inline v1
