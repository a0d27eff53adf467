// SPDX-License-Identifier: Apache-2.0
#pragma once
// The definitions of backend/openai/openai_client.hpp.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <ease/backend/http/redact.hpp>
#include <ease/backend/openai/openai_client.hpp>
#include <ease/core/printable.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace ease::inline v1 {

inline openai_client::openai_client(std::vector<openai_endpoint> servers, openai_options options)
    : servers_{std::move(servers)},
      options_{std::move(options)},
      key_{options_.key_for(servers_)},
      forms_(servers_.size()),
      client_{
          http_for(),
          {"Content-Type: application/json", "User-Agent: ease", "Expect:"},  // no asking first whether a body may be sent
          key_.empty() ? std::vector<std::string>{} : std::vector{key_.header(options_.header_for(servers_))}},
      back_off_{options_.retry},
      pool_{servers_.size(), options_.breaker},
      requests_{options_.requests_per_minute},
      tokens_{options_.tokens_per_minute},
      last_failure_(servers_.size()) {
  for (auto const& server : servers_) {
    wires_.push_back(options_.wire_for(server));
    usage_.servers.push_back({.url = server.base_url});
  }
}

inline std::string openai_client::without_texts(std::string_view text, texts redacted, std::size_t run) const {
  std::string said = key_.redact(text.substr(0, 2000));
  auto const hide = [&](std::string_view hidden) { said = redact(said, hidden, run, "[text]"); };
  if (auto const* const plain = std::get_if<plain_text>(redacted.first)) hide(plain->text);
  if (auto const* const turns = std::get_if<conversation>(redacted.first))
    for (auto const& turn : *turns) hide(turn.content);
  hide(*redacted.second);
  return said;
}

// Whether the refusal is about an optional field, which later requests go without.
inline bool openai_client::learn(std::size_t server, api_error const& error, std::string_view message, long status,
                                 sent_fields const& sent) {
  std::vector<std::string> news;
  auto& known = forms_[server];
  if (!known.form.learn(error, message, sent, news)) return false;
  if (!news.empty()) known.tried = false;
  usage_.servers[server].left_out = known.form.names();
  for (auto const& one : news) note(fmt::format("{} (HTTP {}) {}", servers_[server].base_url, status, one));
  return true;
}

// By name, a few at most: a server may send any.
inline void openai_client::count_finish(reply_facts const& facts, std::size_t server) {
  if (!facts.finish) return;
  constexpr std::size_t most_names{20};
  auto& counts = usage_.finish_reasons;
  bool const first = !counts.contains(*facts.finish);
  bool const room = counts.size() < most_names;
  ++counts[first && !room ? "(other)" : *facts.finish];
  if (facts.guessed && first && room)
    note(
        fmt::format("{} gives the finish_reason {}, which does not say whether an answer is whole: such an answer counts as "
                    "whole, or as truncated if it has as many tokens as were asked for",
                    servers_[server].base_url, *facts.finish));
}

// Throws when a request has used all its tries and no server was reachable in all that time.
inline void openai_client::stop_if_gone(http_reply const& reply, row_state const& row, int tries, std::string const& said) {
  if (reply.status != 0 || (reached_ && (reply.connected || heard_ >= row.begun))) return;
  if (servers_.size() == 1)
    throw error{"{} {} in {} tries: {}", servers_[0].base_url, reached_ ? "no longer answers; nothing" : "has not answered",
                tries, said};
  std::vector<std::string> each;
  for (std::size_t i = 0; i < servers_.size(); ++i)
    each.push_back(fmt::format("{}: {}", servers_[i].base_url, last_failure_[i].empty() ? "not tried" : last_failure_[i]));
  throw error{"none of the {} servers of '{}' answers: {}", servers_.size(), printable(servers_[0].model),
              fmt::join(each, "; ")};
}

