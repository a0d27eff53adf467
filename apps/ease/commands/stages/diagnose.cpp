// SPDX-License-Identifier: Apache-2.0
// `ease diagnose`: the model answers each prompt.
#include <fmt/format.h>

#include <ease/llm/inspect.hpp>
#include <ease/method/diagnose.hpp>
#include <filesystem>
#include <memory>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "../../row_command.hpp"

namespace ease::app {

namespace {

struct diagnose_command : row_options {
  diagnose_command() : row_options{".failed.jsonl"} {}
  std::string model;
  diagnose_options options;
  std::vector<std::string> asked() const { return {model}; }
  step_report work(row_work& at) const {
    return at.pipe<prompt_rows>([&](auto rows) { return std::move(rows) | diagnose(at.open(model), options); });
  }
};

// What the command and the published script have in common: the same options, each with the own name first.
struct answer_flags {
  std::string input, out, model;
};
void answer_line(command& cmd, answer_flags const& flags, std::shared_ptr<diagnose_command> const& s) {
  bool const has_defaults = !s->in.file.empty();
  for (auto* const one : {add_input(cmd, s->in, flags.input, "Rows with a prompt: a file, or a data set of the hub"),
                          may_be_stdout(add_out(cmd, s->o.out, flags.out, "Where the answered rows go")),
                          cmd->add_option(flags.model, s->model, "ORG/NAME, PATH (folder or .gguf) or openai:MODEL@URL")
                              ->required()
                              ->type_name("MODEL")})
    if (has_defaults) one->required(false)->capture_default_str();
  cmd->add_option("--failed", s->side, "Rows that could not be answered (default: OUT.failed.jsonl)")->type_name("FILE");
}

// The published script writes the template that it is told; here the model's own is used, whatever is said.
void warn_of_other_template(std::string const& model, std::string const& said) {
  auto const own = inspect_model(model).chat;
  if (!own.starts_with(said) && !(said == "chatml" && own != "llama3"))
    tell(fmt::format("--template_type {}: the model's own chat template is {}, and that is used", said,
                     own.empty() ? "not known" : own));
}

void add_asking(command& cmd, diagnose_options& o) {
  cmd.options(o);
  cmd.unused({"--seed"}, [&o] { return std::string{o.sampling.why_no_draws()}; });
}

}  // namespace

void add_diagnose(CLI::App& app, action& chosen) {
  auto s = std::make_shared<diagnose_command>();
  command cmd{app, "diagnose", "Let the model answer each prompt (generate_response.py)",
              "Example: ease diagnose diagnosis.jsonl --model SmolLM2.gguf --out answered.jsonl\n"
              "Adds `response` (a truncated answer is {\"truncated\": ...}) and `response_tokens`; all other keys stay."};
  answer_line(cmd,
              {.input = "input,-i,--input," + both("dataset-name"),
               .out = "-o,--out,--output," + both("output-file"),
               .model = "-m,--model," + both("model-name")},
              s);
  add_asking(cmd, s->options);
  row_command<prompt_rows>(cmd, chosen, "diagnose", s,
                           {memory_is_taken_as_needed,
                            {"max_model_len", "a prompt may be as long as the model's context"},
                            {"template_type", "the model's own chat template is used"}});
}

void add_generate_response(CLI::App& app, action& chosen) {
  struct script : diagnose_command {
    std::string split, source{"all"}, dataset_type, template_type;
  };
  auto s = std::make_shared<script>();
  s->in.file = "thu-ml/STAIR-Prompts";
  s->model = "Qwen/Qwen-7B";
  s->o.out = "qwen_responses.jsonl";
  command cmd{
      app, "generate_response", "As generate_response.py: let the model answer each prompt",
      "Example: ease generate_response --model_name Qwen/Qwen2.5-1.5B-Instruct --dataset_name adversarial_data.jsonl "
      "--output_file responses.jsonl\n"
      "The prompt goes through the model's own chat template. Adds `response` and `response_tokens`; all other keys "
      "stay."};
  cmd->alias("generate_response.py");
  answer_line(cmd,
              {.input = both("dataset-name") + ",-i,--input",
               .out = both("output-file") + ",-o,--out,--output",
               .model = both("model-name") + ",-m,--model"},
              s);
  cmd->add_option("--split", s->split, "The split of a data set of the hub (default: train)")->type_name("NAME");
  cmd->add_option(both("data-source"), s->source, "all, or those whose `source` is one of these")
      ->type_name("NAME,...")
      ->capture_default_str();
  cmd->add_option(both("dataset-type"), s->dataset_type,
                  "huggingface: a data set of the hub, or a file where there is one of the name; local: a file")
      ->check(in_words(one_of_words{"huggingface", "local"}))
      ->default_str("huggingface");
  cmd->add_option(both("template-type"), s->template_type,
                  "The model's own chat template is used; it is a warning if that is another")
      ->check(in_words(one_of_words{"qwen", "llama", "chatml"}))
      ->type_name("qwen|llama|chatml");
  add_asking(cmd, s->options);
  cmd.infer([&s = *s] {
    std::error_code bad;
    bool const there = std::filesystem::exists(row_spec::parse(s.in.file).file, bad);
    if (s.dataset_type == "local" && !there)
      throw usage_error{"{}: there is no such file; --dataset_type local names one", s.in.file};
    if (!there) s.in.split = s.split;
    if (s.source != "all") s.in.where = "source=" + s.source, s.in.where_as = "--data_source " + s.source;
  });
  cmd.unused({"--split"}, [&s = *s]() -> std::string {
    std::error_code bad;
    return s.split != "train" && std::filesystem::exists(row_spec::parse(s.in.file).file, bad) ? "a file has no splits" : "";
  });
  cmd.unused({"--data_source"}, [&s = *s, &line = cmd.line()]() -> std::string {
    return given(line, "--where") ? "--where says which rows are read" : "";
  });
  add_row_options(cmd, *s, {memory_is_taken_as_needed});
  cmd.files([&s = *s] {
    auto use = files_of_rows<prompt_rows>(s);
    if (!s.template_type.empty() && !is_remote(s.model))
      use.looks.push_back([&s] { warn_of_other_template(s.model, s.template_type); });
    return use;
  });
  cmd.runs(chosen, [s, &line = cmd.line()] { return work_on_rows(line, line.get_name(), *s); });
}

}  // namespace ease::app
