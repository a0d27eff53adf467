// SPDX-License-Identifier: Apache-2.0
// `ease benchmark`: models at MMLU, GSM8K and others, by lm-eval's definitions.
#include <fmt/format.h>

#include <algorithm>
#include <ease/io/json/json_members.hpp>
#include <ease/measure/benchmark_report.hpp>
#include <ease/measure/measure_task.hpp>
#include <ease/measure/task_files.hpp>
#include <ease/measure/task_items.hpp>
#include <ease/measure/tasks/all.hpp>
#include <ease/named/judges/refuse_repeated.hpp>
#include <iterator>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "../../row_command.hpp"

namespace ease::app {

namespace {

struct benchmark_command {
  std::vector<std::string> names, models;
  task_options data;
  measure_options measure;
  model_options how{.precision = "float32"};
  std::string items;
  output_options o;

  bool generates() const {
    return std::ranges::any_of(names, [](auto const& name) { return benchmark_named(name).is_open(); });
  }
  file_use files() const;
  int work();
};

file_use benchmark_command::files() const {
  file_use use{.overwrite = o.overwrite};
  for (auto const& name : names) {
    auto const& kind = benchmark_named(name);
    for (bool const shots : {false, true})
      if (!data.data.empty() && (!shots || data.shots.value_or(kind.facts.shots) > 0))
        for (auto const& file : files_of_task(kind, data.data, shots))
          for (auto const& path : file.paths) use.reads.push_back(path.string());
  }
  if (!items.empty()) {
    use.writes.push_back(items);
    use.goes_on.push_back(journal_of(items));
  }
  add_models(use, models, how);
  return use;
}

int benchmark_command::work() {
  auto const start = clock::now();
  std::vector<task_items> tasks;
  std::size_t requests = 0;
  for (auto const& name : names) {
    tasks.push_back(read_task(benchmark_named(name), data));
    requests += requests_of(tasks.back());
  }
  model_cache cache{how, notices()};
  keep_journal(cache, items, o);
  benchmark_report report;
  std::vector<model_results> results;
  std::vector<remote_use> remote;
  for (auto const& name : models) {
    cache.clear();  // of the one before, whose memory is needed
    journaled_models open{cache, "benchmark", requests};
    auto& model = open(name);
    auto& own = results.emplace_back(model_results{.model = name}).tasks;
    for (auto const& task : tasks) {
      auto const begin = clock::now();
      own.push_back(measure_task(task, model, measure));
      report.scores.push_back(scores_of(task, name, own.back(), since(begin)));
    }
    std::ranges::move(open.used(), std::back_inserter(remote));
  }
  report.differences = differences_of(tasks, results);
  if (!items.empty()) write_items(items, tasks, results);
  cache.keep_no_more(report.failures() > 0);
  if (!o.json) {
    fmt::print("{}", terminal_text(benchmark_table(report)));
    return report.failures() > 0 ? rows_were_lost : 0;
  }
  std::string line;
  json_writer w{line, bad_utf8::replace};
  w.object().key("step").value("benchmark").key("seconds").value(since(start));
  write_members(w, report);
  w.key("remote");
  json_codec<std::vector<remote_use>>::write(w, remote);
  w.key("models");
  json_codec<std::vector<reported_model>>::write(w, report_of_models(models));
  w.key("settings").raw(o.settings).end();
  fmt::print("{}\n", line);
  return report.failures() > 0 ? rows_were_lost : 0;
}

}  // namespace

void add_benchmark(CLI::App& app, action& chosen) {
  auto s = std::make_shared<benchmark_command>();
  command cmd{app, "benchmark", "MMLU, GSM8K, ARC and others by lm-eval's definitions, of one model or several",
              "Examples: ease benchmark mmlu gsm8k --model out/model --data benchmarks\n"
              "          ease benchmark arc_easy piqa --model base --model out/model --data benchmarks --items items.jsonl\n"
              "With several models the later ones are compared with the first, question by question. Texts are plain, "
              "without a chat template. docs/command_line.md says how the folder of --data is laid out."};
  cmd->add_option("task", s->names, benchmark_names())
      ->required()
      ->type_name("TASK")
      ->check([](std::string const& said) { return problem_of([&] { benchmark_named(said); }); }, "");
  cmd->add_option("-m,--model," + both("model-name"), s->models, "ORG/NAME, PATH or openai:MODEL@URL; several are compared")
      ->required()
      ->allow_extra_args(false)
      ->type_name("MODEL");
  cmd.options(s->data);
  cmd.options(s->measure);
  cmd->add_option("--items", s->items, "A JSON line for each question: what the model chose, and what is right")
      ->type_name("FILE");
  add_model(cmd, s->how, [&s = *s] { return s.models; });
  add_fresh(cmd, s->o, s->items);
  add_overwrite(cmd, s->o.overwrite);
  add_tensor_parallel(cmd);
  add_reporting(cmd, s->o);
  cmd.unused({"--chat-template"}, [] { return std::string{"no chat template is put around the texts of a benchmark"}; });
  cmd.unused({"--max-tokens"}, [&s = *s]() -> std::string {
    return s.generates() ? "" : "none of these tasks is answered in words, only gsm8k";
  });
  cmd.unused({"--overwrite"},
             [&s = *s]() -> std::string { return s.items.empty() ? "no file is written without --items" : ""; });
  cmd.infer([&s = *s] {
    detail::refuse_repeated(s.names, "", [](std::string const& name) { return name; });
    refuse_repeated_models(s.models);
  });
  cmd.files([&s = *s] { return s.files(); });
  cmd.runs(chosen, [s] { return s->work(); });
}

}  // namespace ease::app
