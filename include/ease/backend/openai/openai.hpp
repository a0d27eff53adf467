// SPDX-License-Identifier: Apache-2.0
#pragma once
// A model behind OpenAI-compatible servers (vLLM, SGLang, llama.cpp, a hosted API) as generator and scorer. One libcurl loop
// on the calling thread keeps up to max_in_flight requests a server in flight, and delivers each outcome as it arrives.
// Non-goals: tokenising and chat templates (the server's own).
#include <algorithm>
#include <cstddef>
#include <ease/backend/openai/openai_client.hpp>
#include <ease/backend/openai/openai_reply.hpp>
#include <ease/backend/openai/openai_score.hpp>
#include <ease/backend/openai/openai_stream.hpp>
#include <ease/core/generator.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace ease::inline v1 {

// Satisfies text_generator and likelihood_scorer. An error of one row (a 400, a content filter, no tries left) is that row's
// failure. An error that would fail every row throws ease::error and ends the call: no key, a key that is refused (401), an
// unknown model or path (404), a redirect, a server that never answered or was unreachable during all of a row's tries. Of
// several servers, one with such an error gets no more requests, one that fails repeatedly is paused (a circuit breaker),
// and the call ends when none is left.
class openai_generator {
 public:
  explicit openai_generator(std::vector<openai_endpoint> servers, openai_options options = {})
      : client_{std::move(servers), std::move(options)} {}
  // `openai:MODEL@URL`, or `openai:MODEL@URL,URL` for several servers of the same model
  explicit openai_generator(std::string_view name, openai_options options = {})
      : openai_generator{openai_endpoint::parse_all(name), std::move(options)} {}

  void generate(std::span<generation_request const> requests, on_done<completion> const& done);

  // A conversation's continuations must each be one token of the server's vocabulary: they are scored by the likeliest first
  // tokens (score_by_first_token). Those of plain_text may be of any length: each is echoed with its prompt (score_by_echo).
  void score(std::span<score_request const> requests, on_done<std::vector<continuation_score>> const& done);

  // From here on answers are streamed, and `watch` gets their text as it arrives. Where a stream broke and the request was
  // retried, the text continues if the new answer begins with the old one; else the new one follows, after an empty line.
  using text_watch = std::function<void(std::size_t row, std::string_view piece)>;
  void watch_text(text_watch watch) { watch_ = std::move(watch); }

  // Enough that a slow answer does not leave the connections idle.
  [[nodiscard]] std::size_t window() const { return 4 * client_.max_in_flight(); }
  // That of the first server: others may be added or removed without making it another model.
  [[nodiscard]] std::string identity() const { return client_.options().identity_of(client_.servers().front()); }
  [[nodiscard]] static bool rows_are_independent() { return true; }  // how a server batches is unknown
  [[nodiscard]] openai_usage const& usage() const { return client_.usage(); }

 private:
  // Events, whatever the type says; but one whole reply under their type is none.
  static bool is_stream(http_reply const& reply) {
    if (reply.body.starts_with("data:")) return true;
    return reply.events && !(reply.body.starts_with('{') && detail::document{reply.body}.whole);
  }
  static std::function<void(std::string_view)> watcher(text_watch const& watch, std::size_t row, std::string& shown,
                                                       generation_request const& asked, bool chat);

  openai_client client_;
  text_watch watch_{};
};

// Passes the text of one try to `watch`; `shown` is the text that was passed before.
inline std::function<void(std::string_view)> openai_generator::watcher(text_watch const& watch, std::size_t row,
                                                                       std::string& shown, generation_request const& asked,
                                                                       bool chat) {
  auto const growing = std::make_shared<streamed_completion>(asked, chat);
  bool const again = !shown.empty();
  return [=, &watch, &shown, caught_up = !again](std::string_view bytes) mutable {
    growing->feed(bytes);
    auto text = growing->text();
    if (!caught_up) {
      if (shown.starts_with(text)) return;
      if (!text.starts_with(shown)) {
        watch(row, "\n\n");
        shown.clear();
      }
      caught_up = true;
    }
    if (text.size() > shown.size()) watch(row, std::string_view{text}.substr(shown.size()));
    shown = std::move(text);
  };
}

