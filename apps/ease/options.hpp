#pragma once
// Groups of options that several commands share, under one set of names and one wording.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <initializer_list>
#include <memory>
#include <string>

#include "choices.hpp"
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
  std::string shard{};  // I/N or auto; empty: all rows
};

inline void add_reporting(CLI::App& app, output_options& o) {
  app.add_flag("--json", o.json, "Print the report as JSON on stdout");
  app.add_flag("-q,--quiet", o.quiet, "No progress on stderr");
}

inline void add_fresh(CLI::App& app, output_options& o) {
  app.add_flag("--fresh", o.fresh, "Ask the model for every row, also those a stopped run had answered (OUT.journal)");
}

// `names`: the input option's names, with the published script's among them.
inline void add_input(CLI::App& app, input_options& in, std::string const& names, std::string const& help) {
  app.add_option(names, in.file, help)->required()->type_name("FILE");
  app.add_option("--format", in.format, "automatic, jsonl, json, tsv or csv; each may be gzip")->capture_default_str();
  app.add_option("--shape", in.shape,
                 "How rows are laid out: automatic, ease, scripts, star1, messages, prompt_completion, alpaca, sharegpt or "
                 "wildjailbreak")
      ->capture_default_str();
  app.add_option("--columns", in.columns, "Where fields stand, e.g. prompt=question,completion=answer")
      ->type_name("FIELD=COLUMN,...");
  app.add_option_function<std::string>(
         both("prompt-column"),
         [&in](std::string const& column) { in.columns += (in.columns.empty() ? "prompt=" : ",prompt=") + column; },
         "As published: the column that holds the prompt")
      ->type_name("COLUMN");
  app.add_option(both("on-bad-row"), in.on_bad_row,
                 "stop: at the first row that cannot be read; reject: to a file, and go on")
      ->capture_default_str();
  app.add_option(both("bad-rows"), in.bad_rows, "File for rejected input rows (default: INPUT.bad.jsonl)")
      ->type_name("FILE");
  app.add_option(both("max-samples") + "," + both("max-rows"), in.max_rows, "Read at most so many rows")->type_name("N");
}

inline void add_chat(CLI::App& app, std::string& chat) {
  app.add_option(both("chat-template"), chat,
                 "smollm2, qwen2_5, llama3, r1_distill or llama_guard3, where the model's own template is not recognised")
      ->type_name("FAMILY");
}

inline void add_model(CLI::App& app, model_options& m) {
  add_chat(app, m.chat);
  app.add_option("--precision", m.precision, "auto (bfloat16 where the hardware multiplies it), float32 or bfloat16")
      ->capture_default_str();
  app.add_option("--device", m.device, "auto, cpu or cuda")->capture_default_str();
  app.add_option(both("max-batch-rows"), m.max_batch_rows, "Rows a local model generates at once")->capture_default_str();
  app.add_option("--threads", m.threads, "CPU threads (0: as many as there are cores)")->capture_default_str();
  auto& r = m.remote;
  auto* const group = "Remote models (openai:MODEL@URL; openai:MODEL@URL,URL spreads rows over several servers)";
  app.add_option(both("max-in-flight"), r.max_in_flight, "Requests each server is sent at once")
      ->capture_default_str()
      ->group(group);
  app.add_option(both("requests-per-minute"), r.requests_per_minute, "Limit of each model's requests (0: none)")
      ->capture_default_str()
      ->group(group);
  app.add_option(both("tokens-per-minute"), r.tokens_per_minute, "Limit of its tokens, prompts and answers (0: none)")
      ->capture_default_str()
      ->group(group);
  app.add_option(both("connect-timeout"), r.connect_timeout, "Seconds in which a server must be reached")
      ->capture_default_str()
      ->group(group);
  app.add_option(
         both("silence-timeout"), r.silence_timeout,
         "Seconds without a byte after which a request is sent again; an answer that is not streamed is silence until "
         "it is whole")
      ->capture_default_str()
      ->group(group);
  app.add_option(both("request-timeout"), r.request_timeout, "Seconds that one request may take in all")
      ->capture_default_str()
      ->group(group);
  app.add_option(both("price-in"), r.price_in, "Price of a million prompt tokens, for the report's cost")->group(group);
  app.add_option(both("price-out"), r.price_out, "Price of a million tokens of answers")->group(group);
}

// Options of the published scripts that say how vLLM is to be set up: accepted, and said to have no effect.
inline void add_without_effect(CLI::App& app, std::initializer_list<char const*> names) {
  for (auto const* name : names)
    app.add_option_function<std::string>(
           both(name),
           [name](std::string const&) { std::fprintf(stderr, "ease: --%s has no effect here and is ignored\n", name); },
           "As published; no effect")
        ->group("Accepted without effect");
}

inline void add_sampling(CLI::App& app, sampling& s) {
  app.add_option(both("max-tokens"), s.max_tokens, "Longest answer, in tokens")->capture_default_str();
  app.add_option("--temperature", s.temperature, "0 is greedy")->capture_default_str();
  app.add_option(both("top-p"), s.top_p, "Keep the likeliest tokens up to this mass")->capture_default_str();
  app.add_option(both("top-k"), s.top_k, "Keep so many likeliest tokens (0: all)")->capture_default_str();
  app.add_option(both("min-p"), s.min_p, "Drop tokens below this share of the likeliest")->capture_default_str();
  app.add_option(both("repetition-penalty"), s.repetition_penalty, "1 is none")->capture_default_str();
  app.add_option("--stop", s.stop, "Text that ends an answer; may be given several times")->type_name("TEXT");
}

