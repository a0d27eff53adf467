// SPDX-License-Identifier: Apache-2.0
#pragma once
// The definitions of llm/inspect.hpp; core/compiled.hpp says where they are compiled.
#include <ease/core/error.hpp>
#include <ease/io/tensors/gguf.hpp>
#include <ease/llm/decoder/decoder.hpp>
#include <ease/llm/files/config_gguf.hpp>
#include <ease/llm/files/config_json.hpp>
#include <ease/llm/inspect.hpp>
#include <ease/llm/model.hpp>
#include <ease/text/gguf/read_vocabulary.hpp>
#include <filesystem>

namespace ease::inline v1 {

EASE_INLINE tokenizer tokenizer_of(std::string const& path) {
  if (std::filesystem::is_directory(path)) return tokenizer::load(path);
  if (path.starts_with("openai:"))
    throw error{"{}: a remote model's tokenizer is not available; name a folder or .gguf file", path};
  return tokenizer::from_gguf(read_vocabulary(gguf_file{path}));
}

EASE_INLINE std::int64_t parameter_count(model_config const& config) {
  std::int64_t count = 0;
  decoder shapes{.config = config, .embed_tokens = {}, .final_norm = {}, .lm_head = {}, .layers = {}};
  shapes.layers.resize(static_cast<std::size_t>(config.layers));
  decoder::each_parameter(shapes, [&](parameter const& p, at::Tensor const&) {
    std::int64_t size = 1;
    for (auto const side : p.shape) size *= side;
    count += size;
  });
  return count;
}

EASE_INLINE model_facts inspect_model(std::string const& path) {
  bool const folder = std::filesystem::is_directory(path);
  if (!folder && !std::filesystem::exists(path))
    throw error{"{}: no such model; name a Hugging Face folder (with config.json) or a .gguf file", path};
  model_config const c = folder ? read_config(std::filesystem::path{path} / "config.json") : read_config(gguf_file{path});
  auto const tok = tokenizer_of(path);
  model_facts f;
  f.architecture = c.architecture;
  f.hidden = c.hidden, f.layers = c.layers, f.heads = c.heads, f.kv_heads = c.kv_heads, f.head_dim = c.head_dim;
  f.intermediate = c.intermediate, f.vocabulary = c.vocab, f.context = c.context, f.tied = c.tied;
  f.parameters = parameter_count(c);
  f.token_ids = static_cast<std::int64_t>(tok.size());
  f.idle_rows = c.vocab - f.token_ids;
  f.notes = tok.notes();
  f.think_open = tok.id_of("<think>");
  f.think_close = tok.id_of("</think>");
  try {
    auto const chat = chat_template::of(tok);
    f.chat = chat.identity();
    f.chat_problem = chat.not_compared();
  } catch (error const& e) {
    f.chat_problem = e.what();
  }
  return f;
}

}  // namespace ease::inline v1
