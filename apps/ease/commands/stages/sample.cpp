// SPDX-License-Identifier: Apache-2.0
// `ease sample`: draws the diagnosis set.
#include <ease/io/rows/write_records.hpp>
#include <ease/method/sample.hpp>
#include <memory>
#include <string>

#include "../../row_command.hpp"

namespace ease::app {

namespace {

step_report sample_step(input_options const& in, std::string const& out, sample_options const& options) {
  auto const start = clock::now();
  step_report report{"sample"};
  typed_rows source{in};
  auto drawn = sample(source.rows(), options);
  record_writer writer{out};
  for (auto const& row : drawn.rows) writer(row);
  writer.close();
  source.close();
  auto const& r = drawn.report;
  report.rows.read = r.read;
  report.rows.written = drawn.rows.size();
  report.rows.stages.push_back(r.counts());
  report.read = source.counts();
  report.input = source.description();
  report.details = {to_json_text(r)};
  report.seconds = since(start);
  return report;
}

}  // namespace

void add_sample(CLI::App& app, action& chosen) {
  struct all {
    input_options in;
    output_options o;
    sample_options options;
  };
  auto s = std::make_shared<all>();
  command cmd{
      app, "sample", "Draw the diagnosis set: a number of adversarial-harmful and of adversarial-benign prompts",
      "Example: ease sample train.tsv --out diagnosis.jsonl --harmful 1000 --benign 1000\n"
      "Reads WildJailbreak's TSV as it is; writes prompt and data_type. Which rows are drawn depends on the prompts and "
      "the seed alone."};
  add_input(cmd, s->in, "input,-i,--input", "Rows with a prompt and a data_type");
  add_out(cmd, s->o.out, "-o,--out,--output", "Where the drawn rows go");
  cmd.options(s->options);
  add_overwrite(cmd, s->o.overwrite);
  add_reporting(cmd, s->o);
  cmd.files([&s = *s] {
    file_use use{.writes = {s.o.out}, .overwrite = s.o.overwrite};
    add_rows<typed_rows>(use, s.in);
    return use;
  });
  cmd.runs(chosen, [s] { return report_done(sample_step(s->in, s->o.out, s->options), s->o); });
}

}  // namespace ease::app
