#pragma once
// A model behind an OpenAI-compatible server (vLLM, SGLang, llama.cpp, a hosted API) as generator and scorer. One libcurl
// loop on the calling thread keeps up to max_in_flight requests going, and hands each outcome back as it comes. Non-goals:
// tokenising and chat templates (the server's own), streaming, several endpoints.
#include <fmt/format.h>

#include <cstddef>
#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "ease/backend/error_text.hpp"
#include "ease/backend/generator.hpp"
#include "ease/backend/http_client.hpp"
#include "ease/backend/openai_endpoint.hpp"
#include "ease/backend/openai_key.hpp"
#include "ease/backend/openai_reply.hpp"
#include "ease/backend/openai_score.hpp"
#include "ease/backend/openai_wire.hpp"
#include "ease/backend/retry.hpp"

namespace ease {

struct openai_options {
  http_options http{};
  retry_policy retry{};
  std::optional<std::filesystem::path> key_file{};  // readable by its owner alone; else the key is OPENAI_API_KEY's
  std::optional<sampling_fields> fields{};          // default: `asked` for an https server elsewhere, else `all`
  std::optional<std::string> max_tokens_name{};     // default: max_completion_tokens for api.openai.com, else max_tokens
  int top_logprobs{20};                             // how many first tokens a score sees; OpenAI and vLLM allow 20
};

struct openai_usage {
  std::size_t sends{0};    // HTTP requests, repeated ones included, save those libcurl repeats on a connection that had died
  std::size_t repeats{0};  // of those, the second and later tries
  std::size_t answered{0};  // requests with an answer; with `failed`, all that were finished
  std::size_t failed{0};
  std::size_t prompt_tokens{0};  // as the server counts them, of the answered
  std::size_t completion_tokens{0};
};

// Satisfies text_generator and likelihood_scorer. A row's trouble (a 400, a content filter, no tries left) is that row's
// failure. What would fail every row throws ease::error and ends the call: no key, a key that is refused (401), an unknown
// model or path (404), a redirect, a server that never once answered.
class openai_generator {
 public:
  explicit openai_generator(openai_endpoint endpoint, openai_options options = {});
  // `openai:MODEL@URL`
  explicit openai_generator(std::string_view name, openai_options options = {})
      : openai_generator{openai_endpoint::parse(name), std::move(options)} {}

  void generate(std::span<generation_request const> requests, on_done<completion> const& done);

  // A conversation's continuations must each be one token of the server's vocabulary: they are scored by the likeliest first
  // tokens (score_by_first_token). Those of plain_text may be of any length: each is echoed with its prompt (score_by_echo).
  void score(std::span<score_request const> requests, on_done<std::vector<continuation_score>> const& done);

  // Enough that a slow answer does not leave the connections idle.
  [[nodiscard]] std::size_t window() const { return 4 * options_.http.max_in_flight; }
  [[nodiscard]] std::string identity() const { return endpoint_.name(); }
  [[nodiscard]] static bool rows_are_independent() { return true; }  // what a server batches is not ours to know
  [[nodiscard]] openai_usage const& usage() const { return usage_; }

 private:
  struct post {
    std::string path;
    std::string body;
  };
  // What differs between kinds of request: `write` makes its body, `read` understands the reply, `input` and `prefill` are
  // what no error may repeat.
  template <class Answer>
  struct exchange {
    std::function<post(std::size_t)> write;
    std::function<parsed<Answer>(std::size_t, std::string_view)> read;
    std::function<std::pair<model_input const*, std::string const*>(std::size_t)> secret;
    std::function<void(std::size_t, outcome<Answer>)> done;
  };

  template <class Answer>
  void run(std::size_t count, exchange<Answer> const& with);
  std::string printable(std::string_view text, std::pair<model_input const*, std::string const*> secret) const;
  void stop_if_hopeless(http_reply const& reply, int tries, std::string const& said) const;
  static openai_key find_key(openai_endpoint const& endpoint, openai_options const& options);
  static std::vector<std::string> headers(openai_key const& key);

