// SPDX-License-Identifier: Apache-2.0
#pragma once
// Phase 2, step 1 (paper, "vulnerable region identification"; generate_response.py): the original SLM answers each prompt.
// What it could not finish stays `truncated`; a prompt that does not fit is a failure, never truncated silently.
#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <ease/core/generator.hpp>
#include <ease/journal/asked.hpp>
#include <ease/record/asked_about.hpp>
#include <ease/record/fields.hpp>
#include <ease/record/prompt_hash.hpp>
#include <ease/stage/ill_formed_stage.hpp>
#include <ease/stage/pipeline.hpp>
#include <ease/stage/report.hpp>
#include <span>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace ease::inline v1 {

struct diagnose_options {
  ease::sampling sampling{.temperature = 0.7, .top_p = 1.0, .max_tokens = 512};  // as published
  std::string system_prompt{};                                                   // empty: the template's own default
  std::uint64_t seed{42};
  // Appended to a prompt whose answer was truncated, which is then asked once more: "Answer in two sentences." gives
  // complete answers to prompts that would fill any limit. The row keeps its prompt without it. Empty: never.
  std::string when_truncated{};

  static constexpr auto options() {
    using o = diagnose_options;
    return std::tuple{part(&o::sampling),
                      option("system_prompt", &o::system_prompt,
                             "For rows that bring no system message of their own; empty: the chat template's own default"),
                      option("seed", &o::seed, "Keys the draws, with the prompt"),
                      option("when_truncated", &o::when_truncated,
                             "Appended to a prompt whose answer was truncated, which is then asked once more; empty: never")
                          .formerly("when_cut_off")};
  }
};

// `diagnose(slm, options, asking<bare_prompt>)` asks another field than the prompt.
template <class Field>
struct asking_t {};
template <class Field>
inline constexpr asking_t<Field> asking{};

template <text_generator Model, class Asked = prompt>
class diagnose : public stage<needs<Asked, maybe<history>>, adds<response, response_tokens>> {
  using base = stage<needs<Asked, maybe<history>>, adds<response, response_tokens>>;

 public:
  using typename base::emit;
  using typename base::input;

  template <class M>
    requires std::constructible_from<asked<Model>, M>
  explicit diagnose(M&& slm, diagnose_options options = {}, asking_t<Asked> = {})
      : slm_{std::forward<M>(slm)}, options_{std::move(options)} {}

  std::size_t window() const { return slm_->window(); }
  std::size_t most_tokens(std::size_t rows) const {  // run/folder/planned_stage.hpp
    return rows * static_cast<std::size_t>(options_.sampling.max_tokens) * (options_.when_truncated.empty() ? 1U : 2U);
  }
  void each_part(auto&& visit) { visit(Asked::key), visit(options_), visit(slm_); }

  // The note of a pass in which rows kept their own system message.
  void finish(stage_count& counts) { counts.note = kept_systems(std::exchange(kept_systems_, 0)); }

  void operator()(std::span<input const> rows, emit const& done) {
    std::vector<generation_request> asks;
    std::vector<std::size_t> cut;  // rows to be sampled again
    asks.reserve(rows.size());
    for (auto const& row : rows) {
      asks.push_back(ask(row, get<Asked>(row)));
      kept_systems_ += !options_.system_prompt.empty() && has_system(get<history>(row)) ? 1U : 0U;
    }
    bool const again = !options_.when_truncated.empty();
    slm_->generate(asks, [&](std::size_t i, outcome<completion>&& said) {
      auto const* c = std::get_if<completion>(&said);
      if (again && c != nullptr && !whole(*c))
        cut.push_back(i);
      else
        hand_back(done, i, std::move(said));
    });
    if (cut.empty()) return;
    std::ranges::sort(cut);  // completions arrive in any order, and a batch must not depend on it
    asks.clear();
    for (auto const i : cut) asks.push_back(ask(rows[i], get<Asked>(rows[i]) + "\n\n" + options_.when_truncated));
    slm_->generate(asks, [&](std::size_t i, outcome<completion>&& said) { hand_back(done, cut[i], std::move(said)); });
  }

 private:
  generation_request ask(input const& row, std::string text) const {
    auto const& before = get<history>(row);
    return {.input = asked_about(options_.system_prompt, before, std::move(text)),
            .sampling = options_.sampling,
            .seed = options_.seed,
            .row = prompt_hash(get<Asked>(row), before)};
  }
  static bool whole(completion const& c) {
    return c.finish_reason == finish_reason::end_of_turn || c.finish_reason == finish_reason::stop_string;
  }
  static void hand_back(emit const& done, std::size_t i, outcome<completion>&& said) {
    if (auto* broken = std::get_if<failure>(&said)) return done(i, std::move(*broken));
    auto const& c = std::get<completion>(said);
    done(i, base::with(parse_answer(c.text, whole(c)), c.completion_tokens));
  }

  asked<Model> slm_;
  diagnose_options options_;
  std::size_t kept_systems_{0};
};
template <class Asked>
class diagnose<detail::no_model, Asked> : public detail::ill_formed_stage {
 public:
  template <class T, class... Rest, class is_no_model_that_generates_text = T>
  explicit diagnose(T&&, Rest const&...) = delete;
  template <detail::is_const T, class... Rest, class is_const_and_changes_while_it_is_asked = T>
  explicit diagnose(T&&, Rest const&...) = delete;
};

template <class M>
  requires text_generator<std::remove_reference_t<M>>
diagnose(M&&, diagnose_options = {}) -> diagnose<std::remove_cvref_t<M>>;
template <class M, class Field>
  requires text_generator<std::remove_reference_t<M>>
diagnose(M&&, diagnose_options, asking_t<Field>) -> diagnose<std::remove_cvref_t<M>, Field>;
template <class M, class... Rest>
  requires(!text_generator<std::remove_reference_t<M>>)
diagnose(M&&, Rest const&...) -> diagnose<detail::no_model, prompt>;

}  // namespace ease::inline v1
