// SPDX-License-Identifier: Apache-2.0
#pragma once
// Questions to a remote model and what came back: each exactly once.
#include <chrono>
#include <cstddef>
#include <ease/backend/openai/openai.hpp>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "backend/chat_replies.hpp"
#include "catch.hpp"

namespace ease::test {

inline std::vector<generation_request> questions(std::size_t count) {
  std::vector<generation_request> requests;
  for (std::size_t i = 0; i < count; ++i)
    requests.push_back({.input = conversation{{role::user, "question " + std::to_string(i)}}, .row = i});
  return requests;
}

// Waits short enough for a test.
inline openai_options quick() {
  openai_options options;
  options.retry.first_wait = std::chrono::milliseconds{2};
  options.retry.longest_wait = std::chrono::milliseconds{20};
  options.retry.tries = 6;
  return options;
}

struct results {
  std::vector<std::optional<outcome<completion>>> each;
  std::size_t calls{0};

  [[nodiscard]] std::string text(std::size_t i) const {
    auto const* const whole = std::get_if<completion>(&*each.at(i));
    return whole ? whole->text : "failure: " + std::get<failure>(*each.at(i)).what;
  }
};

// Asks, and checks that every request comes back exactly once.
inline results ask(openai_generator& model, std::vector<generation_request> const& requests) {
  results got;
  got.each.resize(requests.size());
  model.generate(requests, [&](std::size_t i, auto outcome) {
    ++got.calls;
    REQUIRE_FALSE(got.each.at(i).has_value());
    got.each[i] = std::move(outcome);
  });
  CHECK(got.calls == requests.size());
  return got;
}

inline openai_generator model_at(loopback_server const& server, openai_options const& options = quick()) {
  return openai_generator{"openai:tiny@" + server.url(), options};
}

}  // namespace ease::test
