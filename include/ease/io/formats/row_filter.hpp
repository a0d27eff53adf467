// SPDX-License-Identifier: Apache-2.0
#pragma once
// Which rows of a file are read, by what one of its columns holds: "source=PKU-SafeRLHF,UltraFeedback". The column is one of
// the file's own, before any schema or FIELD=COLUMN. A text is compared without its quotes; other values as the file spells
// them: "label=1", "kept=true".
#include <algorithm>
#include <ease/core/error.hpp>
#include <ease/io/json/raw_json.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace ease::inline v1 {

struct row_filter {
  std::string column{};
  std::vector<std::string> values{};

  bool is_empty() const { return column.empty(); }
  bool takes(std::string_view value) const { return std::ranges::find(values, value) != values.end(); }

  // An empty text takes every row. Throws usage_error if it is not COLUMN=VALUE or COLUMN=VALUE,VALUE.
  static row_filter parse(std::string_view text) {
    row_filter out;
    if (text.empty()) return out;
    auto const equals = text.find('=');
    if (equals == text.npos || equals == 0)
      throw usage_error{"where \"{}\": write COLUMN=VALUE or COLUMN=VALUE,VALUE", text};
    out.column = text.substr(0, equals);
    for (auto rest = text.substr(equals + 1);;) {
      constexpr std::string_view space = " \t";
      auto const comma = std::min(rest.find(','), rest.size());
      auto one = rest.substr(0, comma);
      one.remove_prefix(std::min(one.find_first_not_of(space), one.size()));
      one.remove_suffix(one.size() - std::min(one.find_last_not_of(space) + 1, one.size()));
      if (one.empty()) throw usage_error{"where \"{}\": a value is empty; write COLUMN=VALUE or COLUMN=VALUE,VALUE", text};
      out.values.emplace_back(one);
      if (comma == rest.size()) return out;
      rest.remove_prefix(comma + 1);
    }
  }
};

namespace detail {
// Whether the filter takes a row. Throws bad_value for a text that is no JSON.
inline bool wants(row_filter const& filter, raw_members const& row, raw_parser& parser) {
  auto const* const raw = find_member(row, filter.column);
  return raw != nullptr && filter.takes(raw->starts_with('"') ? parser.as<std::string>(*raw) : *raw);
}
}  // namespace detail

}  // namespace ease::inline v1
