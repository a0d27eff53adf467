// SPDX-License-Identifier: Apache-2.0
#pragma once
// The log-likelihood of each row's completion, as a stage:
//
//     from(row_files<prompt, scored_text>{{"pairs.jsonl"}}) | score_rows(model)
//
// `logprob` is the natural logarithm of the completion's probability behind the prompt, summed over its tokens; `greedy`
// says whether each token was the likeliest.
#include <cmath>
#include <concepts>
#include <cstddef>
#include <ease/core/generator.hpp>
#include <ease/journal/asked.hpp>
#include <ease/record/fields.hpp>
#include <ease/stage/pipeline.hpp>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace ease::inline v1 {

// A completion as text, not as a training answer: rows that hold one are laid out as ours (schema "ease").
struct scored_text : field<"completion", std::string> {};
struct logprob : field<"logprob", double> {};
struct scored_tokens : field<"tokens", std::size_t> {};
struct greedy : field<"greedy", bool> {};

template <likelihood_scorer Model>
class score_rows : public stage<needs<prompt, scored_text, maybe<history>>, adds<logprob, scored_tokens, greedy>> {
  using base = stage<needs<prompt, scored_text, maybe<history>>, adds<logprob, scored_tokens, greedy>>;

 public:
  using typename base::emit;
  using typename base::input;

  // `chat`: the prompt is a user's turn in the model's chat template, and else plain text, which has no place for messages in
  // front of it: such rows are rejected as "history".
  template <class M>
    requires std::constructible_from<asked<Model>, M>
  explicit score_rows(M&& model, bool chat = false) : model_{std::forward<M>(model)}, chat_{chat} {}

  std::size_t window() const { return model_->window(); }

  void operator()(std::span<input const> rows, emit const& done) {
    std::vector<score_request> asks;
    std::vector<std::size_t> row_of;
    asks.reserve(rows.size());
    for (std::size_t i = 0; i < rows.size(); ++i) {
      auto const& row = rows[i];
      if (!chat_ && !get<history>(row).empty()) {
        done(i, rejected{"history",
                         "messages stand in front of the prompt, and plain text has no place for them: ask with "
                         "the chat template (--chat)"});
        continue;
      }
      model_input in = plain_text{get<prompt>(row)};
      if (chat_) in = asked_with(get<history>(row), get<prompt>(row));
      asks.push_back({.input = std::move(in), .continuations = {get<scored_text>(row)}});
      row_of.push_back(i);
    }
    if (asks.empty()) return;
    model_->score(asks, [&](std::size_t k, outcome<std::vector<continuation_score>> what) {
      auto const i = row_of[k];
      if (auto* broken = std::get_if<failure>(&what)) return done(i, std::move(*broken));
      auto const& one = std::get<0>(what).front();
      if (!std::isfinite(one.logprob))
        return done(i, failure{"the completion is not among the server's likeliest first tokens"});
      done(i, base::with(one.logprob, one.tokens, one.greedy));
    });
  }

 private:
  asked<Model> model_;
  bool chat_;
};
template <class M>
score_rows(M&&) -> score_rows<std::remove_cvref_t<M>>;
template <class M>
score_rows(M&&, bool) -> score_rows<std::remove_cvref_t<M>>;

}  // namespace ease::inline v1
