// SPDX-License-Identifier: Apache-2.0
#pragma once
// HTTP requests, replies and options: the types between http_client.hpp and its callers.
#include <chrono>
#include <cstddef>
#include <ease/core/stop_signals.hpp>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace ease::inline v1 {

struct http_options {
  std::size_t max_in_flight{64};
  std::chrono::milliseconds connect_timeout{10'000};    // name, TCP and TLS
  std::chrono::milliseconds idle_timeout{600'000};      // no byte either way; an unstreamed answer sends none before its end
  std::chrono::milliseconds whole_timeout{3'600'000};   // of one exchange, however busy
  std::size_t max_reply_bytes{std::size_t{16} << 20U};  // of one body
  // Polled: once true, no request is sent any more, and those in flight are awaited for at most stop_grace. By default it is
  // true after the signals that a program watches (core/stop_signals.hpp).
  std::function<bool()> stop{stop_asked};
  std::chrono::milliseconds stop_grace{10'000};
  std::optional<std::filesystem::path> ca_file{};  // certificates to trust instead of the system's, as PEM
};

struct http_request {
  std::string url;
  std::string body;         // JSON
  bool with_secrets{true};  // the headers that only a trusted server may have
  bool use_proxy{true};     // those of http_proxy, https_proxy and no_proxy
  // Called with the body of a reply with status 200 as it arrives, in pieces; the reply still has the complete body.
  std::function<void(std::string_view piece)> watch{};
};
// Instead of a request: there is none after all, or not before a time (time_point::max(): before an exchange has ended).
struct http_declined {};
using http_clock = std::chrono::steady_clock;
using http_next = std::variant<http_request, http_declined, http_clock::time_point>;

struct http_reply {
  long status{0};     // 0: no complete reply; transport_error says why
  bool begun{false};  // a server began to reply
  bool connected{true};
  bool tls_error{false};  // its certificate cannot be verified
  std::string body{};
  bool json{false}, events{false};                         // by its Content-Type
  std::optional<std::chrono::milliseconds> retry_after{};  // what the server asked for
  std::string transport_error{};                           // of libcurl; may contain the host's name, no part of a body
  bool transient{false};                                   // whether a retry may succeed
};

// After a reply: finished (no wait), or the same request again after `wait`.
struct retry_decision {
  std::optional<std::chrono::milliseconds> wait{};
  bool counts{true};  // false: the try that was made is not counted
};

}  // namespace ease::inline v1
