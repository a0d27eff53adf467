#pragma once
// Text to token ids and back, for the byte-level BPE vocabularies of GPT-2, SmolLM2, Qwen2/2.5, Llama 3 and the R1 distills;
// equal to `tokenizers`. A value: copies share what is immutable, and const use from many threads is safe. Non-goals: no BOS
// or EOS is ever added (the chat template does, once), post-processors and padding are left alone.
#include <simdjson.h>

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "ease/io/error.hpp"
#include "ease/text/added_tokens.hpp"
#include "ease/text/gguf_vocabulary.hpp"
#include "ease/text/token.hpp"
#include "ease/text/tokenizer_config.hpp"
#include "ease/text/tokenizer_json.hpp"

namespace ease {

class tokenizer {
 public:
  // A model's folder, or its tokenizer.json; tokenizer_config.json, special_tokens_map.json and chat_template.jinja are read
  // from the same folder where they exist. Throws `error` naming file and field.
  static tokenizer load(std::filesystem::path const& folder_or_file) {
    bool const is_folder = std::filesystem::is_directory(folder_or_file);
    auto const file = is_folder ? folder_or_file / "tokenizer.json" : folder_or_file;
    auto const json = detail::read_json_file(file);
    if (!json) throw error("{}: cannot be read; name a model's folder or its tokenizer.json", file.string());
    return tokenizer{read_tokenizer_json(*json, file.string()), tokenizer_config::load(file.parent_path()), file.string()};
  }

  static tokenizer from_gguf(gguf_vocabulary const& from) {
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

  // Appends the ids of `text`. Bytes that are not UTF-8 are read as U+FFFD (unicode.hpp).
  void encode(std::string_view text, std::vector<token_id>& out, special_text policy = special_text::plain) const {
    if (!is_utf8(text)) return encode(valid_utf8(text), out, policy);
    auto const pieces = [&](std::string_view part) {
      file_->pieces.split(part, [&](std::string_view piece) { file_->words->encode_piece(piece, out); });
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
  std::vector<token_id> encode(std::string_view text, special_text policy = special_text::plain) const {
    std::vector<token_id> out;
    out.reserve(text.size() / 3 + 8);
    encode(text, out, policy);
    return out;
  }

  // The exact bytes: invalid UTF-8 if the ids end inside a character. Ids without a token give nothing.
  std::string decode(std::span<token_id const> ids, bool skip_special = true) const {
    std::string out;
    for (token_id const id : ids) {
      if (!(skip_special && is_special(id))) out += bytes_of(id);
    }
    return out;
  }

  // By the text it decodes to: " the", "<|im_end|>".
  std::optional<token_id> id_of(std::string_view token) const {
    auto const found = added_->by_content.find(std::string{token});
    return found != added_->by_content.end() ? std::optional{found->second} : file_->words->find(token);
  }
  std::string_view bytes_of(token_id id) const {
    added_token const* const added = find_added(id);
    return added ? std::string_view{added->content} : file_->words->bytes_of(id);
  }
  bool is_special(token_id id) const {
    added_token const* const added = find_added(id);
    return added && added->special;
  }
  std::size_t size() const { return size_; }  // highest id + 1

  std::optional<token_id> bos() const { return named(config_.bos); }
  std::optional<token_id> eos() const { return named(config_.eos); }
  std::optional<token_id> pad() const { return named(config_.pad); }
  std::optional<token_id> unk() const { return named(config_.unk); }

  // The model's own Jinja text, "" if it has none; what `save` writes.
  std::string const& chat_template_source() const { return config_.chat_template; }
  void set_chat_template_source(std::string source) { config_.chat_template = std::move(source); }

  // The id of `text`, which becomes a token found as a whole: the id it has, else the next free one. Other copies of this
  // tokeniser do not change.
  token_id add_token(std::string_view text, bool special) {
    if (text.empty() || !is_utf8(text)) throw error("a token must be UTF-8 text, and not empty");
    if (auto const known = added_->by_content.find(std::string{text}); known != added_->by_content.end())
      return known->second;
    auto const in_words = file_->words->find(text);
    token_id const id = in_words ? *in_words : static_cast<token_id>(size_);
    auto tokens = added_->tokens;
    tokens.push_back({id, std::string{text}, special, false, false, false, false});
    set_added(std::move(tokens), "add_token");
    return id;
  }

  // What tokenizer.json says, with the tokens that were added since.
  tokenizer_file file() const {
    auto file = *file_;
    file.added = added_->tokens;
    return file;
  }

  // Writes tokenizer.json, tokenizer_config.json and special_tokens_map.json into a folder that exists.
  void save(std::filesystem::path const& folder) const {
    detail::write_text_file(folder / "tokenizer.json", write_tokenizer_json(file()));
    config_.save(folder);
  }

 private:
  struct added_set {
    std::vector<added_token> tokens;
    std::unordered_map<std::string, token_id> by_content;
    std::unordered_map<token_id, std::size_t> by_id;
    added_token_matcher in_text, in_normalised;
  };

  tokenizer(tokenizer_file file, tokenizer_config config, std::string const& where) : config_{std::move(config)} {
    auto added = std::exchange(file.added, {});
    file_ = std::make_shared<tokenizer_file const>(std::move(file));
    set_added(std::move(added), where);
    for (auto const& [field, text] :
         {std::pair{"bos_token", &config_.bos}, {"eos_token", &config_.eos}, {"pad_token", &config_.pad}}) {
      if (!text->empty() && !id_of(*text)) throw error("{}: {} is not in the vocabulary", where, field);
    }
  }

  void set_added(std::vector<added_token> tokens, std::string const& where) {
    auto set = std::make_shared<added_set>();
    set->tokens = std::move(tokens);
    size_ = file_->words->size();
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

  std::string normalised(std::string_view text) const {
    std::string out{text};
    for (normal_form const form : file_->forms) out = normalized(out, form);
    return out;
  }
  added_token const* find_added(token_id id) const {
    auto const found = added_->by_id.find(id);
    return found == added_->by_id.end() ? nullptr : &added_->tokens[found->second];
  }
  std::optional<token_id> named(std::string const& text) const { return text.empty() ? std::nullopt : id_of(text); }

  std::shared_ptr<tokenizer_file const> file_;
  std::shared_ptr<added_set const> added_;
  tokenizer_config config_;
  std::size_t size_{0};
};

}  // namespace ease
