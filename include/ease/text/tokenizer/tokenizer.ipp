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
#include <ease/text/tokenizer/tokenizer_config_reader.hpp>
#include <ease/text/tokenizer/tokenizer_json.hpp>
#include <ease/text/tokenizer/vocab_files.hpp>
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
  auto config = read_tokenizer_config(file.parent_path());
  if (auto const json = detail::read_json_file(file))
    return tokenizer{read_tokenizer_json(*json, file.string()), std::move(config), file.string()};
  auto const made = is_folder ? tokenizer_json_of_vocab_files(folder_or_file, config) : std::nullopt;
  if (!made)
    throw error("{}: cannot be read; name a model's folder or its tokenizer.json (vocab.json with merges.txt will do)",
                file.string());
  auto const where = (folder_or_file / "vocab.json").string();
  return tokenizer{read_tokenizer_json(simdjson::padded_string{*made}, where), std::move(config), where};
}

EASE_INLINE tokenizer tokenizer::from_gguf(gguf_vocabulary const& from) {
  simdjson::padded_string const json{tokenizer_json_of(from)};
  tokenizer_config config;
  config.chat_template = from.chat_template;
  config.notes = from.notes;
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

EASE_INLINE std::string const& tokenizer::why_no_chat_template() const { return config_->no_template; }

EASE_INLINE std::vector<std::string> const& tokenizer::notes() const { return config_->notes; }

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
  add_wanted(where);
  for (auto const& [field, text] : {std::pair{"bos_token", &config_->bos}, {"eos_token", &config_->eos}}) {
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

EASE_INLINE void tokenizer::add_wanted(std::string const& where) {
  auto changed = *config_;
  if (changed.wanted.empty()) return;
  auto const folder = std::filesystem::path{where}.parent_path();
  auto tokens = added_->tokens;
  // `tokenizers` counts the vocabulary's entries, not its ids.
  auto next = static_cast<token_id>(file_->vocab->count());
  for (auto const& token : tokens) next = std::max(next, token.id + 1);
  for (auto const& [token, id, field, as_it_stands] : changed.wanted) {
    auto const note = [&](std::string const& what) {
      changed.notes.push_back(fmt::format("{}: {}: '{}' {}", folder.string(), field, printable(token.content), what));
    };
    auto const same = std::ranges::find(tokens, token.content, &added_token::content);
    auto fresh = token;
    if (same != tokens.end()) {
      fresh.id = same->id;
      if (as_it_stands) *same = fresh;
    } else if (auto const at = id && !as_it_stands ? std::ranges::find(tokens, *id, &added_token::id) : tokens.end();
               at != tokens.end()) {
      note(fmt::format("is left out: id {} is '{}' in tokenizer.json, as for transformers", *id, printable(at->content)));
      continue;
    } else {
      auto const known = file_->vocab->find_written(token.content);
      fresh.id = known ? *known : next;
      if (!known && !file_->vocab->bytes_of(next).empty())
        throw error(
            "{}: {}: '{}' is in no vocabulary, and transformers would give it id {}, which is another token's; add it to "
            "tokenizer.json",
            folder.string(), field, printable(token.content), next);
      if (!known) {
        ++next;
        if (!id) note(fmt::format("is in no vocabulary and gets id {}, as in transformers", fresh.id));
      }
      tokens.push_back(fresh);
    }
    if (id && *id != fresh.id) note(fmt::format("has id {} there, and {} for transformers, which counts", *id, fresh.id));
  }
  changed.wanted.clear();
  config_ = std::make_shared<tokenizer_config const>(std::move(changed));
  set_added(std::move(tokens), where);
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
