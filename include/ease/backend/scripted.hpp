// SPDX-License-Identifier: Apache-2.0
#pragma once
// A generator and a scorer that follow a script, for tests of stages without a model. Answers come from a function of the
// request, so a test states what its "model" answers; failures, crashes and out-of-order completion can be scripted too.
// Non-goal: behaving like a language model. Tokens are whitespace-separated words here.
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <ease/core/error.hpp>
#include <ease/core/generator.hpp>
#include <functional>
#include <map>
#include <numeric>
#include <optional>
#include <random>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ease::inline v1 {

enum class completion_order : std::uint8_t { as_asked, reversed, shuffled };

struct scripted_options {
  std::size_t window{8};
  std::string identity{"scripted"};
  completion_order order{completion_order::as_asked};
  std::uint64_t shuffle_seed{42};
  std::optional<std::size_t> crash_after{};  // throws ease::error instead of delivering outcome number crash_after + 1
};

// The text a request is about: its last user message, or the plain text. Empty when there is neither.
inline std::string user_text(model_input const& input) {
  if (auto const* plain = std::get_if<plain_text>(&input)) return plain->text;
  auto const& turns = std::get<conversation>(input);
  auto const last = std::find_if(turns.rbegin(), turns.rend(), [](message const& turn) { return turn.role == role::user; });
  return last == turns.rend() ? std::string{} : last->content;
}

namespace detail {

inline std::size_t count_words(std::string_view text) {
  std::size_t words = 0;
  bool inside = false;
  for (char const c : text) {
    bool const space = c == ' ' || c == '\n' || c == '\t' || c == '\r';
    words += !space && !inside ? 1U : 0U;
    inside = !space;
  }
  return words;
}

// The common part of both: calls the script for each request in the requested order, and counts.
template <class Request, class Answer>
class scripted {
 public:
  using script = std::function<outcome<Answer>(Request const&)>;

  explicit scripted(script follow, scripted_options options) : answer_{std::move(follow)}, options_{std::move(options)} {}

  [[nodiscard]] std::size_t window() const { return options_.window; }
  [[nodiscard]] std::string identity() const { return options_.identity; }
  [[nodiscard]] static bool rows_are_independent() { return true; }
  [[nodiscard]] std::size_t calls() const { return calls_; }         // requests answered so far
  [[nodiscard]] std::size_t largest_batch() const { return most_; }  // most requests of one call

 protected:
  void follow(std::span<Request const> requests, on_done<Answer> const& done) {
    most_ = std::max(most_, requests.size());
    std::vector<std::size_t> order(requests.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    if (options_.order == completion_order::reversed) std::reverse(order.begin(), order.end());
    if (options_.order == completion_order::shuffled) {
      std::mt19937_64 draw{options_.shuffle_seed + calls_};
      for (std::size_t left = order.size(); left > 1; --left) std::swap(order[left - 1], order[draw() % left]);
    }
    for (std::size_t const i : order) {
      if (options_.crash_after && calls_ >= *options_.crash_after)
        throw error{"the scripted backend crashed after {} requests, as its options ask", calls_};
      ++calls_;
      done(i, answer_(requests[i]));
    }
  }

 private:
  script answer_;
  scripted_options options_;
  std::size_t calls_{0};
  std::size_t most_{0};
};

}  // namespace detail

// Satisfies text_generator:  scripted_generator slm{[](generation_request const& r) { return reply("..."); }};
class scripted_generator : public detail::scripted<generation_request, completion> {
 public:
  explicit scripted_generator(script follow, scripted_options options = {})
      : scripted{std::move(follow), std::move(options)} {}
  void generate(std::span<generation_request const> requests, on_done<completion> const& done) { follow(requests, done); }
};

// Satisfies likelihood_scorer:  scripted_scorer guard{[](score_request const&) { return probabilities({0.9, 0.1}); }};
class scripted_scorer : public detail::scripted<score_request, std::vector<continuation_score>> {
 public:
  explicit scripted_scorer(script follow, scripted_options options = {}) : scripted{std::move(follow), std::move(options)} {}
  void score(std::span<score_request const> requests, on_done<std::vector<continuation_score>> const& done) {
    follow(requests, done);
  }
};

// A model that answers some requests by text and others by likelihood, as a guard does.
class scripted_model : public scripted_generator, public scripted_scorer {
 public:
  scripted_model(scripted_generator::script generated, scripted_scorer::script scored, scripted_options const& options = {})
      : scripted_generator{std::move(generated), options}, scripted_scorer{std::move(scored), options} {}
  [[nodiscard]] std::size_t window() const { return scripted_generator::window(); }
  [[nodiscard]] std::string identity() const { return scripted_generator::identity(); }
  [[nodiscard]] static bool rows_are_independent() { return true; }
};

inline outcome<completion> reply(std::string text, finish_reason why = finish_reason::end_of_turn) {
  auto const words = detail::count_words(text) + (why == finish_reason::end_of_turn ? 1U : 0U);
  return completion{.text = std::move(text), .finish_reason = why, .prompt_tokens = 0, .completion_tokens = words};
}

inline outcome<completion> fail(std::string what) { return failure{std::move(what)}; }

// One-token continuations of these probabilities, in the request's order; the first of the highest is the greedy one.
inline outcome<std::vector<continuation_score>> probabilities(std::vector<double> const& p) {
  std::vector<continuation_score> scores;
  auto const best = static_cast<std::size_t>(std::max_element(p.begin(), p.end()) - p.begin());
  for (std::size_t i = 0; i < p.size(); ++i)
    scores.push_back({.logprob = std::log(p[i]), .first_token_logprob = std::log(p[i]), .tokens = 1, .greedy = i == best});
  return scores;
}

// Answers by user_text; a text that is not in the table is a failure, so that a test cannot pass on an unforeseen question.
inline scripted_generator::script replies(std::map<std::string, std::string> table) {
  return [table = std::move(table)](generation_request const& request) {
    auto const found = table.find(user_text(request.input));
    return found == table.end() ? fail("no scripted reply for this text") : reply(found->second);
  };
}

// The script, except that every nth request (the nth first) fails.
template <class Script>
auto failing_every(std::size_t nth, Script script, std::string what = "injected failure") {
  return [nth, script = std::move(script), what = std::move(what),
          asked = std::size_t{0}](auto const& request) mutable -> decltype(script(request)) {
    if (++asked % nth == 0) return failure{what};
    return script(request);
  };
}

}  // namespace ease::inline v1
