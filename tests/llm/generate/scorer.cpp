// SPDX-License-Identifier: Apache-2.0
#include <cmath>
#include <ease/llm/generate/scorer.hpp>
#include <vector>

#include "catch.hpp"
#include "llm/tiny_model.hpp"

using namespace ease;

namespace {

continuation_score naive(decoder const& net, std::vector<token_id> const& prompt,
                         std::vector<token_id> const& continuation) {
  std::vector<token_id> text = prompt;
  text.insert(text.end(), continuation.begin(), continuation.end());
  at::Tensor const logp = at::log_softmax(tiny::logits(net, text).to(at::kDouble), -1);
  continuation_score s{.tokens = continuation.size(), .greedy = true};
  for (std::size_t i = 0; i < continuation.size(); ++i) {
    at::Tensor const row = logp[static_cast<std::int64_t>(prompt.size() + i) - 1];
    double const p = row[continuation[i]].item<double>();
    s.logprob += p;
    if (i == 0) s.first_token_logprob = p;
    s.greedy = s.greedy && row.argmax().item<std::int64_t>() == continuation[i];
  }
  return s;
}

}  // namespace

TEST_CASE("scores equal log-softmax over the whole text") {
  decoder const net = tiny::model();
  std::vector<token_score_request> requests;
  for (std::uint32_t i = 0; i < 9; ++i) {
    token_score_request r{.prompt = tiny::prompt(1 + i * 11 % 40, i), .continuations = {}};
    for (std::uint32_t c = 0; c < 1 + i % 5; ++c) r.continuations.push_back(tiny::prompt(1 + (i + c) * 5 % 12, 70 + c));
    r.continuations.push_back(tiny::greedy(net, r.prompt, 4));
    r.continuations.push_back({});
    requests.push_back(r);
  }
  bool const shared_start = GENERATE(false, true);
  if (shared_start)
    for (auto& r : requests) {
      auto const start = tiny::prompt(30, 1234);
      r.prompt.insert(r.prompt.begin(), start.begin(), start.end());
      r.continuations[r.continuations.size() - 2] = tiny::greedy(net, r.prompt, 4);
    }
  for (engine_options const& options :
       {engine_options{}, engine_options{.max_batch_rows = 2, .max_batch_tokens = 6},
        engine_options{.max_batch_rows = 3, .max_batch_tokens = 20}, engine_options{.max_batch_tokens = 1}}) {
    CAPTURE(shared_start, options.max_batch_rows, options.max_batch_tokens);
    std::size_t done = 0, greedy = 0;
    scorer{net, options}.run(requests, [&](std::size_t i, std::vector<continuation_score> const& got) {
      ++done;
      REQUIRE(got.size() == requests[i].continuations.size());
      for (std::size_t c = 0; c < got.size(); ++c) {
        auto const want = naive(net, requests[i].prompt, requests[i].continuations[c]);
        double const allowed = 1e-4 * static_cast<double>(std::max<std::size_t>(1, want.tokens));
        CHECK(std::abs(got[c].logprob - want.logprob) < allowed);
        CHECK(std::abs(got[c].first_token_logprob - want.first_token_logprob) < 1e-4);
        CHECK(got[c].tokens == want.tokens);
        CHECK(got[c].greedy == want.greedy);
        greedy += got[c].greedy && got[c].tokens == 4 ? 1U : 0U;
      }
    });
    CHECK(done == requests.size());
    CHECK(greedy >= requests.size());
  }
}

TEST_CASE("many long continuations of one prompt are read in several steps") {
  decoder const net = tiny::model();
  token_score_request r{.prompt = tiny::prompt(20, 4), .continuations = {}};
  for (std::uint32_t c = 0; c < 40; ++c) r.continuations.push_back(tiny::prompt(30 + c % 9, c));
  std::size_t steps = 0;
  scorer{net, {.max_batch_tokens = 100, .progress = [&](engine_progress const&) { ++steps; }}}.run(
      std::vector{r}, [&](std::size_t, std::vector<continuation_score> const& got) {
        for (std::size_t c = 0; c < got.size(); ++c)
          CHECK(std::abs(got[c].logprob - naive(net, r.prompt, r.continuations[c]).logprob) < 4e-3);
      });
  CHECK(steps > 12);
}
