// SPDX-License-Identifier: Apache-2.0
#pragma once
// Options of remote models, and what follows from them for one server: its key, the form of its requests, and which replies
// are permanent failures of the server.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <ease/backend/http/http_exchange.hpp>
#include <ease/backend/http/redact.hpp>
#include <ease/backend/http/retry.hpp>
#include <ease/backend/http/server_pool.hpp>
#include <ease/backend/openai/openai_endpoint.hpp>
#include <ease/backend/openai/openai_key.hpp>
#include <ease/backend/openai/openai_wire.hpp>
#include <ease/backend/openai/request_fields.hpp>
#include <ease/core/error.hpp>
#include <ease/core/printable.hpp>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ease::inline v1 {

// A failed try that is retried. The texts are valid during the call.
struct openai_retry {
  std::string_view url;            // of the server
  long status;                     // 0: no whole reply came
  std::string_view what;           // in one line, without the key or the prompt
  int tries;                       // of this row, so far
  std::chrono::milliseconds wait;  // until the next one
};

struct openai_options {
  http_options http{};  // max_in_flight is each server's
  retry_policy retry{};
  circuit_breaker breaker{};
  std::optional<std::filesystem::path> key_file{};   // readable by its owner alone; else the key is OPENAI_API_KEY's
  std::optional<key_header> header{};                // of the key; default: api-key for Azure's hosts
  request_fields more{};                             // added to each request
  std::optional<sampling_fields> fields{};           // default: `asked` for an https server elsewhere, else `all`
  std::optional<std::string> max_tokens_name{};      // default: max_completion_tokens for api.openai.com, else max_tokens
  int top_logprobs{20};                              // how many first tokens a score sees; OpenAI and vLLM allow 20
  double requests_per_minute{0};                     // of all servers together; 0: as many as they take
  double tokens_per_minute{0};                       // likewise, of prompts and answers
  std::function<void(std::string const&)> notice{};  // one line for the user, e.g. that a server is paused
  std::function<void(openai_retry const&)> on_retry{};

  // The key that goes to those of the servers that may have it. Throws ease::error where one needs a key and there is none.
  [[nodiscard]] openai_key key_for(std::vector<openai_endpoint> const& servers) const;
  // The header of the key. Throws ease::error where Azure's hosts and others stand side by side and `header` does not say.
  [[nodiscard]] key_header header_for(std::vector<openai_endpoint> const& servers) const;
  // What answers of a model depend on: its name, that of the first server, and what is added to its requests.
  [[nodiscard]] std::string identity_of(openai_endpoint const& first) const {
    return first.name() + (more.empty() ? "" : " " + more.text());
  }
  [[nodiscard]] openai_wire wire_for(openai_endpoint const& server) const;
  // Why a server with this reply will answer no request at all; `said` is its message, safe to log.
  [[nodiscard]] std::optional<std::string> permanent_failure(http_reply const& reply, openai_endpoint const& server,
                                                             std::string const& said) const;
};

inline openai_key openai_options::key_for(std::vector<openai_endpoint> const& servers) const {
  auto const may = std::any_of(servers.begin(), servers.end(), [](auto const& s) { return s.may_have_key(); });
  if (!may) return {};
  auto key = key_file ? openai_key::from_file(*key_file) : openai_key::from_environment();
  std::string want;  // each server once
  std::size_t count = 0;
  for (auto const& server : servers)
    if (key.empty() && server.needs_key() && (", " + want + ",").find(", " + server.base_url + ",") == std::string::npos)
      want.append(want.empty() ? "" : ", ").append(server.base_url), ++count;
  if (count > 0)
    throw error{"{} {} a key: put it into the environment variable OPENAI_API_KEY (any word if the server checks none)",
                want, count == 1 ? "wants" : "want"};
  return key;
}

inline key_header openai_options::header_for(std::vector<openai_endpoint> const& servers) const {
  if (header) return *header;
  auto const azure = static_cast<std::size_t>(std::ranges::count_if(servers, &openai_endpoint::azure));
  if (azure != 0 && azure != servers.size())
    throw usage_error{
        "remote model '{}' is on Azure's hosts and on others, which take the key in different headers: name those of "
        "one kind, or say the header (key_header)",
        printable(servers.front().model)};
  return azure != 0 ? key_header::api_key : key_header::authorization;
}

inline openai_wire openai_options::wire_for(openai_endpoint const& server) const {
  bool const openai = server.base_url.starts_with("https://api.openai.com/");
  return {.model = server.model,
          .fields = fields.value_or(server.needs_key() ? sampling_fields::asked : sampling_fields::all),
          .max_tokens_name = max_tokens_name.value_or(openai ? "max_completion_tokens" : "max_tokens"),
          .more = more};
}

inline std::optional<std::string> openai_options::permanent_failure(http_reply const& reply, openai_endpoint const& server,
                                                                    std::string const& said) const {
  auto const& url = server.base_url;
  if (reply.status == 401) {
    if (!server.may_have_key())
      return fmt::format("{} wants a key (HTTP 401), and none is sent over plain http to another machine: use https", url);
    return fmt::format("{} refuses the key in {} (HTTP 401)", url,
                       key_file ? key_file->string() : std::string{"OPENAI_API_KEY"});
  }
  if (reply.status == 404)
    return fmt::format("{} knows no model '{}', or the URL lacks its /v1 (HTTP 404): {}", url, printable(server.model),
                       said);
  if (reply.status >= 300 && reply.status < 400)
    return fmt::format("{} redirects elsewhere (HTTP {}), which is not followed lest the key go there: name the final URL",
                       url, reply.status);
  return std::nullopt;
}

}  // namespace ease::inline v1
