// SPDX-License-Identifier: Apache-2.0
// `ease threshold`: moves the point from which a trained model thinks.
#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <ease/core/random.hpp>
#include <ease/method/tables/tables.hpp>
#include <ease/named/card/training_card.hpp>
#include <ease/record/asked_about.hpp>
#include <ease/record/prompt_hash.hpp>
#include <ease/train/calibration/file_threshold_fitter.hpp>
#include <filesystem>
#include <memory>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

#include "../../row_command.hpp"

namespace ease::app {

namespace {

// Prompts that tell where the threshold should lie.
struct threshold_source {
  input_options in;
  bool thinks{false};
};
struct threshold_draw {
  std::size_t rows_per_file{100};
  std::uint64_t seed{42};
  std::string system_prompt{};
  std::vector<std::string> leave_out{};  // files of prompts not to use: trained on, or evaluated on
};
struct threshold_result {
  step_report report;
  threshold_report threshold;
};
threshold_result threshold_step(std::vector<threshold_source> sources, threshold_draw const& draw, std::string const& model,
                                std::string const& out, threshold_options const& options) {
  auto const start = clock::now();
  auto const base = base_of_card(model);
  threshold_result done{.report = step_report{"threshold"}, .threshold = {}};
  std::vector<std::unique_ptr<threshold_prompt_rows>> files;  // their bad rows appear when the model does
  auto const read_prompts = [&](input_options const& in, auto&& take) {
    auto& source = *files.emplace_back(std::make_unique<threshold_prompt_rows>(in));
    for (auto const& row : source.rows()) take(row);
    done.report.read += source.counts();
    done.report.input += (done.report.input.empty() ? "" : "; ") + source.description();
    done.report.inputs.push_back(source.source());
  };
  std::unordered_set<std::uint64_t> left_out;
  for (auto const& file : draw.leave_out) {
    auto const rows =
        read_records<history, prompt>(row_spec::parse(file).file, to_read_options({.file = file, .allow_empty = true}));
    for (auto const& row : rows) left_out.insert(prompt_hash(get<prompt>(row), without_system(get<history>(row))));
    done.report.inputs.push_back({file, rows.name(), rows.counts().read, rows.counts().given});
  }

  std::vector<input_options*> inputs;
  for (auto& one : sources) inputs.push_back(&one.in);
  share_bad_rows(inputs);
  stage_count counts{.stage = "draw"};
  std::vector<threshold_prompts> kinds;
  for (auto const& from : sources) {
    std::vector<std::pair<std::uint64_t, conversation>> rows;
    read_prompts(from.in, [&](auto const& row) {
      ++counts.in;
      auto const& before = get<history>(row);
      if (left_out.contains(prompt_hash(get<prompt>(row), without_system(before))))
        ++counts.rejected["left_out"];
      else
        rows.emplace_back(random_key(draw.seed, prompt_hash(get<prompt>(row), before)),
                          asked_about(draw.system_prompt, before, get<prompt>(row)));
    });
    std::ranges::stable_sort(rows, {}, [](auto const& row) { return row.first; });
    if (rows.size() > draw.rows_per_file) {
      counts.rejected["not_drawn"] += rows.size() - draw.rows_per_file;
      rows.resize(draw.rows_per_file);
    }
    counts.out += rows.size();
    threshold_prompts kind{.name = std::filesystem::path{path_of_rows(from.in.file)}.filename().string(),
                           .thinks = from.thinks};
    for (auto& [key, asked] : rows) kind.prompts.push_back(std::move(asked));
    if (!kind.prompts.empty()) kinds.push_back(std::move(kind));
  }
  for (bool const side : {true, false})
    if (std::ranges::none_of(kinds, [&](auto const& k) { return k.thinks == side; }))
      throw error{
          "threshold: no prompt is left that should {}: all are in the files to leave out; name other files, or keep some "
          "back from training",
          side ? "think" : "be answered at once"};
  done.report.models = {report_of_model(model)};
  done.threshold = set_threshold_of(model, out, kinds, options, [&](threshold_report const& result) {
    return training_card(base, {phase_of_card(done.report.inputs, result)}, version_text).text();
  });
  for (auto& one : files) one->close();
  done.report.rows.read = counts.in;
  done.report.rows.written = counts.out;
  done.report.rows.stages = {counts};
  done.report.details = {to_json_text(done.threshold)};
  done.report.seconds = since(start);
  return done;
}

}  // namespace

void add_threshold(CLI::App& app, action& chosen) {
  struct all {
    std::vector<std::string> think, direct;
    input_options in;
    output_options o;
    // The files, each as all of them are to be read unless it says otherwise.
    std::vector<threshold_source> sources() const {
      std::vector<threshold_source> each;
      for (auto const* list : {&think, &direct})
        for (auto const& f : *list) {
          each.push_back({.in = in, .thinks = list == &think});
          each.back().in.file = f;
          each.back().in = with_bad_rows_beside(each.back().in.spelled_out(), o.out);
        }
      return each;
    }
    std::string model;
    threshold_draw draw;
    threshold_options options;
  };
  auto s = std::make_shared<all>();
  command cmd{
      app, "threshold", "Move the point from which a fine-tuned model thinks, without training",
      "Example: ease threshold out/model --think jailbreaks.jsonl --direct questions.jsonl long_tasks.jsonl "
      "--leave-out mixed.jsonl --out model\n"
      "Takes as many prompts of each file, reads how close the model's answer to each comes to beginning with <think>, and "
      "changes "
      "that token's row of the output matrix, no further than helps by cross-validation, so that the worst file's mean risk "
      "of a wrong decision is as small as can be. Each file is a kind of its own; ten prompts or more of each let the row "
      "turn, fewer only shift it. Prompts that were trained on say little: --leave-out names their files."};
  cmd->alias("boundary");  // its former name
  cmd->add_option("model,-m,--model", s->model, std::string{"A fine-tuned model: "} + model_or_name)
      ->required()
      ->type_name("PATH");
  cmd->add_option("--think", s->think, "Files of prompts that should be reasoned about")->required()->type_name("FILE");
  cmd->add_option("--direct", s->direct, "Files of prompts that should be answered at once")->required()->type_name("FILE");
  cmd->add_option(both("leave-out"), s->draw.leave_out, "Files of prompts that are not to be used")->type_name("FILE");
  add_reading(cmd, s->in);
  add_bad_rows(cmd, s->in);
  add_out(cmd, s->o.out, "-o,--out,--output," + both("output-dir"), "Folder for the model");
  cmd.number(both("rows-per-file"), s->draw.rows_per_file, "Prompts a file at most", at_least(1));
  cmd->add_option(both("system-prompt"), s->draw.system_prompt,
                  "System text of rows that bring none (default: the chat template's own)");
  add_seed(cmd, s->draw.seed, "Which prompts");
  cmd.options(s->options);
  add_overwrite_model(cmd, s->options.overwrite);
  add_reporting(cmd, s->o);
  cmd.files([&s = *s] {
    file_use use{.reads = files_of_model(s.model), .model_out = s.o.out, .overwrite = s.options.overwrite};
    use.looks.push_back([&s] { look_at_models({s.model}, s.options.chat, tell_once); });
    for (auto const& one : s.sources()) add_rows<threshold_prompt_rows>(use, one.in);
    for (auto const& f : s.draw.leave_out)
      add_rows<bare_prompts>(use, {.file = f, .keep_bad_rows = false, .allow_empty = true});
    return use;
  });
  cmd.runs(chosen, [s] {
    auto const done = threshold_step(s->sources(), s->draw, s->model, s->o.out, s->options);
    if (!s->o.json) fmt::print("{}", threshold_table(done.threshold));
    return report_done(done.report, s->o);
  });
}

}  // namespace ease::app
