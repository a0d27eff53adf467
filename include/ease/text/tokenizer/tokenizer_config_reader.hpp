// SPDX-License-Identifier: Apache-2.0
#pragma once
// Reads the files beside tokenizer.json. Where they contradict each other, the one counts that counts for transformers 5.23
// (PreTrainedTokenizerBase._from_pretrained and TokenizersBackend.__init__), and a note says so.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <ease/core/error.hpp>
#include <ease/core/printable.hpp>
#include <ease/io/json/python_json.hpp>
#include <ease/io/json/simdjson.hpp>
#include <ease/text/tokenizer/added_tokens.hpp>
#include <ease/text/tokenizer/tokenizer_config.hpp>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ease::inline v1 {

namespace detail {

class tokenizer_config_reader {
 public:
  explicit tokenizer_config_reader(std::filesystem::path const& folder) : folder_{folder} {}

  tokenizer_config read() {
    simdjson::dom::parser of_main, of_map, of_added;
    auto const main = parse("tokenizer_config.json", of_main);
    simdjson::dom::object decoder;
    bool const has_decoder = main && (*main)["added_tokens_decoder"].get(decoder) == simdjson::SUCCESS;
    if (main) read_main(*main);
    if (auto const map = parse("special_tokens_map.json", of_map)) read_map(*map, has_decoder);
    if (has_decoder) {
      read_decoder(decoder);
    } else if (auto const added = parse("added_tokens.json", of_added)) {
      read_added(*added);
    }
    for (auto const& [name, token] : named_)
      if (token) out_.wanted.push_back({*token, {}, name, false});
    for (auto& one : of_model_) out_.wanted.push_back(std::move(one));
    for (auto const& token : extra_) out_.wanted.push_back({token, {}, "additional_special_tokens", false});
    auto const text_of = [&](std::size_t i) { return named_[i].second ? named_[i].second->content : std::string{}; };
    out_.bos = text_of(0), out_.eos = text_of(1), out_.unk = text_of(2), out_.pad = text_of(4);
    read_template_files();
    return std::move(out_);
  }

 private:
  using object = simdjson::dom::object;
  using element = simdjson::dom::element;

  std::string path(std::string_view file) const { return (folder_ / file).string(); }

  std::optional<object> parse(std::string_view file, simdjson::dom::parser& parser) const {
    auto const json = read_json_file(folder_ / file);
    if (!json) return std::nullopt;
    object root;
    if (parser.parse(*json).get(root) == simdjson::SUCCESS) return root;
    if (auto const wrong = parser.parse(standard_json(*json)).get(root))
      throw error("{}: not a JSON object: {}", path(file), simdjson::error_message(wrong));
    return root;
  }

  // A token is written as its text or as {"content": its text, ...}; those of these fields are special.
  static std::optional<added_token> token_of(element from) {
    std::string_view text;
    added_token token;
    token.special = true;
    if (from.get(text) != simdjson::SUCCESS) {
      if (from["content"].get(text) != simdjson::SUCCESS) return std::nullopt;
      read_flags(from, token, true);
      token.special = true;
    }
    if (text.empty() || text.size() > 1024) return std::nullopt;
    token.content = text;
    return token;
  }
  static void read_flags(element from, added_token& token, bool special = false) {
    auto const flag = [&](std::string_view name, bool otherwise) {
      bool value{};
      return from[name].get(value) == simdjson::SUCCESS ? value : otherwise;
    };
    token.special = flag("special", special);
    token.lstrip = flag("lstrip", false);
    token.rstrip = flag("rstrip", false);
    token.single_word = flag("single_word", false);
    token.normalized = flag("normalized", !token.special);
  }

