// SPDX-License-Identifier: Apache-2.0
#pragma once
// Parses replies of OpenAI-compatible servers into completions and scores. Pure text: no sockets. A reply is untrusted
// input: each field is looked up, none is assumed.

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <ease/backend/openai/reply/openai_answer.hpp>
#include <ease/backend/openai/reply/openai_content.hpp>
#include <ease/backend/openai/reply/openai_finish.hpp>
#include <ease/backend/openai/reply/openai_json.hpp>
#include <ease/core/generator.hpp>
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
  bool paid{false};   // a model made it, so that another try costs as much again
  bool sound{false};  // the reply is as it should be, and the model's answer is empty: no fault of the server
};

template <class T>
using parsed = std::variant<T, failure, malformed>;

// What a reply says beside its answer.
struct reply_facts {
  token_count used{};
  std::optional<std::string> finish{};  // by name_of_finish; none where no answer was read
  bool guessed{false};                  // the finish_reason does not say whether the answer is whole
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

// `chat` tells /chat/completions from /completions. Reasoning that the server keeps apart (openai_content.hpp) is put back as
// the model wrote it, between <think> and </think>, so that a truncated trace is a truncated text and never an empty answer.
// A thought without an answer and a tool call are failures. A prefill that the server repeats is removed; the text ends
// before the first of the request's stop strings, also where the server did not apply them. A finish_reason that says
// nothing counts as the end of the turn, or as max_tokens where the server counts that many. An answer of white space alone
// is malformed where the turn ended and a failure where the limit did it, but for one that a stop string cut down to nothing,
// and for the rest of a text or of an answer that the request begins: there may be none.
parsed<completion> read_completion(std::string_view body, generation_request const& asked, bool chat, reply_facts& facts);
parsed<completion> completion_of(reply_parts const& parts, generation_request const& asked, reply_facts& facts);
// The text alone; `ended`: the turn is complete, so a thought without an answer is not truncated.
std::string text_of(reply_parts const& parts, generation_request const& asked, bool ended);

// The likeliest first tokens of a reply to openai_wire::chat_first_token, the likeliest first.
parsed<std::vector<token_logprob>> read_first_token(std::string_view body);
parsed<echoed_tokens> read_echo(std::string_view body);

// Zeros when it does not say.
token_count read_usage(std::string_view body);

namespace detail {

// The first choice, or why there is none.
inline std::variant<json_element, malformed> first_choice(document const& reply, std::string_view body) {
  // Cut off on its way it is a passing fault. To its end it is what the server writes.
  auto const last = body.find_last_not_of(" \t\r\n");
  if (!reply.whole)
    return malformed{"the reply is not whole JSON",
                     last != body.npos && body[last] == '}' && body.find("\"choices\"") != body.npos};
  auto const choices = array_member(reply.root, "choices");
  json_element choice;
  bool const some = choices && choices->at(0).get(choice) == simdjson::SUCCESS;
  if (!some && member(reply.root, "error")) return malformed{"the reply is an error in spite of status 200"};
  if (!some) return malformed{"the reply has no choices", choices.has_value() || usage_of(reply.root).completion > 0};
  return choice;
}

}  // namespace detail

namespace detail {

// Why a choice ended, and whether a stop string did that, into `parts`. A stream says it at its end, with nothing before.
inline void add_finish(reply_parts& parts, json_element choice) {
  auto why = member(choice, "finish_reason");
  if (text_of_element(why) == "null") why.reset();  // as KoboldCpp and ai00 wrote it
  auto const second = text_member(choice, "stop_reason");
  if (!why && !second) return;
  auto const text = text_of_element(why);
  if (why && !text) {
    parts.why = simdjson::minify(*why);
  } else if (text && (!text->empty() || !parts.why)) {
    parts.why = std::string{*text};
  }
  // vLLM's stop_reason is the stop string; that of others is the finish_reason.
  if (second && (!parts.why || parts.why->empty()) && meaning_of_finish(*second) != finish_meaning::unknown)
    parts.why = std::string{*second};
  if (text && !text->empty()) parts.by_string = second.has_value() && meaning_of_finish(*second) == finish_meaning::unknown;
}

// The place of the first of the stop strings; npos if there is none.
inline std::size_t stop_in(std::string_view text, std::vector<std::string> const& stops) {
  auto first = text.npos;
  for (auto const& stop : stops)
    if (!stop.empty()) first = std::min(first, text.find(stop));
  return first;
}

}  // namespace detail

inline parsed<completion> read_completion(std::string_view body, generation_request const& asked, bool chat,
                                          reply_facts& facts) {
  detail::document const reply{body};
  auto const found = detail::first_choice(reply, body);
  if (reply.whole) facts.used = detail::usage_of(reply.root);
  if (auto const* const bad = std::get_if<malformed>(&found)) return *bad;
  auto const choice = std::get<detail::json_element>(found);
  reply_parts parts{.used = facts.used};
  detail::add_finish(parts, choice);
  auto message = detail::member(choice, "message");
  if (!message) message = detail::member(choice, "delta");  // a stream of one event
  auto const text = detail::text_member(choice, "text");
  if (message && (chat || !text))
    add_message(parts, *message);
  else if (text)
    parts.content = std::string{*text};
  return completion_of(parts, asked, facts);
}

inline std::string text_of(reply_parts const& parts, generation_request const& asked, bool ended) {
  constexpr std::string_view open = "<think>", close = "</think>", space = " \t\r\n";
  auto const trim_front = [&](std::string_view s) { return s.substr(std::min(s.find_first_not_of(space), s.size())); };
  std::string_view content = parts.content ? std::string_view{*parts.content} : std::string_view{};
  content = content.substr(0, detail::stop_in(content, asked.sampling.stop));
  std::string text;
  if (parts.thought && !parts.thought->empty()) {
    std::string_view thought = *parts.thought;
    // Some servers leave the marks in, or one of them, or an empty thought before the answer.
    bool const opened = trim_front(thought).starts_with(open) || asked.prefill.find(open) != std::string::npos;
    bool const closed = thought.find(close) != thought.npos;
    if (auto const rest = trim_front(content); rest.starts_with(close)) {
      content = trim_front(rest.substr(close.size()));
    } else if (rest.starts_with(open)) {
      auto const inner = trim_front(rest.substr(open.size()));
      if (inner.starts_with(close)) content = trim_front(inner.substr(close.size()));
    }
    if (!opened) text = "<think>\n";
    text += thought;
    // Without an answer, a trace was truncated unless the model ended its turn.
    if (!closed && (!content.empty() || ended)) text += "\n</think>\n\n";
  }
  text += content;
  if (!asked.prefill.empty() && text.starts_with(asked.prefill)) text.erase(0, asked.prefill.size());
  return text;
}

inline parsed<completion> completion_of(reply_parts const& parts, generation_request const& asked, reply_facts& facts) {
  completion out{.text = {}, .prompt_tokens = parts.used.prompt, .completion_tokens = parts.used.completion};
  facts.finish = name_of_finish(parts.why);
  auto const says = [&](std::string_view what) {
    return failure{fmt::format("{} (finish_reason {})", what, *facts.finish)};
  };
  auto const limit = static_cast<std::size_t>(std::max(asked.sampling.max_tokens, 0));
  bool const at_limit = out.completion_tokens >= std::max<std::size_t>(limit, 1);
  switch (meaning_of_finish(parts.why.value_or(std::string{}))) {
    using enum finish_meaning;
    case filtered:
      return says("the server's content filter stopped the answer");
    case no_answer:
      return says("the answer ended for a reason that makes it no answer");
    case end_of_turn:  // OpenAI's API does not tell a stop string from it; vLLM's stop_reason does
      out.finish_reason = parts.by_string ? finish_reason::stop_string : finish_reason::end_of_turn;
      break;
    case stop_string:
      out.finish_reason = finish_reason::stop_string;
      break;
    case max_tokens:
      out.finish_reason = out.completion_tokens > 0 && !at_limit ? finish_reason::context_full : finish_reason::max_tokens;
      break;
    case context_full:
      out.finish_reason = finish_reason::context_full;
      break;
    case unknown:
      facts.guessed = true;
      out.finish_reason = at_limit ? finish_reason::max_tokens : finish_reason::end_of_turn;
      break;
  }
  bool const some_content = parts.content && !parts.content->empty();
  if (!parts.foreign.empty())
    return says(fmt::format("the answer has a part that is neither text nor reasoning, of type {}", parts.foreign));
  if (parts.tool_call && !some_content) return says("the server answers with a tool call, and no text");
  if (!parts.content && !parts.thought) return malformed{"the reply has no text", true};
  bool const ended = out.finish_reason == finish_reason::end_of_turn || out.finish_reason == finish_reason::stop_string;
  out.text = text_of(parts, asked, ended);
  if (ended && detail::is_lone_thought(out.text))
    return says(
        "the server gives a thought and no answer; if its answers have none, its reasoning parser does not fit the "
        "model");
  if (some_content && detail::stop_in(*parts.content, asked.sampling.stop) != std::string::npos)
    out.finish_reason = finish_reason::stop_string;
  if (detail::is_blank(out.text) && out.finish_reason != finish_reason::stop_string && !detail::has_begun(asked)) {
    if (ended) return malformed{fmt::format("the answer is empty (finish_reason {})", *facts.finish), true, true};
    return says(
        "the limit of tokens was reached before any text of the answer came (thoughts that are not shown count too)");
  }
  return out;
}

inline parsed<std::vector<token_logprob>> read_first_token(std::string_view body) {
  detail::document const reply{body};
  auto const found = detail::first_choice(reply, body);
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
  auto const found = detail::first_choice(reply, body);
  if (auto const* const bad = std::get_if<malformed>(&found)) return *bad;
  auto const logprobs = detail::member(std::get<detail::json_element>(found), "logprobs");
  auto const tokens = logprobs ? detail::array_member(*logprobs, "tokens") : std::nullopt;
  auto const values = logprobs ? detail::array_member(*logprobs, "token_logprobs") : std::nullopt;
  if (!tokens || !values)
    return failure{"the server does not echo log-probabilities of a prompt (vLLM's /completions does)"};
  if (tokens->size() != values->size()) return malformed{"the reply has more tokens than log-probabilities, or fewer", true};
  auto const top = detail::array_member(*logprobs, "top_logprobs");
  echoed_tokens out;
  for (std::size_t i = 0; i < tokens->size(); ++i) {
    std::string_view text;
    if (tokens->at(i).get(text) != simdjson::SUCCESS) return malformed{"the reply holds a token that is not text", true};
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
  if (out.generated > out.tokens.size()) return malformed{"the reply counts more generated tokens than it holds", true};
  return out;
}

inline token_count read_usage(std::string_view body) {
  detail::document const reply{body};
  return reply.whole ? detail::usage_of(reply.root) : token_count{};
}

}  // namespace ease::inline v1
