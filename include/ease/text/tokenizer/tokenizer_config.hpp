// SPDX-License-Identifier: Apache-2.0
#pragma once
// The files beside tokenizer.json: BOS, EOS, padding and unknown tokens, further added tokens, and the model's chat template.
// tokenizer_config_reader.hpp reads them.
#include <fmt/format.h>

#include <cstdint>
#include <ease/core/error.hpp>
#include <ease/io/json/python_json.hpp>
#include <ease/io/json/simdjson.hpp>
#include <ease/text/tokenizer/added_tokens.hpp>
#include <ease/text/tokenizer/tokenizer_json.hpp>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

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

// A token that such a file asks for.
struct wanted_token {
  added_token token;
  std::optional<token_id> id{};  // as the file has it
  std::string field;             // "pad_token"
  bool as_it_stands{false};      // its flags count where tokenizer.json has it with others
};

struct tokenizer_config {
  std::string bos, eos, pad, unk;  // the tokens' text, "" where there is none
  std::string chat_template;
  std::string no_template{};  // why there is none although the file has some
  std::optional<std::uint64_t> model_max_length{};
  std::string tokenizer_class{};
  bool add_prefix_space{false};
  std::vector<std::string> said{};     // which of bos_token, eos_token, pad_token and unk_token a file has, null or not
  std::vector<wanted_token> wanted{};  // in the order in which transformers adds what tokenizer.json lacks
  std::vector<std::string> notes{};    // what a person should be told: a line each

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
};

}  // namespace ease::inline v1
