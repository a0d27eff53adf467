// SPDX-License-Identifier: Apache-2.0
#pragma once
// The definitions of io/view/row_view.hpp; core/compiled.hpp says where they are compiled.
#include <fmt/format.h>
#include <utf8proc.h>

#include <algorithm>
#include <ease/io/json/raw_json.hpp>
#include <ease/io/json/terminal_text.hpp>
#include <ease/io/view/row_view.hpp>
#include <ease/text/unicode/unicode.hpp>
#include <ranges>
#include <set>
#include <utility>

namespace ease::inline v1 {

namespace detail {

class value_walk {
 public:
  explicit value_walk(std::vector<row_value>& into) : into_{&into} {}

  void walk(std::string path, simdjson::ondemand::value value, int depth = 0) {
    using simdjson::ondemand::json_type;
    if (depth > 500) throw bad_json{"not valid JSON: nested too deep"};
    switch (expect(value.type())) {
      case json_type::string:
        return add(std::move(path), std::string{expect(value.get_string())});
      case json_type::object:
        return walk_object(path, expect(value.get_object()), depth);
      case json_type::array:
        return walk_array(path, expect(value.get_array()), depth);
      default:
        return add(std::move(path), std::string{trim(value.raw_json_token())});
    }
  }

 private:
  void add(std::string path, std::string text) { into_->push_back({std::move(path), std::move(text)}); }

  // A message's role names its content.
  void walk_object(std::string const& path, simdjson::ondemand::object object, int depth) {
    auto const first = into_->size();
    for (auto member : object) {
      auto one = expect(std::move(member));
      auto const key = std::string_view{expect(one.unescaped_key())};
      walk(path + "." + std::string{key}, one.value(), depth + 1);
    }
    if (into_->size() == first) return add(path, "{}");
    if (into_->size() != first + 2) return;
    for (auto const& [role, content] : {std::pair{"role", "content"}, std::pair{"from", "value"}})
      for (std::size_t const at : {first, first + 1}) {
        auto const &name = (*into_)[at], &said = (*into_)[2 * first + 1 - at];
        if (name.path != path + "." + role || said.path != path + "." + content) continue;
        row_value message{path + " " + name.text, said.text};
        into_->resize(first);
        into_->push_back(std::move(message));
        return;
      }
  }
  // Short lists of numbers and words stand on one line.
  void walk_array(std::string const& path, simdjson::ondemand::array array, int depth) {
    auto const first = into_->size();
    bool plain = true;
    std::size_t index = 0;
    for (auto element : array) {
      auto value = expect(std::move(element));
      auto const token = value.raw_json_token().front();
      plain = plain && token != '{' && token != '[';
      walk(fmt::format("{}[{}]", path, index++), std::move(value), depth + 1);
    }
    if (index == 0) return add(path, "[]");
    if (!plain) return;
    std::size_t length = 0;
    for (auto i = first; i < into_->size(); ++i) {
      length += (*into_)[i].text.size() + 2;
      plain = plain && (*into_)[i].text.find('\n') == std::string::npos;
    }
    if (!plain || length > 200) return;
    std::string all;
    for (auto i = first; i < into_->size(); ++i) all += (i > first ? ", " : "") + (*into_)[i].text;
    into_->resize(first);
    add(path, "[" + all + "]");
  }

