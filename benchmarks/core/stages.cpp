// SPDX-License-Identifier: Apache-2.0
// What a stage costs beside the model it asks: each stage alone, then the paper's pipeline, in rows a second. The model is
// scripted and answers at once, so all that is measured is ours. `by_hand` is the pipeline's work without the pipeline.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <chrono>
#include <ease/backend/scripted.hpp>
#include <ease/guard/refusal_judge.hpp>
#include <ease/method/classify.hpp>
#include <ease/method/cot.hpp>
#include <ease/method/diagnose.hpp>
#include <ease/method/guard_filter.hpp>
#include <ease/method/mix.hpp>
#include <ease/method/rows/self_response_rows.hpp>
#include <ease/stage/run.hpp>
#include <ease/teacher/policy_template.hpp>
#include <ranges>
#include <string>
#include <vector>

using namespace ease;

namespace {

constexpr std::size_t row_count = 4096;

scripted_generator instant_model() {
  return scripted_generator{[](generation_request const&) -> outcome<completion> {
                              return completion{
                                  .text = "Certainly. Here is a short answer of about ten words, as was asked.",
                                  .completion_tokens = 16};
                            },
                            {.window = 256}};
}

// A classifier that knows its answer.
struct one_label {
  static void classify(std::span<std::string_view const> rows, on_done<labels> const& done) {
    for (std::size_t i = 0; i < rows.size(); ++i) done(i, labels{category_set{category::privacy}});
  }
  static std::size_t window() { return 256; }
  static std::string identity() { return "one label"; }
};

record<prompt> nth_prompt(std::size_t i) {
  return make_record<prompt>("Prompt number " + std::to_string(i) + ", about as long as a short question is.");
}
// Rows that are made as they are asked for, as a file's are.
auto prompts() { return std::views::iota(std::size_t{0}, row_count) | std::views::transform(nth_prompt); }

void count_rows(benchmark::State& state) {
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(row_count));
}

// `stages(source)` over rows that hold what they need.
template <class Rows, class Stages>
void measure(benchmark::State& state, Rows rows, Stages const& stages) {
  for (auto _ : state) {
    std::size_t seen = 0;
    run(stages(from(rows)), [&](auto const& row) {
      benchmark::DoNotOptimize(&row);
      ++seen;
    });
    if (seen != row_count) return state.SkipWithError("rows were lost");
  }
  count_rows(state);
}

void diagnose_alone(benchmark::State& state) {
  auto slm = instant_model();
  measure(state, prompts(), [&](auto rows) { return std::move(rows) | diagnose(slm); });
}
BENCHMARK(diagnose_alone);

auto answered() {
  std::vector<record<prompt, response>> rows;
  for (auto&& row : prompts())
    rows.push_back(
        make_record<prompt, response>(get<prompt>(row), answer{direct{"Certainly. Here is what you asked for."}}));
  return rows;
}

void guard_filter_alone(benchmark::State& state) {
  measure(state, answered(), [](auto rows) { return std::move(rows) | guard_filter(refusal_judge{}); });
}
BENCHMARK(guard_filter_alone);

void classify_alone(benchmark::State& state) {
  measure(state, prompts(), [](auto rows) { return std::move(rows) | classify(one_label{}); });
}
BENCHMARK(classify_alone);

void cot_alone(benchmark::State& state) {
  std::vector<record<prompt, categories>> rows;
  for (auto&& row : prompts())
    rows.push_back(make_record<prompt, categories>(get<prompt>(row), category_set{category::privacy}));
  measure(state, rows, [](auto source) { return std::move(source) | cot(policy_template{}); });
}
BENCHMARK(cot_alone);

void mix_alone(benchmark::State& state) {
  std::vector<record<prompt, target>> rows;
  for (auto&& row : prompts())
    rows.push_back(make_record<prompt, target>(get<prompt>(row), complete_answer{direct{"Yes."}}));
  for (auto _ : state) {
    std::size_t seen = 0;
    run(mix(rows).seed(42), [&](auto const& row) {
      benchmark::DoNotOptimize(&row);
      ++seen;
    });
    if (seen != row_count) return state.SkipWithError("rows were lost");
  }
  count_rows(state);
}
BENCHMARK(mix_alone);

void the_pipeline(benchmark::State& state) {
  auto slm = instant_model();
  measure(state, prompts(), [&](auto rows) {
    return std::move(rows) | diagnose(slm) | guard_filter(refusal_judge{}) | classify(one_label{}) | cot(policy_template{});
  });
}
BENCHMARK(the_pipeline);

// The same work, the same counts and the time of each step a window, without a pipeline.
void by_hand(benchmark::State& state) {
  using clock = std::chrono::steady_clock;
  struct row {
    record<prompt> asked{};
    answer response{};
    std::size_t tokens{0};
    verdict judged{};
    category_set categories{};
    answer trace{};
  };
  auto slm = instant_model();
  for (auto _ : state) {
    run_report report;
    for (auto const* name : {"diagnose", "guard_filter", "classify", "cot"}) report.stages.push_back({.stage = name});
    for (std::size_t start = 0; start < row_count; start += slm.window()) {
      auto since = clock::now();
      auto const step = [&](std::size_t number, std::size_t in, std::size_t out) {
        auto& counts = report.stages[number];
        counts.in += in, counts.out += out;
        auto const now = clock::now();
        counts.seconds += std::chrono::duration<double>(now - since).count();
        since = now;
      };
      std::vector<row> window(std::min(row_count - start, slm.window()));
      report.read += window.size();
      std::vector<generation_request> asks;
      asks.reserve(window.size());
      for (std::size_t i = 0; i < window.size(); ++i) {
        window[i].asked = nth_prompt(start + i);
        auto const& text = get<prompt>(window[i].asked);
        asks.push_back({.input = conversation{{role::user, text}}, .row = prompt_hash(text)});
      }
      slm.generate(asks, [&](std::size_t i, outcome<completion> said) {
        auto const& c = std::get<completion>(said);
        window[i].response = parse_answer(c.text, true);
        window[i].tokens = c.completion_tokens;
      });
      step(0, asks.size(), asks.size());
      std::vector<row*> kept;
      kept.reserve(window.size());
      for (auto& one : window) {
        if (is_refusal(judged_text(one.response))) {
          ++report.stages[1].rejected["safe"];
          continue;
        }
        one.judged = unsafe{};
        kept.push_back(&one);
      }
      step(1, window.size(), kept.size());
      for (auto* one : kept) one->categories = category_set{category::privacy};
      step(2, kept.size(), kept.size());
      for (auto* one : kept)
        one->trace =
            std::get<answer>(policy_template::answer_to({.prompt = get<prompt>(one->asked), .categories = one->categories}));
      step(3, kept.size(), kept.size());
      for (auto const* one : kept) benchmark::DoNotOptimize(one);
      report.written += kept.size();
    }
    if (report.written != row_count || !report.adds_up()) return state.SkipWithError("rows were lost");
  }
  count_rows(state);
}
BENCHMARK(by_hand);

}  // namespace

BENCHMARK_MAIN();
