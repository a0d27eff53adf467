// SPDX-License-Identifier: Apache-2.0
#pragma once
// The definitions of text/tokenizer/tokenizer.hpp; core/compiled.hpp says where they are compiled.

#include <algorithm>
#include <ease/core/error.hpp>
#include <ease/io/json/simdjson.hpp>
#include <ease/text/tokenizer/added_tokens.hpp>
#include <ease/text/tokenizer/gguf_vocabulary.hpp>
#include <ease/text/tokenizer/tokenizer.hpp>
#include <ease/text/tokenizer/tokenizer_config.hpp>
#include <ease/text/tokenizer/tokenizer_json.hpp>
#include <unordered_map>
#include <utility>

namespace ease::inline v1 {

struct tokenizer::added_set {
  std::vector<added_token> tokens;
  std::unordered_map<std::string, token_id> by_content;
  std::unordered_map<token_id, std::size_t> by_id;
  added_token_matcher in_text, in_normalised;
};

EASE_INLINE tokenizer tokenizer::load(std::filesystem::path const& folder_or_file) {
  bool const is_folder = std::filesystem::is_directory(folder_or_file);
  auto const file = is_folder ? folder_or_file / "tokenizer.json" : folder_or_file;
  auto const json = detail::read_json_file(file);
  if (!json) throw error("{}: cannot be read; name a model's folder or its tokenizer.json", file.string());
  return tokenizer{read_tokenizer_json(*json, file.string()), tokenizer_config::load(file.parent_path()), file.string()};
}

EASE_INLINE tokenizer tokenizer::from_gguf(gguf_vocabulary const& from) {
  simdjson::padded_string const json{tokenizer_json_of(from)};
  tokenizer_config config;
  config.chat_template = from.chat_template;
  auto const text_of = [&](std::optional<token_id> id, std::string_view key) -> std::string {
    if (!id) return {};
    if (*id < 0 || static_cast<std::size_t>(*id) >= from.tokens.size())
      throw error("tokenizer.ggml.{}_token_id is out of range", key);
    return from.tokens[static_cast<std::size_t>(*id)];
  };
  config.bos = text_of(from.bos, "bos");
  config.eos = text_of(from.eos, "eos");
  config.pad = text_of(from.pad, "padding");
  config.unk = text_of(from.unk, "unknown");
  return tokenizer{read_tokenizer_json(json, "GGUF vocabulary"), std::move(config), "GGUF vocabulary"};
}

EASE_INLINE void tokenizer::encode(std::string_view text, std::vector<token_id>& out, special_text policy) const {
  if (!is_utf8(text)) return encode(valid_utf8(text), out, policy);
  auto const pieces = [&](std::string_view part) {
    file_->pieces.split(part, [&](std::string_view piece) { file_->vocab->encode_piece(piece, out); });
  };
  auto const put = [&](std::size_t index) { out.push_back(added_->tokens[index].id); };
  added_->in_text.split(
      text, added_->tokens, policy,
      [&](std::string_view part) {
        std::string normal;
        if (!file_->forms.empty()) part = normal = normalised(part);
        added_->in_normalised.split(part, added_->tokens, policy, pieces, put);
      },
      put);
}

EASE_INLINE std::vector<token_id> tokenizer::encode(std::string_view text, special_text policy) const {
  std::vector<token_id> out;
  out.reserve(text.size() / 3 + 8);
  encode(text, out, policy);
  return out;
}

EASE_INLINE std::string tokenizer::decode(std::span<token_id const> ids, bool skip_special) const {
  std::string out;
  for (token_id const id : ids) {
    if (!(skip_special && is_special(id))) out += bytes_of(id);
  }
  return out;
}

EASE_INLINE std::optional<token_id> tokenizer::id_of(std::string_view token) const {
  auto const found = added_->by_content.find(std::string{token});
  return found != added_->by_content.end() ? std::optional{found->second} : file_->vocab->find(token);
}

EASE_INLINE std::string_view tokenizer::bytes_of(token_id id) const {
  added_token const* const added = find_added(id);
  return added ? std::string_view{added->content} : file_->vocab->bytes_of(id);
}

EASE_INLINE bool tokenizer::is_special(token_id id) const {
  added_token const* const added = find_added(id);
  return added && added->special;
}

EASE_INLINE std::optional<token_id> tokenizer::bos() const { return named(config_->bos); }

EASE_INLINE std::optional<token_id> tokenizer::eos() const { return named(config_->eos); }

EASE_INLINE std::optional<token_id> tokenizer::pad() const { return named(config_->pad); }

EASE_INLINE std::optional<token_id> tokenizer::unk() const { return named(config_->unk); }

EASE_INLINE std::string const& tokenizer::chat_template_source() const { return config_->chat_template; }

EASE_INLINE void tokenizer::set_chat_template_source(std::string source) {
  auto changed = *config_;
  changed.chat_template = std::move(source);
  config_ = std::make_shared<tokenizer_config const>(std::move(changed));
}

EASE_INLINE token_id tokenizer::add_token(std::string_view text, bool special) {
  if (text.empty() || !is_utf8(text)) throw error("a token must be UTF-8 text, and not empty");
  if (auto const known = added_->by_content.find(std::string{text}); known != added_->by_content.end()) return known->second;
  auto const in_vocab = file_->vocab->find(text);
  token_id const id = in_vocab ? *in_vocab : static_cast<token_id>(size_);
  auto tokens = added_->tokens;
  tokens.push_back({id, std::string{text}, special, false, false, false, false});
  set_added(std::move(tokens), "add_token");
  return id;
}

EASE_INLINE tokenizer_file tokenizer::file() const {
  auto file = *file_;
  file.added = added_->tokens;
  return file;
}

EASE_INLINE void tokenizer::save(std::filesystem::path const& folder) const {
  detail::write_text_file(folder / "tokenizer.json", write_tokenizer_json(file()));
  config_->save(folder);
}

EASE_INLINE tokenizer::tokenizer(tokenizer_file file, tokenizer_config config, std::string const& where)
    : config_{std::make_shared<tokenizer_config const>(std::move(config))} {
  auto added = std::exchange(file.added, {});
  file_ = std::make_shared<tokenizer_file const>(std::move(file));
  set_added(std::move(added), where);
  for (auto const& [field, text] :
       {std::pair{"bos_token", &config_->bos}, {"eos_token", &config_->eos}, {"pad_token", &config_->pad}}) {
    if (!text->empty() && !id_of(*text)) throw error("{}: {} is not in the vocabulary", where, field);
  }
}

EASE_INLINE void tokenizer::set_added(std::vector<added_token> tokens, std::string const& where) {
  auto set = std::make_shared<added_set>();
  set->tokens = std::move(tokens);
  size_ = file_->vocab->size();
  for (std::size_t i = 0; i < set->tokens.size(); ++i) {
    auto const& token = set->tokens[i];
    if (!set->by_content.emplace(token.content, token.id).second || !set->by_id.emplace(token.id, i).second) {
      throw error("{}: added_tokens: id {} or its text is named twice", where, token.id);
    }
    size_ = std::max(size_, static_cast<std::size_t>(token.id) + 1);
    token.normalized ? set->in_normalised.add(normalised(token.content), i) : set->in_text.add(token.content, i);
  }
  added_ = std::move(set);
}

EASE_INLINE std::string tokenizer::normalised(std::string_view text) const {
  std::string out{text};
  for (normal_form const form : file_->forms) out = normalized(out, form);
  return out;
}

EASE_INLINE added_token const* tokenizer::find_added(token_id id) const {
  auto const found = added_->by_id.find(id);
  return found == added_->by_id.end() ? nullptr : &added_->tokens[found->second];
}

EASE_INLINE std::optional<token_id> tokenizer::named(std::string const& text) const {
  return text.empty() ? std::nullopt : id_of(text);
}

}  // namespace ease::inline v1
