// SPDX-License-Identifier: Apache-2.0
#pragma once
// Rotary position embedding (Su et al. 2021), in the half-split layout of Hugging Face checkpoints, with the scalings of
// llm/arch/config.hpp. The frequencies are computed by the very operations transformers uses: at position 8000 one unit in the last
// place of a frequency is an angle of 5e-4, so "mathematically equal" would not be equal.
#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <ease/llm/arch/config.hpp>
#include <numbers>
#include <variant>

namespace ease::inline v1 {

// cos, sin: [n, 1, head_dim] for n tokens, in the model's dtype; the first half of `sin` is negated, so that the rotation is
// x * cos + roll(x, head_dim / 2) * sin.
struct rotary {
  at::Tensor cos, sin;
};

namespace detail {

// The plain frequencies are 1 / wide, [head_dim / 2].
inline at::Tensor scaled_frequencies(llama3_rope_scaling const& s, model_config const& /*c*/, at::Tensor const& wide) {
  at::Tensor const frequency = 1.0 / wide;
  auto const original = static_cast<double>(s.original_context);
  double const long_wave = original / s.low_freq_factor, short_wave = original / s.high_freq_factor;
  at::Tensor const wave = 2.0 * std::numbers::pi / frequency;
  at::Tensor const slow = at::where(wave > long_wave, frequency / s.factor, frequency);
  at::Tensor const blend = (original / wave - s.low_freq_factor) / (s.high_freq_factor - s.low_freq_factor);
  at::Tensor const between = (1.0 - blend) * slow / s.factor + blend * slow;
  at::Tensor const is_between = at::logical_and(wave >= short_wave, wave <= long_wave);
  return at::where(is_between, between, slow);
}

inline at::Tensor scaled_frequencies(linear_rope_scaling const& s, model_config const& /*c*/, at::Tensor const& wide) {
  return (1.0 / wide) / s.factor;
}

inline at::Tensor scaled_frequencies(dynamic_rope_scaling const& /*s*/, model_config const& /*c*/, at::Tensor const& wide) {
  return 1.0 / wide;
}

// The index of the frequency that turns `turns` times in the original context, a fraction.
inline double yarn_index(yarn_rope_scaling const& s, model_config const& c, double turns) {
  auto const size = static_cast<double>(c.head_dim), original = static_cast<double>(s.original_context);
  return size * std::log(original / (turns * 2.0 * std::numbers::pi)) / (2.0 * std::log(c.rope_theta));
}

inline at::Tensor scaled_frequencies(yarn_rope_scaling const& s, model_config const& c, at::Tensor const& wide) {
  double low = yarn_index(s, c, s.beta_fast), high = yarn_index(s, c, s.beta_slow);
  if (s.truncate) low = std::floor(low), high = std::ceil(high);
  low = std::max(low, 0.0), high = std::min(high, static_cast<double>(c.head_dim - 1));
  if (low == high) high += 0.001;
  at::Tensor const ramp = at::clamp((at::arange(c.head_dim / 2, at::kFloat) - low) / (high - low), 0, 1);
  at::Tensor const kept = 1.0 - ramp;
  return (1.0 / (s.factor * wide)) * (1.0 - kept) + (1.0 / wide) * kept;
}

}  // namespace detail

// float32 [head_dim / 2] on the CPU.
inline at::Tensor rope_frequencies(model_config const& c) {
  auto const exponent = at::arange(0, c.head_dim, 2, at::kLong).to(at::kFloat) / static_cast<double>(c.head_dim);
  at::Tensor const wide = at::pow(at::Scalar{c.rope_theta}, exponent);
  if (!c.rope_scaling) return 1.0 / wide;
  return std::visit([&](auto const& s) { return detail::scaled_frequencies(s, c, wide); }, *c.rope_scaling);
}

// By which cos and sin are multiplied.
inline double rope_attention_factor(model_config const& c) {
  auto const* const yarn = c.rope_scaling ? std::get_if<yarn_rope_scaling>(&*c.rope_scaling) : nullptr;
  return yarn == nullptr ? 1.0 : yarn->attention_factor;
}

// frequencies: float32 [head_dim / 2]; positions: int64 [n], both on the same device.
inline rotary rotary_of(at::Tensor const& frequencies, at::Tensor const& positions, at::ScalarType type,
                        double attention_factor = 1.0) {
  at::Tensor const angle = positions.to(at::kFloat).unsqueeze(1) * frequencies.unsqueeze(0);
  at::Tensor cos = angle.cos(), sin = angle.sin();
  if (attention_factor != 1.0) cos.mul_(attention_factor), sin.mul_(attention_factor);
  return {at::cat({cos, cos}, 1).to(type).unsqueeze(1), at::cat({-sin, sin}, 1).to(type).unsqueeze(1)};
}

// x: [n, any, head_dim] -> the same shape, a new tensor.
inline at::Tensor rotate(at::Tensor const& x, rotary const& at) {
  return at::addcmul(x * at.cos, at::roll(x, x.size(-1) / 2, -1), at.sin);
}

}  // namespace ease::inline v1
