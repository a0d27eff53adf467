#include <fmt/format.h>

#include <cstdio>
#include <memory>
#include <optional>
#include <string>

#include "commands.hpp"
#include "options.hpp"
#include "run.hpp"
#include "table.hpp"

namespace ease::app {

void add_run_command(CLI::App& app, action& chosen) {
  struct all {
    std::string config;
    run_settings settings;
    bool json{false};
    std::optional<std::string> model, precision, device;
    std::optional<std::uint64_t> seed;
    std::vector<std::string> diagnosis, harmful, general, held_out;
    std::optional<std::size_t> rows_per_file;
    int threads{0};
  };
  auto s = std::make_shared<all>();
  auto& cmd = *app.add_subcommand("run", "Both phases, from prompts to a calibrated model and a before/after table");
  cmd.footer(
      "Example: ease run settings.toml --out build/run\n"
      "Settings (all but [data] and model have defaults; paths are relative to the file):\n"
      "  model = \"SmolLM2.gguf\"        seed = 42\n"
      "  max_in_flight, requests_per_minute, tokens_per_minute, price_in, price_out, connect_timeout, silence_timeout,\n"
      "  request_timeout               of remote models (openai:MODEL@URL), as `ease cot --help` says\n"
      "  [data] diagnosis, reasoning, harmful, general, held_out   files of prompts\n"
      "  [sample] [reasoning]          harmful, benign: rows to draw for phase 2 and phase 1\n"
      "  [diagnose]                    temperature, top_p, max_tokens ...\n"
      "  [own_answers] [general]       the same, and when_cut_off: what to say behind a prompt whose answer did not end;\n"
      "                                [general] also rows_per_file (one number, or one a file), max_prompt_bytes\n"
      "  [guard] kind, model, threshold, max_unparsed\n"
      "  [classify] kind, model, threshold\n"
      "  [cot] kind, model, tries, check, trace_threshold ... [mix] vulnerable, wrapped_benign, harmful, general, "
      "keep_safe,\n"
      "  min_share                     an arm with less than this share of its rows (0.5), or none, stops the run\n"
      "  [distill] [finetune]          learning_rate, epochs, batch_size, accumulation, ...\n"
      "  [boundary] think, direct      files of prompts; if the table is there: sets the point from which the model thinks "
      "by\n"
      "                                rows_per_file of each (without files: of [data], what was not trained on)\n"
      "  [evaluate] max_tokens, rows_per_file, [evaluate.guard]\n"
      "Stages that are done are not run again; a changed setting runs again just what depends on it. Rows that failed are\n"
      "asked for again by the same command; until none fails it ends with status 3.");
  cmd.add_option("settings", s->config, "TOML file of settings")->type_name("FILE");
  cmd.add_option("-o,--out", s->settings.out, "Folder for the rows of each stage, the model and report.json")->required();
  cmd.add_option("-m,--model," + both("model-name"), s->model, "The SLM, instead of the settings' one")->type_name("PATH");
  cmd.add_option("--seed", s->seed, "Instead of the settings' one");
  cmd.add_option("--diagnosis", s->diagnosis, "Files of adversarial prompts with their data_type")->type_name("FILE");
  cmd.add_option("--harmful", s->harmful, "Files of plainly harmful prompts")->type_name("FILE");
  cmd.add_option("--general", s->general, "Files of ordinary prompts")->type_name("FILE");
  cmd.add_option(both("held-out"), s->held_out, "Files of evaluation prompts with their class")->type_name("FILE");
  cmd.add_option(both("rows-per-file"), s->rows_per_file, "Evaluation prompts a file at most");
  cmd.add_option("--precision", s->precision, "auto, float32 or bfloat16");
  cmd.add_option("--device", s->device, "auto, cpu or cuda");
  cmd.add_option("--threads", s->threads, "CPU threads (0: as many as there are cores)");
  cmd.add_flag("--fresh", s->settings.fresh, "Start over, whatever is already done");
  cmd.add_flag("--stream", s->settings.stream,
               "Rows pass through all stages at once: for models that fit in memory together, or are remote");
  cmd.add_flag("--json", s->json, "Print the report as JSON on stdout");
  cmd.add_flag("-q,--quiet", s->settings.quiet, "No progress on stderr");
  cmd.callback([s, &chosen] {
    chosen = [s] {
      auto config = s->config.empty() ? run_config{} : read_run_config(s->config);
      if (s->model) config.model = *s->model;
      if (s->seed) config.seed = *s->seed;
      if (s->precision) config.models.precision = *s->precision;
      if (s->device) config.models.device = *s->device;
      if (!s->diagnosis.empty()) config.data.diagnosis = s->diagnosis;
      if (!s->harmful.empty()) config.data.harmful = s->harmful;
      if (!s->general.empty()) config.data.general = s->general;
      if (!s->held_out.empty()) config.data.held_out = s->held_out;
      if (s->rows_per_file) config.evaluate.rows_per_file = *s->rows_per_file;
      config.models.threads = config.distill.threads = config.finetune.threads = s->threads;
      auto const done = run_method(std::move(config), s->settings);
      fmt::print("{}", s->json ? done.json() + "\n"
                               : before_after_table(score_table::of(done.before), score_table::of(done.after)));
      if (done.failed_rows() == 0) return 0;
      std::fputs(fmt::format("ease: {} rows failed; the same command asks for them again\n", done.failed_rows()).c_str(),
                 stderr);
      return rows_were_lost;
    };
  });
}

}  // namespace ease::app
