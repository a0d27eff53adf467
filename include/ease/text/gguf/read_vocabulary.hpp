// SPDX-License-Identifier: Apache-2.0
#pragma once
// Reads the tokeniser out of a GGUF file's metadata.
#include <cstdint>
#include <ease/core/error.hpp>
#include <ease/core/printable.hpp>
#include <ease/io/tensors/gguf.hpp>
#include <ease/text/gguf/recognise_pre.hpp>
#include <ease/text/tokenizer/gguf_vocabulary.hpp>
#include <ease/text/unicode/token.hpp>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ease::inline v1 {

namespace detail {

[[noreturn]] inline void bad_metadata(gguf_file const& file, std::string_view key, std::string_view what) {
  throw error{"{}: metadata '{}': {}", file.path().string(), key, what};
}

inline std::optional<token_id> token_id_in(gguf_file const& file, std::string_view key) {
  auto const value = file.integer(key);
  if (!value) return {};
  if (*value < 0 || *value > std::numeric_limits<token_id>::max()) bad_metadata(file, key, "not a token id");
  return static_cast<token_id>(*value);
}

inline std::string text_in(gguf_file const& file, std::string_view key, std::string_view otherwise) {
  auto const text = file.text(key);
  return std::string{text ? *text : otherwise};
}

inline std::vector<std::string> texts_in(gguf_file const& file, std::string_view key) {
  auto const views = file.texts(key);
  return {views.begin(), views.end()};
}

// The name of the pre-tokeniser. Files of before April 2024 have none: then what the merges show, with a note, or an error.
inline std::string pre_in(gguf_file const& file, gguf_vocabulary& v) {
  constexpr std::string_view key = "tokenizer.ggml.pre";
  auto const said = file.text(key);
  if (said) {
    try {
      (void)gguf_family_of(*said);
    } catch (error const& e) {
      throw error{"{}: {}", file.path().string(), e.what()};
    }
    return std::string{*said};
  }
  auto const seen = pre_by_merges(v.tokens, v.token_types, v.merges.size());
  constexpr std::string_view way_out = "gguf-new-metadata --pre-tokenizer NAME, of llama.cpp's Python package, writes it";
  if (seen.name.empty())
    throw error{"{}: metadata '{}' is missing, and the merges do not tell how text is split ({}); {}", file.path().string(),
                key, seen.because, way_out};
  v.notes.push_back(fmt::format("{}: metadata '{}' is missing; '{}' is taken, since {}; if that is wrong, ids are, too: {}",
                                file.path().string(), key, seen.name, seen.because, way_out));
  return seen.name;
}

}  // namespace detail

// The tokeniser's part of GGUF metadata. Throws if it is not byte-level BPE.
inline gguf_vocabulary read_vocabulary(gguf_file const& file) {
  if (auto const kind = detail::text_in(file, "tokenizer.ggml.model", ""); kind != "gpt2")
    throw error{
        "{}: metadata 'tokenizer.ggml.model': the tokenizer '{}'{} is not supported; supported: gpt2 (byte-level BPE)",
        file.path().string(), printable(kind), kind == "llama" ? " (sentencepiece)" : ""};
  gguf_vocabulary v;
  v.tokens = detail::texts_in(file, "tokenizer.ggml.tokens");
  v.merges = detail::texts_in(file, "tokenizer.ggml.merges");
  for (auto const type : file.integers("tokenizer.ggml.token_type"))
    v.token_types.push_back(static_cast<std::int32_t>(type));
  v.pre = detail::pre_in(file, v);
  v.bos = detail::token_id_in(file, "tokenizer.ggml.bos_token_id");
  v.eos = detail::token_id_in(file, "tokenizer.ggml.eos_token_id");
  v.pad = detail::token_id_in(file, "tokenizer.ggml.padding_token_id");
  v.unk = detail::token_id_in(file, "tokenizer.ggml.unknown_token_id");
  for (std::string_view const key : {"tokenizer.ggml.eot_token_id", "tokenizer.ggml.eom_token_id"})
    if (auto const id = detail::token_id_in(file, key)) v.ends.push_back(*id);
  v.add_bos = file.flag("tokenizer.ggml.add_bos_token").value_or(false);
  v.chat_template = detail::text_in(file, "tokenizer.chat_template", "");
  if (v.tokens.empty()) detail::bad_metadata(file, "tokenizer.ggml.tokens", "missing");
  return v;
}

}  // namespace ease::inline v1
