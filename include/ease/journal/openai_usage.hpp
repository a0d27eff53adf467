// SPDX-License-Identifier: Apache-2.0
#pragma once
// What a remote model was asked and what that took.
#include <algorithm>
#include <cstddef>
#include <ease/io/json/json_members.hpp>
#include <map>
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
  std::size_t cached_tokens{0};     // of the prompts' tokens, those that the server's prompt cache had
  std::size_t reasoning_tokens{0};  // of the answers' tokens, those of thoughts, shown or not
  // How often each finish_reason was given; "(none)" and "(empty)" where the reply had no word.
  std::map<std::string, std::size_t> finish_reasons{};
  struct server {
    std::string url;
    std::size_t requests{0};
    std::size_t failures{0};              // of those, without a reply, or with one that is none of the API's
    std::vector<std::string> left_out{};  // fields it refused, which requests went without from then on

    static constexpr auto members() {
      return std::tuple{member("url", &server::url), member("requests", &server::requests),
                        member("failures", &server::failures), member("left_out", &server::left_out)};
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
                      member("cached_tokens", &u::cached_tokens),
                      member("reasoning_tokens", &u::reasoning_tokens),
                      member("finish_reasons", &u::finish_reasons),
                      member("servers", &u::servers)};
  }

  // What was used since an earlier look at the same counts.
  [[nodiscard]] openai_usage since(openai_usage const& before) const {
    auto used = *this;
    used.requests -= before.requests, used.retries -= before.retries, used.answered -= before.answered;
    used.failed -= before.failed, used.prompt_tokens -= before.prompt_tokens;
    used.completion_tokens -= before.completion_tokens, used.cached_tokens -= before.cached_tokens;
    used.reasoning_tokens -= before.reasoning_tokens;
    for (auto const& [name, count] : before.finish_reasons)
      if ((used.finish_reasons[name] -= count) == 0) used.finish_reasons.erase(name);
    for (std::size_t i = 0; i < before.servers.size(); ++i) {
      used.servers[i].requests -= before.servers[i].requests;
      used.servers[i].failures -= before.servers[i].failures;
    }
    return used;
  }

  // Counts of another use of the same model; servers are told apart by their URL.
  openai_usage& operator+=(openai_usage const& more) {
    requests += more.requests, retries += more.retries, answered += more.answered, failed += more.failed;
    prompt_tokens += more.prompt_tokens, completion_tokens += more.completion_tokens;
    cached_tokens += more.cached_tokens, reasoning_tokens += more.reasoning_tokens;
    for (auto const& [name, count] : more.finish_reasons) finish_reasons[name] += count;
    for (auto const& one : more.servers) {
      auto same = std::ranges::find(servers, one.url, &server::url);
      if (same == servers.end()) same = servers.insert(servers.end(), server{.url = one.url});
      same->requests += one.requests, same->failures += one.failures;
      for (auto const& field : one.left_out)
        if (std::ranges::find(same->left_out, field) == same->left_out.end()) same->left_out.push_back(field);
    }
    return *this;
  }
};

}  // namespace ease::inline v1
