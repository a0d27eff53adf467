// SPDX-License-Identifier: Apache-2.0
#include "run_config.hpp"

#include <algorithm>
#include <ease/core/error.hpp>
#include <ease/io/files/did_you_mean.hpp>
#include <ease/io/rows/read_options.hpp>
#include <ease/named/judges/refuse_repeated.hpp>
#include <initializer_list>
#include <utility>

namespace ease::app {

namespace {

// [data.diagnosis] with `file`, `columns`, ... in place of the key `diagnosis` of [data]: its files, each with what the table
// says of them behind its name (io/formats/row_spec.hpp).
void read_data_tables(said_settings& said) {
  data_settings const defaults{};
  each_option(defaults, [&]<class T>(auto const& one, T const&) {
    auto const table = "data." + std::string{one.name};
    if constexpr (std::same_as<T, std::vector<std::string>>) {
      if (!said.has_table(table)) return;
      auto const where = said.tables().at(table);
      auto const* const files = said.has(table) ? said.find(table) : said.find(table + ".file");
      if (files == nullptr) throw usage_error{"{}: [{}]: file is missing", where, table};
      if (auto const* const twice = said.find(table + ".file"); twice != nullptr && twice != files)
        if (files->of_command_line() && twice->of_command_line())
          throw usage_error{"{} and {} both name its files; keep one of them", files->where, twice->where};
      row_spec how;
      std::vector<std::string> known{"file"};
      each_option(how, [&]<class V>(auto const& key, std::optional<V>& into) {
        known.emplace_back(key.name);
        auto const name = table + "." + std::string{key.name};
        std::string text;
        for (auto const& [said_key, value] : said.values())  // columns = {prompt = "Goal"}
          if (said_key.starts_with(name + "."))
            text += (text.empty() ? "" : ",") + said_key.substr(name.size() + 1) + "=" + value.parts.front().text;
        auto const* const value = said.find(name);
        if (value != nullptr) text = value->parts.size() == 1 ? value->parts.front().text : "";
        if (text.empty()) {
          if (value != nullptr) throw usage_error{"{}: {}: expected one value", value->where, name};
          return;
        }
        if (key.name == "bad_rows") text = detail::path_from(files->base, text);
        try {
          auto const read = row_spec::parse("?" + std::string{key.name} + "=" + row_spec::escaped(text));
          into = std::move(read.*key.member);
          (void)reading_as({.columns = how.columns,
                            .schema = how.schema,
                            .format = how.format,
                            .on_bad_row = how.on_bad_row,
                            .several_turns = how.several_turns,
                            .where = how.where});
        } catch (error const& problem) {
          throw usage_error{"{}: {}: {}", value != nullptr ? value->where : where, name, problem.what()};
        }
      });
      for (auto const& [key, value] : said.values())
        if (key.starts_with(table + ".")) {
          auto const name = key.substr(table.size() + 1);
          if (std::ranges::find(known, name.substr(0, name.find('.'))) == known.end())
            throw usage_error{"{}: [{}] unknown key \"{}\"{}", value.where, table, name, did_you_mean(name, known)};
        }
      said_value out{.is_list = true, .where = files->where};
      for (auto const& part : files->parts) {
        auto spec = row_spec::parse(detail::input_from(files->base, part.text));
        each_option(how, [&](auto const& key, auto const& value) {
          if (value && !(spec.*key.member)) spec.*key.member = value;
        });
        out.parts.push_back({said_value::kind::words, spec.text()});
      }
      said.become(table, std::move(out));
    }
  });
}

// What stands behind a file's name is told with the line it stands in.
void look_at_specs(said_settings const& said) {
  std::vector<std::string> keys{"threshold.think", "threshold.direct"};
  data_settings const defaults{};
  each_option(defaults, [&]<class T>(auto const& one, T const&) {
    if constexpr (std::same_as<T, std::vector<std::string>>) keys.push_back("data." + std::string{one.name});
  });
  for (auto const& key : keys)
    if (auto const* const value = said.find(key))
      for (auto const& part : value->parts) try {
          (void)reading_as(row_spec::parse(detail::input_from(value->base, part.text)));
        } catch (error const& problem) {
          throw usage_error{"{}: {}: {}", value->where, key, problem.what()};
        }
}

// A value at the top is that of each table which has none of its own.
void inherit(run_config& c, said_settings const& said) {
  auto const unless_said = [&](std::string const& key, auto& into, auto const& value) {
    if (!said.has(key)) into = value;
  };
  unless_said("reasoning.harmful", c.reasoning.harmful, c.sample.harmful);
  unless_said("reasoning.benign", c.reasoning.benign, c.sample.benign);
  unless_said("sample.seed", c.sample.seed, c.seed);
  unless_said("reasoning.seed", c.reasoning.seed, c.seed + 1);  // other rows than phase 2's, as far as there are any
  for (auto [table, how] : {std::pair{"diagnose", &c.diagnose}, std::pair{"self_responses", &c.self_responses},
                            std::pair{"general", &c.general.answers}, std::pair{"evaluate", &c.evaluate.answers}}) {
    unless_said(std::string{table} + ".seed", how->seed, c.seed);
    unless_said(std::string{table} + ".system_prompt", how->system_prompt, c.system_prompt);
  }
  unless_said("cot.seed", c.teacher.generation.seed, c.seed);
  unless_said("cot.max_unparsed", c.teacher.cot.max_unparsed, max_unparsed_of(c.guard));
  unless_said("mix.seed", c.mix.mixing.seed, c.seed);
  c.later.each([&](auto& step) {
    if constexpr (requires { step.seed; }) unless_said(std::string{step.name} + ".seed", step.seed, c.seed);
  });
  for (auto [table, train] : {std::pair{"distill", &c.distill}, std::pair{"finetune", &c.finetune}})
    unless_said(std::string{table} + ".seed", train->seed, c.seed);
  if (c.data.reasoning.empty() && c.data.reasoned.empty()) c.data.reasoning = c.data.diagnosis;
  if (c.classifier.model.empty()) c.classifier.model = c.model;
}

void refuse_missing(run_config const& c, said_settings const& said) {
  auto const need = [&](bool there, char const* key) {
    if (there) return;
    if (auto const* const value = said.find(key)) throw usage_error{"{}: {}: there is nothing in it", value->where, key};
    throw usage_error{"{0} is missing from the settings; say it as --{0}, or in a settings file; see ease run --help", key};
  };
  need(!c.model.empty(), "model");
  need(!c.data.diagnosis.empty(), "data.diagnosis");
  need(!c.data.harmful.empty(), "data.harmful");
  need(!c.data.general.empty(), "data.general");
  need(!c.data.held_out.empty(), "data.held_out");
  refuse_repeated_rows(c.data.held_out);
  auto const needs_model = [](auto const& choice, char const* table) {
    if (choice.model.empty())
      throw usage_error{"{}.model is missing: the kind \"{}\" asks a model: a folder, a .gguf file or openai:MODEL@URL",
                        table, choice.kind};
  };
  if (!models_of(c.guard).empty()) needs_model(c.guard, "guard");
  if (c.teacher.facts().asks_model) needs_model(c.teacher, "cot");
  if (c.evaluate.guard && !models_of(*c.evaluate.guard).empty()) needs_model(*c.evaluate.guard, "evaluate.guard");
  if (auto const n = c.general.rows_per_file.size(); n > 1 && n != c.data.general.size())
    throw usage_error{"general.rows_per_file has {} numbers, data.general {} files: give one number, or one a file", n,
                      c.data.general.size()};
  for (auto const& [table, train] : {std::pair{"distill", &c.distill}, std::pair{"finetune", &c.finetune}})
    if (train->keep == kept_weights::best && train->validation_fraction == 0)
      throw usage_error{"{}.keep is best, which the evaluation loss decides: {}.validation_fraction must be above 0", table,
                        table};
}

// What has no effect with the values of other tables; within one, its options say so themselves.
void refuse_unused(run_config const& c, said_settings const& said) {
  auto const unused = [&](std::string const& table, std::initializer_list<char const*> keys, std::string_view why) {
    if (why.empty()) return;
    for (auto const* key : keys)
      if (auto const* value = said.find(table + key))
        throw usage_error{"{}: {}{} has no effect: {}", value->where, table, key, why};
  };
  refuse_idle_settings(c, said);
  if (!c.data.reasoned.empty()) {
    constexpr std::string_view ready = "data.reasoned has the rows of phase 1";
    unused("data.", {"reasoning"}, ready);
    unused("reasoning.", {"harmful", "benign", "seed"}, ready);
  }
  unused("cot.", {"tries"}, c.teacher.writes_the_same());
  unused("cot.", {"reasoning_threshold", "max_unparsed"}, c.guard.judges_no_reasoning());
  if (std::ranges::any_of(models_of(c), is_remote)) return;
  each_option(c.models.remote, [&](auto const& one, auto const&) {
    if (auto const* value = said.find(std::string{one.name}))
      throw usage_error{"{}: {} has no effect: no model here is remote (openai:MODEL@URL)", value->where, one.name};
  });
}

}  // namespace

std::vector<std::string> models_of(run_config const& c) {
  auto all = models_of(c.guard);
  all.push_back(c.model), all.push_back(c.classifier.model);
  if (c.teacher.facts().asks_model) all.push_back(c.teacher.model);
  if (c.evaluate.guard)
    for (auto const& one : models_of(*c.evaluate.guard)) all.push_back(one);
  std::ranges::sort(all);
  all.erase(std::ranges::unique(all).begin(), all.end());
  return all;
}

run_config config_of(said_settings said) {
  read_data_tables(said);
  look_at_specs(said);
  run_config c;
  read_settings(c, said);
  inherit(c, said);
  refuse_missing(c, said);
  refuse_unused(c, said);
  for (auto* t : {&c.distill, &c.finetune}) {
    t->chat = t->chat.empty() ? c.models.chat : t->chat;
    t->device = c.models.device;
    t->threads = c.models.threads;
    t->overwrite = true;  // a stage that runs again replaces what it left before
    t->always_resumes = true;
    t->merge = true;  // the next stage needs a whole model
  }
  return c;
}

}  // namespace ease::app
