// SPDX-License-Identifier: Apache-2.0
#pragma once
// One JSON object that holds the rows: under a key, as an array or by their ids, or as its own members, by their ids. A row's
// id becomes its member "id" ("id_in_file" if the row has one), so that it is not lost.
#include <algorithm>
#include <cstddef>
#include <ease/io/formats/json_array.hpp>
#include <ease/io/formats/object_outline.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace ease::inline v1 {

class json_object : private json_array {
 public:
  static constexpr std::string_view name = "json-object", title = "JSON object";
  static likeness of(file_start const& file) { return file.holds_rows ? likeness::whole : likeness::none; }

  json_object(row_window& window, std::size_t max_row_bytes, object_rows where)
      : json_array{window, max_row_bytes}, where_{std::move(where)} {}

  // The next row; nullopt behind the last. Throws ease::error where the object's own commas and brackets are broken.
  std::optional<row_text> next() {
    if (at_ == place::behind) return std::nullopt;
    if (at_ == place::before && !enter()) return std::nullopt;
    if (!where_.by_id) {
      auto row = json_array::next();
      if (!row) at_ = place::behind;
      return row;
    }
    if (!next_key()) {
      at_ = place::behind;
      return std::nullopt;
    }
    auto row = element();
    if (row.problem.empty()) row.text = with_id(row.text);
    return row;
  }

 private:
  enum class place { before, within, behind };

  // Goes to the first row; false if there is none.
  bool enter() {
    at_ = place::within;
    if (skip_space() != '{') complain("the file is not a JSON object: it does not start with {");
    window_->drop(1);
    if (where_.key.empty()) return true;
    while (next_key()) {
      if (key_ == where_.key) {
        auto const opens = skip_space();
        if (opens != (where_.by_id ? '{' : '[')) complain("the key of the rows holds something else");
        if (where_.by_id) {
          window_->drop(1);
          first_ = true;
        } else {
          is_inside_ = true;
        }
        return true;
      }
      (void)element();
    }
    complain(fmt::format("the object has no key \"{}\"", where_.key));
  }

  // Reads a key and its colon; false at the end of the object.
  bool next_key() {
    auto mark = skip_space();
    if (mark == '}') return window_->drop(1), false;
    if (!std::exchange(first_, false)) {
      if (mark != ',') complain("expected a comma or } between the object's members");
      window_->drop(1);
      mark = skip_space();
    }
    if (mark != '"') complain("expected a key in double quotes");
    std::size_t length = 1;
    for (bool escaped = false;; ++length) {
      while (length == window_->bytes().size())
        if (!window_->more()) complain("the file is cut off: its object is never closed");
      char const c = window_->bytes()[length];
      if (c == '"' && !escaped) break;
      escaped = c == '\\' && !escaped;
    }
    key_ = window_->bytes().substr(1, length - 1);
    window_->drop(length + 1);
    if (skip_space() != ':') complain("expected a colon behind a key");
    window_->drop(1);
    return true;
  }

  std::string_view with_id(std::string_view row) {
    if (!row.starts_with('{')) return row;
    object_outline keys;
    keys.feed(row);
    auto const has = [&](std::string_view key) {
      return std::ranges::find(keys.members(), key, &object_outline::member::key) != keys.members().end();
    };
    auto const rest = row.substr(1);
    bool const empty = rest.find_first_not_of(" \t\r\n") == rest.find('}');
    row_ = fmt::format("{{\"{}\":\"{}\"{}{}", has("id") ? "id_in_file" : "id", key_, empty ? "" : ",", rest);
    auto const length = row_.size();
    row_.append(simdjson::SIMDJSON_PADDING, '\0');
    return std::string_view{row_}.substr(0, length);
  }

  object_rows where_;
  place at_{place::before};
  bool first_{true};
  std::string key_{}, row_{};
};

}  // namespace ease::inline v1
