// SPDX-License-Identifier: Apache-2.0
// `ease run`: the whole method.
#include "../../run/run.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cstdio>
#include <ease/method/tables/tables.hpp>
#include <ease/named/report_of_models.hpp>
#include <ease/settings/settings.hpp>
#include <memory>
#include <string>
#include <vector>

#include "../../commands.hpp"
#include "../../options.hpp"
#include "../../run/plan.hpp"
#include "../../run/preflight.hpp"
#include "../../run/presets.hpp"
#include "../../run/run_data.hpp"

namespace ease::app {

namespace {

// Further names of some keys, from the time before each had a flag of its own.
std::string short_flags(std::string const& key) {
  if (key == "model") return ",-m," + both("model-name");
  if (key == "data.held_out") return "," + both("held-out");
  if (key == "evaluate.rows_per_file") return "," + both("rows-per-file");
  if (key == "data.diagnosis" || key == "data.harmful" || key == "data.general") return ",--" + key.substr(5);
  return "";
}

}  // namespace

void add_run(CLI::App& app, action& chosen) {
  struct all {
    std::string file;
    said_settings flags;
    run_settings settings;
    std::string preset{};
    bool json{false}, plan{false}, print{false};
  };
  auto s = std::make_shared<all>();
  auto& cmd = *app.add_subcommand("run", "Both phases, from prompts to a calibrated model and a before/after table");
  cmd.footer(
      "Examples: ease run settings.toml --out build/run --finetune.learning_rate 1e-5\n"
      "          ease run --preset paper --model Qwen/Qwen2.5-1.5B-Instruct --out build/paper --plan\n"
      "The settings file is TOML: `seed = 42` at its top, `learning_rate = 1e-5` under [finetune]. Each of its keys is a "
      "flag\n"
      "too, listed above with its values and its default, and --set KEY=VALUE says the same; a flag wins over the file. "
      "Paths\n"
      "in the file are relative to it. model and [data] have no default.\n"
      "Stages that are done are not run again; a changed setting runs again just what depends on it. Rows that failed are\n"
      "retried by the same command; until none fails it ends with status 3.");
  cmd.add_option("settings", s->file, "TOML file of settings")->type_name("FILE");
  std::string of_presets{"Settings that come with the program; the file and the flags win over it."};
  for (auto const& one : presets()) of_presets += fmt::format("\n{}: {}", one.name, one.about());
  cmd.add_option("--preset", s->preset, of_presets)->type_name(fmt::format("{}", fmt::join(preset_names(), "|")));
  cmd.add_flag("--print", s->print, "Print the preset, to edit and run as a file of settings")->needs("--preset");
  cmd.add_option("-o,--out", s->settings.out, "Folder for the rows of each stage, the model and report.json");
  cmd.add_flag("--fresh", s->settings.fresh, "Start over, whatever is already done");
  cmd.add_flag("--stream", s->settings.stream,
               "Rows pass through all stages at once: for models that fit in memory together, or are remote");
  add_plan(cmd, s->plan, "Run nothing; print what is done already and what the rest would take");
  cmd.add_flag("--json", s->json, "Print the report as JSON on stdout");
  cmd.add_flag("-q,--quiet", s->settings.quiet, "No progress on stderr");
  cmd.add_option_function<std::vector<std::string>>(
         "--set",
         [s](std::vector<std::string> const& said) {
           for (auto const& one : said) s->flags.set(one, "--set");
         },
         "A setting, as if the file said it; any number of them")
      ->type_name("KEY=VALUE");
  for (auto const& one : all_settings(run_config{})) {
    auto const dot = one.key.find('.');
    auto const group =
        dot == std::string::npos ? std::string{"Settings"} : "Settings: [" + one.key.substr(0, one.key.rfind('.')) + "]";
    std::string former;
    for (auto const& old : one.former_keys) former += ",--" + old;
    auto* const flag =
        cmd.add_option_function<std::vector<std::string>>(
               "--" + one.key + short_flags(one.key) + former,
               [s, key = one.key](std::vector<std::string> const& values) { s->flags.set(key, values, "--" + key); },
               one.help)
            ->type_name(one.values)
            ->group(group);
    for (auto const& old : one.former_keys) former_flags().push_back({"run", "--" + one.key, "--" + old});
    if (!one.takes_several) flag->expected(1);
    if (!one.default_text.empty()) flag->default_str(one.default_text);
  }
  cmd.callback([s, &cmd, &chosen] {
    if (s->print) {
      if (!s->file.empty() || !s->settings.out.empty() || !s->flags.values().empty())
        throw CLI::ValidationError{"--print prints a preset as it is, and nothing else; edit what it prints"};
      chosen = [s] {
        fmt::print("{}", preset_of(s->preset).toml);
        return 0;
      };
      return;
    }
    if (s->settings.out.empty()) throw CLI::RequiredError{"--out"};
    if (auto const* const log = cmd.get_parent()->get_option_no_throw("--log"); log != nullptr && log->count() > 0)
      refuse_log_of_run(log->results().front(), s->settings.out.string());
    chosen = [s] {
      said_settings said;
      if (!s->preset.empty()) said = said_settings::from_text(preset_of(s->preset).toml, "preset " + s->preset);
      said_settings of_file;
      if (!s->file.empty()) of_file = said_settings{s->file};
      use_current_names<run_config>(of_file);
      use_current_names<run_config>(s->flags);
      // Another kind of guard, classifier or teacher than the preset's has settings of its own.
      for (auto const* others : {&of_file, &s->flags})
        for (auto const& [key, value] : others->values())
          if (auto const* const preset = said.find(key);
              preset != nullptr && key.ends_with(".kind") && preset->parts.front().text != value.parts.front().text)
            said.forget(key.substr(0, key.size() - std::string_view{".kind"}.size()));
      said.add(of_file);
      said.add(s->flags);
      if (s->plan) {
        auto const config = config_of(said);
        auto const plan = plan_run(config, s->settings);
        if (!s->json) {
          fmt::print("{}", plan.table());
          return 0;
        }
        auto text = to_json_text(plan);
        fmt::print("{}\n", text.insert(1, fmt::format("\"models\":{},\"data\":{},",
                                                      to_json_text(report_of_models(models_of(config))),
                                                      to_json_text(data_of(config)))));
        return 0;
      }
      auto const done = run_method(config_of(said), s->settings);
      auto const judge = name_of_guard(done.settings.evaluate.guard.value_or(guard_choice{}));
      fmt::print("{}", s->json ? done.json() + "\n"
                               : before_after_table(score_table::of(done.before), score_table::of(done.after), judge));
      if (done.failed_rows() == 0) return done.lacks_verdicts() ? rows_were_lost : 0;
      std::fputs(fmt::format("ease: {} rows failed; the same command retries them\n", done.failed_rows()).c_str(), stderr);
      return rows_were_lost;
    };
  });
}

}  // namespace ease::app
