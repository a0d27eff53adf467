// SPDX-License-Identifier: Apache-2.0
#pragma once
// A command that works row by row: input, output, side file, models, journal, shard and report are here; the command says its
// own options and its stages. commands/stages/diagnose.cpp is the shortest.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <ease/hub/hub_source.hpp>
#include <ease/io/json/terminal_text.hpp>
#include <ease/llm/model_place.hpp>
#include <ease/named/journaled_models.hpp>
#include <ease/named/look_ahead.hpp>
#include <ease/named/model_cache.hpp>
#include <ease/named/report_of_models.hpp>
#include <ease/run/files/pipe.hpp>
#include <ease/run/files/sharding.hpp>
#include <ease/version.hpp>
#include <filesystem>
#include <initializer_list>
#include <iterator>
#include <memory>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "commands.hpp"
#include "logs.hpp"
#include "options.hpp"
#include "published.hpp"
#include "step_rows.hpp"

namespace ease::app {

using clock = std::chrono::steady_clock;
inline double since(clock::time_point start) { return std::chrono::duration<double>(clock::now() - start).count(); }

// Bad rows of which no file tells.
inline void tell_bad_rows(std::string const& step, read_counts const& counts, std::string const& first) {
  if (counts.rejected > 0)
    tell(terminal_text(
        fmt::format("{}: {} of {} rows cannot be read, the first: {}", step, counts.rejected, counts.read, first), true));
}

inline int report_done(step_report const& report, output_options const& o) {
  report.log(logs());
  if (!report.first_bad_row.empty()) tell_bad_rows(report.step, report.read, report.first_bad_row);
  auto const trouble = report.trouble();
  auto const notes = report.notes();
  if (!trouble.empty())
    tell(terminal_text(trouble, true));
  else if (!notes.empty())
    tell(terminal_text(fmt::format("{}: {}", report.step, notes), true));
  fmt::print(reports_to(o), "{}\n", o.json ? report.json(o.settings) : report.summary());
  return report.troubled() ? rows_were_lost : 0;
}

// The models that a command asks: the local ones are files that are read.
inline void add_models(file_use& use, std::vector<std::string> const& models, model_options const& options) {
  for (auto const& one : models)
    if (!one.empty() && !is_remote(one)) std::ranges::copy(files_of_model(one), std::back_inserter(use.reads));
  // The only one is opened before the first row anyway; of one that is to be downloaded the description comes first.
  bool const by_name =
      std::ranges::any_of(models, [](auto const& one) { return hub_name_in(one, hub_kind::model).has_value(); });
  if (models.size() > 1 || by_name) use.looks.push_back([models, chat = options.chat] { look_at_models(models, chat); });
}

// Bad rows that are left out stand beside the command's output, in OUT.bad.jsonl, if no file is named for them. Without an output
// they are counted, and the first is told.
inline input_options with_bad_rows_beside(input_options in, std::string out) {
  while (out.size() > 1 && out.ends_with('/')) out.pop_back();  // a folder
  if (in.on_bad_row != "reject" || !in.bad_rows.empty()) return in;
  if (out.empty() || is_stream(out))
    in.keep_bad_rows = false;
  else
    in.bad_rows = out + ".bad.jsonl";
  return in;
}

// A file of rows, and the one that its bad rows go to; several files may share that.
template <class Rows>
void add_rows(file_use& use, input_options const& said) {
  auto in = said.spelled_out();
  in.on_guess = tell_once;  // here and not where the rows are read, so that it is said once, before anything is done
  use.reads.push_back(in.file);
  use.looks.push_back([in] { Rows::look_at(in); });
  if (in.on_bad_row != "reject" || !in.keep_bad_rows) return;
  auto const file = in.bad_rows_file();
  if (std::ranges::find(use.bad_rows, file) == use.bad_rows.end()) use.bad_rows.push_back(file);
}

// What such a command takes besides its own. A command's options derive from it and add `work(row_work&)`, which gives the
// report, and `asked()`, the models that will be asked by name, if any are; they may say other inputs() or outputs().
struct row_options {
  explicit row_options(char const* suffix) : side_suffix{suffix} {}
  input_options in{};
  output_options o{};
  std::string side{};       // rows that failed or were rejected; default: OUT and the suffix
  char const* side_suffix;  // ".failed.jsonl"
  model_options models{};

