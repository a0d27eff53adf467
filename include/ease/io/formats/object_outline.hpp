// SPDX-License-Identifier: Apache-2.0
#pragma once
// What a file holds that is one JSON object: rows under one of its keys ({"version": 1, "data": [rows]}), rows by id
// ({"id1": row, "id2": row}), columns, or a row. It is told by the first levels of the object alone; strings are skipped.
#include <algorithm>
#include <array>
#include <cstddef>
#include <ease/core/compiled.hpp>
#include <ease/core/error.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace ease::inline v1 {

// The members of the first object in a text, as far as its first levels tell.
class object_outline {
 public:
  struct member {
    std::string key{};                      // as it is written, escapes included
    char opens{};                           // the value's first character
    char inside{};                          // of an array or object: its first value's; '\0' if it has none
    std::vector<std::string> inner_keys{};  // of the object that is the value, or the array's first element; the first 16
  };
  static constexpr std::size_t most_members = 64;  // that are kept

  // More of the text; false once no more is needed.
  bool feed(std::string_view text) {
    for (char const c : text)
      if (!take(c)) return false;
    return true;
  }

  std::vector<member> const& members() const { return members_; }
  std::size_t count() const { return count_; }
  // Whether the text is one object and nothing else.
  bool is_whole() const { return ended_ && !broken_ && !followed_; }
  // Whether all members' values begin so.
  bool all_open(char opener) const { return count_ > 0 && (opener == '{' ? objects_ : arrays_) == count_; }

 private:
  bool take(char c) {
    if (in_string_) return in_string(c);
    if (c == ' ' || c == '\n' || c == '\r' || c == '\t') return true;
    if (ended_) return followed_ = true, false;
    if (open_.empty() && c != '{') return broken_ = true, false;
    switch (c) {
      case '"':
        in_string_ = true;
        captured_.clear();
        if (!key_next_) value(c);
        break;
      case '{':
      case '[':
        if (open_.size() > 500) return broken_ = true, false;
        if (!open_.empty()) value(c);
        open_ += c;
        key_next_ = c == '{';
        break;
      case '}':
      case ']':
        if (open_.back() != (c == '}' ? '{' : '[')) return broken_ = true, false;
        open_.pop_back();
        key_next_ = false;
        ended_ = open_.empty();
        inner_done_ = inner_done_ || (open_.size() == inner_depth_ - 1 && inner_depth_ > 1);
        break;
      case ',':
        key_next_ = open_.back() == '{';
        break;
      case ':':
        key_next_ = false;
        break;
      default:
        value(c);
    }
    return true;
  }
  bool in_string(char c) {
    if (escaped_)
      escaped_ = false;
    else if (c == '\\')
      escaped_ = true;
    else if (c == '"') {
      in_string_ = false;
      if (key_next_) key();
      return true;
    }
    if (captured_.size() < 200) captured_ += c;
    return true;
  }
  void key() {
    if (open_.size() == 1) {
      ++count_;
      begun_ = false;
      inner_done_ = false;
      inner_depth_ = 0;
      now_ = {.key = captured_};
    } else if (!inner_done_ && open_.size() == inner_depth_ && now_.inner_keys.size() < 16) {
      now_.inner_keys.push_back(captured_);
      if (begun_ && kept_) members_.back().inner_keys = now_.inner_keys;
    }
  }
  void value(char c) {
    if (open_.size() == 1 && !begun_) {
      begun_ = true;
      now_.opens = c;
      objects_ += c == '{' ? 1U : 0U;
      arrays_ += c == '[' ? 1U : 0U;
      inner_depth_ = c == '{' ? 2 : 3;
      kept_ = members_.size() < most_members;
      if (kept_) members_.push_back(now_);
    } else if (open_.size() == 2 && now_.inside == '\0') {
      now_.inside = c;
      if (kept_) members_.back().inside = c;
      if (now_.opens == '[' && c != '{') inner_done_ = true;
    }
  }

  std::vector<member> members_{};
  std::size_t count_{0}, objects_{0}, arrays_{0};
  member now_{};
  std::string open_{};  // the brackets
  std::string captured_{};
  std::size_t inner_depth_{0};  // how many brackets are open where the inner keys stand
  bool in_string_{false}, escaped_{false}, key_next_{false}, begun_{false}, kept_{false}, inner_done_{false};
  bool ended_{false}, broken_{false}, followed_{false};
};

// Where the rows of such a file stand.
struct object_rows {
  bool found{false};
  std::string key{};                  // empty: the object's own members are the rows
  bool by_id{false};                  // each row stands under its id, rather than in an array
  std::vector<std::string> unused{};  // the other keys
};

// `rows_at`: the key that the user named, or empty. Not found: the object is a row. Throws ease::error, which `file` begins, if
// there are several such keys, or columns in place of rows.
object_rows rows_in_object(object_outline const& of, std::string_view rows_at, std::string_view file, bool says_lines);

}  // namespace ease::inline v1

#ifndef EASE_COMPILED
#include <ease/io/formats/object_outline.ipp>
#endif
