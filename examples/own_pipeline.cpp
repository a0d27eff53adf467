// SPDX-License-Identifier: Apache-2.0
// A pipeline with a field and a stage of one's own, in a run folder: killed at any instant and started again it goes on
// where it was; `--shard 1/2` and `--shard 2/2` work on one shard each, `--merge` puts the shards together.
//     own_pipeline PROMPTS.jsonl MODEL OUT [--shard I/N | --merge]       MODEL: openai:NAME@URL, or "scripted" without one
#include <algorithm>
#include <ease/backend/openai/openai.hpp>
#include <ease/backend/scripted.hpp>
#include <ease/core/stop_signals.hpp>
#include <ease/io/rows/row_files.hpp>
#include <ease/method/diagnose.hpp>
#include <ease/run/merge_run.hpp>
#include <ease/run/saved_run.hpp>
#include <span>

using namespace ease;

// A field: a name, a type, a key in the files.
struct words : field<"words", std::size_t> {};

// A stage: what it is shown, what it adds. Its version is part of what its rows depend on: raise it when the count changes.
struct count_words : stage<needs<response>, adds<words>> {
  static constexpr int version{1};
  decision<output> operator()(input const& row) const {
    auto const said = complete_part(get<response>(row));
    if (!said) return rejected{"truncated"};
    auto const text = text_of(*said);
    return with(static_cast<std::size_t>(std::ranges::count(text, ' ') + 1));
  }
};

// The figure, whatever the model is.
template <text_generator Model>
int answer_and_count(Model& model, std::span<char* const> args) {
  row_files<history, prompt, other_keys> prompts{{args[1]}};
  ease::shard shard;
  if (args.size() == 6) shard = shard::parse(args[5]);
  run_folder folder{args[3], {.shard = shard, .progress = true}};
  auto rows =
      run(from(prompts) | diagnose(model, {.sampling = {.temperature = 0, .max_tokens = 200}}) | count_words{}, folder);
  std::size_t sum = 0;
  for (auto const& row : rows) sum += get<words>(row);
  fmt::print("{} rows, {} words; {}\n", rows.count(), sum, rows.path().string());
  return 0;
}

int main(int argc, char** argv) try {
  std::span<char* const> const args{argv, static_cast<std::size_t>(argc)};
  bool const merges = args.size() == 5 && std::string_view{args[4]} == "--merge";
  bool const divides = args.size() == 6 && std::string_view{args[4]} == "--shard";
  if (args.size() != 4 && !merges && !divides)
    throw error{"usage: own_pipeline PROMPTS.jsonl MODEL OUT [--shard I/N | --merge]"};
  watch_signals();
  if (merges) {
    for (auto const& report : merge_run(run_folder{args[3]})) fmt::print("{}\n", report.summary());
    return 0;
  }
  if (std::string_view{args[2]} == "scripted") {
    scripted_generator model{[](generation_request const& r) -> outcome<completion> {
      return completion{.text = "An answer to: " + std::get<conversation>(r.input).back().content};
    }};
    return answer_and_count(model, args);
  }
  openai_generator model{args[2]};
  return answer_and_count(model, args);
} catch (error const& problem) {
  fmt::print(stderr, "own_pipeline: {}\n", problem.what());
  return stop_asked() ? exit_status_of_stop() : 1;
}
