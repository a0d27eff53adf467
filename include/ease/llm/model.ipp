// SPDX-License-Identifier: Apache-2.0
#pragma once
// The definitions of llm/model.hpp; core/compiled.hpp says where they are compiled.
#include <ATen/ATen.h>

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "ease/core/error.hpp"
#include "ease/io/tensors/gguf.hpp"
#include "ease/io/tensors/safetensors_folder.hpp"
#include "ease/llm/decoder/decoder.hpp"
#include "ease/llm/files/config_gguf.hpp"
#include "ease/llm/files/config_json.hpp"
#include "ease/llm/files/weights.hpp"
#include "ease/llm/model.hpp"
#include "ease/text/gguf/read_vocabulary.hpp"

namespace ease {

EASE_INLINE model_config const& language_model::config() const { return net->config; }

EASE_INLINE precision exact_precision(std::filesystem::path const& model) {
  if (!is_directory(model)) return precision::float32;
  safetensors_folder const files{model};
  bool const narrow = std::ranges::all_of(files.entries(), [](auto const& item) { return item.second->dtype == "BF16"; });
  return narrow ? precision::bfloat16 : precision::float32;
}

namespace detail {

inline language_model assemble(std::string name, decoder net, tokenizer words, generation_defaults defaults,
                               std::string_view chat) {
  if (words.size() > static_cast<std::size_t>(net.config.vocab))
    throw error{"{}: the tokeniser has ids up to {}, the model {} embeddings: they do not belong together", name,
                words.size() - 1, net.config.vocab};
  language_model model{std::move(name), std::move(net), std::move(words), {}, {}, std::move(defaults)};
  if (!chat.empty()) {
    model.chat = chat_template::named(chat, model.words);
    return model;
  }
  try {
    model.chat = chat_template::of(model.words);
  } catch (error const& e) {
    model.why_no_chat = e.what();
  }
  return model;
}

}  // namespace detail

EASE_INLINE language_model load_model(std::filesystem::path const& path, std::optional<at::Device> device, precision number,
                                      std::string_view chat) {
  auto const trimmed = path.has_filename() ? path : path.parent_path();  // "model/" is "model"
  auto const net_of = [&](model_config const& config, auto const& open) {
    return device ? load_weights(config, open(), *device, scalar_type(number)) : detail::outline(config);
  };
  if (is_directory(trimmed)) {
    model_config const config = read_config(trimmed / "config.json");
    auto words = tokenizer::load(trimmed);
    auto net = net_of(config, [&] { return safetensors_folder{trimmed}; });
    return detail::assemble(trimmed.filename().string(), std::move(net), std::move(words), read_generation_defaults(trimmed),
                            chat);
  }
  if (!exists(trimmed))
    throw error{"{}: no such model; name a Hugging Face folder (with config.json) or a .gguf file", path.string()};
  gguf_file const file{trimmed};
  auto const vocabulary = read_vocabulary(file);
  model_config const config = read_config(file);
  generation_defaults defaults{.bos = vocabulary.bos, .pad = vocabulary.pad};
  if (vocabulary.eos) defaults.eos.push_back(*vocabulary.eos);
  return detail::assemble(trimmed.stem().string(), net_of(config, [&]() -> gguf_file const& { return file; }),
                          tokenizer::from_gguf(vocabulary), std::move(defaults), chat);
}

}  // namespace ease
