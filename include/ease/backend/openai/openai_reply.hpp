// SPDX-License-Identifier: Apache-2.0
#pragma once
// Parses replies of OpenAI-compatible servers into completions and scores. Pure text: no sockets. A reply is untrusted
// input: each field is looked up, none is assumed.

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <ease/core/generator.hpp>
#include <ease/io/json/simdjson.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace ease::inline v1 {

// A reply that violates the API (truncated, not JSON, a field missing): the server's fault, so worth a retry. `what` quotes
// nothing of the reply.
struct malformed {
  std::string what;
};

template <class T>
using parsed = std::variant<T, failure, malformed>;

// Tokens that a reply says were used.
struct token_count {
  std::size_t prompt{0};
  std::size_t completion{0};
};

// The parts of an answer, whether it was streamed or not.
struct reply_parts {
  std::optional<std::string> content{}, thought{};  // the thought is what a server keeps apart from the answer
  std::optional<std::string> why{};                 // finish_reason
  bool by_string{false};                            // a stop string ended it, and the server says so
  token_count used{};
};

// One token that could have come first, and its natural log-probability.
struct token_logprob {
  std::string token;
  double logprob{0};
};

// The echoed prompt and the token generated after it, as /completions gives them with echo and logprobs.
struct echoed_tokens {
  struct one {
    std::string text;
    std::optional<double> logprob{};  // the very first token has none
    bool greedy{false};
  };
  std::vector<one> tokens;
  std::size_t generated{1};  // the last so many are not the prompt's
};

// `chat` tells /chat/completions from /completions. Reasoning that the server keeps apart (reasoning_content of vLLM, SGLang
// and llama.cpp; reasoning of others) is put back as the model wrote it, between <think> and </think>, so that a truncated
// trace is a truncated text and never an empty answer. A prefill that the server repeats is removed.
parsed<completion> read_completion(std::string_view body, generation_request const& asked, bool chat);
parsed<completion> completion_of(reply_parts const& parts, generation_request const& asked);
// The text alone; `ended`: the turn is complete, so a thought without an answer is not truncated.
std::string text_of(reply_parts const& parts, generation_request const& asked, bool ended);

// The likeliest first tokens of a reply to openai_wire::chat_first_token, the likeliest first.
parsed<std::vector<token_logprob>> read_first_token(std::string_view body);
parsed<echoed_tokens> read_echo(std::string_view body);

// The message of an error reply, raw; empty when it has none (an HTML page, say).
std::string read_error_message(std::string_view body);
// Whether a 429 means that the account's quota is used up: a permanent failure.
bool quota_is_gone(std::string_view body);

// Zeros when it does not say.
token_count read_usage(std::string_view body);

namespace detail {

using json_element = simdjson::dom::element;

inline std::optional<json_element> member(json_element of, std::string_view key) {
  json_element found;
  if (of.is_object() && of[key].get(found) == simdjson::SUCCESS && !found.is_null()) return found;
  return std::nullopt;
}
inline std::optional<std::string_view> text_member(json_element of, std::string_view key) {
  std::string_view text;
  if (auto const found = member(of, key); found && found->get(text) == simdjson::SUCCESS) return text;
  return std::nullopt;
}
inline std::size_t count_member(std::optional<json_element> of, std::string_view key) {
  std::uint64_t count = 0;
  if (auto const found = of ? member(*of, key) : std::nullopt; found && found->get(count) == simdjson::SUCCESS) return count;
  return 0;
}
inline std::optional<double> number(json_element value) {
  double n = 0;
  if (value.get(n) == simdjson::SUCCESS) return n;
  return std::nullopt;
}
inline std::optional<simdjson::dom::array> array_member(json_element of, std::string_view key) {
  simdjson::dom::array list;
  if (auto const found = member(of, key); found && found->get(list) == simdjson::SUCCESS) return list;
  return std::nullopt;
}

inline token_count usage_of(json_element reply) {
  auto const usage = member(reply, "usage");
  return {count_member(usage, "prompt_tokens"), count_member(usage, "completion_tokens")};
}

// A parsed body; the elements point into `parser`.
struct document {
  simdjson::dom::parser parser;
  json_element root{};
  explicit document(std::string_view body) { whole = parser.parse(body.data(), body.size()).get(root) == simdjson::SUCCESS; }
  bool whole{false};
};

// The first choice, or why there is none.
inline std::variant<json_element, malformed> first_choice(document const& reply) {
  if (!reply.whole) return malformed{"the reply is not whole JSON"};
  if (member(reply.root, "error")) return malformed{"the reply is an error in spite of status 200"};
  auto const choices = array_member(reply.root, "choices");
  json_element choice;
  if (!choices || choices->at(0).get(choice) != simdjson::SUCCESS) return malformed{"the reply has no choices"};
  return choice;
}

}  // namespace detail

