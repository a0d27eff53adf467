// SPDX-License-Identifier: Apache-2.0
#pragma once
// A tokeniser saved as vocab.json and merges.txt, without tokenizer.json: its class says how text is split, as it does for
// transformers (GPT2Tokenizer, Qwen2Tokenizer). Other classes are refused by name: the files do not say how they split.
#include <algorithm>
#include <ease/core/error.hpp>
#include <ease/core/printable.hpp>
#include <ease/io/json/python_json.hpp>
#include <ease/io/json/simdjson.hpp>
#include <ease/text/tokenizer/gguf_vocabulary.hpp>
#include <ease/text/tokenizer/tokenizer_config.hpp>
#include <ease/text/tokenizer/tokenizer_json.hpp>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace ease::inline v1 {

namespace detail {

// merges.txt as a JSON list. A line is "left right"; those that begin with #version are none.
inline std::string merges_of_lines(std::string_view text, std::string_view where) {
  std::string out{"["};
  for (std::size_t line = 1; !text.empty(); ++line) {
    auto const end = text.find('\n');
    auto one = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (one.ends_with('\r')) one.remove_suffix(1);
    if (one.starts_with("#version") || (one.empty() && text.empty())) continue;
    auto const space = one.find(' ');
    if (space == std::string_view::npos || one.find(' ', space + 1) != std::string_view::npos || !is_utf8(one))
      throw error("{}: line {}: not a pair of tokens", where, line);
    out.append(out.size() > 1 ? "," : "").append(json_quoted(one));
  }
  return out + "]";
}

// tokenizer_class without "Fast"; where it is missing the one that transformers has for config.json's model_type.
inline std::string class_of_vocab_files(std::filesystem::path const& folder, tokenizer_config& config) {
  std::string name = config.tokenizer_class;
  if (name.ends_with("Fast")) name.resize(name.size() - 4);
  if (!name.empty()) return name;
  simdjson::dom::parser parser;
  std::string_view type;
  if (auto const json = read_json_file(folder / "config.json")) {
    if (parser.parse(standard_json(*json))["model_type"].get(type)) type = {};
    name = type == "gpt2" ? "GPT2Tokenizer" : type == "qwen2" || type == "qwen3" ? "Qwen2Tokenizer" : "";
  }
  if (!name.empty())
    config.notes.push_back(
        fmt::format("{}: tokenizer_config.json names no tokenizer_class: {} is taken, as transformers does "
                    "for model_type {}",
                    folder.string(), name, printable(type)));
  return name;
}

}  // namespace detail

// The tokenizer.json that the two files come to; nothing if one of them is missing. `config` gets the tokens that the class
// has where no file names them. Throws `error` naming file and line, or the class.
inline std::optional<std::string> tokenizer_json_of_vocab_files(std::filesystem::path const& folder,
                                                                tokenizer_config& config) {
  auto const vocab = detail::read_json_file(folder / "vocab.json"), merges = detail::read_json_file(folder / "merges.txt");
  if (!vocab || !merges) return std::nullopt;
  auto const name = detail::class_of_vocab_files(folder, config);
  bool const qwen2 = name == "Qwen2Tokenizer";
  if (!qwen2 && name != "GPT2Tokenizer")
    throw error(
        "{}: vocab.json and merges.txt without tokenizer.json need a tokenizer_class that is known here (GPT2Tokenizer, "
        "Qwen2Tokenizer), not '{}': save tokenizer.json with transformers' save_pretrained",
        folder.string(), printable(name));
  if (config.add_prefix_space)
    throw error("{}: add_prefix_space is not supported", (folder / "tokenizer_config.json").string());
  simdjson::dom::parser parser;
  simdjson::dom::object entries;
  if (auto const wrong = parser.parse(*vocab).get(entries))
    throw error("{}: not a JSON object: {}", (folder / "vocab.json").string(), simdjson::error_message(wrong));
  auto const otherwise = [&](std::string_view field, std::string& text) {
    if (std::ranges::find(config.said, field) != config.said.end()) return;
    text = "<|endoftext|>";
    added_token token;
    token.content = text, token.special = true;
    config.wanted.push_back({token, {}, std::string{field}, false});
  };
  if (!qwen2) otherwise("bos_token", config.bos);
  otherwise("eos_token", config.eos);
  otherwise("unk_token", config.unk);
  if (qwen2) otherwise("pad_token", config.pad);

  tokenizer_file file;
  file.model = fmt::format(R"({{"type":"BPE","dropout":null,"unk_token":null,"continuing_subword_prefix":"",)"
                           R"("end_of_word_suffix":"","fuse_unk":false,"byte_fallback":false,"ignore_merges":false,)"
                           R"("vocab":{},"merges":{}}})",
                           simdjson::minify(entries),
                           detail::merges_of_lines(std::string_view{*merges}, (folder / "merges.txt").string()));
  file.normalizer = qwen2 ? R"({"type":"NFC"})" : "null";
  file.pre_tokenizer = qwen2 ? fmt::format(R"({{"type":"Sequence","pretokenizers":[{},{}]}})",
                                           detail::split_json(qwen2_pattern), detail::byte_level_json(false))
                             : detail::byte_level_json(true);
  file.decoder = R"({"type":"ByteLevel","add_prefix_space":true,"trim_offsets":true,"use_regex":true})";
  file.post_processor = "null";
  return write_tokenizer_json(file);
}

}  // namespace ease::inline v1
