// SPDX-License-Identifier: Apache-2.0
#pragma once
// What the commands of one stage have in common: the models and the journal of what they say, beside the output; the report
// at the end; and the part of the rows that is worked on.
#include <fmt/format.h>

#include <cstdio>
#include <ease/io/json/terminal_text.hpp>
#include <filesystem>
#include <string>
#include <vector>

#include "command.hpp"
#include "commands.hpp"
#include "file_use.hpp"
#include "model_shelf.hpp"
#include "options.hpp"
#include "preflight.hpp"
#include "sharding.hpp"
#include "step_report.hpp"

namespace ease::app {

inline int report_done(step_report const& report, output_options const& o) {
  report.log();
  if (auto const trouble = report.trouble(); !trouble.empty())
    std::fputs(("ease: " + terminal_text(trouble, true) + "\n").c_str(), stderr);  // a closed stderr is no reason to end
  fmt::print("{}\n", o.json ? report.json(o.settings) : report.summary());
  return report.troubled() ? rows_were_lost : 0;
}

inline std::string journal_of(std::string const& out) { return out.empty() || is_stream(out) ? "" : out + ".journal"; }

// A command's models and its journal, which is removed when no row failed.
class kept_shelf : public model_shelf {
 public:
  kept_shelf(model_options const& models, output_options const& o, std::string const& out) : model_shelf{models} {
    quiet(o.quiet);
    auto const path = journal_of(out);
    if (path.empty()) return;
    std::error_code ignored;
    if (o.fresh) std::filesystem::remove(path, ignored);
    keep_in(path);
  }
  // `inputs`: the files the rows came from.
  int finish(step_report const& report, output_options const& o, sharding const& part,
             std::vector<std::string> const& inputs) {
    part.finish(report, inputs, *this);
    keep_no_more(report.rows.failures() > 0);
    return report_done(report, o);
  }
};

// The models that a command asks: the local ones are files that are read.
inline void add_models(file_use& use, std::vector<std::string> const& models, model_options const& options) {
  for (auto const& one : models)
    if (!one.empty() && !is_remote(one)) use.reads.push_back(one);
  // The only one is opened before the first row anyway.
  if (models.size() > 1) use.looks.push_back([models, chat = options.chat] { look_at_models(models, chat); });
}

// A file of rows, and the one that its bad rows go to.
template <class Rows>
void add_rows(file_use& use, input_options const& in) {
  use.reads.push_back(in.file);
  use.looks.push_back([in] { Rows::look_at(in); });
  if (in.on_bad_row == "reject") use.writes.push_back(in.bad_rows_file());
}

// The files of a command that works row by row, under the names that the part of the rows has: `outputs`, the first of them
// the one that the command is known by.
template <class Rows>
file_use row_files(CLI::App const& line, std::vector<input_options> inputs, output_options const& o,
                   std::vector<std::string> const& outputs, std::vector<std::string> const& models,
                   model_options const& options) {
  sharding const part{line, o, outputs.front()};
  file_use use{.overwrite = o.overwrite};
  for (auto& in : inputs) {
    part.divide(in);
    add_rows<Rows>(use, in);
  }
  for (auto const& out : outputs) use.writes.push_back(part(out));
  use.writes.push_back(part.manifest());
  use.goes_on.push_back(journal_of(part(outputs.front())));
  add_models(use, models, options);
  return use;
}

// The file beside a command's output, under the name that was given or, without one, OUT and a suffix. Beside a stream there
// is none.
inline std::string beside(std::string const& named, std::string const& out, char const* suffix) {
  return named.empty() && !out.empty() && !is_stream(out) ? out + suffix : named;
}

// Work of a command that has one input and one file beside its output: runs step(out, side, shelf) on the part of the rows
// that --shard names. `side`: as beside() gives it.
template <class Step>
int on_rows(CLI::App const& line, input_options in, output_options const& o, std::string const& side,
            model_options const& models, Step&& step) {
  sharding const part{line, o, o.out};
  part.divide(in);
  auto const out = part(o.out);
  kept_shelf shelf{models, o, out};
  return shelf.finish(step(in, out, part(side), shelf), o, part, {in.file});
}

}  // namespace ease::app
