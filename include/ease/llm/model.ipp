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
#include <ease/llm/adapter/peft_adapter.hpp>
#include <ease/llm/decoder/decoder.hpp>
#include <ease/llm/files/config_gguf.hpp>
#include <ease/llm/files/config_json.hpp>
#include <ease/llm/files/weights.hpp>
#include <ease/llm/hub_files.hpp>
#include <ease/llm/model.hpp>
#include <ease/llm/model_description.hpp>
#include <ease/llm/model_place.hpp>
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
  auto const place = find_model(model.string());
  if (!place.is_folder() || !place.adapters.empty())
    return precision::float32;  // a sum of two needs more digits than either
  safetensors_folder const files{place.base};
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

// The base's weights with the adapters merged into them; without a device, a decoder without any.
template <class Files>
decoder decoder_of(model_config config, Files const& files, std::vector<peft_adapter> const& adapters,
                   std::optional<at::Device> device, precision dtype) {
  if (device) {
    auto net = load_weights(config, files, *device, scalar_type(dtype));
    for (auto const& one : adapters) one.merge_into(net);
    return net;
  }
  for (auto const& one : adapters) config = one.applied_to(std::move(config));
  return meta_decoder(config);
}

inline std::vector<peft_adapter> adapters_of(model_place const& place, std::vector<std::string>& notices) {
  std::vector<peft_adapter> all;
  all.reserve(place.adapters.size());
  for (auto const& folder : place.adapters) {
    auto const& one = all.emplace_back(folder);
    notices.insert(notices.end(), one.notices().begin(), one.notices().end());
  }
  return all;
}

inline generation_defaults defaults_of(gguf_vocabulary const& vocabulary) {
  generation_defaults defaults{.bos = vocabulary.bos, .pad = vocabulary.pad};
  if (vocabulary.eos) defaults.eos.push_back(*vocabulary.eos);
  for (auto const end : vocabulary.ends)
    if (std::ranges::find(defaults.eos, end) == defaults.eos.end()) defaults.eos.push_back(end);
  return defaults;
}

// An adapter may have defaults of its own; what they leave out is its base's.
inline generation_defaults defaults_of(model_place const& place) {
  auto const base = read_generation_defaults(place.base);
  auto const& last = place.folder_with("generation_config.json");
  if (last == place.base) return base;
  auto own = read_generation_defaults(last);
  if (own.eos.empty()) own.eos = base.eos;
  if (!own.bos) own.bos = base.bos;
  if (!own.pad) own.pad = base.pad;
  return own;
}

// An adapter's folder may have a tokeniser of its own, with tokens that were added for it, and so for the rest.
inline language_model load_folder(model_place const& place, std::optional<at::Device> device, precision dtype,
                                  std::string_view chat) {
  model_config config = read_config(place.base / "config.json");
  auto tok = tokenizer::load(place.folder_with("tokenizer.json"));
  if (!device && lacks_weights(place)) {
    std::vector<std::string> notices;
    for (auto const& one : adapters_of(place, notices)) config = one.applied_to(std::move(config));
    return assemble(place.name, meta_decoder(config), std::move(tok), defaults_of(place), chat, std::move(notices));
  }
  safetensors_folder const files{place.base};
  checkpoint_tensors const tensors{files};
  auto notices = tensors.notices();
  config = with_head_of(tensors, std::move(config), [&](std::string line) { notices.push_back(std::move(line)); });
  auto const adapters = adapters_of(place, notices);
  auto net = decoder_of(std::move(config), tensors, adapters, device, dtype);
  return assemble(place.name, std::move(net), std::move(tok), defaults_of(place), chat, std::move(notices));
}

inline language_model load_gguf(model_place const& place, std::optional<at::Device> device, precision dtype,
                                std::string_view chat) {
  gguf_file const file{place.base};
  auto const vocabulary = read_vocabulary(file);
  std::vector<std::string> notices;
  auto const adapters = adapters_of(place, notices);
  auto net = decoder_of(read_config(file), file, adapters, device, dtype);
  auto const& words = place.folder_with("tokenizer.json");
  auto tok = words == place.base ? tokenizer::from_gguf(vocabulary) : tokenizer::load(words);
  return assemble(place.name, std::move(net), std::move(tok), defaults_of(vocabulary), chat, std::move(notices));
}

inline language_model load_place(model_place const& place, std::optional<at::Device> device, precision dtype,
                                 std::string_view chat) {
  return place.is_folder() ? load_folder(place, device, dtype, chat) : load_gguf(place, device, dtype, chat);
}

}  // namespace detail

EASE_INLINE language_model load_model(std::filesystem::path const& path, std::optional<at::Device> device, precision dtype,
                                      std::string_view chat) {
  auto const place = find_model(path.string(), device ? model_part::whole : model_part::description);
  return detail::places::reading(place, [&] { return detail::load_place(place, device, dtype, chat); });
}

}  // namespace ease::inline v1
