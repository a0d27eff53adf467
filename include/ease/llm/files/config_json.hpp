// SPDX-License-Identifier: Apache-2.0
#pragma once
// config.json of a Hugging Face folder -> model_config, and back. Reads what transformers 4 and 5 write; writes the older
// form, which both read. A setting that would change results and is not implemented is an error, never ignored.
#include <ease/core/error.hpp>
#include <ease/core/printable.hpp>
#include <ease/io/json/json_text.hpp>
#include <ease/llm/arch/all.hpp>
#include <ease/llm/arch/config.hpp>
#include <ease/llm/files/generation_defaults.hpp>
#include <ease/llm/files/json_fields.hpp>
#include <ease/llm/files/rope_json.hpp>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

namespace ease::inline v1 {

// Throws if the numbers cannot describe a model; `where` begins the message.
inline void check_config(model_config const& c, std::string_view where) {
  constexpr std::int64_t most{1 << 24};
  for (auto const& [name, value] :
       {std::pair{"hidden size", c.hidden}, std::pair{"layers", c.layers}, std::pair{"attention heads", c.heads},
        std::pair{"key-value heads", c.kv_heads}, std::pair{"head size", c.head_dim}, std::pair{"MLP size", c.intermediate},
        std::pair{"vocabulary", c.vocab}, std::pair{"context", c.context}})
    if (value < 1 || value > most) throw error{"{}: {} of {} is out of range", where, name, value};
  if (constexpr std::int64_t deepest = 4096; c.layers > deepest)  // each costs memory before a weight is read
    throw error{"{}: layers of {} is out of range", where, c.layers};
  if (c.heads % c.kv_heads != 0)
    throw error{"{}: {} attention heads cannot share {} key-value heads", where, c.heads, c.kv_heads};
  if (c.head_dim % 2 != 0) throw error{"{}: a head size of {} cannot be rotated in pairs", where, c.head_dim};
  if (!(c.rope_theta > 0.0) || !(c.norm_eps >= 0.0)) throw error{"{}: rope_theta or norm epsilon is out of range", where};
}

namespace detail {

inline architecture const& architecture_of(json_fields const& file) {
  auto const classes = file.list<std::string_view>("architectures", "a list of names");
  if (!classes.empty()) {
    if (auto const* found = find_architecture(&architecture::hf_class, classes.front())) return *found;
    throw error{"{}: architecture '{}' is not supported; supported: {}", file.path(), printable(classes.front()),
                supported_architectures(&architecture::hf_class)};
  }
  auto const type = file.text("model_type").value_or("");
  if (auto const* found = find_architecture(&architecture::model_type, type)) return *found;
  throw error{"{}: model_type '{}' is not supported; supported: {}", file.path(), printable(type),
              supported_architectures(&architecture::model_type)};
}

inline void refuse_what_is_not_implemented(json_fields const& file, architecture const& kind) {
  auto const refuse = [&](std::string_view field, std::string_view what) {
    throw error{"{}: field '{}': {}", file.path(), field, what};
  };
  if (auto const f = file.text("hidden_act").value_or(kind.hidden_act); f != kind.hidden_act)
    throw error{"{}: field 'hidden_act': '{}' is not supported; supported: {}", file.path(), printable(f), kind.hidden_act};
  if (file.has("quantization_config"))
    refuse("quantization_config", "quantised checkpoints are not supported; use the bfloat16 one, or a GGUF file");
  if (file.flag("use_sliding_window").value_or(false)) refuse("use_sliding_window", "sliding windows are not supported");
  if (file.flag("attention_bias").value_or(false))
    refuse("attention_bias", "a bias on the attention's output is not supported");
  if (file.flag("mlp_bias").value_or(false)) refuse("mlp_bias", "biases in the MLP are not supported");
  for (auto const layer : file.list<std::string_view>("layer_types", "a list of names"))
    if (layer != "full_attention")
      throw error{"{}: field 'layer_types': '{}' is not supported; supported: full_attention", file.path(),
                  printable(layer)};
}

}  // namespace detail

// Throws if the file is invalid, or describes a model that would not be computed as transformers does.
inline model_config read_config(std::filesystem::path const& path) {
  json_fields const file{path};
  architecture const& kind = detail::architecture_of(file);
  detail::refuse_what_is_not_implemented(file, kind);
  model_config c{.architecture = std::string{kind.hf_class}};
  c.hidden = file.required("hidden_size");
  c.layers = file.required("num_hidden_layers");
  c.heads = file.required("num_attention_heads");
  c.kv_heads = file.integer("num_key_value_heads").value_or(c.heads);
  c.head_dim =
      file.integer("head_dim").value_or(kind.head_dim != 0 ? kind.head_dim : c.hidden / std::max<std::int64_t>(c.heads, 1));
  c.intermediate = file.required("intermediate_size");
  c.vocab = file.required("vocab_size");
  c.context = file.integer("max_position_embeddings").value_or(kind.context);
  c.norm_eps = file.number("rms_norm_eps").value_or(c.norm_eps);
  c.tied = file.flag("tie_word_embeddings").value_or(false);
  c.qkv_bias = kind.qkv_bias;
  c.qk_norm = kind.qk_norm;
  detail::read_rope(file, c);
  check_config(c, file.path());
  return c;
}

// The text of a config.json for `c`; dtype is "float32" or "bfloat16".
inline std::string config_text(model_config const& c, generation_defaults const& tokens, std::string_view dtype) {
  architecture const* const kind = find_architecture(&architecture::hf_class, c.architecture);
  if (kind == nullptr)
    throw error{"a model of architecture '{}' cannot be saved; supported: {}", c.architecture,
                supported_architectures(&architecture::hf_class)};
  std::string text;
  json_writer w{text};
  w.object().key("architectures").array().value(c.architecture).end().key("model_type").value(kind->model_type);
  w.key("attention_bias").value(false).key("attention_dropout").value(0.0);
  if (tokens.bos) w.key("bos_token_id").value(*tokens.bos);
  if (!tokens.eos.empty()) w.key("eos_token_id").value(tokens.eos.front());
  if (tokens.pad) w.key("pad_token_id").value(*tokens.pad);
  w.key("head_dim").value(c.head_dim).key("hidden_act").value(kind->hidden_act).key("hidden_size").value(c.hidden);
  w.key("initializer_range").value(0.02).key("intermediate_size").value(c.intermediate);
  w.key("max_position_embeddings").value(c.context).key("num_attention_heads").value(c.heads);
  w.key("num_hidden_layers").value(c.layers).key("num_key_value_heads").value(c.kv_heads);
  w.key("rms_norm_eps").value(c.norm_eps).key("rope_scaling");
  detail::write_rope_scaling(w, c);
  w.key("rope_theta").value(c.rope_theta).key("tie_word_embeddings").value(c.tied).key("torch_dtype").value(dtype);
  w.key("use_cache").value(true).key("vocab_size").value(c.vocab).end();
  return text += '\n';
}

}  // namespace ease::inline v1
