// SPDX-License-Identifier: Apache-2.0
#include "inspect.hpp"

#include <ease/core/error.hpp>
#include <ease/io/tensors/gguf.hpp>
#include <ease/llm/files/config_gguf.hpp>
#include <ease/llm/files/config_json.hpp>
#include <ease/llm/model.hpp>
#include <ease/text/gguf/read_vocabulary.hpp>
#include <filesystem>

namespace ease::app {

tokenizer words_of(std::string const& path) {
  if (std::filesystem::is_directory(path)) return tokenizer::load(path);
  if (path.starts_with("openai:"))
    throw error{"{}: a remote model's tokeniser is not to be had; name a folder or .gguf file", path};
  return tokenizer::from_gguf(read_vocabulary(gguf_file{path}));
}

model_facts inspect_model(std::string const& path) {
  bool const folder = std::filesystem::is_directory(path);
  if (!folder && !std::filesystem::exists(path))
    throw error{"{}: no such model; name a Hugging Face folder (with config.json) or a .gguf file", path};
  model_config const c = folder ? read_config(std::filesystem::path{path} / "config.json") : read_config(gguf_file{path});
  auto const words = words_of(path);
  model_facts f;
  f.architecture = c.architecture;
  f.hidden = c.hidden, f.layers = c.layers, f.heads = c.heads, f.kv_heads = c.kv_heads, f.head_dim = c.head_dim;
  f.intermediate = c.intermediate, f.vocabulary = c.vocab, f.context = c.context, f.tied = c.tied;
  auto const per_layer = c.hidden * c.head_dim * (2 * c.heads + 2 * c.kv_heads) + 3 * c.hidden * c.intermediate +
                         2 * c.hidden + (c.qkv_bias ? c.head_dim * (c.heads + 2 * c.kv_heads) : 0) +
                         (c.qk_norm ? 2 * c.head_dim : 0);
  f.parameters = c.vocab * c.hidden * (c.tied ? 1 : 2) + c.layers * per_layer + c.hidden;
  f.token_ids = static_cast<std::int64_t>(words.size());
  f.idle_rows = c.vocab - f.token_ids;
  f.think_open = words.id_of("<think>");
  f.think_close = words.id_of("</think>");
  try {
    auto const chat = chat_template::of(words);
    f.chat = chat.identity();
    f.chat_problem = chat.not_compared();
  } catch (error const& e) {
    f.chat_problem = e.what();
  }
  return f;
}

}  // namespace ease::app