  // The file beside the output, under the name that was given or, without one, OUT and a suffix. Beside a stream there is
  // none.
  std::string beside(std::string const& named, char const* suffix) const {
    return named.empty() && !o.out.empty() && !is_stream(o.out) ? o.out + suffix : named;
  }
  std::vector<input_options> inputs() const { return {with_bad_rows_beside(in.spelled_out(), o.out)}; }
  // The first of them is the one that the command is known by, the second that of failed rows.
  std::vector<std::string> outputs() const { return {o.out, beside(side, side_suffix)}; }
};

inline std::string journal_of(std::string const& out) { return out.empty() || is_stream(out) ? "" : out + ".journal"; }

// What `cache`'s models say is kept in the journal beside `out`; --fresh begins it anew.
inline void keep_journal(model_cache& cache, std::string const& out, output_options const& o) {
  cache.quiet(o.quiet);
  auto const path = journal_of(out);
  if (path.empty()) return;
  std::error_code ignored;
  if (o.fresh) std::filesystem::remove(path, ignored);
  cache.keep_in(path);
}

// One pass of it over the shard of the rows that --shard names: the files under that shard's names, and the models with the
// journal of what they say, which is removed when no row failed.
struct row_work {
  row_work(std::string name, row_options const& s, std::vector<input_options> const& from,
           std::vector<std::string> const& to)
      : part{s.o.shard, to.front()}, inputs{from}, step{std::move(name)}, cache{s.models, notices()} {
    for (auto& in : inputs) part.divide(in);
    for (auto const& out : to) outputs.push_back(part(out));
    keep_journal(cache, outputs.front(), s.o);
  }
  // From the one input to the first output; rejected and failed rows go to the second, if no other file was named for them.
  template <class Rows>
  step_report pipe(auto&& stages, double max_unparsed = 1.0) {
    if (!outputs[1].empty()) sides.file_for("", outputs[1]);
    return ease::pipe<Rows>(step, inputs.front(), outputs.front(), sides, open, stages, max_unparsed);
  }

  sharding part;
  std::vector<input_options> inputs;
  std::vector<std::string> outputs{};
  std::string step;
  model_cache cache;
  journaled_models open{cache, step};  // open(name): a model for a stage
  side_files sides{&logs()};
};

template <class Rows>
file_use files_of_rows(auto const& s) {
  auto const outputs = s.outputs();
  sharding const part{s.o.shard, outputs.front()};
  file_use use{.overwrite = s.o.overwrite};
  for (auto in : s.inputs()) {
    part.divide(in);
    add_rows<Rows>(use, in);
  }
  for (auto const& out : outputs) use.writes.push_back(part(out));
  use.writes.push_back(part.manifest());
  use.goes_on.push_back(journal_of(part(outputs.front())));
  if constexpr (requires { s.asked(); }) add_models(use, s.asked(), s.models);
  return use;
}

// Does the work and reports it; the exit status.
int work_on_rows(CLI::App const& line, std::string const& step, auto& s) {
  row_work at{step, s, s.inputs(), s.outputs()};
  step_report report = s.work(at);
  if constexpr (requires { s.asked(); }) report.models = report_of_models(s.asked());
  auto settings = settings_of_rows(line);
  settings.insert(settings.begin(), {"ease", std::string{version_text}});
  for (auto const& in : at.inputs)  // what stands behind a file's name is no option of the line
    settings.emplace_back("how rows are read",
                          fmt::format("{} {} {} {} {} {} {} {}", in.format, in.schema, in.columns, in.rows_at, in.where,
                                      in.max_rows, in.random_rows, in.random_seed));
  for (auto const& who : at.cache.identities()) settings.emplace_back("the model", who);
  at.part.finish(line.get_name(), report, at.inputs, settings);
  at.cache.keep_no_more(report.may_be_retried());
  return report_done(report, s.o);
}

// The options behind a command's own: how its models run, what becomes of what is there, the shard of the rows, the report.
void add_row_options(command& cmd, auto& s, std::initializer_list<foreign_option> idle = {}) {
  if constexpr (requires { s.asked(); }) {  // a command that asks no model has none of their options
    add_model(cmd, s.models, [&s] { return s.asked(); });
    add_fresh(cmd, s.o, s.o.out);
  }
  add_overwrite(cmd, s.o.overwrite);
  add_shard(cmd, s.o);
  if constexpr (requires { s.asked(); }) add_tensor_parallel(cmd);
  add_without_effect(cmd, idle, tell);
  add_reporting(cmd, s.o);
}

// The whole of a command that reads `Rows`, behind its own options. `step`: its stage's name in reports.
template <class Rows, class Options>
void row_command(command& cmd, action& chosen, std::string const& step, std::shared_ptr<Options> s,
                 std::initializer_list<foreign_option> idle = {}) {
  add_row_options(cmd, *s, idle);
  cmd.files([&s = *s] { return files_of_rows<Rows>(s); });
  cmd.runs(chosen, [s, step, &line = cmd.line()] { return work_on_rows(line, step, *s); });
}

}  // namespace ease::app
