// SPDX-License-Identifier: Apache-2.0
#pragma once
// A decoder's weights in the order that the CPU's kernels read them (ops/panel_matrix.hpp), in one piece of memory. Packing
// loses nothing: the decoder can be had back. Non-goals: other devices, dtypes but float32 and bfloat16.
#include <ATen/core/Tensor.h>

#include <cstdint>
#include <ease/core/compiled.hpp>
#include <ease/llm/arch/config.hpp>
#include <ease/llm/decoder/decoder.hpp>
#include <vector>

namespace ease::inline v1 {

// A matrix [out, in] in panels. The members of linear_weights, but packed; the adapter's are float32 panels.
struct packed_linear {
  at::Tensor panels{};  // one dimension; undefined: the architecture has no such matrix
  at::Tensor rows{};    // [out, in], contiguous: the panels are not filled yet, and this is what is computed with
  std::int64_t out{}, in{};
  at::Tensor bias{};  // float32 [out, filled up to whole panels with zeros], or undefined
  struct {
    at::Tensor a{}, b{};  // of [rank, in] and [out, rank]
    std::int64_t rank{};
    double scaling{1};
  } adapter{};
};

// The members of decoder_layer.
struct packed_layer {
  packed_linear q_proj{}, k_proj{}, v_proj{}, o_proj{}, gate_proj{}, up_proj{}, down_proj{};
  at::Tensor attention_norm{}, q_norm{}, k_norm{}, attention_out_norm{}, mlp_norm{}, mlp_out_norm{};
};

struct packed_decoder {
  model_config config;
  at::ScalarType dtype{};
  at::Tensor embed_tokens{};  // [vocab, hidden]; undefined where the head's matrix is the embeddings' too
  packed_linear head{};
  at::Tensor final_norm{};
  std::vector<packed_layer> layers{};
  at::Tensor frequencies{};  // of the rotation, float32 [head_dim / 2]
};

// Whether packed_network computes with such weights.
bool can_pack(decoder const& net);

// Precondition: can_pack(net). Norms, and embeddings that are not tied, are shared with `net`; matrices are copied.
packed_decoder pack(decoder const& net);

// As pack, but a matrix that no other tensor refers to is taken from `net`, in rows at first: what a program asks for one pass
// is answered before the panels would be filled.
packed_decoder pack_taking(decoder& net);
// Fills the panels of what is still in rows, each of which is released as soon as it is copied: the model is in memory once.
void fill_panels(packed_decoder& packed);

// Gives `net` the matrices that pack_taking took.
void unpack_released(packed_decoder const& packed, decoder& net);

}  // namespace ease::inline v1

#ifndef EASE_COMPILED
#include <ease/llm/network/packed_weights.ipp>
#endif
