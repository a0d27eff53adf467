// SPDX-License-Identifier: Apache-2.0
#include <atomic>
#include <ease/llm/decoder/forward.hpp>
#include <ease/llm/generate/engine.hpp>
#include <ease/llm/generate/prefix_cache.hpp>
#include <ease/llm/network/tensor_network.hpp>
#include <map>
#include <vector>

#include "catch.hpp"
#include "llm/tiny_model.hpp"

using namespace ease;

namespace {

struct row_text {
  std::vector<token_id> tokens{};
  finish_reason why{};
  std::size_t made{};
  friend bool operator==(row_text const&, row_text const&) = default;
};

std::vector<row_text> generate(network const& net, std::vector<token_request> const& requests, engine_options const& options,
                               std::vector<token_id> const& stops = {}, prefix_cache* prefixes = nullptr) {
  std::vector<row_text> out(requests.size());
  std::vector<int> done(requests.size());
  engine{net, stops, options, prefixes}.run(
      requests,
      [&](std::size_t i, token_id t) {
        out[i].tokens.push_back(t);
        return true;
      },
      [&](std::size_t i, finish_reason why, std::size_t made) {
        out[i].why = why, out[i].made = made;
        ++done[i];
      });
  CHECK(std::all_of(done.begin(), done.end(), [](int n) { return n == 1; }));
  return out;
}

std::vector<row_text> generate(decoder const& net, std::vector<token_request> const& requests, engine_options const& options,
                               std::vector<token_id> const& stops = {}) {
  return generate(*network_of(net), requests, options, stops);
}

// Prompts and lengths that differ, so that rows finish and slots are refilled at different times.
std::vector<token_request> ragged(std::size_t rows, sampling how) {
  std::vector<token_request> requests;
  for (std::size_t i = 0; i < rows; ++i) {
    how.max_tokens = static_cast<int>(3 + i * 7 % 23);
    requests.push_back(
        {.prompt = tiny::prompt(1 + i * 13 % 37, static_cast<std::uint32_t>(i)), .how = how, .seed = 42, .row = i});
  }
  return requests;
}

}  // namespace

TEST_CASE("greedy rows equal recomputing everything, however they are batched") {
  for (std::int64_t const head_dim : {16, 12}) {
    decoder const net = tiny::model(head_dim);
    auto const packed = network_of(net);
    tensor_network const tensors{net};  // as on CUDA
    auto const requests = ragged(17, {.temperature = 0});
    std::vector<std::vector<token_id>> want;
    for (auto const& r : requests) want.push_back(tiny::greedy(net, r.prompt, static_cast<std::size_t>(r.how.max_tokens)));
    for (engine_options const& options :
         {engine_options{}, engine_options{.max_batch_rows = 1}, engine_options{.max_batch_rows = 4},
          engine_options{.max_batch_rows = 5, .max_batch_tokens = 7},
          engine_options{.max_batch_rows = 3, .max_batch_tokens = 1}, engine_options{.cache_tokens = 1}}) {
      CAPTURE(head_dim, options.max_batch_rows, options.max_batch_tokens);
      for (network const* const computes : std::vector<network const*>{packed.get(), &tensors}) {
        auto const got = generate(*computes, requests, options);
        for (std::size_t i = 0; i < requests.size(); ++i) {
          CHECK(got[i].tokens == want[i]);
          CHECK(got[i].why == finish_reason::max_tokens);
          CHECK(got[i].made == want[i].size());
        }
      }
    }
  }
}

TEST_CASE("a beginning all prompts share is read once and changes nothing") {
  decoder const net = tiny::model();
  auto const start = tiny::prompt(40, 99);
  std::vector<token_request> requests;
  for (std::uint32_t i = 0; i < 6; ++i) {
    token_request r{.prompt = start, .how = {.temperature = 0, .max_tokens = 6}};
    auto const tail = tiny::prompt(i, i);
    r.prompt.insert(r.prompt.end(), tail.begin(), tail.end());
    requests.push_back(r);
  }
  engine_progress last;
  auto const got = generate(
      net, requests, {.max_batch_rows = 2, .max_batch_tokens = 16, .progress = [&](engine_progress const& p) { last = p; }});
  for (std::size_t i = 0; i < requests.size(); ++i) CHECK(got[i].tokens == tiny::greedy(net, requests[i].prompt, 6));
  CHECK(last.prompt_tokens == 32 + 6 * 8 + 15);  // a shared chunk of 32, then 8 + i tokens of request i
  CHECK(last.tokens == 36);
  CHECK(last.requests_done == 6);
  CHECK(last.live == 0);
}

