// SPDX-License-Identifier: Apache-2.0
#pragma once
// Groups of options that several commands share, under one set of names and one wording, and the rules they bring along.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdint>
#include <ease/hub/hub_source.hpp>
#include <ease/named/classifiers.hpp>
#include <ease/named/guards.hpp>
#include <ease/named/model.hpp>
#include <ease/named/teachers.hpp>
#include <ease/run/files/input_rows.hpp>
#include <ease/settings/command.hpp>
#include <ease/train/file_trainer.hpp>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "commands.hpp"

namespace ease::app {

struct output_options {
  std::string out{};
  bool json{false};
  bool quiet{false};
  bool fresh{false};
  bool overwrite{false};
  std::string shard{};     // I/N or auto; empty: all rows
  std::string settings{};  // of the whole command line, as a JSON object, for the report
};

inline void add_quiet(command& cmd, bool& quiet) { cmd->add_flag("-q,--quiet", quiet, "No progress on stderr"); }

inline void add_reporting(command& cmd, output_options& o) {
  cmd->add_flag("--json", o.json, "Print the report as JSON on stdout");
  cmd.settings_to(o.settings);
  add_quiet(cmd, o.quiet);
}

// What an action throws, for a check of a value; empty if nothing.
std::string problem_of(auto&& action) {
  try {
    action();
  } catch (error const& problem) {
    return problem.what();
  }
  return {};
}

inline CLI::Option* add_out(command& cmd, std::string& out, std::string const& names, std::string const& help) {
  return cmd->add_option(names, out, help)->required()->type_name("FILE");
}

// A file of rows may be the standard output, as "-"; reports and tables are on standard error then.
inline CLI::Option* may_be_stdout(CLI::Option* out) {
  return out->transform([](std::string const& said) { return said == "-" ? std::string{"/dev/stdout"} : said; }, "");
}
inline std::FILE* reports_to(output_options const& o) { return o.out == "/dev/stdout" ? stderr : stdout; }

inline void add_overwrite(command& cmd, bool& overwrite) {
  cmd->add_flag("--overwrite", overwrite, "Replace outputs that are already there");
}
// Of a command that writes a model: the published name too.
inline void add_overwrite_model(command& cmd, bool& overwrite) {
  cmd->add_flag("--overwrite," + both("overwrite-output-dir"), overwrite, "Replace a model that is already there");
}

// `out`: the file next to which the journal stands.
inline void add_fresh(command& cmd, output_options& o, std::string const& out) {
  cmd->add_flag("--fresh", o.fresh, "Ask the model for every row, also those a stopped run had answered (OUT.journal)");
  cmd.unused({"--fresh"}, [&out]() -> std::string {
    return out.empty() || is_stream(out) ? "answers are kept only next to a file that they are written to" : "";
  });
}

inline void add_shard(command& cmd, output_options& o) {
  cmd->add_option("--shard", o.shard,
                  "Work on shard I of N of the rows only, I from 1, or auto: as torchrun, mpirun, srun or a SLURM job array "
                  "say. Files "
                  "become OUT.shard-I-of-N; `ease merge OUT` puts them together")
      ->type_name("I/N")
      ->check([](std::string const& said) { return said.empty() ? "\"\": write I/N with I from 1 to N, or auto" : ""; }, "")
      ->group("Many machines");
}

inline void add_seed(command& cmd, std::uint64_t& seed, std::string const& help) {
  cmd.number("--seed", seed, help, at_least(0));
}

inline void add_device(command& cmd, std::string& device) {
  cmd->add_option("--device", device, "Where it runs")
      ->check(in_words(one_of_words{"auto", "cpu", "cuda"}))
      ->type_name("auto|cpu|cuda")
      ->capture_default_str();
}

inline void add_threads(command& cmd, int& threads) {
  cmd.number("--threads", threads, "CPU threads (0: as many as there are cores)", between{0, 4096});
}

// How a command's files of rows are read; what stands behind a file's own name wins (io/formats/row_spec.hpp). `most`: the
// flags for the number of rows.
inline void add_reading(command& cmd, input_options& in,
                        std::string const& most = both("max-rows") + "," + both("max-samples")) {
  cmd->add_option("--format", in.format,
                  known_file_formats() + "; each may be gzip or zstd. Of one file: FILE?format=csv&max_rows=9")
      ->check([](std::string const& said) { return problem_of([&] { check_options({.format = said}); }); }, "")
      ->capture_default_str();
  cmd->add_option("--schema,--shape", in.schema, "How rows are laid out: " + known_row_schemas())
      ->check([](std::string const& said) { return problem_of([&] { check_options({.schema = said}); }); }, "")
      ->capture_default_str();
  former_flags().push_back({cmd->get_name(), "--schema", "--shape"});
  cmd->add_option("--columns", in.columns, "Where fields stand, e.g. prompt=question,completion=answer; FILE?columns=...")
      ->check([](std::string const& said) { return problem_of([&] { column_map::parse(said); }); }, "")
      ->type_name("FIELD=COLUMN,...");
  cmd->add_option_function<std::string>(
         both("prompt-column"),
         [&in](std::string const& column) { in.columns += (in.columns.empty() ? "prompt=" : ",prompt=") + column; },
         "As published: the column that holds the prompt")
      ->type_name("COLUMN");
  cmd->add_option(both("on-bad-row"), in.on_bad_row,
                  "stop: at the first row that cannot be read; reject: leave it out, with its reason in a file of its own")
      ->check(in_words(one_of_words{"stop", "reject"}))
      ->capture_default_str();
  cmd->add_option(both("several-turns"), in.several_turns,
                  "Of a conversation of several turns, the one that is the prompt; those in front are its history")
      ->check(in_words(one_of_words{"last", "first", "refuse"}))
      ->capture_default_str();
  cmd->add_option("--where", in.where, "Read the rows alone whose column, by the file's own name, holds one of these")
      ->each([&in](std::string const& said) { in.where_as = "--where " + said; })
      ->check([](std::string const& said) { return problem_of([&] { row_filter::parse(said); }); }, "")
      ->type_name("COLUMN=VALUE,...");
  cmd->add_option(most, in.max_rows, "Read at most so many rows of a file, the first")
      ->check(in_range<std::size_t>(at_least(1)))
      ->type_name("N");
}

// Where rows that cannot be read go.
inline void add_bad_rows(command& cmd, input_options& in) {
  cmd->add_option(both("bad-rows"), in.bad_rows, "File for rejected input rows (default: beside the output, OUT.bad.jsonl)")
      ->type_name("FILE");
  cmd.unused({"--bad-rows"}, [&in]() -> std::string {
    return in.on_bad_row == "reject" ? "" : "only --on-bad-row reject sends rows to a file";
  });
}

// What every command says of where rows, or a model that is not asked but read, may be.
inline constexpr char const* rows_or_name = "; a file, or of the hub: ORG/NAME, ORG/NAME@REVISION:CONFIG/SPLIT";
inline constexpr char const* model_or_name = "ORG/NAME (of the hub), a folder or a .gguf file";

// `names`: the input option's names, with the published script's among them.
inline CLI::Option* add_input(command& cmd, input_options& in, std::string const& names, std::string const& help,
                              std::string const& most = both("max-rows") + "," + both("max-samples")) {
  bool const says_it = help.find("hub") != std::string::npos;
  auto* const input = cmd->add_option(names, in.file, says_it ? help : help + rows_or_name)->required()->type_name("FILE");
  add_reading(cmd, in, most);
  add_bad_rows(cmd, in);
  return input;
}
inline std::vector<std::string> options_of_input() {
  return {"--format",   "--schema",        "--columns", "--prompt-column", "--on-bad-row",
          "--bad-rows", "--several-turns", "--where",   "--max-rows"};
}

// `models`: the names of those that the command will ask.
inline void add_model(command& cmd, model_options& m, std::function<std::vector<std::string>()> models) {
  cmd.options(m);
  auto remote = command::flags_of_all<remote_options>();
  auto local = command::flags_of_all<model_options>();
  std::erase_if(local, [&](auto const& flag) { return std::ranges::find(remote, flag) != remote.end(); });
  cmd.unused(std::move(local), [models]() -> std::string {
    auto const asked = models();
    if (std::ranges::any_of(asked, [](auto const& one) { return !is_remote(one); })) return "";
    return asked.empty() ? "no model is asked" : "every model here is remote";
  });
  cmd.unused(std::move(remote), [models]() -> std::string {
    auto const asked = models();
    if (std::ranges::any_of(asked, is_remote)) return "";
    return asked.empty() ? "no model is asked" : "no model here is remote";
  });
}

// `model`: the flags for the guard's model, the one it is known by first.
inline void add_guard(command& cmd, guard_choice& g, std::string const& model) {
  cmd.options(g, {{"kind", "--guard"}, {"model", model}});
}

// --plan: nothing is done, and from here on no model's weights are downloaded.
inline void add_plan(CLI::App& line, bool& plan, std::string const& help) {
  line.add_flag_function(
      "--plan",
      [&plan](std::int64_t times) {
        plan = times > 0;
        if (plan) static descriptions_only const no_weights;
      },
      help);
}

// The options of a command that trains, except its rows and its model.
inline void add_training(command& cmd, train_options& t) {
  cmd.options(t);
  cmd->add_flag("--resume", t.resume, "Resume from the newest checkpoint, if there is one")
      ->group(std::string{checkpoint_options::heading});
  cmd->add_option_function<std::string>(
         both("resume-from-checkpoint"),
         [&t](std::string const& folder) {
           t.checkpoints.named = folder;
           t.checkpoints.resume = resume_from::named;
         },
         "Resume from this checkpoint")
      ->type_name("FOLDER")
      ->group(std::string{checkpoint_options::heading});
  cmd->add_option("--checkpoints", t.checkpoints.folder, "Their folder (default: OUT.training)")
      ->type_name("FOLDER")
      ->group(std::string{checkpoint_options::heading});
  cmd->add_flag(both("keep-checkpoints"), t.keep_checkpoints, "Keep them when the trained model is in place")
      ->group(std::string{checkpoint_options::heading});
  cmd.unused({"--resume"}, [&t]() -> std::string {
    return t.checkpoints.resume == resume_from::named ? "--resume-from-checkpoint names the checkpoint already" : "";
  });
  cmd->add_option(both("training-log"), t.log, "A JSON line a step (default: OUT/training_log.jsonl)")->type_name("FILE");
  cmd->add_flag("--merge", t.merge, "Write the whole model, not the adapter in PEFT's format")
      ->group(std::string{lora_options::heading});
  cmd.unused({"--merge"}, [&t]() -> std::string {
    return t.lora.used() ? "" : "lora_rank is 0: all weights are trained, not an adapter";
  });
  cmd.number("--nproc", t.nproc,
             "Train with so many processes on this machine, which share its threads or take a CUDA device each",
             between{1, 1024})
      ->group("Several processes");
  add_device(cmd, t.device);
  add_threads(cmd, t.threads);
  add_overwrite_model(cmd, t.overwrite);
}

}  // namespace ease::app
