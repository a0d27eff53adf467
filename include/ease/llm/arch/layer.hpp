// SPDX-License-Identifier: Apache-2.0
#pragma once
// The weights of one layer. The members are those that architectures have among them; what one lacks is an undefined tensor.
#include <ATen/core/Tensor.h>

namespace ease::inline v1 {

// A low-rank addition to a weight matrix (LoRA, Hu et al. 2021): W + scaling * b a. Undefined tensors: none. float32,
// whatever the weights are.
struct lora_weights {
  at::Tensor a{}, b{};  // [rank, in], [out, rank]
  double scaling{1};
};

// Weights are [out, in] as in Hugging Face checkpoints.
struct linear_weights {
  at::Tensor weight{}, bias{};
  lora_weights adapter{};
};

// Norms are named for where they stand: before a part of the layer, or behind it, before its output joins the residual.
struct decoder_layer {
  linear_weights q_proj{}, k_proj{}, v_proj{}, o_proj{}, gate_proj{}, up_proj{}, down_proj{};
  at::Tensor attention_norm{}, q_norm{}, k_norm{}, attention_out_norm{}, mlp_norm{}, mlp_out_norm{};
};

// cos and sin of the tokens at hand (llm/decoder/rope.hpp).
struct rotary;

}  // namespace ease::inline v1
