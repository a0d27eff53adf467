// SPDX-License-Identifier: Apache-2.0
#pragma once
// The tokeniser of a GGUF file: a list of tokens, merges and the name of a pre-tokeniser. It is converted to the
// tokenizer.json of that family and read like one, so that the saved tokeniser is the one that was used.
#include <fmt/format.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <ease/core/error.hpp>
#include <ease/core/printable.hpp>
#include <ease/text/tokenizer/tokenizer_json.hpp>
#include <ease/text/unicode/scanner.hpp>
#include <ease/text/unicode/token.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ease::inline v1 {

struct gguf_vocabulary {
  std::vector<std::string> tokens, merges;  // merges as "left right", in the byte alphabet
  std::vector<std::int32_t> token_types;    // 1 normal, 3 control, 4 user defined, 5 unused; empty: all normal
  std::string pre;                          // tokenizer.ggml.pre
  std::optional<token_id> bos, eos, pad, unk;
  std::vector<token_id> ends;  // of a turn or a message: further tokens that end an answer
  bool add_bos{false};
  std::string chat_template;
  std::vector<std::string> notes{};  // what a person should be told: a line each
};

namespace detail {

inline std::string split_json(std::string_view pattern) {
  return fmt::format(R"({{"type":"Split","pattern":{{"Regex":{}}},"behavior":"Isolated","invert":false}})",
                     json_quoted(pattern));
}
inline std::string byte_level_json(bool with_pattern) {
  return fmt::format(R"({{"type":"ByteLevel","add_prefix_space":false,"trim_offsets":false,"use_regex":{}}})", with_pattern);
}

struct gguf_family {
  std::vector<std::string_view> names;  // values of tokenizer.ggml.pre
  std::vector<std::string> steps;       // before ByteLevel
  bool gpt2_pattern{true};              // ByteLevel splits by its own pattern
  bool nfc{false};
  bool ignore_merges{false};
};

// What DeepSeek-LLM takes for letters: those with case, as of its own Unicode, and not \p{L}.
inline constexpr std::string_view deepseek_letters =
    R"(\s?[A-Za-z)"
    "µÀ-ÖØ-öø-ƺƼ-ƿǄ-ʓʕ-ʯͰ-ͳͶͷͻ-ͽͿΆΈ-ΊΌΎ-ΡΣ-ϵϷ-ҁҊ-ԯԱ-ՖႠ-ჅᎠ-Ᏽᏸ-ᏽᲐ-ᲺᲽ-Ჿᴀ-ᴫᵫ-ᵷᵹ-ᶚ"
    "Ḁ-ἕἘ-Ἕἠ-ὅὈ-Ὅὐ-ὗὙὛὝὟ-ώᾀ-ᾴᾶ-ᾼιῂ-ῄῆ-ῌῐ-ΐῖ-Ίῠ-Ῥῲ-ῴῶ-ῼℂℇℊ-ℓℕℙ-ℝℤΩℨK-ℭℯ-ℴℹℼ-ℿ"
    "ⅅ-ⅉⅎↃↄⰀ-ⱻⱾ-ⳤⳫ-ⳮⳲⳳꙀ-ꙭꚀ-ꚛꜢ-ꝯꝱ-ꞇꞋ-ꞎꭰ-ꮿﬀ-ﬆﬓ-ﬗＡ-Ｚａ-ｚ𐐀-𐑏𐒰-𐓓𐓘-𐓻𐲀-𐲲𐳀-𐳲𑢠-𑣟𞤀-𞥃"
    "]+";

// One entry a pre-tokeniser; add new ones here.
inline std::vector<gguf_family> const& gguf_families() {
  static std::string const digits = R"({"type":"Digits","individual_digits":true})";
  static std::vector<gguf_family> const families{
      {{"gpt-2", "phi-2", "mpt", "olmo", "jais", "gigachat"}, {}},
      {{"smollm", "starcoder", "refact", "command-r", "codeshell"}, {digits}},
      {{"qwen2", "deepseek-r1-qwen", "stablelm2", "hunyuan"}, {split_json(qwen2_pattern)}, false, true},
      {{"qwen35"}, {split_json(qwen3_5_pattern)}, false},
      {{"llama-bpe", "llama3", "llama-v3", "falcon3"}, {split_json(llama3_pattern)}, false, false, true},
      {{"dbrx", "smaug-bpe", "chatglm-bpe"}, {split_json(llama3_pattern)}, false},
      {{"falcon"}, {split_json(R"([\p{P}\$\+<=>\^~\|`]+)"), split_json(gpt2_pattern), split_json("[0-9][0-9][0-9]")}, false},
      {{"deepseek-coder"},
       {split_json(R"([\r\n])"), split_json(R"(\s?\p{L}+)"), split_json(R"(\s?\p{P}+)"),
        split_json("[一-龥ࠀ-一가-퟿]+"), digits},
       false},
      {{"deepseek-llm"},
       {split_json(R"([\r\n])"), split_json(deepseek_letters), split_json(R"(\s?[!-/:-~！-／：-～‘-‟　-。]+)"),
        split_json(R"(\s+$)"), split_json("[一-龥ࠀ-一가-퟿]+"), digits},
       false},
  };
  return families;
}

inline gguf_family const& gguf_family_of(std::string_view pre) {
  std::string known;
  for (auto const& family : gguf_families()) {
    for (auto const name : family.names) {
      if (name == pre) return family;
      known += fmt::format("{}{}", known.empty() ? "" : ", ", name);
    }
  }
  throw error("tokenizer.ggml.pre '{}' is not supported ({})", printable(pre), known);
}

}  // namespace detail

