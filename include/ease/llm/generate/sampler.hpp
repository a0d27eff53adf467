// SPDX-License-Identifier: Apache-2.0
#pragma once
// Samples the next token from logits: repetition penalty, then temperature, top-k, top-p and min-p, in the order and with
// the meaning of transformers (generation/logits_process.py), then one draw. Greedy is an argmax: no softmax is taken and
// nothing is sorted. Non-goals: beam search, grammars.
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <ease/core/error.hpp>
#include <ease/core/generator.hpp>
#include <ease/llm/files/random.hpp>
#include <ease/ops/simd.hpp>
#include <ease/text/unicode/token.hpp>
#include <functional>
#include <limits>
#include <span>
#include <utility>
#include <vector>

namespace ease::inline v1 {

namespace detail {

// The largest value, or NaN where there is one.
struct largest_kernel {
  [[gnu::always_inline]] static float run(std::span<float const> x) {
    simd::floats most = simd::all(-std::numeric_limits<float>::infinity());
    simd::ints odd{};
    std::size_t const whole = x.size() - x.size() % simd::lanes;
    for (std::size_t i = 0; i < whole; i += simd::lanes) {
      simd::floats const value = simd::load(x.data() + i);
      most = simd::larger(value, most);
      odd |= value != value;
    }
    float best = simd::largest(most);
    bool nan = false;
    for (int i = 0; i < simd::lanes; ++i) nan = nan || odd[i] != 0;
    for (std::size_t i = whole; i < x.size(); ++i) nan = nan || std::isnan(x[i]), best = std::max(best, x[i]);
    return nan ? std::numeric_limits<float>::quiet_NaN() : best;
  }
};

// x <- e^((x - most) * scale); the sum of the results. Sums of 256 are taken in float, all else in double.
struct weights_kernel {
  [[gnu::always_inline]] static double run(std::span<float> x, float most, float scale) {
    double total = 0;
    std::size_t const whole = x.size() - x.size() % simd::lanes;
    for (std::size_t start = 0; start < whole; start += 256) {
      simd::floats part{};
      for (std::size_t i = start; i < std::min(start + 256, whole); i += simd::lanes) {
        simd::floats const weight = simd::exp_of_nonpositive((simd::load(x.data() + i) - most) * scale);
        simd::store(x.data() + i, weight);
        part += weight;
      }
      total += static_cast<double>(simd::sum(part));
    }
    for (std::size_t i = whole; i < x.size(); ++i) total += static_cast<double>(x[i] = std::exp((x[i] - most) * scale));
    return total;
  }
};

inline float largest_logit(std::span<float const> logits) {
  float const most = simd::run<largest_kernel>(logits);
  if (!std::isfinite(most))
    throw error{"the model's logits are not finite numbers: the weights are damaged, or bfloat16 is too narrow for them"};
  return most;
}

inline std::size_t first_of(std::span<float const> logits, float value) {
  return static_cast<std::size_t>(std::find(logits.begin(), logits.end(), value) - logits.begin());
}

// The k-th largest value; k is in [1, size].
inline float kth_largest(std::span<float const> x, std::size_t k, std::vector<float>& heap) {
  heap.assign(x.begin(), x.begin() + static_cast<std::ptrdiff_t>(k));
  std::make_heap(heap.begin(), heap.end(), std::greater<>{});
  for (float const value : x.subspan(k)) {
    if (value <= heap.front()) continue;
    std::pop_heap(heap.begin(), heap.end(), std::greater<>{});
    heap.back() = value;
    std::push_heap(heap.begin(), heap.end(), std::greater<>{});
  }
  return heap.front();
}

}  // namespace detail

// A token and its probability, not normalised.
struct candidate {
  token_id token{};
  float weight{};
};

// The sampler of one sequence. It holds the tokens seen (for the penalty) and the number of draws.
class row_sampler {
 public:
  row_sampler(sampling how, std::uint64_t seed, std::uint64_t row) : how_{std::move(how)}, seed_{seed}, row_{row} {
    check(how_);
  }

  // Throws ease::error, in one line, naming the setting that is out of range.
  static void check(sampling const& how) {
    auto const refuse = [](char const* name, double value, char const* range) {
      throw error{"sampling: {} is {}, but must be {}", name, value, range};
    };
    if (!(how.temperature >= 0) || !std::isfinite(how.temperature))
      refuse("temperature", how.temperature, "0 (greedy) or more");
    if (!(how.top_p > 0 && how.top_p <= 1)) refuse("top_p", how.top_p, "above 0 and at most 1 (1 keeps all)");
    if (!(how.min_p >= 0 && how.min_p <= 1)) refuse("min_p", how.min_p, "in 0 to 1 (0 keeps all)");
    if (how.top_k < 0) refuse("top_k", how.top_k, "0 (keeps all) or more");
    if (!(how.repetition_penalty > 0) || !std::isfinite(how.repetition_penalty))
      refuse("repetition_penalty", how.repetition_penalty, "above 0 (1 is none)");
    if (how.max_tokens < 1) refuse("max_tokens", how.max_tokens, "1 or more");
  }

