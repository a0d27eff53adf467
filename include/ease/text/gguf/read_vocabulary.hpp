// SPDX-License-Identifier: Apache-2.0
#pragma once
// Reads the tokeniser out of a GGUF file's metadata.
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ease/core/error.hpp"
#include "ease/core/printable.hpp"
#include "ease/io/tensors/gguf.hpp"
#include "ease/text/tokenizer/gguf_vocabulary.hpp"
#include "ease/text/unicode/token.hpp"

namespace ease {

// The tokeniser's part of GGUF metadata. Throws if it is not byte-level BPE.
inline gguf_vocabulary read_vocabulary(gguf_file const& file) {
  auto const fail = [&](std::string_view key, std::string_view what) {
    throw error{"{}: metadata '{}': {}", file.path().string(), key, what};
  };
  if (auto const kind = file.text("tokenizer.ggml.model").value_or(""); kind != "gpt2")
    throw error{"{}: metadata 'tokenizer.ggml.model': '{}' is not supported; supported: gpt2 (byte-level BPE)",
                file.path().string(), printable(kind)};
  auto const texts = [&](std::string_view key) {
    auto const views = file.texts(key);
    return std::vector<std::string>{views.begin(), views.end()};
  };
  auto const id = [&](std::string_view key) -> std::optional<token_id> {
    auto const value = file.integer(key);
    if (!value) return {};
    if (*value < 0 || *value > std::numeric_limits<token_id>::max()) fail(key, "not a token id");
    return static_cast<token_id>(*value);
  };
  gguf_vocabulary v;
  v.tokens = texts("tokenizer.ggml.tokens");
  v.merges = texts("tokenizer.ggml.merges");
  for (auto const type : file.integers("tokenizer.ggml.token_type"))
    v.token_types.push_back(static_cast<std::int32_t>(type));
  v.pre = file.text("tokenizer.ggml.pre").value_or("gpt-2");
  v.bos = id("tokenizer.ggml.bos_token_id");
  v.eos = id("tokenizer.ggml.eos_token_id");
  v.pad = id("tokenizer.ggml.padding_token_id");
  v.unk = id("tokenizer.ggml.unknown_token_id");
  v.add_bos = file.flag("tokenizer.ggml.add_bos_token").value_or(false);
  v.chat_template = file.text("tokenizer.chat_template").value_or("");
  if (v.tokens.empty()) fail("tokenizer.ggml.tokens", "missing");
  return v;
}

}  // namespace ease