TEST_CASE("sampled sequences do not depend on the batch") {
  decoder const net = tiny::model();
  auto const requests = ragged(15, {.temperature = 1.0, .top_p = 0.95, .repetition_penalty = 1.1});
  auto const alone = generate(net, requests, {.max_batch_rows = 1});
  CHECK((generate(net, requests, {.max_batch_rows = 4, .max_batch_tokens = 9}) == alone));
  CHECK((generate(net, requests, {}) == alone));
  auto const backwards = generate(net, {requests.rbegin(), requests.rend()}, {.max_batch_rows = 3});
  CHECK((std::vector<row_text>{backwards.rbegin(), backwards.rend()} == alone));
}

TEST_CASE("a stop token ends the sequence and is counted but not passed on") {
  decoder const net = tiny::model();
  token_request const r{.prompt = tiny::prompt(9, 3), .how = {.temperature = 0, .max_tokens = 12}};
  auto const free = generate(net, {r}, {}).front().tokens;
  token_id const stop = free[7];
  auto const first = static_cast<std::size_t>(std::find(free.begin(), free.end(), stop) - free.begin());
  auto const got = generate(net, {r}, {}, {210, stop}).front();
  CHECK(got.tokens == std::vector<token_id>(free.begin(), free.begin() + static_cast<std::ptrdiff_t>(first)));
  CHECK(got.why == finish_reason::end_of_turn);
  CHECK(got.made == first + 1);
}

TEST_CASE("the caller can end a sequence at a token") {
  decoder const net = tiny::model();
  std::size_t handed = 0;
  engine{net, {}, {}}.run(
      std::vector<token_request>{{.prompt = tiny::prompt(4, 1), .how = {.temperature = 0, .max_tokens = 50}}},
      [&](std::size_t, token_id) { return ++handed < 3; },
      [&](std::size_t, finish_reason why, std::size_t made) { CHECK((why == finish_reason::stop_string && made == 3)); });
  CHECK(handed == 3);
}

TEST_CASE("a sequence that reaches the context ends there and says so") {
  decoder const net = tiny::model();
  auto const got =
      generate(net, {{.prompt = tiny::prompt(150, 5), .how = {.temperature = 0, .max_tokens = 50}}}, {}).front();
  CHECK(got.why == finish_reason::context_full);
  CHECK(got.tokens.size() == 10);  // 150 + 10 = 160, all the context has
  CHECK(got.tokens == tiny::greedy(net, tiny::prompt(150, 5), 10));
}

TEST_CASE("bfloat16 decoding is as near to exact attention as bfloat16 allows") {
  decoder net = tiny::model();
  decoder::each_parameter(net, [](ease::parameter const&, at::Tensor& t) { t = t.to(at::kBFloat16); });
  net.lm_head = net.embed_tokens;
  auto const prompt = tiny::prompt(30, 8);
  at::Tensor const exact = tiny::logits(net, prompt)[-1];
  auto const computes = network_of(net);
  auto const cache = computes->new_cache(2, 64);
  c10::InferenceMode const guard;
  at::Tensor last;
  for (std::size_t i = 0; i < prompt.size(); ++i) {
    packed_step step;
    step.add({1, static_cast<std::int64_t>(i), {prompt[i]}, {}});
    last = computes->logits(computes->hidden(step, *cache), std::vector<std::int64_t>{0})[0];
  }
  CHECK((last - exact).norm().item<double>() / exact.norm().item<double>() < 0.03);
}

