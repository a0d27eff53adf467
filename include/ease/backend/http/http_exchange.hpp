// SPDX-License-Identifier: Apache-2.0
#pragma once
// What is sent by HTTP and what comes back: the words between http_client.hpp and who uses it.
#include <chrono>
#include <cstddef>
#include <ease/core/stop_signals.hpp>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace ease {

struct http_options {
  std::size_t max_in_flight{64};
  std::chrono::milliseconds connect_timeout{10'000};  // name, TCP and TLS
  std::chrono::milliseconds silence_timeout{
      600'000};  // no byte either way: an unstreamed answer is silence until it is whole
  std::chrono::milliseconds whole_timeout{3'600'000};   // of one exchange, however busy
  std::size_t max_reply_bytes{std::size_t{16} << 20U};  // of one body
  // Asked at each turn: once true, nothing more is sent; what is in flight is waited for, for so long and no longer. By
  // default it is true after the signals that a program watches (core/stop_signals.hpp).
  std::function<bool()> stop{stop_asked};
  std::chrono::milliseconds stop_grace{10'000};
  std::optional<std::filesystem::path> ca_file{};  // certificates to trust instead of the system's, as PEM
};

struct http_request {
  std::string url;
  std::string body;         // JSON
  bool with_secrets{true};  // the headers that only a trusted server may have
  bool use_proxy{true};     // those of http_proxy, https_proxy and no_proxy
  // Shown the body of an answer with status 200 as it grows, in pieces; the judge gets the whole of it all the same.
  std::function<void(std::string_view piece)> watch{};
};
// Instead of a request: there is none after all, or not before a time (the end of time: before an exchange has ended).
struct http_declined {};
using http_clock = std::chrono::steady_clock;
using http_next = std::variant<http_request, http_declined, http_clock::time_point>;

struct http_reply {
  long status{0};     // 0 when no whole reply came; `trouble` then says why
  bool begun{false};  // a server answered, though perhaps not to the end
  bool connected{true};
  bool distrusted{false};  // its certificate is not to be believed
  std::string body{};
  bool json{false}, events{false};                         // by its Content-Type
  std::optional<std::chrono::milliseconds> retry_after{};  // what the server asked for
  std::string trouble{};                                   // as libcurl puts it; may hold the host's name, no part of a body
  bool may_pass{false};                                    // whether another try may cure the trouble
};

// What becomes of a reply: done with (no wait), or the same request again after `wait`.
struct http_verdict {
  std::optional<std::chrono::milliseconds> wait{};
};

}  // namespace ease
