// SPDX-License-Identifier: Apache-2.0
#pragma once
// Text to token ids and back, for the byte-level BPE vocabularies of GPT-2, SmolLM2, Qwen2/2.5, Llama 3 and the R1 distills;
// equal to `tokenizers`. A value: copies share what is immutable, and const use from many threads is safe. Non-goals: no BOS
// or EOS is ever added (the chat template does, once), post-processors and padding are left alone.
#include <cstddef>
#include <ease/core/compiled.hpp>
#include <ease/text/unicode/token.hpp>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ease::inline v1 {

struct added_token;
struct gguf_vocabulary;
struct tokenizer_config;
struct tokenizer_file;

class tokenizer {
 public:
  // A model's folder, or its tokenizer.json; where a folder has none, its vocab.json and merges.txt. tokenizer_config.json,
  // special_tokens_map.json, added_tokens.json and chat_template.jinja are read from the same folder where they exist, and
  // what they ask for is added as transformers does. Throws `error` naming file and field.
  static tokenizer load(std::filesystem::path const& folder_or_file);

  static tokenizer from_gguf(gguf_vocabulary const& from);

  // Appends the ids of `text`. Bytes that are not UTF-8 are read as U+FFFD (unicode.hpp).
  void encode(std::string_view text, std::vector<token_id>& out, special_text policy = special_text::plain) const;
  std::vector<token_id> encode(std::string_view text, special_text policy = special_text::plain) const;

  // The exact bytes: invalid UTF-8 if the ids end inside a character. Ids without a token give nothing.
  std::string decode(std::span<token_id const> ids, bool skip_special = true) const;

  // The text as the normaliser of tokenizer.json leaves it, of which `encode` makes tokens.
  std::string normalised(std::string_view text) const;

  // By the text it decodes to: " the", "<|im_end|>".
  std::optional<token_id> id_of(std::string_view token) const;
  std::string_view bytes_of(token_id id) const;
  bool is_special(token_id id) const;
  std::size_t size() const { return size_; }  // highest id + 1

  std::optional<token_id> bos() const;
  std::optional<token_id> eos() const;
  std::optional<token_id> pad() const;
  std::optional<token_id> unk() const;

  // The model's own Jinja text, "" if it has none; what `save` writes.
  std::string const& chat_template_source() const;
  void set_chat_template_source(std::string source);
  // Why that is "" although the files have templates; "" where they have none.
  std::string const& why_no_chat_template() const;

  // What a person should be told of the files, a line each: tokens that get new ids, files that contradict each other.
  std::vector<std::string> const& notes() const;

  // The id of `text`, which becomes a token found as a whole: the id it has, else the next free one. Other copies of this
  // tokeniser do not change.
  token_id add_token(std::string_view text, bool special);

  // What tokenizer.json says, with the tokens that were added since.
  tokenizer_file file() const;

  // Writes tokenizer.json, tokenizer_config.json and special_tokens_map.json into a folder that exists.
  void save(std::filesystem::path const& folder) const;

 private:
  struct added_set;

  tokenizer(tokenizer_file file, tokenizer_config config, std::string const& where);

  void set_added(std::vector<added_token> tokens, std::string const& where);
  // What the files beside tokenizer.json ask for, added as transformers does.
  void add_wanted(std::string const& where);

  added_token const* find_added(token_id id) const;
  std::optional<token_id> named(std::string const& text) const;

  std::shared_ptr<tokenizer_file const> file_;
  std::shared_ptr<added_set const> added_;
  std::shared_ptr<tokenizer_config const> config_;
  std::size_t size_{0};
};

}  // namespace ease::inline v1

#ifndef EASE_COMPILED
#include <ease/text/tokenizer/tokenizer.ipp>
#endif
