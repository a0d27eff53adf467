// SPDX-License-Identifier: Apache-2.0
#pragma once
// Several servers of one model: which of them takes the next request. Pure bookkeeping: the caller brings the time, sends,
// and tells what became of it.
#include <algorithm>
#include <chrono>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace ease {

struct rest_policy {
  int troubles{3};                              // so many in a row, and a server rests while others work
  std::chrono::milliseconds first_rest{5'000};  // doubles while nothing but trouble comes
  std::chrono::milliseconds longest_rest{60'000};
};

class server_pool {
 public:
  using clock = std::chrono::steady_clock;

  explicit server_pool(std::size_t servers, rest_policy policy = {}) : servers_(servers), policy_{policy} {}

  // The server for the next request: of those that are awake and have less than `most` in flight, the one with the least,
  // and not `rather_not` (where this request failed last) if there is another. None: until when, or for ever if only an
  // answer can change that. One that comes out of a rest gets a single request to prove itself; a rest counts for nothing
  // where no server is awake.
  struct choice {
    std::optional<std::size_t> server{};
    clock::time_point until{clock::time_point::max()};
  };
  [[nodiscard]] choice choose(std::span<std::size_t const> in_flight, std::size_t most, clock::time_point now,
                              std::optional<std::size_t> rather_not = {}) const {
    choice out;
    bool const some_awake =
        std::any_of(servers_.begin(), servers_.end(), [&](auto const& s) { return s.out.empty() && s.rests_until <= now; });
    std::tuple<bool, std::size_t, std::size_t> best{};
    for (std::size_t i = 0; i < servers_.size(); ++i) {
      auto const& s = servers_[i];
      if (!s.out.empty()) continue;
      auto const from = std::max(s.held_until, some_awake ? s.rests_until : clock::time_point::min());
      if (from > now) {
        out.until = std::min(out.until, from);
        continue;
      }
      bool const on_trial = servers_.size() > 1 && s.troubles >= policy_.troubles;
      if (in_flight[i] >= (on_trial ? 1 : most)) continue;
      std::tuple const rank{rather_not == i, in_flight[i], s.taken};
      if (out.server && rank >= best) continue;
      out.server = i;
      best = rank;
    }
    return out;
  }
  void took(std::size_t server) { ++servers_[server].taken; }

  void worked(std::size_t server) {
    auto& s = servers_[server];
    s.troubles = s.rests = 0;
    s.rests_until = {};
  }
  // The rest that begins with this trouble, if one does. A server that is alone never rests: its requests wait by
  // themselves.
  std::optional<std::chrono::milliseconds> failed(std::size_t server, clock::time_point now) {
    auto& s = servers_[server];
    ++s.troubles;
    if (servers_.size() == 1 || s.troubles < policy_.troubles || now < s.rests_until) return std::nullopt;
    auto const rest = std::min(policy_.first_rest * (1 << std::min(s.rests++, 20)), policy_.longest_rest);
    s.rests_until = now + rest;
    return rest;
  }
  // The server said that it wants nothing before then.
  void hold(std::size_t server, clock::time_point until) {
    servers_[server].held_until = std::max(servers_[server].held_until, until);
  }
  // The server gets nothing any more. False when none is left.
  bool leave_out(std::size_t server, std::string why) {
    servers_[server].out = std::move(why);
    return std::any_of(servers_.begin(), servers_.end(), [](auto const& s) { return s.out.empty(); });
  }
  [[nodiscard]] bool is_left_out(std::size_t server) const { return !servers_[server].out.empty(); }
  [[nodiscard]] std::size_t size() const { return servers_.size(); }

 private:
  struct one {
    int troubles{0};  // in a row
    int rests{0};     // likewise
    std::size_t taken{0};
    clock::time_point rests_until{}, held_until{};
    std::string out{};
  };
  std::vector<one> servers_;
  rest_policy policy_;
};

}  // namespace ease
