// SPDX-License-Identifier: Apache-2.0
#pragma once
// A tokeniser as GGUF metadata: the inverse of gguf_vocabulary.hpp. What GGUF cannot express is an error, not omitted:
// llama.cpp would give other ids than those the model was trained with.
// Non-goal: normalisation. llama.cpp has none, so texts that are not in NFC give Qwen's models other ids there, as always.

#include <cstddef>
#include <cstdint>
#include <ease/core/error.hpp>
#include <ease/core/printable.hpp>
#include <ease/io/json/simdjson.hpp>
#include <ease/text/tokenizer/gguf_vocabulary.hpp>
#include <ease/text/tokenizer/tokenizer.hpp>
#include <string>
#include <string_view>

namespace ease::inline v1 {

namespace detail {

// The first pre-tokeniser name that splits text in this way. Throws if there is none.
inline std::string gguf_family_name(tokenizer_file const& file, bool ignore_merges) {
  std::string known;
  for (gguf_family const& family : gguf_families()) {
    gguf_vocabulary least;
    least.pre = family.names.front();
    auto const theirs = read_tokenizer_json(simdjson::padded_string{tokenizer_json_of(least)}, least.pre);
    if (theirs.steps == file.steps && theirs.forms == file.forms && family.ignore_merges == ignore_merges) return least.pre;
    known += fmt::format("{}{}", known.empty() ? "" : ", ", least.pre);
  }
  throw error{
      "tokenizer.json: pre_tokenizer, normalizer and ignore_merges are those of no GGUF family ({}); llama.cpp "
      "would give other ids",
      known};
}

// Whether the post-processor puts the token `bos` before every text.
inline bool puts_before(simdjson::dom::element post_processor, std::string_view bos) {
  std::string_view type, first;
  if (post_processor["type"].get(type)) return false;
  if (type == "Sequence") {
    simdjson::dom::array parts;
    if (post_processor["processors"].get(parts)) return false;
    for (auto const part : parts)
      if (puts_before(part, bos)) return true;
    return false;
  }
  return type == "TemplateProcessing" && !post_processor["single"].at(0)["SpecialToken"]["id"].get(first) && first == bos;
}

}  // namespace detail

// rows: of the embedding; those without a token are padded as in llama.cpp's converter. Added tokens that are not special,
// such as <think>, are "user defined": llama.cpp, too, takes each as one token. Throws if an added token strips white space,
// or the pre-tokeniser is none that GGUF has a name for.
inline gguf_vocabulary as_gguf(tokenizer const& tok, std::size_t rows) {
  constexpr std::int32_t normal = 1, control = 3, user_defined = 4, unused = 5;
  if (tok.size() > rows) throw error{"the tokeniser has ids up to {}, the model {} embeddings", tok.size() - 1, rows};
  tokenizer_file const file = tok.file();
  simdjson::dom::parser parser;
  simdjson::dom::element const model = parser.parse(file.model);  // valid: it was parsed before
  bool ignore_merges = false;
  if (model["ignore_merges"].get(ignore_merges)) ignore_merges = false;

  gguf_vocabulary v;
  v.pre = detail::gguf_family_name(file, ignore_merges);
  v.tokens.resize(rows);
  v.token_types.assign(rows, unused);
  auto const put = [&](token_id id, std::string_view text, std::int32_t type) {
    auto const at = static_cast<std::size_t>(id);
    if (v.token_types[at] != unused && v.tokens[at] != text)
      throw error{"tokenizer.json: id {} is '{}' as well as '{}'; a GGUF file has one text for an id", id,
                  printable(v.tokens[at]), printable(text)};
    v.tokens[at] = text;
    v.token_types[at] = type;
  };
  for (auto const [text, id] : model["vocab"].get_object()) put(static_cast<token_id>(id.get_int64().value()), text, normal);
  for (added_token const& token : file.added) {
    if (token.lstrip || token.rstrip || token.single_word)
      throw error{"tokenizer.json: added_tokens: '{}' has lstrip, rstrip or single_word, which a GGUF file cannot say",
                  printable(token.content)};
    put(token.id, token.content, token.special ? control : user_defined);
  }
  for (std::size_t i = 0; i < rows; ++i)
    if (v.token_types[i] == unused) v.tokens[i] = fmt::format("[PAD{}]", i);
  for (auto const merge : model["merges"].get_array()) {
    std::string_view both;
    if (!merge.get(both))
      v.merges.emplace_back(both);
    else
      v.merges.push_back(fmt::format("{} {}", merge.at(0).get_string().value(), merge.at(1).get_string().value()));
  }
  v.bos = tok.bos(), v.eos = tok.eos(), v.pad = tok.pad(), v.unk = tok.unk();
  simdjson::dom::parser other;
  v.add_bos = v.bos && detail::puts_before(other.parse(file.post_processor), tok.bytes_of(*v.bos));
  v.chat_template = tok.chat_template_source();
  return v;
}

}  // namespace ease::inline v1
