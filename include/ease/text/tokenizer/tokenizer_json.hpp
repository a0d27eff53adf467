// SPDX-License-Identifier: Apache-2.0
#pragma once
// Reads and writes tokenizer.json, the file of the `tokenizers` library, for byte-level BPE. The file is untrusted: what is
// invalid or not supported is an error that names file and field. Sections are kept as they were, so that saving a tokeniser
// that was read changes only the added tokens. Non-goal: sentencepiece-like models (Llama 2, Gemma), which the method does
// not use.

#include <ease/core/error.hpp>
#include <ease/core/printable.hpp>
#include <ease/io/json/json_text.hpp>
#include <ease/io/json/simdjson.hpp>
#include <ease/text/tokenizer/added_tokens.hpp>
#include <ease/text/tokenizer/pretokenizer.hpp>
#include <ease/text/tokenizer/vocabulary.hpp>
#include <ease/text/unicode/unicode.hpp>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ease::inline v1 {

// `text` as a JSON string, quotes included.
inline std::string json_quoted(std::string_view text) {
  std::string out;
  append_json_string(out, text);
  return out;
}

struct tokenizer_file {
  std::string normalizer, pre_tokenizer, post_processor, decoder, model;  // JSON as read, minified
  std::vector<added_token> added;
  std::vector<normal_form> forms;  // applied in order
  std::vector<pretokenizer_step> steps;
  pretokenizer pieces;  // made of the steps
  std::shared_ptr<vocabulary const> vocab;
};

namespace detail {

class tokenizer_json_reader {
 public:
  explicit tokenizer_json_reader(std::string_view where) : where_{where} {}

  tokenizer_file read(simdjson::padded_string const& json) const {
    simdjson::dom::parser parser;
    simdjson::dom::element root;
    if (auto const wrong = parser.parse(json).get(root))
      throw error("{}: not JSON: {}", where_, simdjson::error_message(wrong));
    tokenizer_file file;
    read_sections(root, file);
    if (auto const normalizer = member(root, "normalizer")) read_normalizer(*normalizer, file.forms);
    if (auto const decoder = member(root, "decoder")) check_decoder(*decoder);
    file.steps = read_steps(root);
    file.pieces = pretokenizer{file.steps};
    file.vocab = read_model(required(root, "model"));
    if (auto const added = member(root, "added_tokens")) read_added(*added, file.added);
    return file;
  }

 private:
  using element = simdjson::dom::element;

  // The member of that name, unless it is missing or null.
  std::optional<element> member(element of, std::string_view name) const {
    element found;
    if (of[name].get(found) != simdjson::SUCCESS || found.is_null()) return std::nullopt;
    return found;
  }
  element required(element of, std::string_view name) const {
    if (auto const found = member(of, name)) return *found;
    throw error("{}: {} is missing", where_, name);
  }
  void read_sections(element root, tokenizer_file& file) const {
    file.normalizer = section(root, "normalizer");
    file.pre_tokenizer = section(root, "pre_tokenizer");
    file.post_processor = section(root, "post_processor");
    file.decoder = section(root, "decoder");
    file.model = section(root, "model");
  }
  std::vector<pretokenizer_step> read_steps(element root) const {
    std::vector<pretokenizer_step> steps;
    bool byte_level = false;
    if (auto const pre = member(root, "pre_tokenizer")) read_pretokenizer(*pre, steps, byte_level);
    if (byte_level) return steps;
    throw error("{}: pre_tokenizer has no ByteLevel step: only byte-level BPE is supported (GPT-2, SmolLM2, Qwen, Llama 3)",
                where_);
  }
  std::string section(element root, std::string_view name) const {
    auto const found = member(root, name);
    return found ? simdjson::minify(*found) : "null";
  }
  template <class T>
  T as(element value, std::string_view field) const {
    T out;
    if (value.get(out) != simdjson::SUCCESS) throw error("{}: {} has the wrong type", where_, field);
    return out;
  }
  template <class T>
  T value(element of, std::string_view name, T otherwise) const {
    auto const found = member(of, name);
    return found ? as<T>(*found, name) : otherwise;
  }
  std::string_view type_of(element of, std::string_view field) const {
    if (auto const found = member(of, "type")) return as<std::string_view>(*found, "type");
    throw error("{}: {} has no type", where_, field);
  }
  simdjson::dom::array list(element of, std::string_view name) const {
    return as<simdjson::dom::array>(required(of, name), name);
  }

