// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <ease/llm/generate/sampler.hpp>
#include <map>
#include <numeric>
#include <set>
#include <vector>

#include "catch.hpp"

using namespace ease;

namespace {

std::vector<float> spread(std::size_t n, std::uint64_t seed, double width = 4.0) {
  std::vector<float> logits(n);
  for (std::size_t i = 0; i < n; ++i)
    logits[i] =
        static_cast<float>(width * (uniform_draw(seed, i, 0) + uniform_draw(seed, i, 1) + uniform_draw(seed, i, 2) - 1.5));
  return logits;
}

// transformers' warpers in float64, one after another as written there: which tokens stay, and their probabilities.
std::map<token_id, double> expected(std::vector<float> const& logits, sampling const& how) {
  std::vector<double> s(logits.begin(), logits.end());
  double const gone = -std::numeric_limits<double>::infinity();
  for (double& x : s) x /= how.temperature;
  auto const probabilities = [&] {
    double const most = *std::max_element(s.begin(), s.end());
    std::vector<double> p(s.size());
    std::transform(s.begin(), s.end(), p.begin(), [&](double x) { return std::exp(x - most); });
    double const total = std::accumulate(p.begin(), p.end(), 0.0);
    for (double& x : p) x /= total;
    return p;
  };
  if (how.top_k > 0) {
    std::vector<double> sorted = s;
    std::sort(sorted.begin(), sorted.end(), std::greater<>{});
    double const least = sorted[std::min(sorted.size(), static_cast<std::size_t>(how.top_k)) - 1];
    for (double& x : s) x = x < least ? gone : x;
  }
  if (how.top_p < 1) {
    std::vector<double> const p = probabilities();
    std::vector<std::size_t> order(s.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return s[a] < s[b]; });
    double below = 0;
    for (std::size_t i = 0; i + 1 < order.size(); ++i)
      if ((below += p[order[i]]) <= 1 - how.top_p) s[order[i]] = gone;
  }
  if (how.min_p > 0) {
    std::vector<double> const p = probabilities();
    double const floor = how.min_p * *std::max_element(p.begin(), p.end());
    for (std::size_t i = 0; i < s.size(); ++i) s[i] = p[i] < floor ? gone : s[i];
  }
  std::vector<double> const p = probabilities();
  std::map<token_id, double> kept;
  for (std::size_t i = 0; i < p.size(); ++i)
    if (p[i] > 0) kept[static_cast<token_id>(i)] = p[i];
  return kept;
}

std::vector<sampling> const narrowings{
    {.temperature = 1.0, .top_k = 1},
    {.temperature = 0.7, .top_k = 40},
    {.temperature = 1.3, .top_p = 0.9},
    {.temperature = 0.7, .top_p = 0.5},
    {.temperature = 1.0, .min_p = 0.05},
    {.temperature = 0.6, .top_p = 0.95, .top_k = 20},
    {.temperature = 1.5, .top_p = 0.8, .min_p = 0.1, .top_k = 50},
    {.temperature = 0.1, .top_p = 0.999},
    {.temperature = 2.0, .top_p = 0.99, .min_p = 0.001},
    {.temperature = 1.0, .top_k = 100000},
};

}  // namespace

TEST_CASE("the tokens that top-k, top-p and min-p keep are transformers', with their probabilities") {
  for (std::size_t const size : {7UL, 211UL, 49152UL})
    for (std::size_t which = 0; which < narrowings.size(); ++which) {
      std::vector<float> logits = spread(size, 100 + which);
      auto const want = expected(logits, narrowings[which]);
      auto const kept = row_sampler{narrowings[which], 1, 1}.candidates(logits);
      CAPTURE(size, which);
      double total = 0;
      for (candidate const& c : kept) total += static_cast<double>(c.weight);
      std::size_t strangers = 0;
      double apart = 0;
      for (candidate const& c : kept) {
        auto const found = want.find(c.token);
        if (found == want.end())
          ++strangers;
        else
          apart = std::max(apart, std::abs(static_cast<double>(c.weight) / total / found->second - 1));
      }
      CHECK(kept.size() == want.size());
      CHECK(strangers == 0);
      CHECK(apart < 2e-5);
    }
}

TEST_CASE("ties with the k-th token stay, as in transformers") {
  std::vector<float> logits{1, 3, 2, 2, 0};
  auto const kept = row_sampler{{.temperature = 1.0, .top_k = 2}, 1, 1}.candidates(logits);
  REQUIRE(kept.size() == 3);
  CHECK(kept[0].token == 1);
}