  void read_named(object root, std::string_view file) {
    for (auto& [name, token] : named_) {
      element found;
      if (root[name].get(found)) continue;
      auto fresh = token_of(found);
      if (token && fresh && token->content != fresh->content)
        out_.notes.push_back(
            fmt::format("{}: {} is '{}' there and '{}' in tokenizer_config.json; the former counts, as in "
                        "transformers",
                        path(file), name, printable(fresh->content), printable(token->content)));
      token = std::move(fresh);
      out_.said.push_back(name);
    }
  }
  void read_main(object root) {
    read_named(root, "tokenizer_config.json");
    for (std::string_view const name : {"additional_special_tokens", "extra_special_tokens"}) read_extra(root, name);
    for (auto const [key, value] : root) {  // tokens of this model alone, such as image_token
      bool const known = std::ranges::any_of(named_, [&](auto const& entry) { return entry.first == key; });
      if (!known && key.ends_with("_token") && value.is_string())
        if (auto token = token_of(value)) of_model_.push_back({*std::move(token), {}, std::string{key}, false});
    }
    if (std::uint64_t length{}; root["model_max_length"].get(length) == simdjson::SUCCESS) out_.model_max_length = length;
    if (bool flag{}; root["add_prefix_space"].get(flag) == simdjson::SUCCESS) out_.add_prefix_space = flag;
    std::string_view text;
    if (root["tokenizer_class"].get(text) == simdjson::SUCCESS) out_.tokenizer_class = text;
    simdjson::dom::array several;
    if (root["chat_template"].get(text) == simdjson::SUCCESS) {
      out_.chat_template = text;
    } else if (root["chat_template"].get(several) == simdjson::SUCCESS) {
      read_templates(several);
    }
  }
  void read_extra(object root, std::string_view name) {
    simdjson::dom::array some;
    object entries;
    auto const take = [&](element one) {
      if (auto token = token_of(one)) extra_.push_back(*std::move(token));
    };
    if (root[name].get(some) == simdjson::SUCCESS) {
      for (auto const one : some) take(one);
    } else if (root[name].get(entries) == simdjson::SUCCESS) {
      for (auto const [key, one] : entries) take(one);
    }
  }
  // [{name, template}], of which transformers takes the one named default.
  void read_templates(simdjson::dom::array several) {
    std::string names;
    for (auto const one : several) {
      std::string_view name, text;
      if (one["name"].get(name) || one["template"].get(text)) continue;
      if (names.size() < 300) names.append(names.empty() ? "" : ", ").append(printable(name.substr(0, 100)));
      if (name == "default") out_.chat_template = text;
    }
    if (out_.chat_template.empty())
      out_.no_template =
          fmt::format("{}: chat_template has several ({}) and none named default", path("tokenizer_config.json"), names);
  }
  // Without added_tokens_decoder this file counts, else it is not read.
  void read_map(object root, bool has_decoder) {
    if (!has_decoder) {
      read_named(root, "special_tokens_map.json");
      for (std::string_view const name : {"additional_special_tokens", "extra_special_tokens"}) read_extra(root, name);
      return;
    }
    for (auto const& [name, token] : named_) {
      element found;
      if (root[name].get(found)) continue;
      if (auto const other = token_of(found); other && token && other->content != token->content)
        out_.notes.push_back(
            fmt::format("{}: {} is '{}' there and '{}' in tokenizer_config.json; the latter counts, as in "
                        "transformers",
                        path("special_tokens_map.json"), name, printable(other->content), printable(token->content)));
    }
  }
  void read_decoder(object decoder) {
    std::vector<wanted_token> all;
    for (auto const [key, value] : decoder) {
      std::string_view text;
      token_id id{};
      auto const [end, bad] = std::from_chars(key.data(), key.data() + key.size(), id);
      if (bad != std::errc{} || end != key.data() + key.size() || value["content"].get(text) || text.empty() ||
          text.size() > 1024)
        throw error("{}: added_tokens_decoder: '{}' is no id with a token", path("tokenizer_config.json"), printable(key));
      auto& one = all.emplace_back();
      one.id = id;
      one.field = "added_tokens_decoder";
      one.as_it_stands = true;
      read_flags(value, one.token);
      one.token.content = text;
    }
    put_in_order(std::move(all));
  }
  void read_added(object added) {
    std::vector<wanted_token> all;
    for (auto const [text, value] : added) {
      std::int64_t id{};
      if (value.get(id) || id < 0 || id >= vocabulary::id_limit || text.empty() || text.size() > 1024)
        throw error("{}: '{}' is no token with an id", path("added_tokens.json"), printable(text));
      auto& one = all.emplace_back();
      one.id = static_cast<token_id>(id);
      one.field = "added_tokens.json";
      one.token.content = text;
      auto const same = [&](added_token const& token) { return token.content == text; };
      one.token.special = std::ranges::any_of(extra_, same) ||
                          std::ranges::any_of(named_, [&](auto const& n) { return n.second && same(*n.second); });
      one.token.normalized = !one.token.special;
    }
    put_in_order(std::move(all));
  }
  void put_in_order(std::vector<wanted_token> all) {
    std::ranges::stable_sort(all, {}, [](wanted_token const& w) { return *w.id; });
    for (auto& one : all) {  // what BOS and the like name is special, whatever it says
      for (auto const& [name, token] : named_)
        if (token && token->content == one.token.content) one.token.special = true;
      out_.wanted.push_back(std::move(one));
    }
  }
  void read_template_files() {
    if (auto const text = read_json_file(folder_ / "chat_template.jinja")) {
      out_.chat_template = std::string_view{*text};
      out_.no_template.clear();
    } else if (std::error_code none; std::filesystem::is_directory(folder_ / "additional_chat_templates", none)) {
      out_.notes.push_back(
          fmt::format("{}: not read: it has templates for particular uses, and without a chat_template.jinja "
                      "none that is for all",
                      path("additional_chat_templates")));
    }
  }

  std::filesystem::path folder_;
  tokenizer_config out_;
  std::array<std::pair<std::string, std::optional<added_token>>, 7> named_{{{"bos_token", {}},
                                                                            {"eos_token", {}},
                                                                            {"unk_token", {}},
                                                                            {"sep_token", {}},
                                                                            {"pad_token", {}},
                                                                            {"cls_token", {}},
                                                                            {"mask_token", {}}}};
  std::vector<wanted_token> of_model_;
  std::vector<added_token> extra_;
};

}  // namespace detail

// Files that do not exist are skipped. Throws `error` naming file and field.
inline tokenizer_config read_tokenizer_config(std::filesystem::path const& folder) {
  return detail::tokenizer_config_reader{folder}.read();
}

}  // namespace ease::inline v1
