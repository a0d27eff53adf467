#include <fmt/format.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "commands.hpp"
#include "kept_shelf.hpp"
#include "options.hpp"
#include "ranks.hpp"
#include "steps.hpp"
#include "table.hpp"

namespace ease::app {

namespace {

void add_out(command& cmd, std::string& out, std::string const& names, std::string const& help) {
  cmd->add_option(names, out, help)->required()->type_name("FILE");
}

void add_sample(CLI::App& app, action& chosen) {
  struct all {
    input_options in;
    output_options o;
    sample_options options;
  };
  auto s = std::make_shared<all>();
  command cmd{
      app, "sample", "Draw the diagnosis set: so many adversarial-harmful and -benign prompts",
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
    add_rows<typed_rows>(use, {s.in});
    if (s.in.on_bad_row == "reject") use.writes.push_back(s.in.bad_rows_file());
    return use;
  });
  cmd.runs(chosen, [s] { return report_done(sample_step(s->in, s->o.out, s->options), s->o); });
}

void add_diagnose(CLI::App& app, action& chosen) {
  struct all {
    input_options in;
    output_options o;
    std::string model, failed;
    diagnose_options options;
    model_options models;
    std::vector<std::string> asked() const { return {model}; }
    std::string failed_file() const { return beside(failed, o.out, ".failed.jsonl"); }
  };
  auto s = std::make_shared<all>();
  command cmd{app, "diagnose", "Let the model answer each prompt (generate_response.py)",
              "Example: ease diagnose diagnosis.jsonl --model SmolLM2.gguf --out answered.jsonl\n"
              "Adds `response` (a cut-off answer is {\"cut_off\": ...}) and `response_tokens`; all other keys stay."};
  add_input(cmd, s->in, "input,-i,--input," + both("dataset-name"), "Rows with a prompt");
  add_out(cmd, s->o.out, "-o,--out,--output," + both("output-file"), "Where the answered rows go");
  cmd->add_option("-m,--model," + both("model-name"), s->model, "PATH (folder or .gguf) or openai:MODEL@URL")
      ->required()
      ->type_name("MODEL");
  cmd->add_option("--failed", s->failed, "Rows that could not be answered (default: OUT.failed.jsonl)")->type_name("FILE");
  cmd.options(s->options);
  add_model(cmd, s->models, [&s = *s] { return s.asked(); });
  add_fresh(cmd, s->o, s->o.out);
  add_overwrite(cmd, s->o.overwrite);
  add_shard(cmd, s->o);
  add_without_effect(cmd, {"tensor-parallel-size", "gpu-memory-utilization", "max-model-len", "template-type"});
  add_reporting(cmd, s->o);
  cmd.files([&s = *s, &line = cmd.line()] {
    return row_files<prompt_rows>(line, {s.in}, s.o, {s.o.out, s.failed_file()}, s.asked(), s.models);
  });
  cmd.runs(chosen, [s, &line = cmd.line()] {
    return on_rows(line, s->in, s->o, s->failed_file(), s->models,
                   [&](auto& in, auto& out, auto const& failed, auto& shelf) {
                     return diagnose_step(in, out, failed, s->model, s->options, shelf);
                   });
  });
}

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

void add_classify(CLI::App& app, action& chosen) {
  struct all {
    input_options in;
    output_options o;
    std::string rejects;
    labeller_choice labeller;
    model_options models;
    std::vector<std::string> asked() const { return {labeller.model}; }
    std::string rejects_file() const { return beside(rejects, o.out, ".rejects.jsonl"); }
  };
  auto s = std::make_shared<all>();
  command cmd{
      app, "classify", "Give each prompt its safety categories (safety_classification.py)",
      "Examples: ease classify vulnerable.jsonl --out labelled.jsonl --model SmolLM2.gguf\n"
      "          OPENAI_API_KEY=... ease classify vulnerable.jsonl --out labelled.jsonl --labeller answer --model "
      "openai:gpt-4o\n"
      "The key is read from OPENAI_API_KEY, never from the command line. A row with a label that is not known goes to "
      "the rejects: it never gets a default policy."};
  add_input(cmd, s->in, "input,-i,--input", "Rows with a prompt");
  add_out(cmd, s->o.out, "-o,--out,--output", "Where the labelled rows go");
  cmd->add_option("--rejects", s->rejects, "Rows without a readable label (default: OUT.rejects.jsonl)")->type_name("FILE");
  cmd.options(s->labeller, {{"kind", "--labeller"}, {"model", "-m,--model"}});
  cmd->get_option("--model")->required();
  cmd->add_option(both("test-count"), s->in.max_rows, "As published: only so many rows")
      ->check(in_range<std::size_t>(at_least(1)));
  add_model(cmd, s->models, [&s = *s] { return s.asked(); });
  add_fresh(cmd, s->o, s->o.out);
  add_overwrite(cmd, s->o.overwrite);
  add_shard(cmd, s->o);
  add_without_effect(cmd, {"delay"});
  add_reporting(cmd, s->o);
  cmd.files([&s = *s, &line = cmd.line()] {
    return row_files<prompt_rows>(line, {s.in}, s.o, {s.o.out, s.rejects_file()}, s.asked(), s.models);
  });
  cmd.runs(chosen, [s, &line = cmd.line()] {
    return on_rows(line, s->in, s->o, s->rejects_file(), s->models, [&](auto& in, auto& out, auto const& side, auto& shelf) {
      return classify_step(in, out, side, s->labeller, shelf);
    });
  });
}

void add_cot(CLI::App& app, action& chosen) {
  struct all {
    input_options in;
    output_options o;
    std::string rejects;
    teacher_choice teacher;
    guard_choice guard;
    bool keep{false};
    model_options models;
    std::string rejects_file() const { return beside(rejects, o.out, ".rejects.jsonl"); }
    // Why no guard is asked; empty if one is.
    std::string unchecked() const {
      if (!teacher.check) return "with --no-check no guard is asked";
      if (keep && guard.kind == "refusal")
        return "with --keep-answer the guard 'refusal' checks nothing: it knows refusals alone";
      return "";
    }
    std::vector<std::string> asked() const {
      auto models_asked = unchecked().empty() ? models_of(guard) : std::vector<std::string>{};
      if (teacher.kind != "policy") models_asked.push_back(teacher.model);
      return models_asked;
    }
  };
  auto s = std::make_shared<all>();
  command cmd{
      app, "cot", "Write the safety reasoning for each prompt (cot_generate.py)",
      "Examples: ease cot labelled.jsonl --out traced.jsonl --model DeepSeek-R1-Distill-Qwen-14B\n"
      "          ease cot labelled.jsonl --out traced.jsonl --teacher policy\n"
      "The teacher gets the policies of all the row's categories. The answer is judged by the guard and asked for again "
      "when it is unsafe. Adds `completion`, written as <think> ... </think> and the answer. --model without --teacher "
      "is a model's."};
  add_input(cmd, s->in, "input,-i,--input," + both("input-file"), "Rows with a prompt and categories");
  add_out(cmd, s->o.out, "-o,--out,--output," + both("output-file"), "Where the reasoned rows go");
  cmd->add_option("--rejects", s->rejects, "Rows without an accepted trace (default: OUT.rejects.jsonl)")->type_name("FILE");
  cmd.options(s->teacher, {{"kind", "--teacher"}, {"model", "-m,--model," + both("model-name")}, {"max_unparsed", ""}});
  cmd->add_flag(both("keep-answer"), s->keep, "A harmless prompt keeps the `response` in its row as the answer");
  cmd.settle([&s = *s, &line = cmd.line()] {
    if (!s.teacher.model.empty() && !given(line, "--teacher")) s.teacher.kind = "model";
  });
  cmd.unused({"--trace-threshold"}, [&s = *s]() -> std::string {
    return s.guard.kind == "refusal" ? "the guard 'refusal' judges no traces" : s.unchecked();
  });
  cmd.unused({"--tries"}, [&s = *s]() -> std::string {
    return s.teacher.kind == "policy" ? "the teacher 'policy' writes the same trace each time" : s.unchecked();
  });
  cmd.unused({"--guard", "--guard-model", "--threshold", "--max-unparsed"}, [&s = *s] { return s.unchecked(); });
  add_guard(cmd, s->guard, both("guard-model"));
  add_model(cmd, s->models, [&s = *s] { return s.asked(); });
  add_fresh(cmd, s->o, s->o.out);
  add_overwrite(cmd, s->o.overwrite);
  add_shard(cmd, s->o);
  add_without_effect(cmd, {"tensor-parallel-size", "gpu-memory-utilization"});
  add_reporting(cmd, s->o);
  cmd.files([&s = *s, &line = cmd.line()] {
    auto const files = [&]<class Rows>(std::type_identity<Rows>) {
      return row_files<Rows>(line, {s.in}, s.o, {s.o.out, s.rejects_file()}, s.asked(), s.models);
    };
    return s.keep ? files(std::type_identity<labelled_answered_rows>{}) : files(std::type_identity<labelled_rows>{});
  });
  cmd.runs(chosen, [s, &line = cmd.line()] {
    return on_rows(line, s->in, s->o, s->rejects_file(), s->models, [&](auto& in, auto& out, auto const& side, auto& shelf) {
      return cot_step(in, out, side, s->teacher, s->guard, s->keep, shelf);
    });
  });
}

mix_arm parse_arm(std::string const& text) {
  auto const equals = text.find('=');
  if (equals == std::string::npos || equals == 0)
    throw error{"--arm \"{}\": write NAME=FILE, NAME=FILE:COUNT or NAME=FILE:*WEIGHT", text};
  mix_arm arm{.name = text.substr(0, equals), .in = {.file = text.substr(equals + 1)}};
  auto const colon = arm.in.file.rfind(':');
  if (colon == std::string::npos) return arm;
  auto const amount = arm.in.file.substr(colon + 1);
  try {
    std::size_t used = 0;
    if (amount.starts_with('*'))
      arm.weight = std::stod(amount.substr(1), &used), ++used;
    else if (!amount.empty() && amount.find_first_not_of("0123456789") == std::string::npos)
      arm.count = std::stoul(amount, &used);
    else
      return arm;  // a colon in a file name
    if (used != amount.size()) throw error{""};
  } catch (std::exception const&) {
    throw error{"--arm \"{}\": \"{}\" is neither a count nor a *weight", text, amount};
  }
  arm.in.file.resize(colon);
  return arm;
}

void add_mix(CLI::App& app, action& chosen) {
  struct all {
    std::vector<std::string> arms, held_out;
    std::vector<mix_arm> parsed;
    output_options o;
    std::uint64_t seed{42};
  };
  auto s = std::make_shared<all>();
  command cmd{
      app, "mix", "Mix arms of training rows: reasoned, refused, direct",
      "Example: ease mix --arm reason=traced.jsonl:500 --arm refuse=refusals.jsonl --arm direct=general.jsonl:500 "
      "--held-out test.jsonl --out mixed.jsonl\n"
      "Each row has a prompt and a completion (any shape: messages, alpaca, ...). Repeated prompts and prompts of the "
      "held-out files are left out and counted; the realised shares are in the report."};
  cmd->add_option("--arm", s->arms, "NAME=FILE, NAME=FILE:COUNT or NAME=FILE:*WEIGHT")->required()->type_name("ARM");
  cmd->add_option(both("held-out"), s->held_out, "Files of evaluation prompts, none of which may be in the mix")
      ->type_name("FILE");
  add_out(cmd, s->o.out, "-o,--out,--output", "Where the mix goes");
  add_seed(cmd, s->seed, "Which rows, and their order");
  add_overwrite(cmd, s->o.overwrite);
  add_reporting(cmd, s->o);
  cmd.files([&s = *s] {
    file_use use{.writes = {s.o.out}, .overwrite = s.o.overwrite};
    for (auto const& a : s.arms) add_rows<training_rows>(use, {s.parsed.emplace_back(parse_arm(a)).in});
    for (auto const& f : s.held_out) add_rows<bare_prompts>(use, {{.file = f}});
    return use;
  });
  cmd.runs(chosen, [s] {
    std::vector<input_options> held_out;
    for (auto const& f : s->held_out) held_out.push_back({.file = f});
    auto const done = mix_step(s->parsed, held_out, s->o.out, s->seed);
    if (!s->o.json) fmt::print("{}\n", mix_table(done.arms));
    return report_done(done.report, s->o);
  });
}

void add_train(CLI::App& app, action& chosen, std::string const& name, std::string const& about) {
  struct all {
    input_options in;
    output_options o;
    std::string model;
    train_options options;
    bool plan{false};
  };
  auto s = std::make_shared<all>();
  command cmd{
      app, name, about,
      fmt::format("Example: ease {} mixed.jsonl --model SmolLM2.gguf --out model\n"
                  "Loss on the completion alone; a completion with <think> ... </think> is reasoned, one without is direct. "
                  "Writes a Hugging Face folder that transformers loads. The defaults are the published ones.\n"
                  "Ctrl-C or SIGTERM ends the step and leaves a checkpoint; --resume goes on from it, to the same weights.",
                  name)};
  add_input(cmd, s->in, "input,-i,--input," + both("dataset-name"), "Rows with a prompt and a completion");
  cmd->add_option("-o,--out,--output," + both("output-dir"), s->o.out, "Folder for the trained model")->type_name("FOLDER");
  cmd->add_option("-m,--model," + both("model-name"), s->model, "The model to train: a folder or a .gguf file")
      ->required()
      ->type_name("PATH");
  cmd->add_option(both("samples-per-dataset"), s->in.max_rows, "As published: at most so many rows")
      ->check(in_range<std::size_t>(at_least(1)));
  cmd->add_flag("--plan", s->plan, "Train nothing; say what it would take: rows, tokens, steps, memory");
  add_training(cmd, s->options);
  add_reporting(cmd, s->o);
  cmd.settle([&s = *s] {
    if (!s.plan && s.o.out.empty()) throw CLI::RequiredError{"--out"};
  });
  cmd.unused({"--out", "--overwrite", "--resume", "--resume-from-checkpoint", "--save-steps", "--save-minutes",
              "--save-total-limit", "--checkpoints", "--keep-checkpoints", "--training-log", "--tensorboard", "--nproc",
              "--threads"},
             [&s = *s]() -> std::string { return s.plan ? "--plan trains nothing" : ""; });
  cmd.files([&s = *s] {
    auto const& t = s.options;
    file_use use{.reads = {s.model}, .overwrite = t.overwrite};
    add_rows<training_rows>(use, {s.in});
    if (s.in.on_bad_row == "reject") use.writes.push_back(s.in.bad_rows_file());
    if (s.plan) return use;
    use.model_out = s.o.out;
    if (t.leaves_adapter()) use.model_mark = "adapter_config.json";
    (t.resume || t.checkpoints.resume == resume_from::named ? use.goes_on : use.writes).push_back(t.log);
    use.looks.push_back([&s] { look_at_training(s.model, s.options, s.o.out); });
    return use;
  });
  cmd.runs(chosen, [s, name] {
    if (s->plan) {
      auto const plan = plan_step(s->in, s->model, s->options);
      fmt::print("{}\n", s->o.json ? to_json_text(plan) : plan.table());
      return 0;
    }
    return in_ranks(s->options.nproc, s->options.threads, [&] {
      s->options.threads = threads_of_rank(s->options.threads);
      bool const quiet = s->o.quiet || !first_rank();
      return report_done(train_step(name, s->in, s->model, s->o.out, s->options, quiet), s->o);
    });
  });
}

void add_boundary(CLI::App& app, action& chosen) {
  struct all {
    std::vector<std::string> think, direct;
    output_options o;
    std::string model;
    boundary_draw draw;
    boundary_options options;
  };
  auto s = std::make_shared<all>();
  command cmd{
      app, "boundary", "Move the point from which a fine-tuned model thinks, without training",
      "Example: ease boundary out/model --think jailbreaks.jsonl --direct questions.jsonl long_tasks.jsonl "
      "--leave-out mixed.jsonl --out model\n"
      "Takes as many prompts of each file, reads how nearly the model's answer to each begins with <think>, and changes "
      "that token's row of the output matrix, no further than helps by cross-validation, so that the worst file's mean risk "
      "of a wrong decision is as small as can be. Each file is a kind of its own; ten prompts or more of each let the row "
      "turn, fewer only shift it. Prompts that were trained on say little: --leave-out names their files."};
  cmd->add_option("model,-m,--model", s->model, "A fine-tuned model: a folder")->required()->type_name("PATH");
  cmd->add_option("--think", s->think, "Files of prompts that should be reasoned about")->required()->type_name("FILE");
  cmd->add_option("--direct", s->direct, "Files of prompts that should be answered at once")->required()->type_name("FILE");
  cmd->add_option(both("leave-out"), s->draw.leave_out, "Files of prompts that are not to be used")->type_name("FILE");
  add_out(cmd, s->o.out, "-o,--out,--output," + both("output-dir"), "Folder for the model");
  cmd.number(both("rows-per-file"), s->draw.rows_per_file, "Prompts a file at most", at_least(1));
  cmd->add_option(both("system-prompt"), s->draw.system_prompt, "System text (default: the chat template's own)");
  add_seed(cmd, s->draw.seed, "Which prompts");
  cmd.options(s->options);
  add_overwrite_model(cmd, s->options.overwrite);
  add_reporting(cmd, s->o);
  cmd.files([&s = *s] {
    file_use use{.reads = {s.model}, .model_out = s.o.out, .overwrite = s.options.overwrite};
    for (auto const* list : {&s.think, &s.direct, &s.draw.leave_out})
      for (auto const& f : *list) add_rows<bare_prompts>(use, {{.file = f, .allow_empty = true}});
    return use;
  });
  cmd.runs(chosen, [s] {
    std::vector<boundary_source> sources;
    for (auto const& f : s->think) sources.push_back({.in = {.file = f}, .thinks = true});
    for (auto const& f : s->direct) sources.push_back({.in = {.file = f}, .thinks = false});
    auto const done = boundary_step(sources, s->draw, s->model, s->o.out, s->options);
    if (!s->o.json) fmt::print("{}", boundary_table(done.boundary));
    return report_done(done.report, s->o);
  });
}

void add_evaluate(CLI::App& app, action& chosen) {
  struct all {
    std::vector<std::string> in;
    output_options o;
    std::string model, answers, failed;
    diagnose_options options{.how = {.temperature = 0, .max_tokens = 512}};
    guard_choice guard;
    model_options models;
    std::size_t max_rows{std::size_t(-1)};
    std::string failed_file() const { return beside(failed, answers, ".failed.jsonl"); }
    std::vector<std::string> asked() const {
      auto models_asked = models_of(guard);
      models_asked.push_back(model);
      return models_asked;
    }
    std::vector<input_options> inputs() const {
      std::vector<input_options> files;
      for (auto const& f : in) files.push_back({.file = f, .max_rows = max_rows});
      return files;
    }
  };
  auto s = std::make_shared<all>();
  command cmd{
      app, "evaluate", "Think rate, refusals, attack success and tokens, by class of prompt",
      "Example: ease evaluate held_out.jsonl --model model\n"
      "The class is the row's `class`, or what its `data_type` says. Attack success counts answers that are no refusal; "
      "with --guard llama-guard or judge also those the guard calls unsafe."};
  cmd->add_option("input,-i,--input", s->in, "Files of rows with a prompt and a class")->required()->type_name("FILE");
  cmd->add_option("-m,--model," + both("model-name"), s->model, "PATH or openai:MODEL@URL")->required()->type_name("MODEL");
  cmd->add_option("--answers", s->answers, "Keep the answers, row by row")->type_name("FILE");
  cmd->add_option("--failed", s->failed, "Rows that could not be answered (default: ANSWERS.failed.jsonl)")
      ->type_name("FILE");
  cmd->add_option(both("max-rows"), s->max_rows, "At most so many rows a file")
      ->check(in_range<std::size_t>(at_least(1)))
      ->type_name("N");
  cmd.options(s->options);
  add_guard(cmd, s->guard, both("guard-model"));
  add_model(cmd, s->models, [&s = *s] { return s.asked(); });
  add_fresh(cmd, s->o, s->answers);
  add_overwrite(cmd, s->o.overwrite);
  add_shard(cmd, s->o);
  add_reporting(cmd, s->o);
  cmd.unused({"--overwrite"}, [&s = *s]() -> std::string {
    return s.answers.empty() && s.failed.empty() ? "no file is written without --answers or --failed" : "";
  });
  cmd.files([&s = *s, &line = cmd.line()] {
    return row_files<evaluation_rows>(line, s.inputs(), s.o, {s.answers, s.failed_file()}, s.asked(), s.models);
  });
  cmd.runs(chosen, [s, &line = cmd.line()] {
    sharding const part{line, s->o, s->answers};
    auto in = s->inputs();
    for (auto& one : in) part.divide(one);
    auto const answers = part(s->answers);
    kept_shelf shelf{s->models, s->o, answers};
    std::optional<guard_choice> guard;
    if (s->guard.kind != "refusal") guard = s->guard;
    auto const report = evaluate_step(in, answers, part(s->failed_file()), s->model, s->options, guard, shelf);
    if (!s->o.json) fmt::print("{}", scores_table(report.scores));
    return shelf.finish(report, s->o, part, s->in);
  });
}

}  // namespace

void add_stage_commands(CLI::App& app, action& chosen) {
  add_sample(app, chosen);
  add_diagnose(app, chosen);
  add_guard_filter(app, chosen);
  add_classify(app, chosen);
  add_cot(app, chosen);
  add_mix(app, chosen);
  add_train(app, chosen, "distill", "Phase 1: implant safety reasoning (distill_slm_safety.py)");
  add_train(app, chosen, "finetune", "Phase 2: calibrate the boundary on the mix");
  add_boundary(app, chosen);
  add_evaluate(app, chosen);
}

}  // namespace ease::app
