// SPDX-License-Identifier: Apache-2.0
#pragma once
// GGUF metadata -> model_config.
#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <ease/core/error.hpp>
#include <ease/core/printable.hpp>
#include <ease/io/tensors/gguf.hpp>
#include <ease/llm/arch/all.hpp>
#include <ease/llm/arch/config.hpp>
#include <ease/llm/files/config_json.hpp>
#include <ease/llm/files/rope_gguf.hpp>
#include <string>
#include <string_view>

namespace ease::inline v1 {

// Throws if the file's architecture is not one of ours.
inline architecture const& architecture_of(gguf_file const& file) {
  auto const name = file.text("general.architecture").value_or("");
  if (auto const* found = find_architecture(&architecture::gguf_name, name)) return *found;
  throw error{"{}: general.architecture '{}' is not supported; supported: {}", file.path().string(), printable(name),
              supported_architectures(&architecture::gguf_name)};
}

// Throws if metadata is missing, or describes a model that would not be computed correctly.
inline model_config read_config(gguf_file const& file) {
  architecture const& kind = architecture_of(file);
  std::string const path = file.path().string();
  auto const key = [&](std::string_view name) { return fmt::format("{}.{}", kind.gguf_name, name); };
  auto const required = [&](std::string_view name) {
    if (auto const value = file.integer(key(name))) return *value;
    throw error{"{}: metadata '{}' is missing", path, key(name)};
  };
  gguf_tensor const* const embedding = file.find("token_embd.weight");
  if (embedding == nullptr) throw error{"{}: no tensor 'token_embd.weight'", path};
  model_config c{.architecture = std::string{kind.hf_class}};
  c.hidden = required("embedding_length");
  c.layers = required("block_count");
  c.heads = required("attention.head_count");
  c.kv_heads = file.integer(key("attention.head_count_kv")).value_or(c.heads);
  c.head_dim = file.integer(key("attention.key_length")).value_or(c.hidden / std::max<std::int64_t>(c.heads, 1));
  c.intermediate = required("feed_forward_length");
  c.vocab = embedding->shape.front();
  c.context = required("context_length");
  c.rope_theta = detail::round_trip_float(file.number(key("rope.freq_base")).value_or(10000.0));
  c.norm_eps = detail::round_trip_float(file.number(key("attention.layer_norm_rms_epsilon")).value_or(1e-6));
  c.tied = file.find("output.weight") == nullptr;
  c.qkv_bias = kind.qkv_bias;
  c.qk_norm = kind.qk_norm;
  check_config(c, path);
  for (auto const* same : {"rope.dimension_count", "attention.value_length"})
    if (auto const value = file.integer(key(same)); value && *value != c.head_dim)
      throw error{"{}: metadata '{}' is {}, the head size {}; such models are not supported", path, key(same), *value,
                  c.head_dim};
  c.rope_scaling = detail::rope_scaling_of(file, kind.gguf_name, c);
  return c;
}

}  // namespace ease::inline v1