template <class Answer>
void openai_client::run(std::size_t count, exchange<Answer> const& with) {
  std::vector<row_state> rows(count);
  std::vector<std::size_t> in_flight(servers_.size(), 0);  // of this run: a nested one must not wait for the outer one
  auto const finish = [&](std::size_t i, outcome<Answer> out) {
    ++(std::holds_alternative<failure>(out) ? usage_.failed : usage_.answered);
    with.done(i, std::move(out));
  };
  auto const tokens_of = [&](std::size_t i) -> double {
    if (options_.tokens_per_minute <= 0) return 0;
    std::size_t bytes = with.redacted(i).second->size();
    if (auto const* const plain = std::get_if<plain_text>(with.redacted(i).first)) bytes += plain->text.size();
    if (auto const* const turns = std::get_if<conversation>(with.redacted(i).first))
      for (auto const& turn : *turns) bytes += turn.content.size();
    auto const prompt = bytes / 4;
    return static_cast<double>(prompt + with.most_tokens(i));  // four bytes a token, as OpenAI's own limiter takes it
  };

  auto const make = [&](std::size_t i) -> http_next {
    auto const now = clock::now();
    double const tokens = tokens_of(i);
    auto const from = std::max(requests_.when(1, now), tokens_.when(tokens, now));
    if (from > now) return from;
    auto busy = in_flight;
    for (std::size_t s = 0; s < busy.size(); ++s)
      if (!forms_[s].tried && busy[s] > 0) busy[s] = options_.http.max_in_flight;
    auto const chosen = pool_.choose(busy, options_.http.max_in_flight, now, rows[i].server);
    if (!chosen.server) return chosen.until;
    auto const& server = servers_[*chosen.server];
    std::string problem;
    try {
      sent_fields sent;
      auto const& form = forms_[*chosen.server].form;
      auto [path, body, watch] = with.write(i, wires_[*chosen.server], {.without = form.left_out(), .sent = &sent},
                                            form.top_logprobs(options_.top_logprobs));
      http_request request{.url = server.url(path),
                           .body = std::move(body),
                           .with_secrets = server.may_have_key(),
                           .use_proxy = !server.loopback,
                           .watch = std::move(watch)};
      if (rows[i].begun == clock::time_point{}) rows[i].begun = now;
      rows[i].server = chosen.server;
      rows[i].tokens = tokens;
      rows[i].sent = sent;
      ++rows[i].sends;
      pool_.took(*chosen.server);
      ++in_flight[*chosen.server];
      requests_.take(1, now);
      tokens_.take(tokens, now);
      return request;
    } catch (error const& wrong) {
      problem = wrong.what();
    }
    finish(i, failure{problem});  // outside the handler, which must not catch what `done` throws
    return http_declined{};
  };

  auto const decide = [&](std::size_t i, int tries, http_reply&& reply) -> retry_decision {
    auto& row = rows[i];
    std::size_t const server = *row.server;
    auto const now = clock::now();
    --in_flight[server];
    ++usage_.requests;
    ++usage_.servers[server].requests;
    usage_.retries += row.sends > 1 ? 1U : 0U;
    reached_ = reached_ || reply.begun;
    if (reply.connected) heard_ = now;

    std::string what;
    bool transient = false;
    bool server_fault = true;
    auto meant = refusal::other;
    reply_facts facts;
    auto const& used = facts.used;
    std::optional<outcome<Answer>> out;
    if (reply.status == 200)
      if (auto const status = status_of_error(reply.body)) reply.status = *status;  // as gateways pass errors on
    if (reply.status == 200) {
      auto parsed = with.read(i, reply, facts);
      if (auto* const whole = std::get_if<Answer>(&parsed)) out = std::move(*whole);
      if (auto* const refused = std::get_if<failure>(&parsed)) out = std::move(*refused);
      auto* const bad = std::get_if<malformed>(&parsed);
      if (bad != nullptr) {
        row.unusable += bad->paid ? 1U : 0U;
        what = std::move(bad->what), transient = row.unusable < most_unusable;
      }
      server_fault = bad != nullptr && !bad->sound;
      count_finish(facts, server);
    } else if (reply.status == 0) {
      what = log_text(reply.transport_error, with.redacted(i));
      transient = reply.transient;
    } else {
      auto const error = read_error(reply.body);
      what = log_text(error.message, with.redacted(i));
      if (reply.status == 400 || reply.status == 422 || reply.status == 500 || reply.status == 501) {
        if (learn(server, error, without_texts(error.message, with.redacted(i), 24), reply.status, row.sent))
          meant = refusal::form;
        else if (with.is_beyond_it(error.message))
          meant = refusal::ability;
      }
      server_fault =
          (reply.status >= 500 || (what.empty() && !reply.json && reply.status != 429)) && meant == refusal::other;
      if (what.empty()) what = reply.json ? "no message" : "no JSON (a proxy's page?)";
      transient = is_transient_status(reply.status) && !(reply.status == 429 && quota_is_gone(reply.body)) &&
                  meant == refusal::other;
    }
    if (meant != refusal::form && reply.status != 0) forms_[server].tried = true;
    if (out) tokens_.give_back(row.tokens - static_cast<double>(used.prompt + used.completion));
    if (server_fault) {
      ++usage_.servers[server].failures;
      last_failure_[server] = reply.status == 0 ? what : fmt::format("HTTP {}, {}", reply.status, what);
      if (auto const open_for = pool_.failed(server, now))
        note(fmt::format("{} is paused for {:.0f} s: {}", servers_[server].base_url,
                         std::chrono::duration<double>(*open_for).count(), last_failure_[server]));
    } else {
      pool_.worked(server);
    }
    if (out) {
      if (std::holds_alternative<Answer>(*out)) {
        usage_.prompt_tokens += used.prompt;
        usage_.completion_tokens += used.completion;
        usage_.cached_tokens += used.cached;
        usage_.reasoning_tokens += used.reasoning;
      }
      finish(i, std::move(*out));
      return {};
    }
    auto const again = [&](std::chrono::milliseconds wait, bool counts = true) -> retry_decision {
      if (options_.on_retry)
        options_.on_retry(
            {.url = servers_[server].base_url, .status = reply.status, .what = what, .tries = tries, .wait = wait});
      return {.wait = wait, .counts = counts};
    };
    if (meant == refusal::form) return again({}, false);  // as often as there are fields to leave out, and no more
    if (transient)
      if (auto const wait = back_off_.wait(tries, reply.retry_after)) {
        // For the server's Retry-After, not for this request's own back-off.
        if (reply.retry_after && (reply.status == 429 || reply.status == 503))
          pool_.hold(server, now + std::min(*wait, *reply.retry_after * 5 / 4));
        return again(*wait);
      }
    auto why = options_.permanent_failure(reply, servers_[server], what);
    if (!why && reply.tls_error && servers_.size() > 1) why = fmt::format("{}: {}", servers_[server].base_url, what);
    if (why) {
      bool const known = pool_.is_left_out(server);
      if (!pool_.leave_out(server, *why)) throw error{"{}", *why};
      if (!known) note("a server gets no more requests: " + *why);
      return again({});
    }
    stop_if_gone(reply, row, tries, what);
    auto const status = reply.status == 0 ? std::string{} : fmt::format("HTTP {}, ", reply.status);
    finish(i, failure{fmt::format("{}: {}try {} of {}: {}", servers_[server].base_url, status, tries, options_.retry.tries,
                                  what)});
    return {};
  };
  client_.run(count, make, decide);
}

}  // namespace ease::inline v1
