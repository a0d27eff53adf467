// SPDX-License-Identifier: Apache-2.0
// Journals keep rows one by one, and machines share the rows of a file: both need a row's answer to be the same, bit by bit,
// whichever rows are asked for with it.
#include <ATen/Parallel.h>

#include <cstring>
#include <ease/llm/generate/engine.hpp>
#include <ease/llm/generate/scorer.hpp>
#include <utility>
#include <vector>

#include "catch.hpp"
#include "llm/tiny_model.hpp"

using namespace ease;

namespace {

// One of SmolLM2's proportions but few layers, and one whose widths are no multiples of a vector.
decoder model_of(bool odd, at::ScalarType number) {
  model_config c = tiny::config(odd ? 16 : 64);
  c.context = 700;
  if (!odd) c.hidden = 576, c.heads = 9, c.kv_heads = 3, c.intermediate = 1536, c.layers = 2, c.vocab = 1201;
  // Narrow weights: logits lie close together, so that a last bit decides often.
  decoder net = random_decoder(c, 7, odd ? 0.05 : 0.02);
  decoder::each_parameter(net, [&](ease::parameter const&, at::Tensor& t) {
    if (t.defined()) t = t.to(number);
  });
  if (c.tied) net.lm_head = net.embed_tokens;
  return net;
}

std::vector<std::vector<token_id>> texts(decoder const& net, std::vector<token_request> const& requests,
                                         engine_options const& options) {
  std::vector<std::vector<token_id>> out(requests.size());
  engine{net, {}, options}.run(
      requests,
      [&](std::size_t i, token_id t) {
        out[i].push_back(t);
        return true;
      },
      [](std::size_t, finish_reason, std::size_t) {});
  return out;
}
std::vector<std::vector<continuation_score>> scores(decoder const& net, std::vector<token_score_request> const& requests,
                                                    engine_options const& options) {
  std::vector<std::vector<continuation_score>> out(requests.size());
  scorer{net, options}.run(requests, [&](std::size_t i, std::vector<continuation_score> s) { out[i] = std::move(s); });
  return out;
}

class threads {
 public:
  explicit threads(int count) { at::set_num_threads(count); }
  ~threads() { at::set_num_threads(before_); }

 private:
  int before_{at::get_num_threads()};
};

std::vector<engine_options> const options{
    {}, {.max_batch_rows = 1}, {.max_batch_rows = 7, .max_batch_tokens = 50}, {.max_batch_rows = 3, .max_batch_tokens = 1}};

}  // namespace

TEST_CASE("a row is written the same whichever rows are beside it") {
  for (bool const odd : {true, false})
    for (auto const number : {at::kFloat, at::kBFloat16}) {
      decoder const net = model_of(odd, number);
      std::vector<token_request> requests;
      auto const start = tiny::prompt(70, 5);
      for (std::uint32_t i = 0; i < 70; ++i) {
        token_request r{.prompt = tiny::prompt(1 + i * 13 % 97 + (i % 16 == 3 ? 400 : 0), i),
                        .how = {.temperature = i % 2 == 0 ? 0.0 : 1.0, .max_tokens = static_cast<int>(4 + i % 9)},
                        .seed = 42,
                        .row = i};
        if (i % 3 == 0) r.prompt.insert(r.prompt.begin(), start.begin(), start.end());
        requests.push_back(r);
      }
      std::vector<std::vector<token_id>> alone;
      for (auto const& r : requests) alone.push_back(texts(net, {r}, {}).front());
      for (int const count : {1, 2, 3})
        for (auto const& o : options) {
          threads const used{count};
          CAPTURE(odd, number, count, o.max_batch_rows, o.max_batch_tokens);
          CHECK(texts(net, requests, o) == alone);
        }
      std::vector<token_request> sharing;  // a beginning that all have in common
      for (std::size_t i = 0; i < requests.size(); i += 3) sharing.push_back(requests[i]);
      auto const got = texts(net, sharing, {});
      for (std::size_t i = 0; i < sharing.size(); ++i) CHECK(got[i] == alone[3 * i]);
    }
}

TEST_CASE("a row's scores are the same to the last bit whichever rows are beside it") {
  for (bool const odd : {true, false})
    for (auto const number : {at::kFloat, at::kBFloat16}) {
      decoder const net = model_of(odd, number);
      std::vector<token_score_request> requests;
      auto const start = tiny::prompt(70, 5);
      for (std::uint32_t i = 0; i < 40; ++i) {
        token_score_request r{.prompt = tiny::prompt(1 + i * 13 % 97 + (i % 16 == 3 ? 400 : 0), i), .continuations = {}};
        if (i % 3 == 0) r.prompt.insert(r.prompt.begin(), start.begin(), start.end());
        for (std::uint32_t c = 0; c < 5; ++c) r.continuations.push_back(tiny::prompt(1 + (i + c) % 4, 100 * i + c));
        requests.push_back(r);
      }
      auto const same = [](std::vector<continuation_score> const& a, std::vector<continuation_score> const& b) {
        for (std::size_t c = 0; c < a.size(); ++c)
          if (a[c].logprob != b[c].logprob || a[c].first_token_logprob != b[c].first_token_logprob ||
              a[c].greedy != b[c].greedy)
            return false;
        return true;
      };
      std::vector<std::vector<continuation_score>> alone;
      for (auto const& r : requests) alone.push_back(scores(net, {r}, {}).front());
      for (int const count : {1, 2, 3})
        for (auto const& o : options) {
          threads const used{count};
          auto const got = scores(net, requests, o);
          std::size_t other = 0;
          for (std::size_t i = 0; i < got.size(); ++i) other += same(got[i], alone[i]) ? 0U : 1U;
          CAPTURE(odd, number, count, o.max_batch_rows, o.max_batch_tokens);
          CHECK(other == 0);
        }
      std::vector<token_score_request> sharing;
      for (std::size_t i = 0; i < requests.size(); i += 3) sharing.push_back(requests[i]);
      auto const got = scores(net, sharing, {});
      for (std::size_t i = 0; i < sharing.size(); ++i) CHECK(same(got[i], alone[3 * i]));
    }
}
