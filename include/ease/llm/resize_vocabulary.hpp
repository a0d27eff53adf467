// SPDX-License-Identifier: Apache-2.0
#pragma once
// Grows the embedding and the head of a decoder for new tokens.
#include <ATen/ATen.h>
#include <c10/core/GradMode.h>

#include <cstdint>
#include <ease/core/error.hpp>
#include <ease/llm/decoder/decoder.hpp>

namespace ease::inline v1 {

// Grows the vocabulary to `rows`. New rows are the mean of the old ones (the caller breaks the ties between them), and a
// tied head stays tied. The parameters are new tensors: call it before an optimiser is constructed.
inline void resize_vocabulary(decoder& net, std::int64_t rows) {
  if (rows < net.config.vocab)
    throw error{"cannot shrink the vocabulary from {} to {} rows: token ids would lose their meaning", net.config.vocab,
                rows};
  if (rows == net.config.vocab) return;
  c10::NoGradGuard const no_gradient;
  auto const grown = [&](at::Tensor const& old) {
    at::Tensor const mean = old.to(at::kFloat).mean(0, true).to(old.scalar_type());
    at::Tensor wide = at::cat({old.detach(), mean.expand({rows - old.size(0), old.size(1)})}, 0);
    return wide.set_requires_grad(old.requires_grad());
  };
  net.embed_tokens = grown(net.embed_tokens);
  net.lm_head = net.config.tied ? net.embed_tokens : grown(net.lm_head);
  net.config.vocab = rows;
}

}  // namespace ease::inline v1
