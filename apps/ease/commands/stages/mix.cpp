// SPDX-License-Identifier: Apache-2.0
// `ease mix`: mixes components of training rows.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <ease/io/rows/write_records.hpp>
#include <ease/method/mix.hpp>
#include <ease/method/tables/tables.hpp>
#include <ease/stage/run.hpp>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "../../row_command.hpp"

namespace ease::app {

namespace {

struct mix_input {
  std::string name;
  input_options in;
  std::optional<std::size_t> count{};
  std::optional<double> weight{};
};
struct mix_result {
  step_report report;
  mix_report components;
  std::string empty{};  // the components without rows
};
// Why a file that has rows gives none, as far as it says.
std::string why_none(training_rows const& source, input_options const& in) {
  auto const counts = source.counts();
  auto out = counts.left_out == 0
                 ? std::string{}
                 : fmt::format(": {} leaves out {} of its {} rows", in.where_as.empty() ? "where " + in.where : in.where_as,
                               counts.left_out, counts.read);
  if (counts.rejected > 0) out += fmt::format("{} {} cannot be read", out.empty() ? ":" : ",", counts.rejected);
  return out;
}

mix_result mix_step(std::vector<mix_input> components, std::vector<input_options> evaluation_files, std::string const& out,
                    std::uint64_t seed) {
  auto const start = clock::now();
  step_report report{"mix"};
  if (components.empty()) throw usage_error{"mix: name at least one component, NAME=FILE"};
  // The number of components is known only now, so they are one typed component each inside, mixed by the same class as in
  // C++.
  std::vector<mix_component<std::vector<record<history, prompt, target>>>> pools;
  std::vector<input_options*> inputs;
  for (auto& a : components) inputs.push_back(&a.in);
  for (auto& in : evaluation_files) inputs.push_back(&in);
  share_bad_rows(inputs);
  std::vector<std::unique_ptr<bare_prompts>> held_out;
  std::vector<std::unique_ptr<training_rows>> sources;  // their bad rows appear when the mix does
  std::string empty;
  for (auto const& a : components) {
    auto& source = *sources.emplace_back(std::make_unique<training_rows>(a.in));
    auto rows = std::make_shared<std::vector<record<history, prompt, target>>>();
    for (auto& row : source.rows()) rows->push_back(row);
    report.read += source.counts();
    report.input += fmt::format("{}{}: {}", report.input.empty() ? "" : "; ", a.name, source.description());
    report.inputs.push_back(source.source());
    if (rows->empty())
      empty += fmt::format("{}\"{}\" ({}{})", empty.empty() ? "" : ", ", a.name, a.in.file, why_none(source, a.in));
    mix_component<std::vector<record<history, prompt, target>>> one{a.name, std::move(rows)};
    if (a.count) one = std::move(one).count(*a.count);
    if (a.weight) one = std::move(one).weight(*a.weight);
    pools.push_back(std::move(one));
  }
  auto mixture = mix_all(std::move(pools)).seed(seed);
  for (auto const& in : evaluation_files) {
    auto& source = *held_out.emplace_back(std::make_unique<bare_prompts>(in));
    mixture = std::move(mixture).without(source.rows());
    report.inputs.push_back(source.source());
  }
  record_writer writer{out};
  report.rows = run(mixture, std::ref(writer));
  writer.close();
  for (auto& source : sources) source->close();
  for (auto& source : held_out) source->close();
  auto const& made = mixture.report();
  auto const counts = mixture.counts_of_rows();
  report.details = {to_json_text(mixture.details())};
  report.rows.read = counts.in;
  report.rows.stages = {counts};
  if (!empty.empty()) report.rows.stages.front().note.clear();  // the command has a line of its own for them
  report.rows.add_note(writer.note());
  report.seconds = since(start);
  return {std::move(report), made, std::move(empty)};
}

// `common`: how files are read that do not say it themselves.
mix_input parse_component(std::string const& text, input_options const& common) {
  auto const equals = text.find('=');
  if (equals == std::string::npos || equals == 0)
    throw usage_error{"--component \"{}\": write NAME=FILE, NAME=FILE:COUNT or NAME=FILE:*WEIGHT", text};
  mix_input component{.name = text.substr(0, equals), .in = common};
  component.in.file = text.substr(equals + 1);
  component.in = component.in.spelled_out();
  auto const colon = component.in.file.rfind(':');
  if (colon == std::string::npos) return component;
  auto const amount = component.in.file.substr(colon + 1);
  try {
    std::size_t used = 0;
    if (amount.starts_with('*'))
      component.weight = std::stod(amount.substr(1), &used), ++used;
    else if (!amount.empty() && amount.find_first_not_of("0123456789") == std::string::npos)
      component.count = std::stoul(amount, &used);
    else
      return component;  // a colon in a file name
    if (used != amount.size()) throw error{""};
  } catch (std::exception const&) {
    throw usage_error{"--component \"{}\": \"{}\" is neither a count nor a *weight", text, amount};
  }
  if (component.weight && !(*component.weight > 0 && std::isfinite(*component.weight)))
    throw usage_error{"--component \"{}\": the weight must be a positive number", text};
  component.in.file.resize(colon);
  return component;
}

}  // namespace

void add_mix(CLI::App& app, action& chosen) {
  struct all {
    std::vector<std::string> components, held_out;
    std::vector<mix_input> parsed;
    input_options in;
    output_options o;
    std::uint64_t seed{42};
    std::vector<input_options> held_out_rows() const {
      std::vector<input_options> each;
      for (auto const& f : held_out) each.push_back(with_bad_rows_beside(input_options{.file = f}.spelled_out(), o.out));
      return each;
    }
  };
  auto s = std::make_shared<all>();
  command cmd{
      app, "mix", "Mix components of training rows: reasoned, refused, direct",
      "Example: ease mix --component reason=reasoned.jsonl:500 --component refuse=refusals.jsonl --component "
      "direct=general.jsonl:500 "
      "--held-out test.jsonl --out mixed.jsonl\n"
      "Each row has a prompt and a completion (any schema: messages, alpaca, ...). --columns and the like are for all "
      "components; a component or a held-out file says its own behind its name. Repeated prompts and prompts of the "
      "held-out files are left out and counted; the realised fractions are in the report."};
  cmd->add_option(
         "--component,--arm", s->components,
         "NAME=FILE, NAME=FILE:COUNT or NAME=FILE:*WEIGHT; how it is read behind it: NAME=FILE:COUNT?columns=prompt=Goal")
      ->required()
      ->type_name("COMPONENT");
  former_flags().push_back({"mix", "--component", "--arm"});
  cmd->add_option(both("held-out"), s->held_out, "Files of evaluation prompts, none of which may be in the mix")
      ->type_name("FILE");
  add_reading(cmd, s->in);
  add_bad_rows(cmd, s->in);
  may_be_stdout(add_out(cmd, s->o.out, "-o,--out,--output", "Where the mix goes"));
  add_seed(cmd, s->seed, "Which rows, and their order");
  add_overwrite(cmd, s->o.overwrite);
  add_reporting(cmd, s->o);
  cmd.files([&s = *s] {
    file_use use{.writes = {s.o.out}, .overwrite = s.o.overwrite};
    for (auto const& a : s.components) {
      auto& one = s.parsed.emplace_back(parse_component(a, s.in));
      one.in = with_bad_rows_beside(one.in, s.o.out);
      add_rows<training_rows>(use, one.in);
    }
    if (auto const n = std::ranges::count_if(s.parsed, [](auto const& a) { return a.weight.has_value(); });
        n != 0 && n != std::ssize(s.parsed))
      throw usage_error{"--component: give every component a *weight or none; {} of {} have one", n, s.parsed.size()};
    for (auto const& in : s.held_out_rows()) add_rows<bare_prompts>(use, in);
    return use;
  });
  cmd.runs(chosen, [s] {
    auto const done = mix_step(s->parsed, s->held_out_rows(), s->o.out, s->seed);
    if (!s->o.json) fmt::print(reports_to(s->o), "{}\n", mix_table(done.components));
    if (!done.empty.empty()) tell(fmt::format("mix: no rows in the component {}", done.empty));
    return std::max(report_done(done.report, s->o), done.empty.empty() ? 0 : rows_were_lost);
  });
}

}  // namespace ease::app
