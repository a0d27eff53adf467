// SPDX-License-Identifier: Apache-2.0
#pragma once
// A language model as files hold it: decoder, tokeniser, chat template and its makers' sampling defaults; and reading one
// from a Hugging Face folder or a GGUF file.
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "ease/core/compiled.hpp"
#include "ease/llm/decoder/config.hpp"
#include "ease/llm/decoder/decoder_handle.hpp"
#include "ease/llm/decoder/device.hpp"
#include "ease/llm/files/generation_defaults.hpp"
#include "ease/text/chat/chat_template.hpp"
#include "ease/text/tokenizer/tokenizer.hpp"

namespace ease {

struct language_model {
  std::string name;  // the folder's or file's, for reports
  decoder_handle net;
  tokenizer words;
  std::optional<chat_template> chat{};  // nothing: a base model, or a template that is not known
  std::string why_no_chat{};            // then: what was tried
  generation_defaults defaults{};

  model_config const& config() const;
};

// The narrowest format that holds the file's weights unrounded.
precision exact_precision(std::filesystem::path const& model);

// `path` is a Hugging Face folder (config.json, safetensors, tokenizer.json) or a .gguf file. Weights end up on `device` in
// `number`; without a device they stay on the disk, and the decoder is an outline that has its configuration alone. `chat`:
// the name of a chat family that is to be used whatever the model's own template says; empty: recognised from that. Throws
// if anything in them is not sound, or would not be computed as transformers does.
language_model load_model(std::filesystem::path const& path, std::optional<at::Device> device, precision number,
                          std::string_view chat = {});

}  // namespace ease

#ifndef EASE_COMPILED
#include "ease/llm/model.ipp"
#endif
