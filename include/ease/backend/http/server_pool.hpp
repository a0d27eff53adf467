// SPDX-License-Identifier: Apache-2.0
#pragma once
// Several servers of one model: which of them gets the next request, with a circuit breaker each. Pure bookkeeping: the
// caller passes the time, sends, and reports results.
#include <algorithm>
#include <chrono>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace ease::inline v1 {

struct circuit_breaker {
  int consecutive_failures{3};                  // that open the breaker, where there are other servers
  std::chrono::milliseconds first_open{5'000};  // doubles while every request fails
  std::chrono::milliseconds longest_open{60'000};
};

class server_pool {
 public:
  using clock = std::chrono::steady_clock;

  explicit server_pool(std::size_t servers, circuit_breaker policy = {}) : servers_(servers), policy_{policy} {}

  // The server for the next request: of those whose breaker is closed and with less than `most` in flight, the one with the
  // least, and not `avoid` (where this request failed last) if there is another. None: until when, or max() if only a reply
  // can change that. A half-open server gets a single request; breakers are ignored where all are open.
  struct choice {
    std::optional<std::size_t> server{};
    clock::time_point until{clock::time_point::max()};
  };
  [[nodiscard]] choice choose(std::span<std::size_t const> in_flight, std::size_t most, clock::time_point now,
                              std::optional<std::size_t> avoid = {}) const {
    choice out;
    bool const some_closed =
        std::any_of(servers_.begin(), servers_.end(), [&](auto const& s) { return s.out.empty() && s.open_until <= now; });
    std::tuple<bool, std::size_t, std::size_t> best{};
    for (std::size_t i = 0; i < servers_.size(); ++i) {
      auto const& s = servers_[i];
      if (!s.out.empty()) continue;
      auto const from = std::max(s.held_until, some_closed ? s.open_until : clock::time_point::min());
      if (from > now) {
        out.until = std::min(out.until, from);
        continue;
      }
      bool const half_open = servers_.size() > 1 && s.consecutive_failures >= policy_.consecutive_failures;
      if (in_flight[i] >= (half_open ? 1 : most)) continue;
      std::tuple const rank{avoid == i, in_flight[i], s.taken};
      if (out.server && rank >= best) continue;
      out.server = i;
      best = rank;
    }
    return out;
  }
  void took(std::size_t server) { ++servers_[server].taken; }

  void worked(std::size_t server) {
    auto& s = servers_[server];
    s.consecutive_failures = s.openings = 0;
    s.open_until = {};
  }
  // For how long this failure opens the breaker, if it does. That of a single server never opens: its requests back off by
  // themselves.
  std::optional<std::chrono::milliseconds> failed(std::size_t server, clock::time_point now) {
    auto& s = servers_[server];
    ++s.consecutive_failures;
    if (servers_.size() == 1 || s.consecutive_failures < policy_.consecutive_failures || now < s.open_until)
      return std::nullopt;
    auto const open_for = std::min(policy_.first_open * (1 << std::min(s.openings++, 20)), policy_.longest_open);
    s.open_until = now + open_for;
    return open_for;
  }
  // The server asked for no request before then (Retry-After).
  void hold(std::size_t server, clock::time_point until) {
    servers_[server].held_until = std::max(servers_[server].held_until, until);
  }
  // The server gets no more requests. False when none is left.
  bool leave_out(std::size_t server, std::string why) {
    servers_[server].out = std::move(why);
    return std::any_of(servers_.begin(), servers_.end(), [](auto const& s) { return s.out.empty(); });
  }
  [[nodiscard]] bool is_left_out(std::size_t server) const { return !servers_[server].out.empty(); }
  [[nodiscard]] std::size_t size() const { return servers_.size(); }

 private:
  struct one {
    int consecutive_failures{0};  // in a row
    int openings{0};              // likewise
    std::size_t taken{0};
    clock::time_point open_until{}, held_until{};
    std::string out{};
  };
  std::vector<one> servers_;
  circuit_breaker policy_;
};

}  // namespace ease::inline v1