inline parsed<completion> read_completion(std::string_view body, generation_request const& asked, bool chat) {
  detail::document const reply{body};
  auto const found = detail::first_choice(reply);
  if (auto const* const bad = std::get_if<malformed>(&found)) return *bad;
  auto const choice = std::get<detail::json_element>(found);
  reply_parts parts{.used = detail::usage_of(reply.root)};
  auto const keep = [](std::optional<std::string_view> text) {
    return text ? std::optional<std::string>{*text} : std::nullopt;
  };
  parts.why = keep(detail::text_member(choice, "finish_reason"));
  parts.by_string = detail::text_member(choice, "stop_reason").has_value();
  if (!chat) {
    parts.content = keep(detail::text_member(choice, "text"));
  } else if (auto const message = detail::member(choice, "message")) {
    parts.content = keep(detail::text_member(*message, "content"));
    if (!parts.content) parts.content = keep(detail::text_member(*message, "refusal"));
    parts.thought = keep(detail::text_member(*message, "reasoning_content"));
    if (!parts.thought) parts.thought = keep(detail::text_member(*message, "reasoning"));
  }
  return completion_of(parts, asked);
}

inline std::string text_of(reply_parts const& parts, generation_request const& asked, bool ended) {
  std::string text;
  if (parts.thought && !parts.thought->empty()) {
    if (asked.prefill.find("<think>") == std::string::npos && !parts.thought->starts_with("<think>")) text = "<think>\n";
    text += *parts.thought;
    // Without an answer, a trace was truncated unless the model ended its turn.
    if ((parts.content && !parts.content->empty()) || ended) text += "\n</think>\n\n";
  }
  if (parts.content) text += *parts.content;
  if (!asked.prefill.empty() && text.starts_with(asked.prefill)) text.erase(0, asked.prefill.size());
  return text;
}

inline parsed<completion> completion_of(reply_parts const& parts, generation_request const& asked) {
  completion out{.text = {}, .prompt_tokens = parts.used.prompt, .completion_tokens = parts.used.completion};
  if (!parts.why) return malformed{"the reply does not say why the text ended (finish_reason)"};
  auto const& why = *parts.why;
  if (why == "content_filter")
    return failure{"the server's content filter stopped the answer (finish_reason content_filter)"};
  if (why == "stop" || why == "eos" || why == "eos_token" || why == "stop_sequence") {
    // OpenAI's API does not tell a stop string from the end of the turn; vLLM's stop_reason and TGI's stop_sequence do.
    out.finish_reason = why == "stop_sequence" || parts.by_string ? finish_reason::stop_string : finish_reason::end_of_turn;
  } else if (why == "length") {
    auto const limit = static_cast<std::size_t>(std::max(asked.sampling.max_tokens, 0));
    bool const short_of_limit = out.completion_tokens > 0 && out.completion_tokens < limit;
    out.finish_reason = short_of_limit ? finish_reason::context_full : finish_reason::max_tokens;
  } else {
    return failure{"the answer ended for a reason that makes it no answer (finish_reason neither stop nor length)"};
  }
  if (!parts.content && !parts.thought) return malformed{"the reply has no text"};
  out.text = text_of(parts, asked, out.finish_reason == finish_reason::end_of_turn);
  return out;
}

