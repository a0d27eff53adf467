// SPDX-License-Identifier: Apache-2.0
#pragma once
// The definitions of settings/settings.hpp; core/compiled.hpp says where they are compiled.
#include <fmt/format.h>
#include <toml++/toml.h>

#include <algorithm>
#include <ease/hub/hub_source.hpp>
#include <ease/io/files/did_you_mean.hpp>
#include <ease/settings/settings.hpp>
#include <fstream>
#include <iterator>
#include <ranges>
#include <system_error>

namespace ease::inline v1 {

namespace detail::toml_settings {

using kind = said_value::kind;

inline std::optional<said_value::part> node_value(toml::node const& node) {
  if (auto const* text = node.as_string()) return said_value::part{kind::words, text->get()};
  if (auto const* number = node.as_integer()) return said_value::part{kind::number, fmt::format("{}", number->get())};
  if (auto const* number = node.as_floating_point()) return said_value::part{kind::number, fmt::format("{}", number->get())};
  if (auto const* truth = node.as_boolean()) return said_value::part{kind::truth, truth->get() ? "true" : "false"};
  return std::nullopt;
}

// A null byte would end the text wherever it becomes a path or a message.
inline void refuse_null(said_value::part const& part, std::string const& where, std::string const& key) {
  if (part.text.find('\0') != std::string::npos)
    throw usage_error{"{}: {}: the text has a null character in it", where, key};
}

// The table that a key stands in, "" for those at the top; and the key's last word.
inline std::pair<std::string, std::string> parted(std::string const& key) {
  auto const dot = key.rfind('.');
  if (dot == std::string::npos) return {"", key};
  return {key.substr(0, dot), key.substr(dot + 1)};
}

}  // namespace detail::toml_settings

EASE_INLINE std::string detail::path_from(std::filesystem::path const& base, std::string const& text) {
  return text.empty() || std::filesystem::path{text}.is_absolute() ? text : (base / text).lexically_normal().string();
}

EASE_INLINE std::string detail::input_from(std::filesystem::path const& base, std::string const& text) {
  if (text.starts_with("openai:")) return text;  // a remote model (backend/openai) is no file
  if (text.starts_with(hub_scheme)) return text;
  constexpr std::string_view mark{"?base="};  // an adapter's name with its base's (llm/model_place.hpp)
  if (auto const at = text.rfind(mark); at != std::string::npos)
    return input_from(base, text.substr(0, at)) + std::string{mark} + input_from(base, text.substr(at + mark.size()));
  auto const name = text.substr(0, text.find('?'));  // how rows are read stands behind it (io/formats/row_spec.hpp)
  std::error_code bad;
  bool const is_name = !std::filesystem::exists(base / name, bad) &&
                       (hub_name_in(name, hub_kind::dataset) || hub_name_in(name, hub_kind::model));
  return is_name ? text : path_from(base, text);
}

EASE_INLINE said_settings::said_settings(std::filesystem::path const& file) {
  using namespace detail::toml_settings;
  std::error_code bad;
  if (!std::filesystem::exists(file, bad)) throw error{"{}: no such file", file.string()};
  if (!std::filesystem::is_regular_file(file, bad))
    throw usage_error{"{}: {}; name a file of settings", file.string(),
                      std::filesystem::is_directory(file, bad) ? "this is a folder" : "a pipe or device"};
  std::ifstream in{file, std::ios::binary};
  std::string const text{std::istreambuf_iterator<char>{in}, {}};
  if (!in) throw error{"{}: cannot be read", file.string()};
  read(text, file.string(), file.parent_path());
}

EASE_INLINE said_settings said_settings::from_text(std::string_view toml, std::string const& name) {
  said_settings out;
  out.read(toml, name, {});
  return out;
}

EASE_INLINE void said_settings::read(std::string_view toml, std::string const& name_of_text,
                                     std::filesystem::path const& base) {
  using namespace detail::toml_settings;
  toml::table table;
  try {
    table = toml::parse(toml);
  } catch (toml::parse_error const& e) {
    throw usage_error{"{}:{}: {}", name_of_text, e.source().begin.line, e.description()};
  }
  auto const take = [&](auto const& self, toml::table const& from, std::string const& prefix) -> void {
    for (auto const& [name, node] : from) {
      auto const key = prefix + std::string{name.str()};
      auto const where = fmt::format("{}:{}", name_of_text, node.source().begin.line);
      if (auto const* inner = node.as_table()) {
        tables_.emplace(key, where);
        self(self, *inner, key + ".");
        continue;
      }
      said_value said{.where = where, .base = base};
      if (auto const* list = node.as_array()) {
        said.is_list = true;
        for (auto const& one : *list) {
          auto part = node_value(one);
          if (!part) throw usage_error{"{}: {}: expected a list of strings or numbers", where, key};
          refuse_null(*part, where, key);
          said.parts.push_back(*std::move(part));
        }
      } else if (auto part = node_value(node)) {
        refuse_null(*part, where, key);
        said.parts.push_back(*std::move(part));
      } else {
        throw usage_error{"{}: {}: expected a string, a number, true or false, or a list", where, key};
      }
      values_.insert_or_assign(key, std::move(said));
    }
  };
  take(take, table, "");
}

EASE_INLINE void said_settings::set(std::string const& key, std::vector<std::string> const& values,
                                    std::string const& flag) {
  using namespace detail::toml_settings;
  said_value said{.is_list = values.size() != 1, .where = flag};
  for (auto const& text : values) said.parts.push_back({kind::text, text});
  if (auto const* const before = find(key);
      before != nullptr && before->of_command_line() &&
      !std::ranges::equal(before->parts, said.parts, {}, &said_value::part::text, &said_value::part::text)) {
    if (before->where == flag) throw usage_error{"{} is given twice, with different values; keep one of them", flag};
    throw usage_error{"{} and {} give one setting different values; keep one of them", before->where, flag};
  }
  values_.insert_or_assign(key, std::move(said));
  for (auto table = parted(key).first; !table.empty(); table = parted(table).first) tables_.emplace(table, flag);
}

EASE_INLINE void said_settings::set(std::string const& key_and_value, std::string const& flag) {
  auto const equals = key_and_value.find('=');
  if (equals == std::string::npos || equals == 0)
    throw usage_error{"{} \"{}\": write KEY=VALUE, such as finetune.learning_rate=1e-5", flag, key_and_value};
  auto const key = key_and_value.substr(0, equals);
  set(key, {key_and_value.substr(equals + 1)}, flag + ' ' + key);
}

EASE_INLINE void said_settings::rename(std::string const& former, std::string const& current) {
  auto const renamed = [&]<class Value>(std::map<std::string, Value>& from, auto const& where) {
    std::map<std::string, Value> out;
    for (auto const& [key, value] : from)
      if (key == former && from.contains(current))
        throw usage_error{"{}: \"{}\" is the former name of \"{}\", and both are given; keep \"{}\"", where(value), former,
                          current, current};
    for (auto& [key, value] : from) {
      bool const hit = key == former || key.starts_with(former + ".");
      out.insert_or_assign(hit ? current + key.substr(former.size()) : key, std::move(value));
    }
    from = std::move(out);
  };
  renamed(values_, [](said_value const& value) { return value.where; });
  renamed(tables_, [](std::string const& where) { return where; });
}

EASE_INLINE void refuse_unknown(said_settings const& said, std::set<std::string> const& known) {
  using detail::toml_settings::parted;
  auto const refuse = [&](std::string const& key, std::string const& where) {
    auto const [table, name] = parted(key);
    std::string all;
    std::vector<std::string> words;
    for (auto const& k : known)
      if (auto const [in, word] = parted(k); in == table) {
        all.append(all.empty() ? "" : ", ").append(word);
        words.push_back(word);
      }
    if (words.empty()) return;  // its table is named instead
    throw usage_error{"{}: {}unknown key \"{}\"{}; known here: {}",
                      where,
                      table.empty() ? "" : "[" + table + "] ",
                      name,
                      did_you_mean(name, words),
                      all};
  };
  for (auto const& [table, where] : said.tables())
    if (!known.contains(table)) refuse(table, where);
  for (auto const& [key, value] : said.values())
    if (!known.contains(key)) refuse(key, value.where);
}

}  // namespace ease::inline v1