  void read_normalizer(element from, std::vector<normal_form>& forms) const {
    auto const type = type_of(from, "normalizer");
    if (type == "Sequence") {
      for (auto const part : list(from, "normalizers")) read_normalizer(part, forms);
    } else if (type == "NFC") {
      forms.push_back(normal_form::nfc);
    } else if (type == "NFD") {
      forms.push_back(normal_form::nfd);
    } else if (type == "NFKC") {
      forms.push_back(normal_form::nfkc);
    } else if (type == "NFKD") {
      forms.push_back(normal_form::nfkd);
    } else {
      throw error("{}: normalizer {} is not supported (NFC, NFD, NFKC, NFKD and sequences of them are)", where_,
                  printable(type));
    }
  }

  // Another one would change the text that ids stand for.
  void check_decoder(element from) const {
    auto const type = type_of(from, "decoder");
    if (type == "Sequence") {
      for (auto const part : list(from, "decoders")) check_decoder(part);
    } else if (type != "ByteLevel") {
      throw error("{}: decoder {} is not supported (ByteLevel and sequences of it are)", where_, printable(type));
    }
  }

  void read_pretokenizer(element from, std::vector<pretokenizer_step>& steps, bool& byte_level) const {
    auto const type = type_of(from, "pre_tokenizer");
    if (type == "Sequence") {
      for (auto const part : list(from, "pretokenizers")) read_pretokenizer(part, steps, byte_level);
    } else if (type == "Digits") {
      steps.push_back(pretokenizer_step::digits(value(from, "individual_digits", false)));
    } else if (type == "Split") {
      steps.push_back(read_split(from));
    } else if (type == "ByteLevel") {
      byte_level = true;
      if (value(from, "add_prefix_space", true)) {
        throw error("{}: pre_tokenizer ByteLevel with add_prefix_space is not supported", where_);
      }
      if (value(from, "use_regex", true)) steps.push_back(pretokenizer_step::split(gpt2_pattern));
    } else {
      throw error("{}: pre_tokenizer {} is not supported (Digits, Split, ByteLevel and sequences of them are)", where_,
                  printable(type));
    }
  }

  pretokenizer_step read_split(element from) const {
    auto const pattern = member(from, "pattern");
    if (!pattern) throw error("{}: pre_tokenizer Split has no pattern", where_);
    pretokenizer_step step;
    step.pattern = read_pattern(*pattern);
    step.behavior = behavior_of(value<std::string_view>(from, "behavior", "Isolated"));
    step.invert = value(from, "invert", false);
    return step;
  }
  std::string read_pattern(element from) const {
    if (auto const expression = member(from, "Regex")) return std::string{as<std::string_view>(*expression, "Regex")};
    auto const text = member(from, "String");
    if (!text) throw error("{}: pre_tokenizer Split: pattern is neither Regex nor String", where_);
    return escaped(as<std::string_view>(*text, "String"));
  }
  // As a pattern that matches just this text.
  static std::string escaped(std::string_view text) {
    std::string out;
    for (char const c : text) {
      if (static_cast<unsigned char>(c) < 0x80 && c != '_' && class_of(static_cast<unsigned char>(c)) == char_class::other)
        out.push_back('\\');
      out.push_back(c);
    }
    return out;
  }
  split_behavior behavior_of(std::string_view name) const {
    if (name == "Removed") return split_behavior::removed;
    if (name == "Isolated") return split_behavior::isolated;
    if (name == "MergedWithPrevious") return split_behavior::merged_with_previous;
    if (name == "MergedWithNext") return split_behavior::merged_with_next;
    if (name == "Contiguous") return split_behavior::contiguous;
    throw error("{}: pre_tokenizer Split: behavior {} is not known", where_, printable(name));
  }

