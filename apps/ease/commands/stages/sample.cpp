// SPDX-License-Identifier: Apache-2.0
// `ease sample`: draws the diagnosis set.
#include <ease/io/rows/write_records.hpp>
#include <ease/method/sample.hpp>
#include <memory>
#include <string>
#include <vector>

#include "../../row_command.hpp"

namespace ease::app {

namespace {

step_report sample_step(std::string const& name, input_options const& in, std::string const& out,
                        sample_options const& options) {
  auto const start = clock::now();
  step_report report{name};
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
  report.rows.add_note(writer.note());
  report.read = source.counts();
  if (!source.bad_rows()) report.first_bad_row = source.first_bad_row();
  report.input = source.description();
  report.inputs = {source.source()};
  report.details = {to_json_text(r)};
  report.seconds = since(start);
  return report;
}

}  // namespace

namespace {

struct sample_command {
  input_options in;
  output_options o;
  sample_options options;
};

// Behind the input and the output.
void sample_line(command& cmd, action& chosen, std::shared_ptr<sample_command> s,
                 std::vector<command::renamed> const& names = {}) {
  cmd.options(s->options, names);
  add_overwrite(cmd, s->o.overwrite);
  add_reporting(cmd, s->o);
  cmd.files([&s = *s] {
    file_use use{.writes = {s.o.out}, .overwrite = s.o.overwrite};
    s.in = with_bad_rows_beside(s.in.spelled_out(), s.o.out);
    add_rows<typed_rows>(use, s.in);
    return use;
  });
  cmd.runs(chosen,
           [s, name = cmd.line().get_name()] { return report_done(sample_step(name, s->in, s->o.out, s->options), s->o); });
}

}  // namespace

void add_sample(CLI::App& app, action& chosen) {
  auto s = std::make_shared<sample_command>();
  command cmd{
      app, "sample", "Draw the diagnosis set: a number of adversarial-harmful and of adversarial-benign prompts",
      "Example: ease sample train.tsv --out diagnosis.jsonl --harmful 1000 --benign 1000\n"
      "Reads WildJailbreak's TSV as it is; writes prompt and data_type. Which rows are drawn depends on the prompts and "
      "the seed alone."};
  add_input(cmd, s->in, "input,-i,--input", "Rows with a prompt and a data_type");
  may_be_stdout(add_out(cmd, s->o.out, "-o,--out,--output", "Where the drawn rows go"));
  sample_line(cmd, chosen, s);
}

void add_get_adversarial(CLI::App& app, action& chosen) {
  auto s = std::make_shared<sample_command>();
  s->in.file = "allenai/wildjailbreak:train/train";
  s->o.out = "adversarial_data.jsonl";
  command cmd{app, "get_adversarial", "As get_adversarial.py: draw the diagnosis set from WildJailbreak",
              "Example: ease get_adversarial --harmful 1000 --benign 1000 --output adversarial_data.jsonl\n"
              "The data set is gated: accept its terms on its page, and set HF_TOKEN. Which rows are drawn depends on the "
              "prompts and the seed alone; they are others than Python's generator draws."};
  cmd->alias("get_adversarial.py");
  add_input(cmd, s->in, "input,-i,--input", "Rows with a prompt and a data_type")->required(false)->capture_default_str();
  may_be_stdout(add_out(cmd, s->o.out, "-o,--output,--out", "Where the drawn rows go"))
      ->required(false)
      ->capture_default_str();
  sample_line(cmd, chosen, s, {{"seed", "-s,--seed"}});
}

}  // namespace ease::app