  // A token of the prompt or of the completion.
  void saw(token_id token) {
    if (how_.repetition_penalty == 1.0) return;
    auto const at = static_cast<std::size_t>(token);
    if (at >= marked_.size()) marked_.resize(at + 1);
    if (!marked_[at]) seen_.push_back(token);
    marked_[at] = true;
  }

  // logits: [vocabulary], overwritten. Throws on NaN. Samplers may run on several threads at once.
  token_id next(std::span<float> logits) {
    double const draw = uniform_draw(seed_, row_, drawn_++);
    penalise(logits);
    if (how_.temperature == 0) return static_cast<token_id>(detail::first_of(logits, detail::largest_logit(logits)));
    if (!narrows()) return draw_from_all(logits, draw);
    std::vector<candidate> const kept = candidates(logits);
    double total = 0;
    for (candidate const& c : kept) total += static_cast<double>(c.weight);
    double left = draw * total;
    for (candidate const& c : kept)
      if ((left -= static_cast<double>(c.weight)) < 0) return c.token;
    return kept.back().token;
  }

  // The tokens that may be drawn and their weights, by falling weight; logits (penalty applied) are overwritten.
  std::vector<candidate> candidates(std::span<float> logits) const {
    float const most = detail::largest_logit(logits), scale = static_cast<float>(1.0 / how_.temperature);
    std::vector<candidate> kept;
    double total = 0;
    if (how_.top_k > 0 && static_cast<std::size_t>(how_.top_k) < logits.size()) {
      std::vector<float> heap;
      float const least = detail::kth_largest(logits, static_cast<std::size_t>(how_.top_k), heap);
      for (std::size_t i = 0; i < logits.size(); ++i)  // ties with the k-th stay, as in transformers
        if (logits[i] >= least) kept.push_back({static_cast<token_id>(i), std::exp((logits[i] - most) * scale)});
      for (candidate const& c : kept) total += static_cast<double>(c.weight);
    } else {
      total = detail::simd::run<detail::weights_kernel>(logits, most, scale);
      // Tokens lighter than this weigh less than 1 - top_p together, so the nucleus is complete without them.
      double const light = (1.0 - how_.top_p) * total / static_cast<double>(logits.size());
      auto const least = static_cast<float>(std::max(light * 0.999, how_.min_p * 0.999));
      for (std::size_t i = 0; i < logits.size(); ++i)
        if (logits[i] >= least && logits[i] > 0) kept.push_back({static_cast<token_id>(i), logits[i]});
    }
    std::sort(kept.begin(), kept.end(), [](candidate const& a, candidate const& b) {
      return a.weight != b.weight ? a.weight > b.weight : a.token < b.token;
    });
    if (how_.top_p < 1) keep_nucleus(kept, how_.top_p * total);
    float const floor = static_cast<float>(how_.min_p) * kept.front().weight;
    while (kept.back().weight < floor) kept.pop_back();
    return kept;
  }

  // transformers' rule: a seen token's logit is divided by the penalty if positive and multiplied if negative.
  void penalise(std::span<float> logits) const {
    auto const penalty = static_cast<float>(how_.repetition_penalty);
    for (token_id const token : seen_) {
      float& logit = logits[static_cast<std::size_t>(token)];
      logit = logit < 0 ? logit * penalty : logit / penalty;
    }
  }

  bool plain_greedy() const { return how_.temperature == 0 && how_.repetition_penalty == 1.0; }

 private:
  bool narrows() const { return how_.top_k > 0 || how_.top_p < 1 || how_.min_p > 0; }

  // Keeps the heaviest tokens until those before the next one reach `mass`; at least one.
  static void keep_nucleus(std::vector<candidate>& kept, double mass) {
    double before = 0;
    std::size_t n = 0;
    while (n < kept.size() && (n == 0 || before < mass)) before += static_cast<double>(kept[n++].weight);
    kept.resize(n);
  }

  token_id draw_from_all(std::span<float> logits, double draw) const {
    float const most = detail::largest_logit(logits);
    double const total = detail::simd::run<detail::weights_kernel>(logits, most, static_cast<float>(1.0 / how_.temperature));
    double left = draw * total;
    std::size_t last = 0;
    for (std::size_t i = 0; i < logits.size(); ++i) {
      if (logits[i] <= 0) continue;
      last = i;
      if ((left -= static_cast<double>(logits[i])) < 0) break;
    }
    return static_cast<token_id>(last);
  }

  sampling how_;
  std::uint64_t seed_, row_;
  std::uint64_t drawn_{0};
  std::vector<bool> marked_{};
  std::vector<token_id> seen_{};
};

}  // namespace ease::inline v1