TEST_CASE("several threads give what one gives and callbacks do not overlap") {
  int const threads = at::get_num_threads();
  at::set_num_threads(2);
  decoder const net = tiny::model(16);
  auto const requests = ragged(66, {.temperature = 0});
  std::size_t last_tokens = 0, last_done = 0;
  engine_options const options{.max_batch_rows = 64, .progress = [&](engine_progress const& p) {
                                 CHECK(p.tokens >= last_tokens);
                                 CHECK(p.live <= 64);
                                 last_tokens = p.tokens, last_done = p.requests_done;
                               }};
  std::atomic<int> inside{0};
  std::vector<std::vector<token_id>> got(requests.size());
  engine{net, {}, options}.run(
      requests,
      [&](std::size_t i, token_id t) {
        CHECK(++inside == 1);
        got[i].push_back(t);
        --inside;
        return true;
      },
      [&](std::size_t, finish_reason why, std::size_t) { CHECK(why == finish_reason::max_tokens); });
  std::size_t tokens = 0;
  at::set_num_threads(1);
  for (std::size_t i = 0; i < requests.size(); ++i) {
    CHECK(got[i] == tiny::greedy(net, requests[i].prompt, static_cast<std::size_t>(requests[i].how.max_tokens)));
    tokens += got[i].size();
  }
  CHECK(last_tokens == tokens);
  CHECK(last_done == requests.size());
  at::set_num_threads(threads);
}

TEST_CASE("what a callback throws on one thread comes out of the run") {
  int const threads = at::get_num_threads();
  at::set_num_threads(2);
  decoder const net = tiny::model(16);
  auto const requests = ragged(70, {.temperature = 0});
  CHECK_THROWS_AS(engine(net, {}, {.max_batch_rows = 64})
                      .run(
                          requests, [](std::size_t, token_id) { return true; },
                          [](std::size_t i, finish_reason, std::size_t) {
                            if (i == 11) throw error{"enough"};
                          }),
                  error);
  at::set_num_threads(threads);
}

TEST_CASE("what prompts of an earlier call had in common is not computed again, and changes nothing") {
  decoder const net = tiny::model();
  auto const packed = network_of(net);
  tensor_network const tensors{net};
  for (network const* const computes : std::vector<network const*>{packed.get(), &tensors}) {
    prefix_cache prefixes;
    auto const start = tiny::prompt(70, 5), other = tiny::prompt(40, 6);
    // (prompts, prompt tokens that are left to compute): 64 of the first beginning are whole chunks, 32 of the second.
    auto const asked = [&](std::vector<token_id> const& begin, std::vector<std::uint32_t> const& seeds) {
      std::vector<token_request> requests;
      for (auto const seed : seeds) {
        token_request r{.prompt = begin, .how = {.temperature = 0, .max_tokens = 6}, .row = seed};
        auto const rest = tiny::prompt(9, seed);
        r.prompt.insert(r.prompt.end(), rest.begin(), rest.end());
        requests.push_back(r);
      }
      return requests;
    };
    std::size_t prompt_tokens = 0;
    engine_options const options{.progress = [&](engine_progress const& p) { prompt_tokens = p.prompt_tokens; }};
    std::vector<std::pair<std::vector<token_request>, std::size_t>> const calls{
        {asked(start, {1, 2, 3}), 64 + 3 * 15}, {asked(start, {4, 5}), 2 * 15},  {asked(start, {6}), 15},
        {asked(other, {7, 8}), 32 + 2 * 17},    {asked(start, {9, 10}), 2 * 15}, {asked(other, {11}), 17}};
    for (auto const& [requests, left] : calls) {
      auto const got = generate(*computes, requests, options, {}, &prefixes);
      CHECK(prompt_tokens == left);
      CHECK((got == generate(*computes, requests, options)));
    }
  }
}

TEST_CASE("beginnings that are kept are few, and the longer one stays") {
  decoder const net = tiny::model();
  auto const packed = network_of(net);
  auto const from = packed->new_cache(1, 4096);
  prefix_cache prefixes;
  auto const longer = tiny::prompt(3000, 1);
  prefixes.keep(*packed, std::span{longer}.first(64), *from, 0);
  prefixes.keep(*packed, longer, *from, 0);
  CHECK(prefixes.longest(longer).tokens == 3000);
  prefixes.keep(*packed, std::span{longer}.first(100), *from, 0);  // part of one that is there
  CHECK(prefixes.longest(longer).tokens == 3000);
  auto const second = tiny::prompt(2000, 2);
  prefixes.keep(*packed, second, *from, 0);
  CHECK(prefixes.longest(second).tokens == 2000);
  CHECK(prefixes.longest(longer).tokens < 10);
  prefixes.keep(*packed, tiny::prompt(5000, 3), *from, 0);
  CHECK(prefixes.longest(second).tokens == 2000);
}