  std::vector<row_value>* into_;
};

inline std::size_t columns_of(char32_t c) {
  int const wide = utf8proc_charwidth(static_cast<utf8proc_int32_t>(c));
  return wide < 0 ? 0 : static_cast<std::size_t>(wide);
}
inline std::size_t columns_of(std::string_view text) {
  std::size_t all = 0;
  for (std::size_t at = 0; at < text.size();) {
    auto const c = code_point_at(text, at);
    all += columns_of(c.value), at += c.bytes;
  }
  return all;
}

inline bool is_shown(row_value const& one, row_view_options const& how) {
  if (how.fields.empty()) return true;
  return std::ranges::any_of(how.fields, [&](auto const& field) {
    auto const& path = one.path;
    return path.starts_with(field) &&
           (path.size() == field.size() || std::string_view{".[ "}.find(path[field.size()]) != std::string_view::npos);
  });
}

struct view_marks {
  std::string_view heading{}, name{}, same{}, end{};
  explicit view_marks(bool colour) {
    if (colour) heading = "\x1b[1m", name = "\x1b[36m", same = "\x1b[2m", end = "\x1b[0m";
  }
};

// A line by itself, or folded under its name.
inline void view_value(std::string& out, row_value const& one, row_view_options const& how, std::string_view mark) {
  view_marks const marks{how.colour};
  auto const name = terminal_text(one.path, true), text = terminal_text(one.text);
  auto const end = mark.empty() ? std::string_view{} : marks.end;
  if (text.find('\n') == std::string::npos && columns_of(name) + 2 + columns_of(text) <= how.width) {
    out += fmt::format("{}{}:{} {}{}{}\n", marks.name, name, marks.end, mark, text, end);
    return;
  }
  out += fmt::format("{}{}:{}\n", marks.name, name, marks.end);
  for (auto const& line : folded(text, how.width > 12 ? how.width - 2 : 10))
    out += fmt::format("  {}{}{}\n", mark, line, end);
}

inline std::string heading_line(std::string_view heading, row_view_options const& how) {
  view_marks const marks{how.colour};
  auto const said = terminal_text(heading, true);
  auto const used = columns_of(said) + 4;
  std::string rule;
  for (auto i = used; i < how.width; ++i) rule += "─";
  return fmt::format("{}── {} {}{}\n", marks.heading, said, rule, marks.end);
}

}  // namespace detail

EASE_INLINE std::vector<row_value> values_of_row(raw_members const& row) {
  std::vector<row_value> all;
  detail::value_walk walk{all};
  detail::raw_parser parser;
  for (auto const& [key, raw] : row)
    parser.read(raw, [&, name = key](simdjson::ondemand::value value) {
      walk.walk(name, value);
      return true;
    });
  return all;
}

EASE_INLINE std::vector<std::string> folded(std::string_view text, std::size_t width) {
  std::vector<std::string> lines;
  std::string line;
  std::size_t used = 0, blank = std::string::npos;  // columns; where the line's last blank is
  auto const finish = [&] {
    lines.push_back(std::exchange(line, {}));
    used = 0, blank = std::string::npos;
  };
  for (std::size_t at = 0; at < text.size();) {
    auto const c = code_point_at(text, at);
    auto const written = text.substr(at, c.bytes);
    at += c.bytes;
    if (c.value == '\n') {
      finish();
      continue;
    }
    bool const tab = c.value == '\t';
    std::size_t const wide = tab ? 2 : detail::columns_of(c.value);
    if (used + wide > width && used > 0) {
      if (c.value == ' ') {  // the blank is where the line ends
        finish();
        continue;
      }
      std::string rest;
      if (blank != std::string::npos) rest = line.substr(blank + 1), line.resize(blank);
      finish();
      line = std::move(rest), used = detail::columns_of(line);
    }
    if (c.value == ' ') blank = line.size();
    line += tab ? std::string_view{"  "} : written;
    used += wide;
  }
  finish();
  return lines;
}

EASE_INLINE std::string view_of_row(std::string_view heading, std::vector<row_value> const& row,
                                    row_view_options const& how) {
  auto out = detail::heading_line(heading, how);
  for (auto const& one : row)
    if (detail::is_shown(one, how)) detail::view_value(out, one, how, "");
  return out;
}

EASE_INLINE std::string view_of_rows(std::string_view heading, std::vector<row_value> const& left,
                                     std::vector<row_value> const& right, row_view_options const& how) {
  detail::view_marks const marks{how.colour};
  std::size_t const half = how.width > 23 ? (how.width - 3) / 2 : 10;
  auto const in = [](std::vector<row_value> const& row, std::string const& path) -> std::string const* {
    auto const found = std::ranges::find(row, path, &row_value::path);
    return found == row.end() ? nullptr : &found->text;
  };
  auto out = detail::heading_line(heading, how);
  auto const beside = [&](std::string const& path, std::string const* a, std::string const* b) {
    out += fmt::format("{}{}:{}\n", marks.name, terminal_text(path, true), marks.end);
    auto const lines = [&](std::string const* text) {
      return text == nullptr ? std::vector<std::string>{"(none)"} : folded(terminal_text(*text), half);
    };
    auto const one = lines(a), other = lines(b);
    for (std::size_t i = 0; i < std::max(one.size(), other.size()); ++i) {
      std::string const l = i < one.size() ? one[i] : "", r = i < other.size() ? other[i] : "";
      out += l + std::string(half - std::min(half, detail::columns_of(l)), ' ') + " │" + (r.empty() ? "" : " " + r) + "\n";
    }
  };
  std::set<std::string_view> done;
  for (auto const& one : left) {
    if (!detail::is_shown(one, how) || !done.insert(one.path).second) continue;
    auto const* const other = in(right, one.path);
    if (other != nullptr && *other == one.text)
      detail::view_value(out, one, how, marks.same);
    else
      beside(one.path, &one.text, other);
  }
  for (auto const& one : right)
    if (detail::is_shown(one, how) && done.insert(one.path).second) beside(one.path, nullptr, &one.text);
  return out;
}

}  // namespace ease::inline v1
