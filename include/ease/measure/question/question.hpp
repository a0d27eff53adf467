// SPDX-License-Identifier: Apache-2.0
#pragma once
// One question of a benchmark, and the text a model reads of it: definitions and spacing are those of lm-eval 0.4. A question
// with choices is answered by the likeliest of them, an open one in words.
#include <cstddef>
#include <ease/core/generator.hpp>
#include <ease/text/unicode/strip.hpp>
#include <ease/text/unicode/unicode.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace ease::inline v1 {

struct choice_question {
  std::string text{};  // what each choice stands behind; empty where the choices are such texts themselves
  std::vector<std::string> choices{};
  std::size_t gold{0};
  std::string ending{};  // then: what is scored behind each of them (WinoGrande's partial evaluation)
};

struct open_question {
  std::string text{};
  std::string answer{};  // worked out, as a shot shows it
};

using question = std::variant<choice_question, open_question>;

// Characters, as Python counts them.
inline std::size_t characters_in(std::string_view text) {
  std::size_t count = 0;
  for (char const c : text) count += (static_cast<unsigned char>(c) & 0xC0U) != 0x80U ? 1U : 0U;
  return count;
}

// The question with its answer, as it stands in front of another one.
inline std::string shot_of(question const& one) {
  if (auto const* open = std::get_if<open_question>(&one)) return open->text + " " + open->answer + "\n\n";
  auto const& q = std::get<choice_question>(one);
  auto const& right = q.choices.at(q.gold);
  return q.text.empty() ? right + " " + q.ending + "\n\n" : q.text + " " + right + "\n\n";
}

namespace detail {
// White space at the end of the context belongs to what follows it, since a word's token begins with its space.
inline score_request continued(std::string context, std::vector<std::string> continuations) {
  auto const from_text = stripped("." + context).size() - 1;  // the end alone is stripped
  auto const space = context.substr(from_text);
  context.resize(from_text);
  for (auto& one : continuations) one.insert(0, space);
  return {.input = plain_text{std::move(context)}, .continuations = std::move(continuations), .joined = true};
}
}  // namespace detail

// What a model is asked for the likelihood of each choice, in their order: one request with all of them, or one a choice.
// `before`: the description and the shots.
inline std::vector<score_request> likelihood_requests(std::string const& before, choice_question const& q) {
  std::vector<score_request> all;
  if (q.text.empty()) {
    for (auto const& one : q.choices) all.push_back(detail::continued(before + one, {" " + q.ending}));
    return all;
  }
  std::vector<std::string> continuations;
  continuations.reserve(q.choices.size());
  for (auto const& one : q.choices) continuations.push_back(" " + one);
  all.push_back(detail::continued(before + q.text, std::move(continuations)));
  return all;
}

// The first of the largest; `by_characters`: of the log-likelihood over the choice's length in characters (acc_norm).
inline std::size_t likeliest(std::vector<double> const& logprobs, choice_question const& q, bool by_characters) {
  auto const value = [&](std::size_t i) {
    return by_characters ? logprobs[i] / static_cast<double>(characters_in(q.choices[i])) : logprobs[i];
  };
  std::size_t best = 0;
  for (std::size_t i = 1; i < logprobs.size(); ++i)
    if (value(i) > value(best)) best = i;
  return best;
}

}  // namespace ease::inline v1