  std::shared_ptr<vocabulary const> read_model(element model) const {
    refuse_other_models(model);
    refuse_dropout(model);
    auto const entries = read_entries(model);
    return std::make_shared<vocabulary const>(entries, read_merges(model), read_options(model), where_);
  }
  void refuse_other_models(element model) const {
    if (auto const type = value<std::string_view>(model, "type", "BPE"); type != "BPE")
      throw error("{}: model type {} is not supported: only byte-level BPE is", where_, printable(type));
    for (std::string_view const name : {"continuing_subword_prefix", "end_of_word_suffix"})
      if (!value<std::string_view>(model, name, "").empty()) throw error("{}: model.{} is not supported", where_, name);
    if (value(model, "byte_fallback", false))
      throw error("{}: model.byte_fallback is not supported: only byte-level BPE is", where_);
  }
  void refuse_dropout(element model) const {
    if (auto const dropout = member(model, "dropout"); dropout && as<double>(*dropout, "dropout") != 0)
      throw error("{}: model.dropout makes tokenisation random: set it to null", where_);
  }
  vocabulary_options read_options(element model) const {
    vocabulary_options options;
    options.ignore_merges = value(model, "ignore_merges", false);
    options.fuse_unk = value(model, "fuse_unk", false);
    if (auto const unk = member(model, "unk_token")) options.unk = as<std::string_view>(*unk, "model.unk_token");
    return options;
  }
  std::vector<vocabulary::pair> read_merges(element model) const {
    std::vector<vocabulary::pair> merges;
    for (auto const both : list(model, "merges")) merges.push_back(read_merge(both, merges.size()));
    return merges;
  }
  std::vector<vocabulary::entry> read_entries(element model) const {
    auto const vocab = member(model, "vocab");
    if (!vocab) throw error("{}: model.vocab is missing", where_);
    std::vector<vocabulary::entry> entries;
    for (auto const [text, id] : as<simdjson::dom::object>(*vocab, "model.vocab")) {
      auto const number = as<std::int64_t>(id, "model.vocab: an id");
      if (number < 0 || number >= vocabulary::id_limit)
        throw error("{}: model.vocab: id {} is out of range", where_, number);
      entries.emplace_back(text, static_cast<token_id>(number));
    }
    return entries;
  }

  // Either "left right" or ["left", "right"].
  vocabulary::pair read_merge(element both, std::size_t rank) const {
    std::string_view text;
    if (both.get(text) == simdjson::SUCCESS) {
      auto const space = text.find(' ');
      if (space != std::string_view::npos && text.find(' ', space + 1) == std::string_view::npos) {
        return {text.substr(0, space), text.substr(space + 1)};
      }
    } else if (simdjson::dom::array two; both.get(two) == simdjson::SUCCESS && two.size() == 2) {
      return {as<std::string_view>(two.at(0), "model.merges"), as<std::string_view>(two.at(1), "model.merges")};
    }
    throw error("{}: model.merges[{}] is not a pair of tokens", where_, rank);
  }

  void read_added(element from, std::vector<added_token>& out) const {
    for (auto const one : as<simdjson::dom::array>(from, "added_tokens")) {
      added_token token;
      token.content = value<std::string_view>(one, "content", "");
      auto const id = value<std::int64_t>(one, "id", -1);
      if (id < 0 || id >= vocabulary::id_limit)
        throw error("{}: added_tokens[{}]: id {} is out of range", where_, out.size(), id);
      if (token.content.empty() || token.content.size() > 1024) {
        throw error("{}: added_tokens[{}]: content is empty or over 1024 bytes", where_, out.size());
      }
      token.id = static_cast<token_id>(id);
      token.special = value(one, "special", false);
      token.lstrip = value(one, "lstrip", false);
      token.rstrip = value(one, "rstrip", false);
      token.normalized = value(one, "normalized", !token.special);
      token.single_word = value(one, "single_word", false);
      out.push_back(std::move(token));
    }
  }

  std::string_view where_;
};

}  // namespace detail

// Throws `error` naming `where` and the field.
inline tokenizer_file read_tokenizer_json(simdjson::padded_string const& json, std::string_view where) {
  return detail::tokenizer_json_reader{where}.read(json);
}

inline std::string write_tokenizer_json(tokenizer_file const& file) {
  std::string out = R"({"version":"1.0","truncation":null,"padding":null,"added_tokens":[)";
  for (auto const& token : file.added) {
    out += fmt::format(R"({}{{"id":{},"content":{},"single_word":{},"lstrip":{},"rstrip":{},"normalized":{},"special":{}}})",
                       out.back() == '[' ? "" : ",", token.id, json_quoted(token.content), token.single_word, token.lstrip,
                       token.rstrip, token.normalized, token.special);
  }
  for (auto const& [name, text] : {std::pair<std::string_view, std::string const&>{"normalizer", file.normalizer},
                                   {"pre_tokenizer", file.pre_tokenizer},
                                   {"post_processor", file.post_processor},
                                   {"decoder", file.decoder},
                                   {"model", file.model}}) {
    out += fmt::format(R"({}"{}":{})", name == "normalizer" ? "]," : ",", name, text);
  }
  return out + "}\n";
}

}  // namespace ease::inline v1
