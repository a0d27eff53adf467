// SPDX-License-Identifier: Apache-2.0
#pragma once
// A language model: decoder, tokeniser, chat template and its authors' sampling defaults; and loading one from a Hugging
// Face folder or a GGUF file.
#include <ease/core/compiled.hpp>
#include <ease/llm/arch/config.hpp>
#include <ease/llm/decoder/decoder_handle.hpp>
#include <ease/llm/decoder/device.hpp>
#include <ease/llm/files/generation_defaults.hpp>
#include <ease/text/chat/chat_template.hpp>
#include <ease/text/tokenizer/tokenizer.hpp>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ease::inline v1 {

struct language_model {
  std::string name;  // the folder's or file's, for reports
  decoder_handle net;
  ease::tokenizer tokenizer;
  std::optional<chat_template> chat{};  // empty: a base model, or an unknown template
  std::string why_no_chat{};            // in that case: what was tried
  generation_defaults defaults{};
  std::vector<std::string> notices{};  // what a person should be told of its files: a line each

  model_config const& config() const;
};

// The narrowest dtype that holds the file's weights without rounding.
precision exact_precision(std::filesystem::path const& model);

// `path` is a Hugging Face folder (config.json, safetensors, tokenizer.json) or a .gguf file. Weights are loaded to `device`
// in `dtype`; without a device they are not read, and the decoder has a configuration and no weights. `chat`: the name of
// the chat family to use instead of the model's own template; empty: recognised from that template. Throws if a file is
// invalid, or would not be computed as transformers does.
language_model load_model(std::filesystem::path const& path, std::optional<at::Device> device, precision dtype,
                          std::string_view chat = {});

}  // namespace ease::inline v1

#ifndef EASE_COMPILED
#include <ease/llm/model.ipp>
#endif
