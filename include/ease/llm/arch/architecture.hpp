// SPDX-License-Identifier: Apache-2.0
#pragma once
// What tells one decoder-only transformer from another. An architecture is a file beside this one with a struct that has
//
//     static constexpr architecture facts{...};                            // below
//     template <class Layer, class F>
//     static void each_linear(model_config const&, Layer& w, F&& f);       // f(linear_shape, linear_weights&) for each matrix
//     template <class Layer, class F>
//     static void each_norm(model_config const&, Layer& w, F&& f);         // f(norm_shape, at::Tensor&) for each norm
//     template <class Ops, class Tensor>
//     static Tensor embedded(Ops const&, model_config const&, Tensor x);   // what follows the look-up of embeddings
//     template <class Ops, class Layer, class Tensor, class Rotary, class Attend>
//     static Tensor block(Ops const&, ...);                                // one layer, see llama.hpp
//
// and its name in the list of all.hpp. What it has in common with another it inherits: qwen2.hpp is llama.hpp with other
// facts. From these come loading, saving, GGUF names, adapters, plans of memory, generation and training.
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace ease::inline v1 {

struct architecture {
  std::string_view hf_class;            // config.json: architectures[0]
  std::string_view model_type;          // config.json: model_type
  std::string_view gguf_name;           // GGUF: general.architecture
  std::string_view hidden_act{"silu"};  // config.json: hidden_act, which must be this one
  bool qkv_bias{false};                 // q, k and v projections have biases
  bool qk_norm{false};                  // there are RMS norms of q and k before the rotation
  bool gguf_pairs_rows{false};          // GGUF files have the rows of q and k in rotary pairs (0, d/2, 1, d/2 + 1, ...)
  std::int64_t head_dim{0};             // where config.json is silent; 0: hidden / heads
  std::int64_t context{2048};           // where config.json is silent
};

// A matrix of a layer: its names below "model.layers.N." and GGUF's "blk.N.", without ".weight", and its size.
struct linear_shape {
  std::string_view name, gguf_name;
  std::int64_t out, in;
  bool bias{false};
  bool rotary{false};  // makes q or k, whose heads are rotated
};
// A norm of a layer, likewise.
struct norm_shape {
  std::string_view name, gguf_name;
  std::int64_t size;
};

// One tensor of a checkpoint: its name there and in GGUF files, and the shape that the configuration gives it.
struct parameter {
  std::string name, gguf_name;
  std::vector<std::int64_t> shape;
  bool rotary{false};  // as in linear_shape
  bool norm{false};
};

}  // namespace ease::inline v1
