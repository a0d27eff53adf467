// SPDX-License-Identifier: Apache-2.0
#pragma once
// Where a training run stands, as state.json of a checkpoint says it. Non-goal: the tensors (checkpoint.hpp).
#include <cstddef>
#include <filesystem>
#include <limits>
#include <map>
#include <string>
#include <string_view>

#include "ease/core/error.hpp"
#include "ease/core/printable.hpp"
#include "ease/io/json/json_text.hpp"
#include "ease/llm/files/json_fields.hpp"

namespace ease {

// Where a run stands after `step` steps, and what its numbers depend on.
struct training_state {
  std::size_t step{0}, tokens{0}, trained_tokens{0}, padding{0};
  double loss_sum{0}, first_loss{0}, last_loss{0}, seconds{0};
  std::size_t best_step{0};  // 0: never evaluated
  double best_loss{std::numeric_limits<double>::infinity()};
  std::map<std::string, std::string> depends_on{};  // "model", "rows" and each setting
};

namespace detail {

inline constexpr int state_version = 2;  // 1: model and rows were identified by other hashes

inline std::string state_text(training_state const& s) {
  std::string text;
  json_writer w{text};
  w.object().key("version").value(state_version).key("step").value(s.step).key("tokens").value(s.tokens);
  w.key("trained_tokens").value(s.trained_tokens).key("padding").value(s.padding).key("loss_sum").value(s.loss_sum);
  w.key("first_loss").value(s.first_loss);
  w.key("last_loss").value(s.last_loss).key("seconds").value(s.seconds).key("best_step").value(s.best_step);
  if (s.best_step > 0) w.key("best_loss").value(s.best_loss);
  w.key("depends_on").object();
  for (auto const& [name, value] : s.depends_on) w.key(name).value(value);
  w.end().end();
  return text += '\n';
}

inline training_state read_state(std::filesystem::path const& path) {
  json_fields const file{path};
  if (auto const made = file.required("version"); made != state_version)
    throw error{
        "{}: written by {} version of ease, which identifies model and rows in another way: finish the run with that "
        "one, or start over in another output folder",
        path.string(), made < state_version ? "an earlier" : "a later"};
  auto const count = [&](std::string_view name) {
    auto const value = file.required(name);
    if (value < 0) throw error{"{}: field '{}' is {}, which no run counts to", path.string(), name, value};
    return static_cast<std::size_t>(value);
  };
  auto const number = [&](std::string_view name) {
    if (auto const value = file.number(name)) return *value;
    throw error{"{}: field '{}' is missing", path.string(), name};
  };
  training_state s{.step = count("step"),
                   .tokens = count("tokens"),
                   .trained_tokens = count("trained_tokens"),
                   .padding = count("padding"),
                   .loss_sum = number("loss_sum"),
                   .first_loss = number("first_loss"),
                   .last_loss = number("last_loss"),
                   .seconds = number("seconds"),
                   .best_step = count("best_step")};
  if (s.best_step > 0) s.best_loss = number("best_loss");
  auto const depends_on = file.object("depends_on");
  if (!depends_on) throw error{"{}: field 'depends_on' is missing", path.string()};
  for (auto const [name, value] : *depends_on)
    s.depends_on.emplace(name, file.text_in(*depends_on, name).value_or(std::string_view{}));
  return s;
}

// Says what of `now` is not as when the checkpoint was written.
inline void check_same_run(std::filesystem::path const& checkpoint, training_state const& then,
                           std::map<std::string, std::string> const& now) {
  auto const differs = [&](std::string const& name, char const* what) {
    auto const old = then.depends_on.find(name);
    auto const is = now.find(name);
    if (old == then.depends_on.end() || is == now.end() || old->second != is->second)
      throw error{"{}: this checkpoint is of a run {}; give that run's own, or start over in another output folder",
                  checkpoint.string(), what};
  };
  differs("model", "of another model");
  differs("rows", "on other training rows");
  for (auto const& [name, value] : now) {
    auto const old = then.depends_on.find(name);
    auto const was = old == then.depends_on.end() ? "not set" : old->second;
    if (was != value)
      throw error{"{}: {} was {} in the run of this checkpoint and is {} now; give it as it was, or start over",
                  checkpoint.string(), name, printable(was), value};
  }
}

}  // namespace detail

}  // namespace ease
