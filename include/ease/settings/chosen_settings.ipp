// SPDX-License-Identifier: Apache-2.0
#pragma once
// The definitions of settings/chosen_settings.hpp; core/compiled.hpp says where they are compiled.
#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <ease/io/json/json_text.hpp>
#include <ease/settings/chosen_settings.hpp>
#include <optional>
#include <string_view>
#include <system_error>

namespace ease::inline v1 {

namespace detail {

template <class Number>
std::optional<Number> whole_number(std::string const& text) {
  Number value{};
  auto const [end, bad] = std::from_chars(text.data(), text.data() + text.size(), value);
  return bad == std::errc{} && end == text.data() + text.size() ? std::optional{value} : std::nullopt;
}

inline void write_option(json_writer& out, CLI::Option const& option, std::string const& text) {
  auto const type = option.get_type_name();
  if (type.starts_with("UINT") || type.starts_with("INT") || type.starts_with("FLOAT")) {
    if (auto const whole = whole_number<std::int64_t>(text)) return void(out.value(*whole));
    if (auto const number = whole_number<double>(text); number && std::isfinite(*number)) return void(out.value(*number));
  }
  out.value(text);
}

}  // namespace detail

EASE_INLINE bool shapes_no_row(std::string const& option) {
  static constexpr std::array<std::string_view, 15> others = {"--help",
                                                              "--shard",
                                                              "--json",
                                                              "--quiet",
                                                              "--fresh",
                                                              "--overwrite",
                                                              "--threads",
                                                              "--device",
                                                              "--max-batch-rows",
                                                              "--max-in-flight",
                                                              "--requests-per-minute",
                                                              "--tokens-per-minute",
                                                              "--connect-timeout",
                                                              "--idle-timeout",
                                                              "--request-timeout"};
  return std::ranges::find(others, option) != others.end();
}

EASE_INLINE std::string value_text(CLI::Option const& option) {
  std::string value = option.count() == 0 ? option.get_default_str() : std::string{};
  for (auto const& one : option.results()) value += (value.empty() ? "" : "\n") + one;
  return value;
}

EASE_INLINE std::string settings_json(CLI::App const& line) {
  std::string text;
  json_writer out{text, bad_utf8::replace};
  out.object();
  for (auto const* const option : line.get_options()) {
    auto key = option->get_name();
    if (auto const group = option->get_group(); key == "--help" || group == without_effect_group || group == refused_group)
      continue;
    key.erase(0, key.find_first_not_of('-'));
    std::ranges::replace(key, '-', '_');
    out.key(key);
    if (option->get_items_expected_max() == 0) {
      out.value(option->count() > 0);
    } else if (option->get_items_expected_max() > 1) {
      out.array();
      for (auto const& one : option->results()) detail::write_option(out, *option, one);
      out.end();
    } else if (auto const value = value_text(*option); !value.empty()) {
      detail::write_option(out, *option, value);
    } else {
      out.value(nullptr);
    }
  }
  out.end();
  return text;
}

EASE_INLINE std::vector<std::pair<std::string, std::string>> settings_of_rows(CLI::App const& line) {
  std::vector<std::pair<std::string, std::string>> all;
  for (auto const* const option : line.get_options()) {
    auto name = option->get_name();
    if (shapes_no_row(name)) continue;
    if (auto const kind = option->get_type_name(); kind == "FILE" || kind == "MODEL" || kind == "PATH") continue;
    all.emplace_back(std::move(name), value_text(*option));
  }
  return all;
}

}  // namespace ease::inline v1