inline parsed<std::vector<token_logprob>> read_first_token(std::string_view body) {
  detail::document const reply{body};
  auto const found = detail::first_choice(reply);
  if (auto const* const bad = std::get_if<malformed>(&found)) return *bad;
  auto const logprobs = detail::member(std::get<detail::json_element>(found), "logprobs");
  auto const content = logprobs ? detail::array_member(*logprobs, "content") : std::nullopt;
  detail::json_element first;
  if (!content || content->at(0).get(first) != simdjson::SUCCESS)
    return failure{
        "the server gives no log-probabilities of tokens: it cannot score by likelihood (vLLM and llama.cpp can)"};
  std::vector<token_logprob> tokens;
  auto const add = [&](detail::json_element entry) {
    auto const text = detail::text_member(entry, "token");
    auto const value = detail::member(entry, "logprob");
    auto const logprob = value ? detail::number(*value) : std::nullopt;
    auto const same = [&](token_logprob const& each) { return each.token == *text; };
    if (text && logprob && std::none_of(tokens.begin(), tokens.end(), same))
      tokens.push_back({std::string{*text}, *logprob});
  };
  if (auto const top = detail::array_member(first, "top_logprobs"))
    for (auto const entry : *top) add(entry);
  if (tokens.size() < 2) return failure{"the server gives no top_logprobs: it cannot score by likelihood"};
  add(first);
  std::stable_sort(tokens.begin(), tokens.end(), [](auto const& a, auto const& b) { return a.logprob > b.logprob; });
  return tokens;
}

inline parsed<echoed_tokens> read_echo(std::string_view body) {
  detail::document const reply{body};
  auto const found = detail::first_choice(reply);
  if (auto const* const bad = std::get_if<malformed>(&found)) return *bad;
  auto const logprobs = detail::member(std::get<detail::json_element>(found), "logprobs");
  auto const tokens = logprobs ? detail::array_member(*logprobs, "tokens") : std::nullopt;
  auto const values = logprobs ? detail::array_member(*logprobs, "token_logprobs") : std::nullopt;
  if (!tokens || !values)
    return failure{"the server does not echo log-probabilities of a prompt (vLLM's /completions does)"};
  if (tokens->size() != values->size()) return malformed{"the reply has more tokens than log-probabilities, or fewer"};
  auto const top = detail::array_member(*logprobs, "top_logprobs");
  echoed_tokens out;
  for (std::size_t i = 0; i < tokens->size(); ++i) {
    std::string_view text;
    if (tokens->at(i).get(text) != simdjson::SUCCESS) return malformed{"the reply holds a token that is not text"};
    echoed_tokens::one token{.text = std::string{text}, .logprob = detail::number(values->at(i).value_unsafe())};
    simdjson::dom::object others;
    if (token.logprob && top && i < top->size() && top->at(i).get(others) == simdjson::SUCCESS) {
      token.greedy = true;
      for (auto const other : others)
        if (auto const value = detail::number(other.value); value && *value > *token.logprob) token.greedy = false;
    }
    out.tokens.push_back(std::move(token));
  }
  auto const usage = detail::member(reply.root, "usage");
  if (usage && detail::member(*usage, "completion_tokens")) out.generated = detail::count_member(usage, "completion_tokens");
  if (out.generated > out.tokens.size()) return malformed{"the reply counts more generated tokens than it holds"};
  return out;
}

inline std::string read_error_message(std::string_view body) {
  detail::document const reply{body};
  if (!reply.whole) return {};
  auto const error = detail::member(reply.root, "error");
  for (auto const& [of, key] :
       {std::pair{error, "message"}, std::pair{std::optional{reply.root}, "error"},
        std::pair{std::optional{reply.root}, "message"}, std::pair{std::optional{reply.root}, "detail"}})
    if (auto const text = of ? detail::text_member(*of, key) : std::nullopt) return std::string{*text};
  return {};
}

inline bool quota_is_gone(std::string_view body) {
  detail::document const reply{body};
  auto const error = reply.whole ? detail::member(reply.root, "error") : std::nullopt;
  return error && (detail::text_member(*error, "code") == "insufficient_quota" ||
                   detail::text_member(*error, "type") == "insufficient_quota");
}

inline token_count read_usage(std::string_view body) {
  detail::document const reply{body};
  return reply.whole ? detail::usage_of(reply.root) : token_count{};
}

}  // namespace ease::inline v1
