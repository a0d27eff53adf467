// SPDX-License-Identifier: Apache-2.0
// `ease guard-filter`: a guard judges each answer; the rows are parted by its verdict.
#include <ease/method/guard_filter.hpp>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "../../commands.hpp"
#include "../../kept_shelf.hpp"
#include "../../options.hpp"
#include "../../pipe.hpp"
#include "../../step_rows.hpp"
#include "../../watching.hpp"

namespace ease::app {

namespace {

struct guard_files {
  std::string unsafe, safe, unparsed, failed;
};

step_report guard_filter_step(input_options const& in, guard_files const& out, guard_choice const& guard,
                              model_shelf& shelf) {
  side_files beside;
  if (!out.safe.empty()) beside.file_for("safe", out.safe, true);
  if (!out.unparsed.empty()) beside.file_for("unparsed", out.unparsed);
  if (!out.failed.empty()) beside.file_for("", out.failed);
  watching_shelf open{shelf, "guard_filter"};
  return with_guard(guard, open, [&](auto judge) {
    return pipe<answered_rows>(
        "guard_filter", in, out.unsafe, beside, open,
        [&](auto rows) { return std::move(rows) | guard_filter(std::move(judge)); }, guard.max_unparsed);
  });
}

}  // namespace

void add_guard_filter(CLI::App& app, action& chosen) {
  struct all {
    input_options in;
    output_options o;
    guard_files out;
    guard_choice guard;
    model_options models;
    std::vector<std::string> asked() const { return models_of(guard); }
    // Under the names that were given or follow from the output's.
    guard_files files() const {
      return {out.unsafe, out.safe, beside(out.unparsed, out.unsafe, ".unparsed.jsonl"),
              beside(out.failed, out.unsafe, ".failed.jsonl")};
    }
  };
  auto s = std::make_shared<all>();
  command cmd{
      app, "guard-filter", "Judge each (prompt, response) and part the rows (filter_unsafe.py)",
      "Example: ease guard-filter answered.jsonl --unsafe vulnerable.jsonl --safe safe.jsonl --guard llama-guard "
      "--model Llama-Guard-3-8B\n"
      "Three outcomes, counted apart: unsafe, safe and unparsed. As published, --output_file takes the safe rows and "
      "--rejected_file the unsafe ones, and --model without --guard is a llama-guard."};
  add_input(cmd, s->in, "input,-i,--input," + both("input-file"), "Rows with a prompt and a response");
  add_out(cmd, s->out.unsafe, "--unsafe," + both("rejected-file"), "Unsafe rows: the vulnerable region");
  cmd->add_option("--safe," + both("output-file"), s->out.safe, "Safe rows")->type_name("FILE");
  cmd->add_option("--unparsed", s->out.unparsed, "Rows whose verdict could not be read (default: UNSAFE.unparsed.jsonl)")
      ->type_name("FILE");
  cmd->add_option("--failed", s->out.failed, "Rows that could not be judged (default: UNSAFE.failed.jsonl)")
      ->type_name("FILE");
  add_guard(cmd, s->guard, "-m,--model," + both("model-name"));
  add_model(cmd, s->models, [&s = *s] { return s.asked(); });
  add_fresh(cmd, s->o, s->out.unsafe);
  add_overwrite(cmd, s->o.overwrite);
  add_shard(cmd, s->o);
  add_without_effect(cmd, {"tensor-parallel-size", "gpu-memory-utilization"});
  add_reporting(cmd, s->o);
  cmd.settle([&s = *s, &line = cmd.line()] {
    if (!s.guard.model.empty() && !given(line, "--guard")) s.guard.kind = "llama-guard";
  });
  cmd.files([&s = *s, &line = cmd.line()] {
    auto const to = s.files();
    return row_files<answered_rows>(line, {s.in}, s.o, {to.unsafe, to.safe, to.unparsed, to.failed}, s.asked(), s.models);
  });
  cmd.runs(chosen, [s, &line = cmd.line()] {
    sharding const part{line, s->o, s->out.unsafe};
    part.divide(s->in);
    auto to = s->files();
    for (auto* file : {&to.safe, &to.unparsed, &to.failed, &to.unsafe}) *file = part(*file);
    kept_shelf shelf{s->models, s->o, to.unsafe};
    return shelf.finish(guard_filter_step(s->in, to, s->guard, shelf), s->o, part, {s->in.file});
  });
}

}  // namespace ease::app