TEST_CASE("draws follow the probabilities") {
  for (sampling const& how :
       {sampling{.temperature = 1.0}, sampling{.temperature = 0.5}, sampling{.temperature = 1.0, .top_k = 5},
        sampling{.temperature = 1.0, .top_p = 0.8}, sampling{.temperature = 1.0, .min_p = 0.2}}) {
    std::vector<float> const logits = spread(23, 3);
    auto const want = expected(logits, how);
    std::map<token_id, int> counts;
    constexpr int draws = 40000;
    row_sampler sampler{how, 42, 5};
    for (int i = 0; i < draws; ++i) {
      std::vector<float> copy = logits;
      ++counts[sampler.next(copy)];
    }
    double chi2 = 0;
    for (auto const& [token, p] : want) chi2 += std::pow(counts[token] - draws * p, 2) / (draws * p);
    for (auto const& [token, count] : counts) CHECK(want.count(token) == 1);
    auto const freedom = static_cast<double>(want.size()) - 1;
    CHECK(chi2 <
          freedom + 4 * std::sqrt(2 * freedom) + 8);  // about four standard deviations; the draws are fixed by the seed
  }
}

TEST_CASE("greedy takes the first of the largest, whatever the size") {
  for (std::size_t const size : {1UL, 5UL, 8UL, 19UL, 49153UL}) {
    std::vector<float> logits = spread(size, 9);
    std::size_t const at = size / 2;
    logits[at] = 50;
    if (size > 8) logits[size - 1] = 50;
    CHECK(row_sampler{{.temperature = 0}, 0, 0}.next(logits) == static_cast<token_id>(at));
  }
}

TEST_CASE("the repetition penalty divides positive and multiplies negative logits of seen tokens, once each") {
  row_sampler sampler{{.temperature = 0, .repetition_penalty = 1.25}, 0, 0};
  for (token_id const t : {1, 2, 1, 1}) sampler.saw(t);
  std::vector<float> logits{0.9F, 1.0F, -2.0F, -2.0F};
  sampler.penalise(logits);
  CHECK(logits == std::vector<float>{0.9F, 0.8F, -2.5F, -2.0F});
  std::vector<float> again{0.9F, 1.0F, -2.0F, -2.0F};
  CHECK(sampler.next(again) == 0);
}

TEST_CASE("a row's draws depend on seed, row and step alone") {
  std::vector<float> const logits = spread(500, 4);
  auto const draws = [&](std::uint64_t seed, std::uint64_t row) {
    std::vector<token_id> made;
    row_sampler sampler{{.temperature = 1.0}, seed, row};
    for (int i = 0; i < 20; ++i) {
      std::vector<float> copy = logits;
      made.push_back(sampler.next(copy));
    }
    return made;
  };
  CHECK(draws(1, 2) == draws(1, 2));
  CHECK(draws(1, 2) != draws(1, 3));
  CHECK(draws(1, 2) != draws(2, 2));
}

TEST_CASE("the exponential is good to a few units in the last place") {
  std::vector<float> x(4096);
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = -0.021F * static_cast<float>(i);
  std::vector<float> weights = x;
  double const total = ease::detail::simd::run<ease::detail::weights_kernel>(std::span{weights}, 0.0F, 1.0F);
  double worst = 0, sum = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    double const exact = std::exp(static_cast<double>(x[i]));
    sum += exact;
    worst = std::max(worst, std::abs(static_cast<double>(weights[i]) - exact) / std::max(exact, 1e-37));
  }
  CHECK(worst < 4e-7);
  CHECK(total == Approx(sum).epsilon(1e-6));
}

TEST_CASE("senseless settings and logits are refused in one line") {
  auto const text = [](auto&& act) -> std::string {
    try {
      act();
    } catch (error const& e) {
      return e.what();
    }
    return "no error";
  };
  CHECK(text([] { row_sampler::check({.temperature = -1}); }) ==
        "sampling: temperature is -1, but must be 0 (greedy) or more");
  CHECK(text([] { row_sampler::check({.top_p = 0}); }) ==
        "sampling: top_p is 0, but must be above 0 and at most 1 (1 keeps all)");
  CHECK(text([] { row_sampler::check({.max_tokens = 0}); }) == "sampling: max_tokens is 0, but must be 1 or more");
  for (double const temperature : {0.0, 1.0}) {
    std::vector<float> logits(100, 1.0F);
    logits[37] = std::nanf("");
    CHECK(text([&] {
            row_sampler{{.temperature = temperature}, 0, 0}.next(logits);
          }).starts_with("the model's logits are not finite"));
  }
}
