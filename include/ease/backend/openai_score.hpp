#pragma once
// From a server's log-probabilities to the scores of continuations. Pure arithmetic: no sockets.
#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ease/backend/generator.hpp"
#include "ease/backend/openai_reply.hpp"

namespace ease {

// Scores continuations that are one token each by the likeliest first tokens (`tokens`, likeliest first). One that is not
// among them gets the log-probability of the last of them, an upper bound: with 20 tokens listed, it is below 1/20. A
// failure when none is listed, or when one may be several tokens, whose likelihood such a list cannot tell.
inline outcome<std::vector<continuation_score>> score_by_first_token(std::vector<token_logprob> const& tokens,
                                                                     std::vector<std::string> const& continuations) {
  std::vector<continuation_score> scores;
  bool any = false;
  for (std::size_t c = 0; c < continuations.size(); ++c) {
    std::string_view const wanted = continuations[c];
    if (wanted.empty()) return failure{fmt::format("continuation {} is empty", c + 1)};
    auto const found = std::find_if(tokens.begin(), tokens.end(), [&](auto const& each) { return each.token == wanted; });
    if (found == tokens.end() && std::any_of(tokens.begin(), tokens.end(), [&](auto const& each) {
          return !each.token.empty() && wanted.starts_with(each.token);
        }))
      return failure{
          fmt::format("continuation {} is several tokens to this server, and chat endpoints tell only the first one's "
                      "likelihood: use continuations of one token, or a local model",
                      c + 1)};
    bool const listed = found != tokens.end();
    double const logprob = listed ? found->logprob : tokens.back().logprob;
    scores.push_back({.logprob = logprob, .first_token_logprob = logprob, .tokens = 1, .greedy = found == tokens.begin()});
    any = any || listed;
  }
  if (!any)
    return failure{fmt::format("none of the {} continuations is among the server's {} likeliest first tokens",
                               continuations.size(), tokens.size())};
  return scores;
}

// Scores one continuation by its own echoed tokens: those at the prompt's end that together are its text.
inline outcome<continuation_score> score_by_echo(echoed_tokens const& echo, std::string_view continuation) {
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

}  // namespace ease
