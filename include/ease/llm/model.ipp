// SPDX-License-Identifier: Apache-2.0
#pragma once
// The definitions of llm/model.hpp; core/compiled.hpp says where they are compiled.
#include <ATen/ATen.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstddef>
#include <ease/core/error.hpp>
#include <ease/core/printable.hpp>
#include <ease/io/tensors/gguf.hpp>
#include <ease/io/tensors/safetensors_folder.hpp>
#include <ease/llm/decoder/decoder.hpp>
#include <ease/llm/files/config_gguf.hpp>
#include <ease/llm/files/config_json.hpp>
#include <ease/llm/files/weights.hpp>
#include <ease/llm/model.hpp>
#include <ease/text/gguf/read_vocabulary.hpp>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ease::inline v1 {

EASE_INLINE model_config const& language_model::config() const { return net->config; }

EASE_INLINE precision exact_precision(std::filesystem::path const& model) {
  if (!is_directory(model)) return precision::float32;
  safetensors_folder const files{model};
  bool const narrow = std::ranges::all_of(files.entries(), [](auto const& item) { return item.second->dtype == "BF16"; });
  return narrow ? precision::bfloat16 : precision::float32;
}

namespace detail {

// Added tokens may lie past the embeddings, where no text asks for them: a padding token that nobody pads with. A tokeniser
// whose own vocabulary does not fit is another model's.
inline std::string tokens_without_rows(std::string const& name, tokenizer const& tok, std::int64_t rows) {
  if (tok.size() <= static_cast<std::size_t>(rows)) return {};
  std::vector<std::string> past;
  for (auto const& token : tok.file().added)
    if (token.id >= rows) past.push_back(printable(token.content));
  if (past.size() != tok.size() - static_cast<std::size_t>(rows))
    throw error{"{}: the tokeniser has ids up to {}, the model {} embeddings: they do not belong together", name,
                tok.size() - 1, rows};
  return fmt::format("{}: the model has {} embeddings and none for {}; text that needs them is refused", name, rows,
                     fmt::join(past, ", "));
}

inline language_model assemble(std::string name, decoder net, tokenizer tok, generation_defaults defaults,
                               std::string_view chat, std::vector<std::string> notices = {}) {
  notices.insert(notices.end(), tok.notes().begin(), tok.notes().end());
  if (auto line = tokens_without_rows(name, tok, net.config.vocab); !line.empty()) notices.push_back(std::move(line));
  language_model model{.name = std::move(name),
                       .net = std::move(net),
                       .tokenizer = std::move(tok),
                       .chat = {},
                       .defaults = std::move(defaults),
                       .notices = std::move(notices)};
  if (!chat.empty()) {
    model.chat = chat_template{chat, model.tokenizer};
    return model;
  }
  try {
    model.chat = chat_template::of(model.tokenizer);
  } catch (error const& e) {
    model.why_no_chat = e.what();
  }
  return model;
}

// The weights on a device, or a decoder without any.
template <class Files>
decoder decoder_of(model_config const& config, Files const& files, std::optional<at::Device> device, precision dtype) {
  return device ? load_weights(config, files, *device, scalar_type(dtype)) : meta_decoder(config);
}

inline language_model load_folder(std::filesystem::path const& path, std::optional<at::Device> device, precision dtype,
                                  std::string_view chat) {
  model_config config = read_config(path / "config.json");
  auto tok = tokenizer::load(path);
  safetensors_folder const files{path};
  checkpoint_tensors const tensors{files};
  auto notices = tensors.notices();
  config = with_head_of(tensors, std::move(config), [&](std::string line) { notices.push_back(std::move(line)); });
  auto net = decoder_of(config, tensors, device, dtype);
  return assemble(path.filename().string(), std::move(net), std::move(tok), read_generation_defaults(path), chat,
                  std::move(notices));
}

inline generation_defaults defaults_of(gguf_vocabulary const& vocabulary) {
  generation_defaults defaults{.bos = vocabulary.bos, .pad = vocabulary.pad};
  if (vocabulary.eos) defaults.eos.push_back(*vocabulary.eos);
  for (auto const end : vocabulary.ends)
    if (std::ranges::find(defaults.eos, end) == defaults.eos.end()) defaults.eos.push_back(end);
  return defaults;
}

inline language_model load_gguf(std::filesystem::path const& path, std::optional<at::Device> device, precision dtype,
                                std::string_view chat) {
  gguf_file const file{path};
  auto const vocabulary = read_vocabulary(file);
  auto net = decoder_of(read_config(file), file, device, dtype);
  return assemble(path.stem().string(), std::move(net), tokenizer::from_gguf(vocabulary), defaults_of(vocabulary), chat);
}

}  // namespace detail

EASE_INLINE language_model load_model(std::filesystem::path const& path, std::optional<at::Device> device, precision dtype,
                                      std::string_view chat) {
  auto const trimmed = path.has_filename() ? path : path.parent_path();  // "model/" is "model"
  if (is_directory(trimmed)) return detail::load_folder(trimmed, device, dtype, chat);
  if (!exists(trimmed))
    throw error{"{}: no such model; name a Hugging Face folder (with config.json) or a .gguf file", path.string()};
  return detail::load_gguf(trimmed, device, dtype, chat);
}

}  // namespace ease::inline v1