  openai_endpoint endpoint_;
  openai_options options_;
  openai_key key_;
  openai_wire wire_;
  http_client client_;
  back_off back_off_;
  openai_usage usage_{};
  bool reached_{false};  // the server has answered something at least once
};

inline openai_key openai_generator::find_key(openai_endpoint const& endpoint, openai_options const& options) {
  if (!endpoint.may_have_key()) return {};
  auto key = options.key_file ? openai_key::from_file(*options.key_file) : openai_key::from_environment();
  if (key.empty() && endpoint.needs_key())
    throw error{"{} wants a key: put it into the environment variable OPENAI_API_KEY (any word if the server checks none)",
                endpoint.base_url};
  return key;
}

inline std::vector<std::string> openai_generator::headers(openai_key const& key) {
  std::vector<std::string> all{"Content-Type: application/json", "Accept: application/json", "User-Agent: ease",
                               "Expect:"};  // no asking first whether a body may be sent
  if (!key.empty()) all.push_back(key.header());
  return all;
}

inline openai_generator::openai_generator(openai_endpoint endpoint, openai_options options)
    : endpoint_{std::move(endpoint)},
      options_{[&] {
        if (endpoint_.loopback) options.http.use_proxy = false;
        return std::move(options);
      }()},
      key_{find_key(endpoint_, options_)},
      wire_{.model = endpoint_.model,
            .fields = options_.fields.value_or(endpoint_.needs_key() ? sampling_fields::asked : sampling_fields::all),
            .max_tokens_name = options_.max_tokens_name.value_or(
                endpoint_.base_url.starts_with("https://api.openai.com/") ? "max_completion_tokens" : "max_tokens")},
      client_{options_.http, headers(key_)},
      back_off_{options_.retry} {}

inline std::string openai_generator::printable(std::string_view text,
                                               std::pair<model_input const*, std::string const*> secret) const {
  std::string said = key_.redact(text.substr(0, 2000));
  auto const hide = [&](std::string_view hidden) { said = without(said, hidden, 12, "[text]"); };
  if (auto const* const plain = std::get_if<plain_text>(secret.first)) hide(plain->text);
  if (auto const* const turns = std::get_if<conversation>(secret.first))
    for (auto const& turn : *turns) hide(turn.content);
  hide(*secret.second);
  return one_line(said);
}

inline void openai_generator::stop_if_hopeless(http_reply const& reply, int tries, std::string const& said) const {
  auto const& url = endpoint_.base_url;
  if (reply.status == 401) {
    if (!endpoint_.may_have_key())
      throw error{"{} wants a key (HTTP 401), and none is sent over plain http to another machine: use https", url};
    throw error{"{} refuses the key in {} (HTTP 401)", url,
                options_.key_file ? options_.key_file->string() : std::string{"OPENAI_API_KEY"}};
  }
  if (reply.status == 404)
    throw error{"{} knows no model '{}', or the URL lacks its /v1 (HTTP 404): {}", url, one_line(endpoint_.model), said};
  if (reply.status >= 300 && reply.status < 400)
    throw error{"{} redirects elsewhere (HTTP {}), which is not followed lest the key go there: name the final URL", url,
                reply.status};
  if (reply.status == 0 && !reached_) throw error{"{} has not answered in {} tries: {}", url, tries, said};
}

template <class Answer>
void openai_generator::run(std::size_t count, exchange<Answer> const& with) {
  auto const finish = [&](std::size_t i, outcome<Answer> out) {
    ++(std::holds_alternative<failure>(out) ? usage_.failed : usage_.answered);
    with.done(i, std::move(out));
  };
  auto const make = [&](std::size_t i) -> std::optional<http_request> {
    std::string trouble;
    try {
      auto [path, body] = with.write(i);
      return http_request{.url = endpoint_.base_url + path, .body = std::move(body)};
    } catch (error const& wrong) {
      trouble = wrong.what();
    }
    finish(i, failure{trouble});  // outside the handler, which would take what `done` throws for the request's trouble
    return std::nullopt;
  };
  auto const judge = [&](std::size_t i, int tries, http_reply&& reply) -> http_verdict {
    ++usage_.sends;
    usage_.repeats += tries > 1 ? 1U : 0U;
    reached_ = reached_ || reply.begun;
    std::string what;
    bool may_pass = false;
    if (reply.status == 200) {
      auto answer = with.read(i, reply.body);
      if (auto* const whole = std::get_if<Answer>(&answer)) {
        auto const [prompt, completed] = read_usage(reply.body);
        usage_.prompt_tokens += prompt;
        usage_.completion_tokens += completed;
        finish(i, std::move(*whole));
        return {};
      }
      if (auto const* const refused = std::get_if<failure>(&answer)) {
        finish(i, *refused);
        return {};
      }
      what = std::get<garbled>(answer).what;
      may_pass = true;
    } else if (reply.status == 0) {
      what = printable(reply.trouble, with.secret(i));
      may_pass = reply.may_pass;
    } else {
      what = printable(read_error_message(reply.body), with.secret(i));
      if (what.empty()) what = reply.json ? "no message" : "no JSON (a proxy's page?)";
      may_pass = status_may_pass(reply.status) && !(reply.status == 429 && quota_is_gone(reply.body));
    }
    if (may_pass)
      if (auto const wait = back_off_.wait(tries, reply.retry_after))
        return {.wait = wait, .hold_all = reply.retry_after && (reply.status == 429 || reply.status == 503)};
    stop_if_hopeless(reply, tries, what);
    auto const status = reply.status == 0 ? std::string{} : fmt::format("HTTP {}, ", reply.status);
    finish(i, failure{fmt::format("{}: {}try {} of {}: {}", endpoint_.base_url, status, tries, options_.retry.tries, what)});
    return {};
  };
  client_.run(count, make, judge);
}

inline void openai_generator::generate(std::span<generation_request const> requests, on_done<completion> const& done) {
  auto const chat = [&](std::size_t i) { return std::holds_alternative<conversation>(requests[i].input); };
  run<completion>(requests.size(),
                  {.write = [&](std::size_t i) -> post {
                     if (chat(i)) return {"/chat/completions", wire_.chat(requests[i])};
                     return {"/completions", wire_.completions(requests[i])};
                   },
                   .read = [&](std::size_t i, std::string_view body) { return read_completion(body, requests[i], chat(i)); },
                   .secret =
                       [&](std::size_t i) {
                         return std::pair{&requests[i].input, &requests[i].prefill};
                       },
                   .done = done});
}

inline void openai_generator::score(std::span<score_request const> requests,
                                    on_done<std::vector<continuation_score>> const& done) {
  // One HTTP request for each conversation, and one for each continuation of a plain text.
  struct part {
    std::size_t request;
    std::size_t continuation;
  };
  struct progress {
    std::vector<continuation_score> scores;
    std::size_t left;
    std::optional<failure> trouble{};
  };
  std::vector<part> parts;
  std::vector<progress> progresses;
  auto const chat = [&](std::size_t p) { return std::holds_alternative<conversation>(requests[parts[p].request].input); };
  for (std::size_t i = 0; i < requests.size(); ++i) {
    auto const count = std::holds_alternative<conversation>(requests[i].input) ? 1 : requests[i].continuations.size();
    progresses.push_back({std::vector<continuation_score>(requests[i].continuations.size()), count});
    for (std::size_t c = 0; c < count; ++c) parts.push_back({i, c});
    if (requests[i].continuations.empty())
      throw error{"score request {} of {} has no continuations; give at least one", i + 1, requests.size()};
  }
  using scores = std::vector<continuation_score>;
  auto const read = [&](std::size_t p, std::string_view body) -> parsed<scores> {
    auto const& request = requests[parts[p].request];
    auto const pass = [](auto&& bad) -> parsed<scores> { return std::forward<decltype(bad)>(bad); };
    if (chat(p)) {
      auto tokens = read_first_token(body);
      if (auto* const bad = std::get_if<garbled>(&tokens)) return pass(*bad);
      if (auto* const bad = std::get_if<failure>(&tokens)) return pass(*bad);
      auto scored = score_by_first_token(std::get<0>(tokens), request.continuations);
      if (auto* const bad = std::get_if<failure>(&scored)) return pass(*bad);
      return std::get<scores>(std::move(scored));
    }
    auto echo = read_echo(body);
    if (auto* const bad = std::get_if<garbled>(&echo)) return pass(*bad);
    if (auto* const bad = std::get_if<failure>(&echo)) return pass(*bad);
    auto const scored = score_by_echo(std::get<0>(echo), request.continuations[parts[p].continuation]);
    if (auto const* const bad = std::get_if<failure>(&scored)) return pass(*bad);
    return scores{std::get<continuation_score>(scored)};
  };
  auto const collect = [&](std::size_t p, outcome<scores> out) {
    auto& whole = progresses[parts[p].request];
    if (auto* const bad = std::get_if<failure>(&out))
      whole.trouble = std::move(*bad);
    else if (chat(p))
      whole.scores = std::get<scores>(std::move(out));
    else
      whole.scores[parts[p].continuation] = std::get<scores>(out).front();
    if (--whole.left > 0) return;
    if (whole.trouble)
      done(parts[p].request, std::move(*whole.trouble));
    else
      done(parts[p].request, std::move(whole.scores));
  };
  run<scores>(parts.size(), {.write = [&](std::size_t p) -> post {
                               auto const& request = requests[parts[p].request];
                               if (chat(p))
                                 return {"/chat/completions", wire_.chat_first_token(request, options_.top_logprobs)};
                               return {"/completions", wire_.echo(request, request.continuations[parts[p].continuation])};
                             },
                             .read = read,
                             .secret =
                                 [&](std::size_t p) {
                                   auto const& request = requests[parts[p].request];
                                   return std::pair{&request.input, &request.prefill};
                                 },
                             .done = collect});
}

}  // namespace ease
