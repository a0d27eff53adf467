// SPDX-License-Identifier: Apache-2.0
#pragma once
// Scores of continuations from a server's log-probabilities. Pure arithmetic: no sockets.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <ease/backend/openai/openai_reply.hpp>
#include <ease/core/generator.hpp>
#include <limits>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ease::inline v1 {

// Scores continuations by the likeliest first tokens (`tokens`, likeliest first): each that is one token by that token's own
// log-probability. One that is not listed gets an upper bound: that of the last token listed, or of the listed tokens it
// begins with. Where none is listed nothing is known of how they compare, and all get minus infinity. A failure where one is
// likely to be several tokens and weighs more than those listed: no such list can tell its likelihood.
inline outcome<std::vector<continuation_score>> score_by_first_token(std::vector<token_logprob> const& tokens,
                                                                     std::vector<std::string> const& continuations) {
  constexpr double likely = 0.1;
  std::vector<continuation_score> scores;
  std::vector<double> begun;  // of each continuation that is not listed: the probability of the tokens it begins with
  double listed = 0;
  for (std::size_t c = 0; c < continuations.size(); ++c) {
    std::string_view const wanted = continuations[c];
    if (wanted.empty()) return failure{fmt::format("continuation {} is empty", c + 1)};
    auto const found = std::find_if(tokens.begin(), tokens.end(), [&](auto const& each) { return each.token == wanted; });
    begun.push_back(0);
    if (found != tokens.end()) {
      listed += std::exp(found->logprob);
    } else {
      for (auto const& each : tokens)
        if (!each.token.empty() && wanted.starts_with(each.token)) begun.back() += std::exp(each.logprob);
    }
    double const logprob = found != tokens.end() ? found->logprob : std::max(tokens.back().logprob, std::log(begun.back()));
    scores.push_back({.logprob = logprob, .first_token_logprob = logprob, .tokens = 1, .greedy = found == tokens.begin()});
  }
  for (std::size_t c = 0; c < begun.size(); ++c)
    if (begun[c] >= std::max(listed, likely))
      return failure{
          fmt::format("continuation {} is several tokens to this server, and chat endpoints tell only the first one's "
                      "likelihood: use continuations of one token, or a local model",
                      c + 1)};
  if (listed <= 0)
    for (auto& each : scores) each.logprob = each.first_token_logprob = -std::numeric_limits<double>::infinity();
  return scores;
}

// Scores one continuation by its own echoed tokens: those at the end of what was sent, `prompt` and continuation, that
// together are its text.
inline outcome<continuation_score> score_by_echo(echoed_tokens const& echo, std::string_view prompt,
                                                 std::string_view continuation) {
  // llama-cpp-python lists no generated token, and its log-probabilities are those of the next token instead of the token.
  std::string whole;
  for (auto const& token : echo.tokens) whole += token.text;
  if (echo.generated > 0 && !echo.tokens.empty() && !echo.tokens.back().text.empty() &&
      whole == std::string{prompt}.append(continuation))
    return failure{
        "the server echoes a prompt without the token it generated, as llama-cpp-python does, whose log-probabilities stand "
        "one token too late: use a server that gives them (vLLM, say), or a local model"};
  continuation_score score{.greedy = true};
  std::size_t left = continuation.size();
  for (std::size_t i = echo.tokens.size() - echo.generated; left > 0; --i) {
    if (i == 0) return failure{"the server's tokens do not add up to the continuation"};
    auto const& token = echo.tokens[i - 1];
    if (token.text.size() > left || continuation.substr(left - token.text.size(), token.text.size()) != token.text)
      return failure{"the server's tokens do not split where prompt and continuation meet: move the space between them"};
    if (!token.logprob) return failure{"the server gives no log-probability for the continuation's first token"};
    left -= token.text.size();
    score.logprob += *token.logprob;
    score.first_token_logprob = *token.logprob;
    score.greedy = score.greedy && token.greedy;
    ++score.tokens;
  }
  if (score.tokens == 0) return failure{"a continuation is empty"};
  return score;
}

}  // namespace ease::inline v1
