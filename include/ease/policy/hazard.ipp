// SPDX-License-Identifier: Apache-2.0
#pragma once
// The definitions of policy/hazard.hpp; core/compiled.hpp says where they are compiled.
#include <algorithm>
#include <cctype>
#include <ease/policy/hazard.hpp>
#include <ease/policy/written_value.hpp>
#include <utility>

namespace ease::inline v1 {

namespace detail::guard_text {

inline bool is_letter(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0; }

// The words of a text in lower case, without what stands between them.
inline std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> out(1);
  for (char const c : text)
    if (is_letter(c))
      out.back() += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    else if (!out.back().empty())
      out.emplace_back();
  if (out.back().empty()) out.pop_back();
  return out;
}

// "s9" -> "S9", if there is such a code.
inline std::optional<std::string> code_of(std::string word) {
  if (!word.empty() && word.front() == 's') word.front() = 'S';
  return hazard_number(word) ? std::optional{std::move(word)} : std::nullopt;
}
inline void add_codes(std::vector<std::string> const& words, std::vector<std::string>& into) {
  for (auto const& word : words)
    if (auto code = code_of(word); code && std::ranges::find(into, *code) == into.end()) into.push_back(*std::move(code));
}

inline void add_codes(written_value const& value, std::vector<std::string>& into) {
  add_codes(words_of(value.text), into);
  for (auto const& part : value.parts) add_codes(part, into);
}

// {"verdict": "unsafe", "categories": ["S1"]}, {"safe": false}
inline std::optional<guard_words> read_table(written_value const& table) {
  using kind = written_value::kind;
  std::optional<bool> is_unsafe;
  bool both = false;
  guard_words out;
  auto const say = [&](bool is) {
    both = both || (is_unsafe && *is_unsafe != is);
    is_unsafe = is;
  };
  for (std::size_t i = 0; i < table.keys.size(); ++i) {
    auto const key = folded_key(table.keys[i]);
    auto const& value = table.parts[i];
    if (value.is == kind::truth && (key == "safe" || key == "issafe")) say(!value.truth);
    if (value.is == kind::truth && (key == "unsafe" || key == "isunsafe")) say(value.truth);
    if (value.is == kind::text && folded_key(value.text) == "safe") say(false);
    if (value.is == kind::text && folded_key(value.text) == "unsafe") say(true);
    if (value.is == kind::list || key.find("categor") != key.npos || key.find("hazard") != key.npos)
      add_codes(value, out.hazards);
  }
  if (!is_unsafe || both || (!*is_unsafe && !out.hazards.empty())) return std::nullopt;
  out.unsafe = *is_unsafe;
  return out;
}

}  // namespace detail::guard_text

EASE_INLINE std::optional<guard_words> read_guard_words(std::string_view text) {
  using namespace detail::guard_text;
  if (auto const close = text.rfind("</think>"); close != text.npos) text.remove_prefix(close + 8);
  if (text.find('\x1b') != text.npos) return std::nullopt;
  text = without_fence(text);
  auto const first = text.find_first_not_of(" \t\r\n");
  if (first == text.npos) return std::nullopt;
  text.remove_prefix(first);
  if (text.front() == '{') {
    std::size_t length = 0;
    auto const table = read_written_value(text, length);
    if (!table || text.find_first_not_of(" \t\r\n.", length) != text.npos) return std::nullopt;
    return read_table(*table);
  }
  auto const end = std::min(text.find('\n'), text.size());
  auto words = words_of(text.substr(0, end));
  static constexpr std::array<std::string_view, 5> headings{"verdict", "answer", "assessment", "result", "label"};
  if (words.size() > 1 && std::ranges::find(headings, words.front()) != headings.end()) words.erase(words.begin());
  if (words.empty() || (words.front() != "safe" && words.front() != "unsafe")) return std::nullopt;
  guard_words out{.unsafe = words.front() == "unsafe"};
  words.erase(words.begin());
  if (!std::ranges::all_of(words, [](auto const& word) { return code_of(word).has_value(); })) return std::nullopt;
  add_codes(words, out.hazards);
  auto rest = text.substr(std::min(end + 1, text.size()));
  for (auto const& word : words_of(rest.substr(0, 4096)))
    if (word == (out.unsafe ? "safe" : "unsafe")) return std::nullopt;
  rest.remove_prefix(std::min(rest.find_first_not_of(" \t\r\n"), rest.size()));
  add_codes(words_of(rest.substr(0, std::min(rest.find('\n'), rest.size()))), out.hazards);
  if (!out.unsafe && !out.hazards.empty()) return std::nullopt;
  return out;
}

}  // namespace ease::inline v1
