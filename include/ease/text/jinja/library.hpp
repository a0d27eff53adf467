// SPDX-License-Identifier: Apache-2.0
#pragma once
// The tests, filters and methods that chat templates use. Add new ones here.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <ease/core/error.hpp>
#include <ease/core/printable.hpp>
#include <ease/io/json/json_text.hpp>
#include <ease/text/jinja/value.hpp>
#include <ease/text/unicode/strip.hpp>
#include <string>
#include <string_view>
#include <utility>

namespace ease::inline v1::jinja {

struct arguments {
  list items;
  map named;
  value const& operator[](std::size_t i) const {
    if (i < items.size()) return items[i];
    throw error("jinja: a call lacks an argument");
  }
};

// {% if v is test %}
inline bool passes(value const& v, std::string_view test) {
  if (test == "defined") return v.defined();
  if (test == "undefined") return !v.defined();
  if (test == "none") return v.as<std::nullptr_t>() != nullptr;
  if (test == "string") return v.as<std::string>() != nullptr;
  if (test == "mapping") return v.as_map() || v.as<json_map>();
  if (test == "iterable" || test == "sequence") return v.as_map() || v.as_list() || v.as<std::string>();
  if (test == "true" || test == "false") return v.as<bool>() && *v.as<bool>() == (test == "true");
  throw error("jinja: the test '{}' is not known here", printable(test));
}
// A map's entries, as pairs.
inline value pairs(value const& v) {
  list out;
  for (auto const& [key, one] : *v.as_map()) out.push_back(of(list{of(key), one}));
  return of(std::move(out));
}
// As transformers has it: json.dumps with ensure_ascii=False.
inline std::string json_of(value const& v) {
  if (auto const* const map_text = v.as<json_map>()) return map_text->text;
  if (auto const* const text = v.as<std::string>()) {
    std::string out;
    append_json_string(out, *text);
    return out;
  }
  if (auto const* const flag = v.as<bool>()) return *flag ? "true" : "false";
  if (v.as<std::nullptr_t>()) return "null";
  if (auto const* const number = v.as<std::int64_t>()) return fmt::format("{}", *number);
  throw error("jinja: tojson of a list or a map is not known here");
}
// {{ v | which }}
inline value filter(value const& v, std::string_view which) {
  if (which == "tojson") return of(json_of(v));
  if (which == "trim") return of(std::string{stripped(v.text("trim"))});
  if (which == "length" || which == "count") return {static_cast<std::int64_t>(size_of(v))};
  if (which == "list" && v.as_list()) return v;
  if (which == "string") return of(written(v));
  if (which == "items" && v.as_map()) return pairs(v);
  throw error("jinja: the filter '{}' is not known here", printable(which));
}
// {{ v.which(with) }}
inline value method(value const& v, std::string_view which, arguments const& with) {
  if (v.as_map() && which == "items") return pairs(v);
  if (v.as_map() && which == "keys") {
    list out;
    for (auto const& entry : *v.as_map()) out.push_back(of(entry.first));
    return of(std::move(out));
  }
  if (which == "strip" && with.items.empty()) return of(std::string{stripped(v.text(which))});
  if ((which == "strip" || which == "lstrip" || which == "rstrip") && with.items.size() == 1) {
    std::string_view text = v.text(which);
    std::string const& some = with[0].text(which);
    if (!std::ranges::all_of(some, [](char c) { return static_cast<unsigned char>(c) < 0x80; }))
      throw error("jinja: {} of other than ASCII is not known here", which);
    if (which != "rstrip") text.remove_prefix(std::min(text.size(), text.find_first_not_of(some)));
    if (which != "lstrip") text = text.substr(0, text.find_last_not_of(some) + 1);
    return of(std::string{text});
  }
  if (which == "startswith") return {v.text(which).starts_with(with[0].text(which))};
  if (which == "endswith") return {v.text(which).ends_with(with[0].text(which))};
  if (which == "split") {
    std::string_view rest = v.text(which);
    std::string const& mark = with[0].text(which);
    if (mark.empty() || with.items.size() > 1) throw error("jinja: split needs one separator");
    list out;
    for (auto end = rest.find(mark); end != std::string_view::npos; end = rest.find(mark)) {
      out.push_back(of(std::string{rest.substr(0, end)}));
      rest.remove_prefix(end + mark.size());
    }
    out.push_back(of(std::string{rest}));
    return of(std::move(out));
  }
  throw error("jinja: the method '{}' is not known here", printable(which));
}

}  // namespace ease::inline v1::jinja
