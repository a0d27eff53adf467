// SPDX-License-Identifier: Apache-2.0
#pragma once
// Rotary position embedding (Su et al. 2021), in the half-split layout of Hugging Face checkpoints, with Llama 3.1's
// scaling. The frequencies are computed by the very operations transformers uses: at position 8000 one unit in the last
// place of a frequency is an angle of 5e-4, so "mathematically equal" would not be equal.
#include <ATen/ATen.h>

#include <ease/llm/arch/config.hpp>
#include <numbers>

namespace ease::inline v1 {

// cos, sin: [n, 1, head_dim] for n tokens, in the model's dtype; the first half of `sin` is negated, so that the rotation is
// x * cos + roll(x, head_dim / 2) * sin.
struct rotary {
  at::Tensor cos, sin;
};

// float32 [head_dim / 2] on the CPU.
inline at::Tensor rope_frequencies(model_config const& c) {
  auto const exponent = at::arange(0, c.head_dim, 2, at::kLong).to(at::kFloat) / static_cast<double>(c.head_dim);
  at::Tensor frequency = 1.0 / at::pow(at::Scalar{c.rope_theta}, exponent);
  if (!c.rope_scaling) return frequency;
  auto const& s = *c.rope_scaling;
  auto const original = static_cast<double>(s.original_context);
  double const long_wave = original / s.low_freq_factor, short_wave = original / s.high_freq_factor;
  at::Tensor const wave = 2.0 * std::numbers::pi / frequency;
  at::Tensor const slow = at::where(wave > long_wave, frequency / s.factor, frequency);
  at::Tensor const blend = (original / wave - s.low_freq_factor) / (s.high_freq_factor - s.low_freq_factor);
  at::Tensor const between = (1.0 - blend) * slow / s.factor + blend * slow;
  at::Tensor const is_between = at::logical_and(wave >= short_wave, wave <= long_wave);
  return at::where(is_between, between, slow);
}

// frequencies: float32 [head_dim / 2]; positions: int64 [n], both on the same device.
inline rotary rotary_of(at::Tensor const& frequencies, at::Tensor const& positions, at::ScalarType type) {
  at::Tensor const angle = positions.to(at::kFloat).unsqueeze(1) * frequencies.unsqueeze(0);
  at::Tensor const cos = angle.cos(), sin = angle.sin();
  return {at::cat({cos, cos}, 1).to(type).unsqueeze(1), at::cat({-sin, sin}, 1).to(type).unsqueeze(1)};
}

// x: [n, any, head_dim] -> the same shape, a new tensor.
inline at::Tensor rotate(at::Tensor const& x, rotary const& at) {
  return at::addcmul(x * at.cos, at::roll(x, x.size(-1) / 2, -1), at.sin);
}

}  // namespace ease::inline v1
