// SPDX-License-Identifier: Apache-2.0
#pragma once
// Llama 2 and 3, SmolLM2, R1-distill-Llama, Llama-Guard-3: pre-norm, rotary, grouped-query attention, SwiGLU. Without
// libtorch: what reads a configuration alone needs none.
#include <cstddef>
#include <cstdint>
#include <ease/llm/arch/architecture.hpp>
#include <ease/llm/arch/config.hpp>
#include <utility>

namespace ease::inline v1 {

struct llama {
  static constexpr architecture facts{
      .hf_class = "LlamaForCausalLM", .model_type = "llama", .gguf_name = "llama", .gguf_pairs_rows = true};

  template <class Layer, class F>
  static void each_linear(model_config const& c, Layer& w, F&& f) {
    std::int64_t const queries = c.heads * c.head_dim, keys = c.kv_heads * c.head_dim;
    f(linear_shape{"self_attn.q_proj", "attn_q", queries, c.hidden, c.qkv_bias, /*rotary=*/true}, w.q_proj);
    f(linear_shape{"self_attn.k_proj", "attn_k", keys, c.hidden, c.qkv_bias, /*rotary=*/true}, w.k_proj);
    f(linear_shape{"self_attn.v_proj", "attn_v", keys, c.hidden, c.qkv_bias}, w.v_proj);
    f(linear_shape{"self_attn.o_proj", "attn_output", c.hidden, queries}, w.o_proj);
    f(linear_shape{"mlp.gate_proj", "ffn_gate", c.intermediate, c.hidden}, w.gate_proj);
    f(linear_shape{"mlp.up_proj", "ffn_up", c.intermediate, c.hidden}, w.up_proj);
    f(linear_shape{"mlp.down_proj", "ffn_down", c.hidden, c.intermediate}, w.down_proj);
  }

  template <class Layer, class F>
  static void each_norm(model_config const& c, Layer& w, F&& f) {
    if (c.qk_norm) {  // over each head
      f(norm_shape{"self_attn.q_norm", "attn_q_norm", c.head_dim}, w.q_norm);
      f(norm_shape{"self_attn.k_norm", "attn_k_norm", c.head_dim}, w.k_norm);
    }
    f(norm_shape{"input_layernorm", "attn_norm", c.hidden}, w.attention_norm);
    f(norm_shape{"post_attention_layernorm", "ffn_norm", c.hidden}, w.mlp_norm);
  }

  template <class Ops, class Tensor>
  static Tensor embedded(Ops const& /*ops*/, model_config const& /*c*/, Tensor x) {
    return x;
  }

  // One layer, x [n, hidden] -> [n, hidden]. `ops` computes, for inference (llm/network/packed_ops.hpp; for the reference
  // llm/decoder/forward.hpp) or training (train/ops/fused_layer.hpp); `at`: the tokens' positions, for ops.rotate. attend(index, q [n, heads, head_dim], k [n, kv_heads, head_dim], v as k) ->
  // [n, heads, head_dim].
  template <class Ops, class Layer, class Tensor, class Rotary, class Attend>
  static Tensor block(Ops const& ops, model_config const& c, Layer const& w, std::size_t index, Tensor x, Rotary const& at,
                      Attend&& attend) {
    std::int64_t const n = x.size(0);
    Tensor const normed = ops.rms_norm(x, w.attention_norm);
    auto [q, k, v] = ops.linears(normed, w.q_proj, w.k_proj, w.v_proj);
    q = q.view({n, c.heads, c.head_dim}), k = k.view({n, c.kv_heads, c.head_dim});
    if (w.q_norm.defined()) q = ops.rms_norm(q, w.q_norm), k = ops.rms_norm(k, w.k_norm);
    Tensor const mixed = attend(index, ops.rotate(q, at), ops.rotate(k, at), v.view({n, c.kv_heads, c.head_dim}));
    x = ops.linear_add(mixed.reshape({n, c.heads * c.head_dim}), w.o_proj, x);
    Tensor const inner = ops.rms_norm(x, w.mlp_norm);
    return ops.linear_add(ops.swiglu(inner, w.gate_proj, w.up_proj), w.down_proj, x);
  }
};

}  // namespace ease::inline v1
