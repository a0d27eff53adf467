#pragma once
// Groups of options that several commands share, under one set of names and one wording, and the rules they bring along.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <functional>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "choices.hpp"
#include "command.hpp"
#include "commands.hpp"
#include "files.hpp"
#include "model.hpp"
#include "train.hpp"

namespace ease::app {

struct output_options {
  std::string out{};
  bool json{false};
  bool quiet{false};
  bool fresh{false};
  bool overwrite{false};
  std::string shard{};  // I/N or auto; empty: all rows
};

inline void add_quiet(command& cmd, bool& quiet) { cmd->add_flag("-q,--quiet", quiet, "No progress on stderr"); }

inline void add_reporting(command& cmd, output_options& o) {
  cmd->add_flag("--json", o.json, "Print the report as JSON on stdout");
  add_quiet(cmd, o.quiet);
}

inline void add_overwrite(command& cmd, bool& overwrite) {
  cmd->add_flag("--overwrite", overwrite, "Replace outputs that are already there");
}
// Of a command that writes a model: the published name too.
inline void add_overwrite_model(command& cmd, bool& overwrite) {
  cmd->add_flag("--overwrite," + both("overwrite-output-dir"), overwrite, "Replace a model that is already there");
}

// `out`: the file beside which the journal stands.
inline void add_fresh(command& cmd, output_options& o, std::string const& out) {
  cmd->add_flag("--fresh", o.fresh, "Ask the model for every row, also those a stopped run had answered (OUT.journal)");
  cmd.unused({"--fresh"}, [&out]() -> std::string {
    return out.empty() || is_stream(out) ? "answers are kept only beside a file that they are written to" : "";
  });
}

inline void add_seed(command& cmd, std::uint64_t& seed, std::string const& help) {
  cmd.number("--seed", seed, help, at_least(0));
}

inline void add_device(command& cmd, std::string& device) {
  cmd->add_option("--device", device, "auto, cpu or cuda")->capture_default_str();
}

inline void add_threads(command& cmd, int& threads) {
  cmd.number("--threads", threads, "CPU threads (0: as many as there are cores)", between{0, 4096});
}

// `names`: the input option's names, with the published script's among them.
inline CLI::Option* add_input(command& cmd, input_options& in, std::string const& names, std::string const& help) {
  auto* const input = cmd->add_option(names, in.file, help)->required()->type_name("FILE");
  cmd->add_option("--format", in.format, "automatic, jsonl, json, tsv or csv; each may be gzip")->capture_default_str();
  cmd->add_option("--shape", in.shape,
                  "How rows are laid out: automatic, ease, scripts, star1, messages, prompt_completion, alpaca, sharegpt or "
                  "wildjailbreak")
      ->capture_default_str();
  cmd->add_option("--columns", in.columns, "Where fields stand, e.g. prompt=question,completion=answer")
      ->type_name("FIELD=COLUMN,...");
  cmd->add_option_function<std::string>(
         both("prompt-column"),
         [&in](std::string const& column) { in.columns += (in.columns.empty() ? "prompt=" : ",prompt=") + column; },
         "As published: the column that holds the prompt")
      ->type_name("COLUMN");
  cmd->add_option(both("on-bad-row"), in.on_bad_row,
                  "stop: at the first row that cannot be read; reject: to a file, and go on")
      ->capture_default_str();
  cmd->add_option(both("bad-rows"), in.bad_rows, "File for rejected input rows (default: INPUT.bad.jsonl)")
      ->type_name("FILE");
  cmd->add_option(both("max-rows") + "," + both("max-samples"), in.max_rows, "Read at most so many rows")
      ->check(in_range<std::size_t>(at_least(1)))
      ->type_name("N");
  cmd.unused({"--bad-rows"}, [&in]() -> std::string {
    return in.on_bad_row == "reject" ? "" : "only --on-bad-row reject sends rows to a file";
  });
  return input;
}
inline std::vector<char const*> options_of_input() {
  return {"--format", "--shape", "--columns", "--prompt-column", "--on-bad-row", "--bad-rows", "--max-rows"};
}

inline void add_chat(command& cmd, std::string& chat) {
  cmd->add_option(both("chat-template"), chat,
                  "smollm2, qwen2_5, llama3, r1_distill or llama_guard3, where the model's own template is not recognised")
      ->type_name("FAMILY");
}

// `models`: the names of those that the command will ask.
inline void add_model(command& cmd, model_options& m, std::function<std::vector<std::string>()> models) {
  add_chat(cmd, m.chat);
  cmd->add_option("--precision", m.precision, "auto (bfloat16 where the hardware multiplies it), float32 or bfloat16")
      ->capture_default_str();
  add_device(cmd, m.device);
  cmd.number(both("max-batch-rows"), m.max_batch_rows, "Rows a local model generates at once", between{1, 65'536});
  add_threads(cmd, m.threads);
  auto& r = m.remote;
  auto* const group = "Remote models (openai:MODEL@URL; openai:MODEL@URL,URL spreads rows over several servers)";
  above const seconds{0, 1e6};
  cmd.number(both("max-in-flight"), r.max_in_flight, "Requests each server is sent at once", between{1, 65'536})
      ->group(group);
  cmd.number(both("requests-per-minute"), r.requests_per_minute, "Limit of each model's requests (0: none)", at_least(0.0))
      ->group(group);
  cmd.number(both("tokens-per-minute"), r.tokens_per_minute, "Limit of its tokens, prompts and answers (0: none)",
             at_least(0.0))
      ->group(group);
  cmd.number(both("connect-timeout"), r.connect_timeout, "Seconds in which a server must be reached", seconds)->group(group);
  cmd.number(both("silence-timeout"), r.silence_timeout,
             "Seconds without a byte after which a request is sent again; an answer that is not streamed is silence until "
             "it is whole",
             seconds)
      ->group(group);
  cmd.number(both("request-timeout"), r.request_timeout, "Seconds that one request may take in all", seconds)->group(group);
  cmd.number(both("price-in"), r.price_in, "Price of a million prompt tokens, for the report's cost", at_least(0.0))
      ->group(group);
  cmd.number(both("price-out"), r.price_out, "Price of a million tokens of answers", at_least(0.0))->group(group);
  cmd.unused({"--chat-template", "--precision", "--device", "--max-batch-rows", "--threads"}, [models]() -> std::string {
    auto const asked = models();
    if (std::ranges::any_of(asked, [](auto const& one) { return !is_remote(one); })) return "";
    return asked.empty() ? "no model is asked" : "every model here is remote";
  });
  cmd.unused({"--max-in-flight", "--requests-per-minute", "--tokens-per-minute", "--connect-timeout", "--silence-timeout",
              "--request-timeout", "--price-in", "--price-out"},
             [models]() -> std::string {
               auto const asked = models();
               if (std::ranges::any_of(asked, is_remote)) return "";
               return asked.empty() ? "no model is asked" : "no model here is remote";
             });
}

// Options of the published scripts that say how vLLM is to be set up: accepted, and said to have no effect.
inline void add_without_effect(command& cmd, std::initializer_list<char const*> names) {
  for (auto const* name : names)
    cmd->add_option_function<std::string>(
           both(name),
           [name](std::string const&) { std::fprintf(stderr, "ease: --%s has no effect here and is ignored\n", name); },
           "As published; no effect")
        ->group("Accepted without effect");
}

// `why_not`: why nothing is sampled, if nothing is.
inline void add_sampling(command& cmd, sampling& s, std::function<std::string()> why_not = {}) {
  cmd.options(s);
  if (why_not)
    cmd.unused(
        {"--max-tokens", "--temperature", "--top-p", "--top-k", "--min-p", "--repetition-penalty", "--stop", "--seed"},
        std::move(why_not));
}

// `model`: the names of the option for the guard's model, the one it is known by first.
inline void add_guard(command& cmd, guard_choice& g, std::string const& model) {
  cmd->add_option("--guard", g.kind, "refusal (stock phrases, no model), llama-guard, or judge (any chat model)")
      ->capture_default_str();
  cmd->add_option(model, g.model, "The guard's model: PATH or openai:MODEL@URL")->type_name("MODEL");
  cmd.number("--threshold", g.threshold, "Unsafe from this probability on", between{0.0, 1.0});
  cmd.number("--max-unparsed", g.max_unparsed, "Fail if a larger share of the verdicts cannot be read", between{0.0, 1.0});
  cmd.unused({model.find("--guard-model") != std::string::npos ? "--guard-model" : "--model"}, [&g]() -> std::string {
    return g.kind == "refusal" ? "the guard 'refusal' asks no model; say --guard llama-guard or --guard judge" : "";
  });
  cmd.unused({"--threshold"},
             [&g]() -> std::string { return g.kind == "refusal" ? "the guard 'refusal' has no threshold" : ""; });
}

inline void add_training(command& cmd, train_options& t) {
  add_chat(cmd, t.chat);
  cmd.number(both("learning-rate"), t.learning_rate, "Peak learning rate", above{0, 1});
  cmd.number("--epochs," + both("num-train-epochs"), t.epochs, "Passes over the rows", above{0, 1e6});
  cmd.number(both("batch-size") + "," + both("per-device-train-batch-size"), t.batch_size, "Rows a micro-batch",
             between{1, 65'536});
  cmd.number("--accumulation," + both("gradient-accumulation-steps"), t.accumulation, "Micro-batches an optimiser step",
             between{1, 65'536});
  cmd->add_option("--batching", t.batching,
                  "packed: rows side by side without padding; by-length: batches of like length, padded to their longest")
      ->capture_default_str();
  cmd.number(both("max-length"), t.max_length, "Tokens a row; longer rows are rejected and counted", at_least(2));
  cmd.number(both("warmup-ratio"), t.warmup_ratio, "Share of the steps that warm up", between{0.0, 1.0});
  cmd.number(both("weight-decay"), t.weight_decay, "Decoupled weight decay", at_least(0.0));
  cmd.number(both("clip-norm"), t.clip_norm, "Gradient norm to clip at (0: never)", at_least(0.0));
  cmd->add_option("--schedule", t.schedule, "cosine, linear or constant")->capture_default_str();
  add_seed(cmd, t.seed, "Order of the rows");
  cmd->add_option("--precision", t.precision, "auto, float32, bfloat16, or mixed (bfloat16 with float32 masters)")
      ->capture_default_str();
  add_device(cmd, t.device);
  add_threads(cmd, t.threads);
  add_overwrite_model(cmd, t.overwrite);
}

inline void add_restart(command& cmd, train_options& t) {
  auto* const group = "Restart";
  cmd->add_flag("--resume", t.resume, "Go on from the newest checkpoint, if there is one")->group(group);
  cmd->add_option(both("resume-from-checkpoint"), t.resume_from, "Go on from this checkpoint")
      ->type_name("FOLDER")
      ->group(group);
  cmd.number(both("save-steps"), t.save_steps, "A checkpoint every so many steps (0: by time alone)", at_least(0))
      ->group(group);
  cmd.number(both("save-minutes"), t.save_minutes, "A checkpoint every so many minutes (0: by steps alone)", at_least(0.0))
      ->group(group);
  cmd.number(both("save-total-limit"), t.save_total_limit, "Checkpoints to keep; older ones are removed", at_least(1))
      ->group(group);
  cmd->add_option("--checkpoints", t.checkpoints, "Their folder (default: OUT.training)")->type_name("FOLDER")->group(group);
  cmd->add_flag(both("keep-checkpoints"), t.keep_checkpoints, "Keep them when the trained model is in place")->group(group);
  cmd.unused({"--resume"}, [&t]() -> std::string {
    return t.resume_from.empty() ? "" : "--resume-from-checkpoint names the checkpoint already";
  });
}

inline void add_training_watch(command& cmd, train_options& t) {
  auto* const group = "Watching";
  cmd->add_option(both("training-log"), t.log, "A JSON line a step (default: OUT/training_log.jsonl)")
      ->type_name("FILE")
      ->group(group);
  cmd->add_option("--tensorboard," + both("logging-dir"), t.tensorboard, "TensorBoard event files")
      ->type_name("FOLDER")
      ->group(group);
  cmd.number(both("eval-share"), t.eval_share, "Share of the rows to hold out, for the evaluation loss", share_below_one{})
      ->group(group);
  cmd.number(both("eval-steps"), t.eval_steps, "Evaluate every so many steps (0: after each epoch)", at_least(0))
      ->group(group);
  cmd->add_option("--keep", t.keep, "last weights, or the best by evaluation loss")->capture_default_str()->group(group);
  cmd.unused({"--eval-steps"},
             [&t]() -> std::string { return t.eval_share > 0 ? "" : "nothing is evaluated without --eval-share"; });
}

inline void add_lora(command& cmd, train_options& t) {
  auto* const group = "LoRA";
  cmd.number(both("lora-rank"), t.lora_rank, "Train low-rank adapters of this rank (0: all weights)", between{0, 65'536})
      ->group(group);
  cmd.number(both("lora-alpha"), t.lora_alpha, "Their output is scaled by alpha / rank", above{0, 1e6})->group(group);
  cmd->add_option(both("lora-targets"), t.lora_targets, "q_proj,v_proj,... (default: all matrices of the layers)")
      ->delimiter(',')
      ->type_name("NAMES")
      ->group(group);
  cmd->add_flag("--merge", t.merge, "Write the whole model, not the adapter in PEFT's format")->group(group);
  cmd.unused({"--lora-alpha", "--lora-targets", "--merge"}, [&t]() -> std::string {
    return t.lora_rank > 0 ? "" : "without --lora-rank all weights are trained, not an adapter";
  });
}

inline void add_ranks(command& cmd, train_options& t) {
  cmd.number("--nproc", t.nproc,
             "Train with so many processes on this machine, which share its threads or take a CUDA device each",
             between{1, 1024})
      ->group("Several processes");
}

}  // namespace ease::app
