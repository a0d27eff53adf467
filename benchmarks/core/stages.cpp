// SPDX-License-Identifier: Apache-2.0
// What a stage costs beside the model it asks: each stage alone, then the paper's pipeline, in rows a second. The model is
// scripted and answers at once, so all that is measured is ours. `by_hand` is the pipeline's work without the pipeline.
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
#include <memory>
#include <ranges>
#include <string>
#include <vector>

#include "measures.hpp"

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
  static void classify(std::span<label_request const> rows, on_done<labels> const& done) {
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

// `stages(source)` over rows that hold what they need.
template <class Rows, class Stages>
measures::work passes(Rows rows, Stages stages) {
  return [rows = std::move(rows), stages = std::move(stages)]() mutable -> measures::done {
    std::size_t seen = 0;
    run(stages(from(rows)), [&](auto const& row) {
      measures::keep(row);
      ++seen;
    });
    if (seen != row_count) throw error{"rows were lost"};
    return {static_cast<double>(row_count)};
  };
}

measures::work diagnose_alone() {
  return passes(prompts(), [slm = std::make_shared<scripted_generator>(instant_model())](auto rows) {
    return std::move(rows) | diagnose(*slm);
  });
}

auto answered() {
  std::vector<record<prompt, response>> rows;
  for (auto&& row : prompts())
    rows.push_back(
        make_record<prompt, response>(get<prompt>(row), answer{direct{"Certainly. Here is what you asked for."}}));
  return rows;
}

measures::work guard_filter_alone() {
  return passes(answered(), [](auto rows) { return std::move(rows) | guard_filter(refusal_judge{}); });
}

measures::work classify_alone() {
  return passes(prompts(), [](auto rows) { return std::move(rows) | classify(one_label{}); });
}

measures::work cot_alone() {
  std::vector<record<prompt, categories>> rows;
  for (auto&& row : prompts())
    rows.push_back(make_record<prompt, categories>(get<prompt>(row), category_set{category::privacy}));
  return passes(rows, [](auto source) { return std::move(source) | cot(policy_template{}); });
}

measures::work mix_alone() {
  std::vector<record<prompt, target>> rows;
  for (auto&& row : prompts())
    rows.push_back(make_record<prompt, target>(get<prompt>(row), complete_answer{direct{"Yes."}}));
  return [rows]() mutable -> measures::done {
    std::size_t seen = 0;
    run(mix(rows).seed(42), [&](auto const& row) {
      measures::keep(row);
      ++seen;
    });
    if (seen != row_count) throw error{"rows were lost"};
    return {static_cast<double>(row_count)};
  };
}

measures::work the_pipeline() {
  return passes(prompts(), [slm = std::make_shared<scripted_generator>(instant_model())](auto rows) {
    return std::move(rows) | diagnose(*slm) | guard_filter(refusal_judge{}) | classify(one_label{}) | cot(policy_template{});
  });
}

// The same work, the same counts and the time of each step a window, without a pipeline.
measures::work by_hand() {
  using clock = std::chrono::steady_clock;
  struct row {
    record<prompt> asked{};
    answer response{};
    std::size_t tokens{0};
    verdict judged{};
    category_set categories{};
    answer trace{};
  };
  return [slm = std::make_shared<scripted_generator>(instant_model())]() -> measures::done {
    run_report report;
    for (auto const* name : {"diagnose", "guard_filter", "classify", "cot"}) report.stages.push_back({.stage = name});
    for (std::size_t start = 0; start < row_count; start += slm->window()) {
      auto since = clock::now();
      auto const step = [&](std::size_t number, std::size_t in, std::size_t out) {
        auto& counts = report.stages[number];
        counts.in += in, counts.out += out;
        auto const now = clock::now();
        counts.seconds += std::chrono::duration<double>(now - since).count();
        since = now;
      };
      std::vector<row> window(std::min(row_count - start, slm->window()));
      report.read += window.size();
      std::vector<generation_request> asks;
      asks.reserve(window.size());
      for (std::size_t i = 0; i < window.size(); ++i) {
        window[i].asked = nth_prompt(start + i);
        auto const& text = get<prompt>(window[i].asked);
        asks.push_back({.input = conversation{{role::user, text}}, .row = prompt_hash(text)});
      }
      slm->generate(asks, [&](std::size_t i, outcome<completion> said) {
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
      for (auto const* one : kept) measures::keep(*one);
      report.written += kept.size();
    }
    if (report.written != row_count || !report.adds_up()) throw error{"rows were lost"};
    return {static_cast<double>(row_count)};
  };
}

}  // namespace

int main(int argc, char** argv) {
  return measures::serve(argc, argv,
                         {{"diagnose", "rows", diagnose_alone},
                          {"guard_filter", "rows", guard_filter_alone},
                          {"classify", "rows", classify_alone},
                          {"cot", "rows", cot_alone},
                          {"mix", "rows", mix_alone},
                          {"pipeline", "rows", the_pipeline},
                          {"by_hand", "rows", by_hand}});
}