inline void add_guard(CLI::App& app, guard_choice& g, std::string const& model_names) {
  app.add_option("--guard", g.kind, "refusal (stock phrases, no model), llama-guard, or judge (any chat model)")
      ->capture_default_str();
  app.add_option(model_names, g.model, "The guard's model: PATH or openai:MODEL@URL")->type_name("MODEL");
  app.add_option("--threshold", g.threshold, "Unsafe from this probability on")->capture_default_str();
  app.add_option("--max-unparsed", g.max_unparsed, "Fail if a larger share of the verdicts cannot be read")
      ->capture_default_str()
      ->check(CLI::Range(0.0, 1.0));
}

inline void add_training(CLI::App& app, train_options& t) {
  add_chat(app, t.chat);
  app.add_option(both("learning-rate"), t.learning_rate, "Peak learning rate")->capture_default_str();
  app.add_option("--epochs," + both("num-train-epochs"), t.epochs, "Passes over the rows")->capture_default_str();
  app.add_option(both("batch-size") + "," + both("per-device-train-batch-size"), t.batch_size, "Rows a micro-batch")
      ->capture_default_str();
  app.add_option("--accumulation," + both("gradient-accumulation-steps"), t.accumulation, "Micro-batches an optimiser step")
      ->capture_default_str();
  app.add_option("--batching", t.batching,
                 "packed: rows side by side without padding; by-length: batches of like length, padded to their longest")
      ->capture_default_str();
  app.add_option(both("max-length"), t.max_length, "Tokens a row; longer rows are rejected and counted")
      ->capture_default_str();
  app.add_option(both("warmup-ratio"), t.warmup_ratio, "Share of the steps that warm up")->capture_default_str();
  app.add_option(both("weight-decay"), t.weight_decay, "Decoupled weight decay")->capture_default_str();
  app.add_option(both("clip-norm"), t.clip_norm, "Gradient norm to clip at (0: never)")->capture_default_str();
  app.add_option("--schedule", t.schedule, "cosine, linear or constant")->capture_default_str();
  app.add_option("--seed", t.seed, "Order of the rows")->capture_default_str();
  app.add_option("--precision", t.precision, "auto, float32, bfloat16, or mixed (bfloat16 with float32 masters)")
      ->capture_default_str();
  app.add_option("--device", t.device, "auto, cpu or cuda")->capture_default_str();
  app.add_option("--threads", t.threads, "CPU threads (0: as many as there are cores)")->capture_default_str();
  app.add_flag(both("overwrite-output-dir"), t.overwrite, "Replace a model that is already there");
}

inline void add_restart(CLI::App& app, train_options& t) {
  auto* const group = "Restart";
  app.add_flag("--resume", t.resume, "Go on from the newest checkpoint, if there is one")->group(group);
  app.add_option(both("resume-from-checkpoint"), t.resume_from, "Go on from this checkpoint")
      ->type_name("FOLDER")
      ->group(group);
  app.add_option(both("save-steps"), t.save_steps, "A checkpoint every so many steps (0: by time alone)")
      ->capture_default_str()
      ->group(group);
  app.add_option(both("save-minutes"), t.save_minutes, "A checkpoint every so many minutes (0: by steps alone)")
      ->capture_default_str()
      ->group(group);
  app.add_option(both("save-total-limit"), t.save_total_limit, "Checkpoints to keep; older ones are removed")
      ->capture_default_str()
      ->group(group);
  app.add_option("--checkpoints", t.checkpoints, "Their folder (default: OUT.training)")->type_name("FOLDER")->group(group);
  app.add_flag(both("keep-checkpoints"), t.keep_checkpoints, "Keep them when the trained model is in place")->group(group);
}

inline void add_training_watch(CLI::App& app, train_options& t) {
  auto* const group = "Watching";
  app.add_option(both("training-log"), t.log, "A JSON line a step (default: OUT/training_log.jsonl)")
      ->type_name("FILE")
      ->group(group);
  app.add_option("--tensorboard," + both("logging-dir"), t.tensorboard, "TensorBoard event files")
      ->type_name("FOLDER")
      ->group(group);
  app.add_option(both("eval-share"), t.eval_share, "Share of the rows to hold out, for the evaluation loss")
      ->capture_default_str()
      ->group(group);
  app.add_option(both("eval-steps"), t.eval_steps, "Evaluate every so many steps (0: after each epoch)")
      ->capture_default_str()
      ->group(group);
  app.add_option("--keep", t.keep, "last weights, or the best by evaluation loss")->capture_default_str()->group(group);
}

inline void add_lora(CLI::App& app, train_options& t) {
  auto* const group = "LoRA";
  app.add_option(both("lora-rank"), t.lora_rank, "Train low-rank adapters of this rank (0: all weights)")
      ->capture_default_str()
      ->group(group);
  app.add_option(both("lora-alpha"), t.lora_alpha, "Their output is scaled by alpha / rank")
      ->capture_default_str()
      ->group(group);
  app.add_option(both("lora-targets"), t.lora_targets, "q_proj,v_proj,... (default: all matrices of the layers)")
      ->delimiter(',')
      ->type_name("NAMES")
      ->group(group);
  app.add_flag("--merge", t.merge, "Write the whole model, not the adapter in PEFT's format")->group(group);
}

inline void add_ranks(CLI::App& app, train_options& t) {
  app.add_option("--nproc", t.nproc,
                 "Train with so many processes on this machine, which share its threads or take a CUDA device each")
      ->check(CLI::Range(1, 1024))
      ->capture_default_str()
      ->group("Several processes");
}

}  // namespace ease::app
