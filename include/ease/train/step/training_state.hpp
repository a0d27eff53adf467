// SPDX-License-Identifier: Apache-2.0
#pragma once
// The state of a training run, as in state.json of a checkpoint. Non-goal: the tensors (checkpoint.hpp).
#include <cstddef>
#include <ease/core/error.hpp>
#include <ease/core/printable.hpp>
#include <ease/io/json/json_text.hpp>
#include <ease/llm/files/json_fields.hpp>
#include <filesystem>
#include <limits>
#include <map>
#include <string>
#include <string_view>

namespace ease::inline v1 {

// The state of a run after `step` steps, and a fingerprint of what its results depend on.
struct training_state {
  std::size_t step{0}, tokens{0}, target_tokens{0}, padding{0};
  double loss_sum{0}, first_loss{0}, last_loss{0}, seconds{0};
  std::size_t best_step{0};  // 0: never evaluated
  double best_loss{std::numeric_limits<double>::infinity()};
  std::map<std::string, std::string> run_fingerprint{};  // "model", "rows" and each setting
};

namespace detail {

inline constexpr int state_version = 2;  // 1: model and rows were identified by other hashes

inline std::string state_text(training_state const& s) {
  std::string text;
  json_writer w{text};
  w.object().key("version").value(state_version).key("step").value(s.step).key("tokens").value(s.tokens);
  w.key("target_tokens").value(s.target_tokens).key("padding").value(s.padding).key("loss_sum").value(s.loss_sum);
  w.key("first_loss").value(s.first_loss);
  w.key("last_loss").value(s.last_loss).key("seconds").value(s.seconds).key("best_step").value(s.best_step);
  if (s.best_step > 0) w.key("best_loss").value(s.best_loss);
  w.key("run_fingerprint").object();
  for (auto const& [name, value] : s.run_fingerprint) w.key(name).value(value);
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
                   .target_tokens = count(file.has("target_tokens") ? "target_tokens" : "trained_tokens"),  // earlier name
                   .padding = count("padding"),
                   .loss_sum = number("loss_sum"),
                   .first_loss = number("first_loss"),
                   .last_loss = number("last_loss"),
                   .seconds = number("seconds"),
                   .best_step = count("best_step")};
  if (s.best_step > 0) s.best_loss = number("best_loss");
  auto const run_fingerprint = file.object(file.has("run_fingerprint") ? "run_fingerprint" : "depends_on");  // earlier name
  if (!run_fingerprint) throw error{"{}: field 'run_fingerprint' is missing", path.string()};
  for (auto const [name, value] : *run_fingerprint)
    s.run_fingerprint.emplace(name, file.text_in(*run_fingerprint, name).value_or(std::string_view{}));
  return s;
}

// Throws unless the run fingerprint of the checkpoint is `now`, naming what differs.
inline void check_same_run(std::filesystem::path const& checkpoint, training_state const& then,
                           std::map<std::string, std::string> const& now) {
  auto const differs = [&](std::string const& name, char const* what) {
    auto const old = then.run_fingerprint.find(name);
    auto const is = now.find(name);
    if (old == then.run_fingerprint.end() || is == now.end() || old->second != is->second)
      throw error{"{}: this checkpoint is of a run {}; give that run's own, or start over in another output folder",
                  checkpoint.string(), what};
  };
  differs("model", "of another model");
  differs("rows", "on other training rows");
  for (auto const& [name, value] : now) {
    auto const old = then.run_fingerprint.find(name);
    auto const was = old == then.run_fingerprint.end() ? "not set" : old->second;
    if (was != value)
      throw error{"{}: {} was {} in the run of this checkpoint and is {} now; give it as it was, or start over",
                  checkpoint.string(), name, printable(was), value};
  }
}

}  // namespace detail

}  // namespace ease::inline v1