inline void openai_generator::generate(std::span<generation_request const> requests, on_done<completion> const& done) {
  auto const chat = [&](std::size_t i) { return std::holds_alternative<conversation>(requests[i].input); };
  std::vector<std::string> shown(watch_ ? requests.size() : 0);
  client_.run<completion>(
      requests.size(),
      {.write = [&](std::size_t i, openai_wire const& wire, wire_form form, int) -> openai_client::post {
         form.stream = watch_ != nullptr && !form.without.has(request_field::stream);
         return {.path = chat(i) ? "/chat/completions" : "/completions",
                 .body = chat(i) ? wire.chat(requests[i], form) : wire.completions(requests[i], form),
                 .watch = form.stream ? watcher(watch_, i, shown[i], requests[i], chat(i)) : nullptr};
       },
       .read = [&](std::size_t i, http_reply const& reply, reply_facts& facts) -> parsed<completion> {
         if (is_stream(reply)) {
           streamed_completion whole{requests[i], chat(i)};
           whole.feed(reply.body);
           return whole.finish(facts);
         }
         return read_completion(reply.body, requests[i], chat(i), facts);
       },
       .redacted =
           [&](std::size_t i) {
             return std::pair{&requests[i].input, &requests[i].prefill};
           },
       .most_tokens = [&](std::size_t i) { return static_cast<std::size_t>(std::max(requests[i].sampling.max_tokens, 0)); },
       .done = done});
}

inline void openai_generator::score(std::span<score_request const> requests,
                                    on_done<std::vector<continuation_score>> const& done) {
  // One HTTP request for each conversation, and one for each continuation of a plain text.
  struct part {
    std::size_t request;
    std::size_t continuation;
  };
  struct unfinished {
    std::vector<continuation_score> scores;
    std::size_t left;
    std::optional<failure> failed{};
  };
  std::vector<part> parts;
  std::vector<unfinished> progresses;
  auto const chat = [&](std::size_t p) { return std::holds_alternative<conversation>(requests[parts[p].request].input); };
  for (std::size_t i = 0; i < requests.size(); ++i) {
    auto const count = std::holds_alternative<conversation>(requests[i].input) ? 1 : requests[i].continuations.size();
    progresses.push_back({std::vector<continuation_score>(requests[i].continuations.size()), count});
    for (std::size_t c = 0; c < count; ++c) parts.push_back({i, c});
    if (requests[i].continuations.empty())
      throw error{"score request {} of {} has no continuations; give at least one", i + 1, requests.size()};
  }
  using scores = std::vector<continuation_score>;
  auto const read = [&](std::size_t p, http_reply const& reply, reply_facts& facts) -> parsed<scores> {
    std::string_view const body = reply.body;
    facts.used = read_usage(body);
    auto const& request = requests[parts[p].request];
    auto const pass = [](auto&& bad) -> parsed<scores> { return std::forward<decltype(bad)>(bad); };
    if (chat(p)) {
      auto tokens = read_first_token(body);
      if (auto* const bad = std::get_if<malformed>(&tokens)) return pass(*bad);
      if (auto* const bad = std::get_if<failure>(&tokens)) return pass(*bad);
      auto scored = score_by_first_token(std::get<0>(tokens), request.continuations);
      if (auto* const bad = std::get_if<failure>(&scored)) return pass(*bad);
      return std::get<scores>(std::move(scored));
    }
    auto echo = read_echo(body);
    if (auto* const bad = std::get_if<malformed>(&echo)) return pass(*bad);
    if (auto* const bad = std::get_if<failure>(&echo)) return pass(*bad);
    auto const scored = score_by_echo(std::get<0>(echo), detail::plain(request.input) + request.prefill,
                                      request.continuations[parts[p].continuation]);
    if (auto const* const bad = std::get_if<failure>(&scored)) return pass(*bad);
    return scores{std::get<continuation_score>(scored)};
  };
  auto const collect = [&](std::size_t p, outcome<scores> out) {
    auto& whole = progresses[parts[p].request];
    if (auto* const bad = std::get_if<failure>(&out))
      whole.failed = std::move(*bad);
    else if (chat(p))
      whole.scores = std::get<scores>(std::move(out));
    else
      whole.scores[parts[p].continuation] = std::get<scores>(out).front();
    if (--whole.left > 0) return;
    if (whole.failed)
      done(parts[p].request, std::move(*whole.failed));
    else
      done(parts[p].request, std::move(whole.scores));
  };
  client_.run<scores>(
      parts.size(),
      {.write = [&](std::size_t p, openai_wire const& wire, wire_form form, int top_logprobs) -> openai_client::post {
         auto const& request = requests[parts[p].request];
         if (chat(p)) return {"/chat/completions", wire.chat_first_token(request, top_logprobs, form)};
         return {"/completions", wire.echo(request, request.continuations[parts[p].continuation], form)};
       },
       .read = read,
       .redacted =
           [&](std::size_t p) {
             auto const& request = requests[parts[p].request];
             return std::pair{&request.input, &request.prefill};
           },
       .most_tokens = [](std::size_t) { return std::size_t{1}; },
       .done = collect,
       .is_beyond_it = [](std::string_view message) { return message.find("logprobs") != message.npos; }});
}

}  // namespace ease::inline v1
