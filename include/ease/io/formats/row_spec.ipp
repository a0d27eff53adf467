// SPDX-License-Identifier: Apache-2.0
#pragma once
// The definitions of io/formats/row_spec.hpp; core/compiled.hpp says where they are compiled.
#include <algorithm>
#include <charconv>
#include <ease/core/error.hpp>
#include <ease/io/files/did_you_mean.hpp>
#include <ease/io/formats/row_spec.hpp>
#include <filesystem>
#include <system_error>
#include <type_traits>
#include <utility>
#include <vector>

namespace ease::inline v1 {

namespace detail::row_specs {

inline std::string unescaped(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    unsigned code = 0;
    auto const* const digits = text.data() + i + 1;
    if (text[i] == '%' && i + 2 < text.size() && std::from_chars(digits, digits + 2, code, 16).ptr == digits + 2) {
      out += static_cast<char>(code);
      i += 2;
    } else {
      out += text[i];
    }
  }
  return out;
}
}  // namespace detail::row_specs

EASE_INLINE std::string row_spec::escaped(std::string_view text) {
  std::string out;
  for (char const c : text)
    if (c == '&' || c == '%')
      out += c == '&' ? "%26" : "%25";
    else
      out += c;
  return out;
}

EASE_INLINE row_spec row_spec::parse(std::string_view said) {
  using namespace detail::row_specs;
  row_spec out;
  auto const mark = said.find('?');
  std::error_code bad;
  out.file = said;
  if (mark == said.npos || said.find('=', mark) == said.npos || std::filesystem::exists(out.file, bad)) return out;
  out.file = said.substr(0, mark);
  std::vector<std::string> known;
  each_option(out, [&](auto const& one, auto const&) { known.emplace_back(one.name); });
  for (auto rest = said.substr(mark + 1); !rest.empty();) {
    auto const stop = std::min(rest.find('&'), rest.size());
    auto const pair = rest.substr(0, stop);
    rest.remove_prefix(std::min(stop + 1, rest.size()));
    if (pair.empty()) continue;
    auto const equals = std::min(pair.find('='), pair.size());
    std::string key{pair.substr(0, equals)};
    std::ranges::replace(key, '-', '_');
    auto const value = unescaped(pair.substr(std::min(equals + 1, pair.size())));
    if (value.empty()) throw usage_error{"{}: {}: write {}=VALUE behind the question mark", out.file, key, key};
    bool found = false;
    each_option(out, [&]<class T>(auto const& one, std::optional<T>& into) {
      if (one.name != key) return;
      found = true;
      if (into) throw usage_error{"{}: {} is said twice", out.file, key};
      if constexpr (std::is_arithmetic_v<T>) {
        T number{};
        auto const [end, wrong] = std::from_chars(value.data(), value.data() + value.size(), number);
        if (wrong != std::errc{} || end != value.data() + value.size() || number < 1)
          throw usage_error{"{}: {}={}: it must be a whole number, 1 or more", out.file, key, value};
        into = number;
      } else {
        into = value;
      }
    });
    if (!found) {
      std::string all;
      for (auto const& name : known) all.append(all.empty() ? "" : ", ").append(name);
      throw usage_error{"{}: there is no key \"{}\" for a file of rows{}; known: {}", out.file, key,
                        did_you_mean(key, known), all};
    }
  }
  return out;
}

EASE_INLINE std::string row_spec::text() const {
  auto all = file;
  char mark = '?';
  each_option(*this, [&]<class T>(auto const& one, std::optional<T> const& value) {
    if (!value) return;
    all += std::exchange(mark, '&');
    all.append(one.name) += '=';
    all += escaped(option_text(*value));
  });
  return all;
}

}  // namespace ease::inline v1
