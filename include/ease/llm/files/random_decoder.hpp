// SPDX-License-Identifier: Apache-2.0
#pragma once
// A decoder with random weights: for tests of everything above it, and for measuring speed without a checkpoint.
#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>
#include <c10/core/GradMode.h>

#include <cstdint>
#include <ease/llm/decoder/decoder.hpp>
#include <ease/llm/decoder/rope.hpp>
#include <string>

namespace ease::inline v1 {

// Norm weights are 1, all else is normal with `deviation`. Weights depend on `seed` alone.
inline decoder random_decoder(model_config const& config, std::uint64_t seed, double deviation = 0.02,
                              at::Device device = at::kCPU, at::ScalarType type = at::kFloat) {
  c10::NoGradGuard const no_gradient;
  decoder net{.config = config, .embed_tokens = {}, .final_norm = {}, .lm_head = {}, .layers = {}};
  net.layers.resize(static_cast<std::size_t>(config.layers));
  at::Generator dice = at::detail::createCPUGenerator(seed);
  decoder::each_parameter(net, [&](parameter const& p, at::Tensor& weight) {
    at::Tensor values = at::ones(p.shape, at::kFloat);
    if (!p.norm) values.normal_(0.0, deviation, dice);
    weight = values.to(device, type);
  });
  if (config.tied) net.lm_head = net.embed_tokens;
  net.frequencies = rope_frequencies(config).to(device);
  return net;
}

}  // namespace ease::inline v1
