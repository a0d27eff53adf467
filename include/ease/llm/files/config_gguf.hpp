// SPDX-License-Identifier: Apache-2.0
#pragma once
// GGUF metadata -> model_config.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <ease/core/error.hpp>
#include <ease/core/printable.hpp>
#include <ease/io/tensors/dequantise.hpp>
#include <ease/io/tensors/gguf.hpp>
#include <ease/llm/arch/all.hpp>
#include <ease/llm/arch/config.hpp>
#include <ease/llm/files/config_json.hpp>
#include <numbers>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ease::inline v1 {

// Throws if the file's architecture is not one of ours.
inline architecture const& architecture_of(gguf_file const& file) {
  auto const name = file.text("general.architecture").value_or("");
  if (auto const* found = find_architecture(&architecture::gguf_name, name)) return *found;
  throw error{"{}: general.architecture '{}' is not supported; supported: {}", file.path().string(), printable(name),
              supported_architectures(&architecture::gguf_name)};
}

namespace detail {

// GGUF stores numbers as float32: 1e-5 is read as 9.999999747378752e-06. Returns the shortest decimal that rounds to the
// same float, which is the number that was written.
inline double round_trip_float(double stored) { return std::stod(fmt::format("{}", static_cast<float>(stored))); }

// llama.cpp's converter writes Llama 3.1's scaling as a tensor of divisors, one a frequency, and drops its parameters. They
// are recovered: the largest divisor is the factor, a divisor between 1 and the factor gives the original context, the rest
// is as published (low 1, high 4). They are accepted only if they reproduce the divisors.
inline std::optional<llama3_rope_scaling> rope_scaling_of(gguf_file const& file, model_config const& c) {
  gguf_tensor const* const tensor = file.find("rope_freqs.weight");
  if (tensor == nullptr) return {};
  auto const count = static_cast<std::size_t>(c.head_dim / 2);  // untrusted: any number that a file may state
  if (count == 0 || tensor->type != ggml_type::f32 || tensor->bytes.size() != count * sizeof(float))
    throw error{"{}: tensor 'rope_freqs.weight' is not {} numbers of F32", file.path().string(), count};
  std::vector<float> divisors(count);
  dequantise(tensor->type, tensor->bytes, divisors);
  auto const largest = static_cast<double>(*std::ranges::max_element(divisors));
  if (largest == 1.0) return {};
  llama3_rope_scaling s{.factor = largest};
  auto const wave = [&](std::size_t i) {
    return 2.0 * std::numbers::pi * std::pow(c.rope_theta, 2.0 * static_cast<double>(i) / static_cast<double>(c.head_dim));
  };
  auto const between = std::ranges::find_if(divisors, [&](float d) { return d > 1.0F && static_cast<double>(d) < largest; });
  if (between != divisors.end()) {
    double const blend = (1.0 / static_cast<double>(*between) - 1.0 / largest) / (1.0 - 1.0 / largest);
    double const waves = s.low_freq_factor + blend * (s.high_freq_factor - s.low_freq_factor);
    double const original = wave(static_cast<std::size_t>(between - divisors.begin())) * waves;
    if (original < 1e9) s.original_context = std::llround(original);
  }
  auto const original = static_cast<double>(s.original_context);
  for (std::size_t i = 0; i < divisors.size(); ++i) {
    double const blend = (original / wave(i) - s.low_freq_factor) / (s.high_freq_factor - s.low_freq_factor);
    double const divisor = 1.0 / std::lerp(1.0 / s.factor, 1.0, std::clamp(blend, 0.0, 1.0));
    if (!(std::abs(divisor - static_cast<double>(divisors[i])) <= 1e-3 * divisor))  // not-a-numbers are refused too
      throw error{
          "{}: tensor 'rope_freqs.weight' is not Llama 3.1's scaling (low 1, high 4); use the Hugging Face folder instead",
          file.path().string()};
  }
  return s;
}

}  // namespace detail

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
  if (auto const type = file.text(key("rope.scaling.type")).value_or("none"); type != "none")
    throw error{"{}: metadata '{}': '{}' is not supported; supported: none, and Llama 3.1's", path, key("rope.scaling.type"),
                printable(type)};
  c.rope_scaling = detail::rope_scaling_of(file, c);
  return c;
}

}  // namespace ease::inline v1
