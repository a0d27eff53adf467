// SPDX-License-Identifier: Apache-2.0
#pragma once
// What a stage may ask of a language model, and the concepts a backend satisfies. Local models (backend/torch.hpp), remote
// ones (backend/openai/openai.hpp) and the scripted one of the tests (backend/scripted.hpp) are interchangeable behind them.
// Non-goal: how text becomes tokens. That is the backend's own business, or the server's.
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <ease/core/conversation.hpp>
#include <ease/core/function_ref.hpp>
#include <ease/core/option.hpp>
#include <ease/core/outcome.hpp>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <variant>
#include <vector>

namespace ease::inline v1 {

// Text that no chat template is put around (`ease score`, base models).
struct plain_text {
  std::string text;
};
using model_input = std::variant<conversation, plain_text>;

struct sampling {
  double temperature{0.7};
  double top_p{1.0};
  double min_p{0.0};
  int top_k{0};
  double repetition_penalty{1.0};  // applies to prompt and completion tokens
  int max_tokens{512};
  std::vector<std::string> stop{};

  constexpr bool is_greedy() const { return temperature == 0; }
  // Why a seed or a filter of tokens has no effect; empty if it has one.
  constexpr std::string_view why_no_draws() const {
    return is_greedy() ? "temperature 0 takes the most likely token and draws none" : "";
  }

  static constexpr auto options() {
    using s = sampling;
    return std::tuple{
        option("temperature", &s::temperature, "0 is greedy", at_least(0.0)),
        option("top_p", &s::top_p, "Keep the most likely tokens up to this probability mass; 1 keeps all", above{0, 1})
            .idle([](s const& x) { return x.top_p != 1 ? x.why_no_draws() : ""; }),
        option("min_p", &s::min_p, "Drop tokens less likely than this fraction of the most likely one; 0 keeps all",
               between<double>{0, 1})
            .idle([](s const& x) { return x.min_p != 0 ? x.why_no_draws() : ""; }),
        option("top_k", &s::top_k, "Keep this many of the most likely tokens; 0 keeps all", at_least(0))
            .idle([](s const& x) { return x.top_k != 0 ? x.why_no_draws() : ""; }),
        option("repetition_penalty", &s::repetition_penalty, "Penalty on tokens that occurred before; 1 is none", above{}),
        option("max_tokens", &s::max_tokens, "Most tokens to generate", at_least(1)),
        option("stop", &s::stop, "The completion ends before the first of these texts")};
  }
  friend bool operator==(sampling const&, sampling const&) = default;
};

struct generation_request {
  model_input input;
  std::string prefill{};  // the assistant's text so far, e.g. "<think>\n"; not repeated in the completion
  ease::sampling sampling{};
  std::uint64_t seed{42};  // with `row`, keys the generator: a row's text does not depend on its batch
  std::uint64_t row{0};
  // A JSON schema for the answer, its root an object. A server that can holds the answer to it; elsewhere it has no effect,
  // so the text must ask for the same.
  std::string json_schema{};
};

enum class finish_reason : std::uint8_t { end_of_turn, stop_string, max_tokens, context_full };

struct completion {
  std::string text;
  ease::finish_reason finish_reason{ease::finish_reason::end_of_turn};
  std::size_t prompt_tokens{0};
  std::size_t completion_tokens{0};  // the end-of-turn token counts
};

struct score_request {
  model_input input;
  std::string prefill{};
  std::vector<std::string> continuations;  // at least one; each is scored on its own
  // Of a plain text: a continuation's tokens are those of input + continuation beyond the input's own, as lm-eval has it,
  // and not those of the continuation alone. A server that scores whole texts does so anyway.
  bool joined{false};
};

struct continuation_score {
  double logprob{0};  // natural log, summed over the continuation's tokens; minus infinity: less than can be told
  double first_token_logprob{0};  // of its first token alone
  std::size_t tokens{0};
  bool greedy{false};  // each token was the most likely one
};

// Called once for each request, in any order, as soon as it is done: (index into the span, its outcome).
template <class T>
using on_done = function_ref<void(std::size_t, outcome<T>)>;

// `window` is how many requests keep the backend busy; `identity` names model, precision and template, for reports and keys.
template <class G>
concept text_generator = requires(G& g, std::span<generation_request const> requests, on_done<completion> const& done) {
  g.generate(requests, done);
  { std::as_const(g).window() } -> std::convertible_to<std::size_t>;
  { std::as_const(g).identity() } -> std::convertible_to<std::string>;
};

template <class G>
concept likelihood_scorer =
    requires(G& g, std::span<score_request const> requests, on_done<std::vector<continuation_score>> const& done) {
      g.score(requests, done);
      { std::as_const(g).window() } -> std::convertible_to<std::size_t>;
      { std::as_const(g).identity() } -> std::convertible_to<std::string>;
    };

namespace detail {
// Stands for the argument of a stage that was given something else (stage/ill_formed_stage.hpp).
struct no_model {
  void generate(std::span<generation_request const>, on_done<completion> const&);
  std::string identity() const;
  std::size_t window() const;
};
}  // namespace detail

}  // namespace ease::inline v1