// The tokenizer.json of the vocabulary. Throws `error` naming the GGUF key that is wrong.
inline std::string tokenizer_json_of(gguf_vocabulary const& from) {
  constexpr std::int32_t control = 3, user_defined = 4, unused = 5;
  auto const& family = detail::gguf_family_of(from.pre);
  if (!from.token_types.empty() && from.token_types.size() != from.tokens.size()) {
    throw error("tokenizer.ggml.token_type has {} entries, tokenizer.ggml.tokens {}", from.token_types.size(),
                from.tokens.size());
  }
  auto const type_of = [&](std::size_t i) { return from.token_types.empty() ? 1 : from.token_types[i]; };
  // Converters fill a vocabulary that is smaller than the embedding with such names; those rows are idle, not tokens.
  auto const is_filler = [&](std::size_t i) {
    return type_of(i) == unused || (type_of(i) == user_defined && from.tokens[i] == fmt::format("[PAD{}]", i));
  };
  tokenizer_file file;
  std::string vocab, merges, before;
  for (std::size_t i = 0; i < from.tokens.size(); ++i) {
    auto const& text = from.tokens[i];
    if (!is_utf8(text)) throw error("tokenizer.ggml.tokens[{}] is not UTF-8", i);
    if (is_filler(i)) continue;
    if (auto const type = type_of(i); type == control || type == user_defined) {
      file.added.push_back({static_cast<token_id>(i), text, type == control, false, false, false, false});
    }
    // Special tokens are in the vocabulary as well: otherwise `tokenizers` would give them new ids.
    vocab += fmt::format("{}{}:{}", vocab.empty() ? "" : ",", json_quoted(text), i);
  }
  for (auto const& merge : from.merges) merges += fmt::format("{}{}", merges.empty() ? "" : ",", json_quoted(merge));
  file.model = fmt::format(R"({{"type":"BPE","dropout":null,"unk_token":null,"continuing_subword_prefix":null,)"
                           R"("end_of_word_suffix":null,"fuse_unk":false,"byte_fallback":false,"ignore_merges":{},)"
                           R"("vocab":{{{}}},"merges":[{}]}})",
                           family.ignore_merges, vocab, merges);
  file.normalizer = family.nfc ? R"({"type":"NFC"})" : "null";
  for (auto const& step : family.steps) before += step + ",";
  file.pre_tokenizer =
      fmt::format(R"({{"type":"Sequence","pretokenizers":[{}{}]}})", before, detail::byte_level_json(family.gpt2_pattern));
  file.decoder = R"({"type":"ByteLevel","add_prefix_space":true,"trim_offsets":true,"use_regex":true})";
  file.post_processor = detail::byte_level_json(true);
  if (from.add_bos && from.bos && static_cast<std::size_t>(*from.bos) < from.tokens.size()) {
    auto const bos = json_quoted(from.tokens[static_cast<std::size_t>(*from.bos)]);
    file.post_processor = fmt::format(
        R"({{"type":"TemplateProcessing","single":[{{"SpecialToken":{{"id":{0},"type_id":0}}}},{{"Sequence":{{"id":"A","type_id":0}}}}],)"
        R"("pair":[{{"SpecialToken":{{"id":{0},"type_id":0}}}},{{"Sequence":{{"id":"A","type_id":0}}}},{{"SpecialToken":{{"id":{0},"type_id":1}}}},)"
        R"({{"Sequence":{{"id":"B","type_id":1}}}}],"special_tokens":{{{0}:{{"id":{0},"ids":[{1}],"tokens":[{0}]}}}}}})",
        bos, *from.bos);
  }
  return write_tokenizer_json(file);
}

}  // namespace ease::inline v1
