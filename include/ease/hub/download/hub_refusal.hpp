// SPDX-License-Identifier: Apache-2.0
#pragma once
// Why the hub did not give what was asked for, by what it says itself (X-Error-Code, X-Error-Message), with the way out.
#include <fmt/format.h>

#include <chrono>
#include <ease/core/printable.hpp>
#include <ease/hub/download/hub_connection.hpp>
#include <ease/hub/hub_name.hpp>
#include <ease/hub/hub_source.hpp>
#include <string>
#include <string_view>

namespace ease::inline v1 {

namespace detail {

// What the hub says in its own words, shortened to one line and without the token; empty: nothing.
inline std::string words_of(hub_reply const& reply, hub_settings const& settings) {
  auto words = reply.error_message;
  if (!settings.token.empty())
    for (auto at = words.find(settings.token); at != std::string::npos; at = words.find(settings.token, at))
      words.replace(at, settings.token.size(), "***");
  return printable(words);
}

// What may be done about a refusal that another token would not meet.
inline std::string token_advice(hub_settings const& s) {
  if (s.token.empty()) return "set HF_TOKEN to a token of an account that may read it";
  return fmt::format("set HF_TOKEN to one that may read it: the token that is set ({}) may not", s.token_from);
}

}  // namespace detail

// `file`: the one that was asked for; empty: the repository.
inline hub_refused hub_refusal(hub_connection const& hub, hub_name const& name, hub_reply const& reply,
                               std::string_view file = {}) {
  auto const& s = hub.settings();
  auto const what = name.kind == hub_kind::model ? "model" : "data set";
  auto const page = fmt::format("{}/{}{}", s.endpoint, name.kind == hub_kind::model ? "" : "datasets/", name.id());
  auto const words = detail::words_of(reply, s);
  auto const quoted = words.empty() ? std::string{} : fmt::format(" (it says: {})", words);
  auto const of = name.text() + (file.empty() ? "" : ": " + printable(file));
  constexpr long unauthorized = 401;
  constexpr long forbidden = 403;
  constexpr long not_found = 404;
  constexpr long too_many = 429;
  if (reply.status == 0)
    return hub_refused{false, "{}: {} did not answer ({}); check the network, or set HF_HUB_OFFLINE=1 to use what is cached",
                       of, reply.host, printable(reply.problem)};
  if (reply.status == too_many)
    return hub_refused{false,
                       "{}: {} allows no more requests for now{}; try again {}{}",
                       of,
                       reply.host,
                       quoted,
                       reply.retry_after
                           ? fmt::format("in {} s", std::chrono::ceil<std::chrono::seconds>(*reply.retry_after).count())
                           : std::string{"later"},
                       s.token.empty() ? ", or set HF_TOKEN, with which it allows more" : ""};
  if (!reply.from_hub || reply.transient)
    return hub_refused{false, "{}: {} answered with status {}{}; try again later", of, reply.host, reply.status, quoted};
  if (reply.error_code == "GatedRepo")
    return hub_refused{false,
                       "{}: the {} is gated{}: accept its terms at {}, then {}",
                       name.text(),
                       what,
                       quoted,
                       page,
                       detail::token_advice(s)};
  if (reply.error_code == "RevisionNotFound")
    return hub_refused{
        false,         "{}: the {} has no revision \"{}\"; {}/tree/main shows its branches, and a commit has 40 digits",
        name.text(),   what,
        name.revision, page};
  if (reply.error_code == "EntryNotFound" && !file.empty())
    return hub_refused{false, "{}: the hub lists the file and does not have it; try again later, or name another revision",
                       of};
  if (reply.status == unauthorized && !s.token.empty() && reply.error_message.starts_with("Invalid credentials"))
    return hub_refused{false, "{}: {} does not know the token that is set ({}); set HF_TOKEN to a valid one", name.text(),
                       s.endpoint, s.token_from};
  if (reply.error_message.starts_with("Access to this resource is disabled"))
    return hub_refused{false, "{}: {} has disabled the {}; its page says why: {}", name.text(), s.endpoint, what, page};
  if (reply.status == unauthorized || reply.status == not_found || reply.error_code == "RepoNotFound")
    return hub_refused{true,        "{}: there is no such {} at {}, or it is private; check the spelling, or {}",
                       name.text(), what,
                       s.endpoint,  detail::token_advice(s)};
  if (reply.status == forbidden)
    return hub_refused{false, "{}: {} refuses it with status 403{}; {}", of, reply.host, quoted, detail::token_advice(s)};
  return hub_refused{false, "{}: {} answered with status {}{}; is HF_ENDPOINT right?", of, reply.host, reply.status, quoted};
}

}  // namespace ease::inline v1
