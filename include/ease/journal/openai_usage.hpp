// SPDX-License-Identifier: Apache-2.0
#pragma once
// What a remote model was asked and what that took.
#include <cstddef>
#include <ease/io/json/json_members.hpp>
#include <string>
#include <tuple>
#include <vector>

namespace ease::inline v1 {

struct openai_usage {
  // HTTP requests, retries included, save those libcurl repeats on a connection that had died.
  std::size_t requests{0};
  std::size_t retries{0};   // of those, the second and later tries
  std::size_t answered{0};  // requests with an answer; with `failed`, all that were finished
  std::size_t failed{0};
  std::size_t prompt_tokens{0};  // as the server counts them, of the answered
  std::size_t completion_tokens{0};
  struct server {
    std::string url;
    std::size_t requests{0};
    std::size_t failures{0};  // of those, without a reply, or with one that is none of the API's

    static constexpr auto members() {
      return std::tuple{member("url", &server::url), member("requests", &server::requests),
                        member("failures", &server::failures)};
    }
  };
  std::vector<server> servers{};

  static constexpr auto members() {
    using u = openai_usage;
    return std::tuple{member("requests", &u::requests),
                      member("retries", &u::retries),
                      member("answered", &u::answered),
                      member("failed", &u::failed),
                      member("prompt_tokens", &u::prompt_tokens),
                      member("completion_tokens", &u::completion_tokens),
                      member("servers", &u::servers)};
  }

  // What was used since an earlier look at the same counts.
  [[nodiscard]] openai_usage since(openai_usage const& before) const {
    openai_usage used{.requests = requests - before.requests,
                      .retries = retries - before.retries,
                      .answered = answered - before.answered,
                      .failed = failed - before.failed,
                      .prompt_tokens = prompt_tokens - before.prompt_tokens,
                      .completion_tokens = completion_tokens - before.completion_tokens,
                      .servers = servers};
    for (std::size_t i = 0; i < before.servers.size(); ++i) {
      used.servers[i].requests -= before.servers[i].requests;
      used.servers[i].failures -= before.servers[i].failures;
    }
    return used;
  }
};

}  // namespace ease::inline v1
