// SPDX-License-Identifier: Apache-2.0
#pragma once
// The definitions of llm/inspect.hpp; core/compiled.hpp says where they are compiled.
#include <algorithm>
#include <ease/core/error.hpp>
#include <ease/io/tensors/gguf.hpp>
#include <ease/io/tensors/safetensors_folder.hpp>
#include <ease/llm/adapter/peft_adapter.hpp>
#include <ease/llm/decoder/decoder.hpp>
#include <ease/llm/files/checkpoint_tensors.hpp>
#include <ease/llm/files/config_gguf.hpp>
#include <ease/llm/files/config_json.hpp>
#include <ease/llm/hub_files.hpp>
#include <ease/llm/inspect.hpp>
#include <ease/llm/model.hpp>
#include <ease/llm/model_description.hpp>
#include <ease/llm/model_place.hpp>
#include <ease/text/gguf/read_vocabulary.hpp>
#include <filesystem>
#include <utility>

namespace ease::inline v1 {

EASE_INLINE tokenizer tokenizer_of(std::string const& path) {
  auto const place = find_model(path, model_part::description);
  auto const& words = place.folder_with("tokenizer.json");
  return detail::places::reading(place, [&] {
    if (std::filesystem::is_directory(words)) return tokenizer::load(words);
    return tokenizer::from_gguf(read_vocabulary(gguf_file{words}));
  });
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
  auto const place = find_model(path, model_part::description);
  model_facts f;
  auto const c = detail::places::reading(place, [&] {
    model_config config = place.is_folder() ? read_config(place.base / "config.json") : read_config(gguf_file{place.base});
    if (place.is_folder() && !lacks_weights(place)) {
      safetensors_folder const files{place.base};
      checkpoint_tensors const tensors{files};
      f.notices = tensors.notices();
      config = with_head_of(tensors, std::move(config), [&](std::string line) { f.notices.push_back(std::move(line)); });
    }
    for (auto const& folder : place.adapters) {
      peft_adapter const adapter{folder};
      config = adapter.applied_to(std::move(config));
      f.notices.insert(f.notices.end(), adapter.notices().begin(), adapter.notices().end());
      f.adapters.push_back(folder.string());
    }
    return config;
  });
  if (!f.adapters.empty()) f.base = place.base.string();
  f.name = place.name;
  auto const tok = tokenizer_of(path);
  f.architecture = c.architecture;
  f.hidden = c.hidden, f.layers = c.layers, f.heads = c.heads, f.kv_heads = c.kv_heads, f.head_dim = c.head_dim;
  f.intermediate = c.intermediate, f.vocabulary = c.vocab, f.context = c.context, f.tied = c.tied;
  f.parameters = parameter_count(c);
  f.token_ids = static_cast<std::int64_t>(tok.size());
  f.idle_rows = std::max<std::int64_t>(0, c.vocab - f.token_ids);
  f.think_open = tok.id_of("<think>");
  f.think_close = tok.id_of("</think>");
  try {  // as whoever opens it hears them
    f.notices = load_model(path, std::nullopt, precision::float32).notices;
  } catch (error const&) {  // it cannot be opened, and is described as far as its files say
    f.notices.insert(f.notices.end(), tok.notes().begin(), tok.notes().end());
  }
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
