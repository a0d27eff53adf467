// SPDX-License-Identifier: Apache-2.0
#pragma once
// The files beside tokenizer.json: BOS, EOS, padding and unknown tokens, and the model's chat template.
#include <fmt/format.h>

#include <cstdint>
#include <ease/core/error.hpp>
#include <ease/io/json/simdjson.hpp>
#include <ease/text/tokenizer/tokenizer_json.hpp>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

namespace ease::inline v1 {

namespace detail {

inline constexpr std::uintmax_t json_file_limit = std::uintmax_t{512} << 20U;  // bytes; the largest real one has 35 MB

// Empty if there is no such file. Throws on files that are too large for a tokeniser.
inline std::optional<simdjson::padded_string> read_json_file(std::filesystem::path const& path) {
  std::error_code none;
  auto const size = std::filesystem::file_size(path, none);
  if (none) return std::nullopt;
  if (size > json_file_limit) throw error("{}: {} bytes are more than any tokeniser's file has", path.string(), size);
  simdjson::padded_string text;
  if (simdjson::padded_string::load(path.string()).get(text)) throw error("{}: cannot be read", path.string());
  return text;
}

inline void write_text_file(std::filesystem::path const& path, std::string_view text) {
  std::ofstream out{path, std::ios::binary | std::ios::trunc};
  out.write(text.data(), static_cast<std::streamsize>(text.size()));
  if (!out.flush()) throw error("{}: cannot be written", path.string());
}

}  // namespace detail

struct tokenizer_config {
  std::string bos, eos, pad, unk;  // the tokens' text, "" where there is none
  std::string chat_template;
  std::optional<std::uint64_t> model_max_length{};

  // Files that do not exist are skipped.
  static tokenizer_config load(std::filesystem::path const& folder) {
    tokenizer_config config;
    config.read(folder / "special_tokens_map.json");
    config.read(folder / "tokenizer_config.json");
    if (auto const text = detail::read_json_file(folder / "chat_template.jinja"))
      config.chat_template = std::string_view{*text};
    return config;
  }

  // tokenizer_class is the one that takes tokenizer.json as it is: the model-specific classes of transformers 5 build their
  // own pre-tokeniser, which for SmolLM2 lacks the digit split.
  void save(std::filesystem::path const& folder) const {
    std::string tokens;
    for (auto const& [name, text] : {std::pair<std::string_view, std::string const&>{"bos_token", bos},
                                     {"eos_token", eos},
                                     {"pad_token", pad},
                                     {"unk_token", unk}}) {
      if (!text.empty()) tokens += fmt::format("{}  \"{}\": {}", tokens.empty() ? "" : ",\n", name, json_quoted(text));
    }
    detail::write_text_file(folder / "special_tokens_map.json", fmt::format("{{\n{}\n}}\n", tokens));
    std::string rest = "  \"clean_up_tokenization_spaces\": false,\n  \"tokenizer_class\": \"PreTrainedTokenizerFast\"";
    if (model_max_length) rest += fmt::format(",\n  \"model_max_length\": {}", *model_max_length);
    if (!chat_template.empty()) rest += fmt::format(",\n  \"chat_template\": {}", json_quoted(chat_template));
    detail::write_text_file(folder / "tokenizer_config.json",
                            fmt::format("{{\n{}{}{}\n}}\n", tokens, tokens.empty() ? "" : ",\n", rest));
  }

 private:
  void read(std::filesystem::path const& path) {
    auto const json = detail::read_json_file(path);
    if (!json) return;
    simdjson::dom::parser parser;
    simdjson::dom::object root;
    if (auto const wrong = parser.parse(*json).get(root)) {
      throw error("{}: not a JSON object: {}", path.string(), simdjson::error_message(wrong));
    }
    read_token(root, "bos_token", bos);
    read_token(root, "eos_token", eos);
    read_token(root, "pad_token", pad);
    read_token(root, "unk_token", unk);
    if (std::uint64_t length{}; root["model_max_length"].get(length) == simdjson::SUCCESS) model_max_length = length;
    std::string_view text;
    simdjson::dom::array several;
    if (root["chat_template"].get(text) == simdjson::SUCCESS) {
      chat_template = text;
    } else if (root["chat_template"].get(several) == simdjson::SUCCESS) {  // [{name, template}], one of them "default"
      for (auto const one : several) {
        std::string_view name;
        if (one["name"].get(name) == simdjson::SUCCESS && name == "default" &&
            one["template"].get(text) == simdjson::SUCCESS) {
          chat_template = text;
        }
      }
    }
  }

  // A token is written as its text or as {"content": its text, ...}.
  static void read_token(simdjson::dom::object root, std::string_view name, std::string& out) {
    std::string_view text;
    if (root[name].get(text) == simdjson::SUCCESS || root[name]["content"].get(text) == simdjson::SUCCESS) out = text;
  }
};

}  // namespace ease::inline v1
