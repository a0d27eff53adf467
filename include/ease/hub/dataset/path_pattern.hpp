// SPDX-License-Identifier: Apache-2.0
#pragma once
// Patterns of paths as data set cards write them, with the meaning they have in Hugging Face `datasets` (fsspec's glob, Python's
// fnmatch): `*` and `?` stay within a folder, `[a-z]` and `[!a-z]` are one character, a part that is `**` is any number of folders.
// What begins with a dot, and folders that begin with two underscores, are matched only by a part that begins so too.
#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace ease::inline v1 {

class path_pattern {
 public:
  explicit path_pattern(std::string_view text) : text_{text} {
    while (text_.starts_with("./")) text_.erase(0, 2);
    parts_ = parts_of(text_);
    for (auto const part : parts_) hidden_ += is_hidden(part) ? 1U : 0U;
    for (std::size_t i = 0; i + 1 < parts_.size(); ++i) special_ += is_special(parts_[i]) ? 1U : 0U;
  }
  path_pattern(path_pattern const&) = delete;  // its parts lie in its text
  path_pattern& operator=(path_pattern const&) = delete;

  std::string const& text() const { return text_; }
  // Whether it can match more than the path that it spells.
  bool is_open() const { return text_.find_first_of("*?[") != std::string::npos; }
  // `**` beside other characters of a part means nothing.
  bool is_valid() const {
    return std::ranges::none_of(parts_, [](auto part) { return part != "**" && part.find("**") != part.npos; });
  }

  bool matches(std::string_view path) const {
    auto const parts = parts_of(path);
    std::size_t hidden = 0, special = 0;
    for (std::size_t i = 0; i < parts.size(); ++i) {
      hidden += is_hidden(parts[i]) ? 1U : 0U;
      special += i + 1 < parts.size() && is_special(parts[i]) ? 1U : 0U;
    }
    return hidden == hidden_ && special == special_ && matches_parts(parts);
  }

  static std::vector<std::string_view> parts_of(std::string_view path) {
    std::vector<std::string_view> out;
    for (;;) {
      auto const slash = path.find('/');
      out.push_back(path.substr(0, slash));
      if (slash == path.npos) return out;
      path.remove_prefix(slash + 1);
    }
  }

 private:
  static bool is_hidden(std::string_view part) {
    return part.starts_with('.') && part.find_first_not_of('.') != std::string_view::npos;
  }
  static bool is_special(std::string_view part) { return part.starts_with("__"); }

  // Each returns to its last star alone, so that no pattern takes longer than the product of both lengths.
  bool matches_parts(std::vector<std::string_view> const& parts) const {
    constexpr auto none = static_cast<std::size_t>(-1);
    std::size_t at = 0, i = 0, star = none, tried = 0;
    while (i < parts.size()) {
      bool const last = at + 1 == parts_.size();
      if (at < parts_.size() && parts_[at] == "**") {
        if (last) return true;  // the rest, whatever it is
        star = at++;
        tried = i;
      } else if (at < parts_.size() && matches_part(parts_[at], parts[i])) {
        ++at, ++i;
      } else if (star != none) {
        at = star + 1;
        i = ++tried;
      } else {
        return false;
      }
    }
    return at == parts_.size();
  }

  static bool matches_part(std::string_view pattern, std::string_view text) {
    constexpr auto none = std::string_view::npos;
    if (pattern == "*") return !text.empty();
    std::size_t at = 0, i = 0, star = none, tried = 0;
    while (i < text.size()) {
      std::size_t next = at;
      if (at < pattern.size() && pattern[at] == '*') {
        star = at++;
        tried = i;
      } else if (at < pattern.size() && matches_one(pattern, next, text[i])) {
        at = next, ++i;
      } else if (star != none) {
        at = star + 1;
        i = ++tried;
      } else {
        return false;
      }
    }
    while (at < pattern.size() && pattern[at] == '*') ++at;
    return at == pattern.size();
  }

  // One character of the text; `at` is moved behind what stands for it.
  static bool matches_one(std::string_view pattern, std::size_t& at, char c) {
    auto const first = pattern[at];
    if (first == '[') {
      auto from = at + 1;
      bool const others = from < pattern.size() && pattern[from] == '!';
      if (others) ++from;
      auto const close = pattern.find(']', from + 1);  // a bracket at the front is one of the characters
      if (close != pattern.npos) {
        bool found = false;
        for (auto i = from; i < close; ++i) {
          if (i + 2 < close && pattern[i + 1] == '-') {
            found = found || (pattern[i] <= c && c <= pattern[i + 2]);
            i += 2;
          } else {
            found = found || pattern[i] == c;
          }
        }
        at = close + 1;
        return found != others;
      }
    }
    ++at;
    return first == '?' || first == c;
  }

  std::string text_;
  std::vector<std::string_view> parts_{};
  std::size_t hidden_{0}, special_{0};
};

}  // namespace ease::inline v1
