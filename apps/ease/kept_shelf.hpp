#pragma once
// What the commands of one stage have in common: the models and the journal of what they say, beside the output; the report
// at the end; and the part of the rows that is worked on.
#include <fmt/format.h>

#include <cstdio>
#include <ease/io/terminal_text.hpp>
#include <filesystem>
#include <string>
#include <vector>

#include "commands.hpp"
#include "options.hpp"
#include "sharding.hpp"
#include "steps.hpp"

namespace ease::app {

inline int report_done(step_report const& report, output_options const& o) {
  report.log();
  if (auto const trouble = report.trouble(); !trouble.empty())
    std::fputs(("ease: " + terminal_text(trouble, true) + "\n").c_str(), stderr);  // a closed stderr is no reason to end
  fmt::print("{}\n", o.json ? report.json() : report.summary());
  return report.troubled() ? rows_were_lost : 0;
}

// A command's models and its journal, which goes when every row was had.
class kept_shelf : public model_shelf {
 public:
  kept_shelf(model_options const& models, output_options const& o, std::string const& out) : model_shelf{models} {
    quiet(o.quiet);
    std::error_code bad;
    auto const there = std::filesystem::status(out, bad);
    if (out.empty() || (std::filesystem::exists(there) && !std::filesystem::is_regular_file(there))) return;  // a pipe
    auto const path = out + ".journal";
    if (o.fresh) std::filesystem::remove(path, bad);
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

// A command that works row by row on one input, with one file beside its output: `side`, or OUT and `suffix`. Runs
// step(out, side, shelf) on the part of the rows that --shard names.
template <class Step>
int row_command(CLI::App const& command, input_options& in, output_options const& o, std::string const& side,
                char const* suffix, model_options const& models, Step&& step) {
  sharding const part{command, o, o.out};
  part.divide(in);
  auto const out = part(o.out), beside = part(side.empty() ? o.out + suffix : side);
  kept_shelf shelf{models, o, out};
  return shelf.finish(step(out, beside, shelf), o, part, {in.file});
}

}  // namespace ease::app
