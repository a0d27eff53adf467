// SPDX-License-Identifier: Apache-2.0
#pragma once
// The rotary embedding in GGUF metadata, as llama.cpp reads it (src/llama-model.cpp, src/llama-context.cpp), and as it writes
// it: rope.scaling.* for linear and YaRN, a tensor of divisors for Llama 3.1's.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <ease/core/error.hpp>
#include <ease/core/printable.hpp>
#include <ease/io/tensors/dequantise.hpp>
#include <ease/io/tensors/gguf.hpp>
#include <ease/io/tensors/gguf_writer.hpp>
#include <ease/llm/arch/config.hpp>
#include <ease/llm/files/rope_json.hpp>
#include <numbers>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace ease::inline v1 {

namespace detail {

// GGUF stores numbers as float32: 1e-5 is read as 9.999999747378752e-06. Returns the shortest decimal that rounds to the
// same float, which is the number that was written.
inline double round_trip_float(double stored) { return std::stod(fmt::format("{}", static_cast<float>(stored))); }

// llama.cpp's converter writes Llama 3.1's scaling as a tensor of divisors, one a frequency, and drops its parameters. They
// are recovered: the largest divisor is the factor, a divisor between 1 and the factor gives the original context, the rest
// is as published (low 1, high 4). They are accepted only if they reproduce the divisors.
inline std::optional<llama3_rope_scaling> llama3_scaling_of(gguf_file const& file, model_config const& c) {
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

// rope.scaling.* of the architecture `arch`. A factor without a type is linear's, as in llama.cpp; a type without a factor
// scales nothing.
inline std::optional<any_rope_scaling> rope_scaling_of(gguf_file const& file, std::string_view arch, model_config const& c) {
  auto const key = [&](std::string_view name) { return fmt::format("{}.rope.{}", arch, name); };
  auto const number = [&](std::string_view name) -> std::optional<double> {
    auto const value = file.number(key(name));
    return value ? std::optional{round_trip_float(*value)} : std::nullopt;
  };
  auto const refuse = [&](std::string_view name, std::string_view what) {
    throw error{"{}: metadata '{}': {}", file.path().string(), key(name), what};
  };
  auto const needed = [&](std::string_view name, double otherwise) {
    auto const value = number(name).value_or(otherwise);
    if (!(value > 0.0) || value > 1e9) refuse(name, "it must be above 0");
    return value;
  };
  std::string const type{file.text(key("scaling.type")).value_or("linear")};
  if (type != "none" && type != "linear" && type != "yarn")
    throw error{"{}: metadata '{}': '{}' is not supported; supported: none, linear, yarn, and Llama 3.1's",
                file.path().string(), key("scaling.type"), printable(type)};
  bool const old_name = !number("scaling.factor") && number("scale_linear");
  auto const named = old_name ? "scale_linear" : "scaling.factor";
  double const factor = number(named).value_or(0.0) == 0.0 ? 1.0 : needed(named, 1.0);
  auto const attention = needed("scaling.attn_factor", 1.0);
  auto const llama3 = llama3_scaling_of(file, c);
  bool const scaled = type != "none" && factor != 1.0;
  if (llama3 && scaled) refuse("scaling.type", "scaling beside the divisors of 'rope_freqs.weight' is not supported");
  if (!scaled || type != "yarn") {
    if (attention != 1.0) refuse("scaling.attn_factor", "it is supported for yarn alone");
    if (llama3) return *llama3;
    return scaled ? std::optional<any_rope_scaling>{linear_rope_scaling{factor}} : std::nullopt;
  }
  for (auto const* const fixed : {"scaling.yarn_ext_factor", "scaling.yarn_attn_factor"})
    if (number(fixed).value_or(1.0) != 1.0) refuse(fixed, "only 1 is supported");
  if (!(c.rope_theta > 1.0)) refuse("freq_base", "yarn needs one above 1");
  auto const all = number("scaling.yarn_log_multiplier").value_or(0.0);
  auto const original = needed("scaling.original_context_length", static_cast<double>(c.context));
  return yarn_rope_scaling{.factor = factor,
                           .original_context = std::max<std::int64_t>(1, std::llround(original)),
                           .attention_factor = attention * yarn_attention_factor(factor) /
                                               (all == 0.0 ? 1.0 : yarn_attention_factor(factor, all)),
                           .beta_fast = needed("scaling.yarn_beta_fast", 32.0),
                           .beta_slow = needed("scaling.yarn_beta_slow", 1.0)};
}

// The metadata of `c`'s scaling. Llama 3.1's is a tensor instead; "dynamic" is none within the context. Throws where llama.cpp
// would compute something else.
inline void write_rope_scaling(gguf_writer& out, std::string_view arch, model_config const& c) {
  auto const key = [&](std::string_view name) { return fmt::format("{}.rope.scaling.{}", arch, name); };
  if (!c.rope_scaling) return;
  if (auto const* const s = std::get_if<linear_rope_scaling>(&*c.rope_scaling)) {
    out.text(key("type"), "linear");
    out.number(key("factor"), static_cast<float>(s->factor));
  }
  auto const* const s = std::get_if<yarn_rope_scaling>(&*c.rope_scaling);
  if (s == nullptr) return;
  if (!s->truncate) throw error{"{}: rope_type yarn with \"truncate\": false cannot be said in GGUF", out.path().string()};
  out.text(key("type"), "yarn");
  out.number(key("factor"), static_cast<float>(s->factor));
  out.count(key("original_context_length"), static_cast<std::uint32_t>(s->original_context));
  out.number(key("yarn_beta_fast"), static_cast<float>(s->beta_fast));
  out.number(key("yarn_beta_slow"), static_cast<float>(s->beta_slow));
  auto const beside = static_cast<float>(s->attention_factor / yarn_attention_factor(s->factor));
  if (beside != 1.0F) out.number(key("attn_factor"), beside);
}

}  // namespace detail

}  // namespace ease::inline v1
