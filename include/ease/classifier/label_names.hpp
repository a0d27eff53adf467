// SPDX-License-Identifier: Apache-2.0
#pragma once
// Names of categories in a text, and what stands around them: the parts of read_labels.hpp that know words, not forms.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <ease/policy/category.hpp>
#include <ease/policy/written_value.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

namespace ease::inline v1 {

namespace detail::label_text {

using namespace std::string_view_literals;

// Marks that say nothing of a label when they stand at its ends; the last are typographic quotes, dashes and bullets.
inline constexpr std::array marks{" "sv,      "\t"sv,     "\r"sv,     "\n"sv,     "\""sv,     "'"sv,
                                  "`"sv,      "*"sv,      "_"sv,      "."sv,      ","sv,      ";"sv,
                                  ":"sv,      "!"sv,      "-"sv,      "\u2013"sv, "\u2014"sv, "\u2022"sv,
                                  "\u201c"sv, "\u201d"sv, "\u2018"sv, "\u2019"sv, "\u00b7"sv, "\u25cf"sv};

inline std::string_view bare(std::string_view text) {
  for (bool again = true; again;) {
    again = false;
    for (auto const mark : marks) {
      if (text.starts_with(mark)) text.remove_prefix(mark.size()), again = true;
      if (text.ends_with(mark)) text.remove_suffix(mark.size()), again = true;
    }
    for (auto const pair : {"()"sv, "[]"sv, "{}"sv, "<>"sv})
      if (text.size() > 1 && text.front() == pair[0] && text.back() == pair[1])
        text = text.substr(1, text.size() - 2), again = true;
  }
  return text;
}

// The words of a text: lower-case letters and apostrophes, with blanks around each.
inline std::string words_in(std::string_view text) {
  std::string out{" "};
  for (std::size_t i = 0; i < text.size(); ++i) {
    auto c = static_cast<unsigned char>(text[i]);
    if (text.substr(i, 3) == "\u2019"sv) c = '\'', i += 2;
    if (std::isalnum(c) != 0 || c == '\'')
      out += static_cast<char>(std::tolower(c));
    else if (!out.ends_with(' '))
      out += ' ';
  }
  if (!out.ends_with(' ')) out += ' ';
  return out;
}

inline bool has_word(std::string const& words, auto const& some) {
  return std::ranges::any_of(some, [&](auto const word) { return words.find(word) != words.npos; });
}

// Whether a text denies or doubts what stands beside it.
inline bool denies(std::string_view text) {
  static constexpr std::array some{" not "sv,     " no "sv,      " nor "sv,     " never "sv,     " none "sv,
                                   " neither "sv, " without "sv, " except "sv,  " excluding "sv, " cannot "sv,
                                   " false "sv,   " non "sv,     " isn "sv,     " rule out "sv,  " ruled out "sv,
                                   " absent "sv,  " maybe "sv,   " perhaps "sv, " possibly "sv,  " probably "sv,
                                   " might "sv,   " unsure "sv,  " unclear "sv, " unlikely "sv};
  auto const words = words_in(text);
  return words.find("n't ") != words.npos || has_word(words, some);
}
// Also whether it leaves open which of several is meant.
inline bool leaves_doubt(std::string_view text) {
  static constexpr std::array some{" or "sv,     " either "sv,  " but "sv,    " could "sv, " if "sv,
                                   " rather "sv, " instead "sv, " unless "sv, " n a "sv};
  return denies(text) || has_word(words_in(text), some);
}

// Whether a category's name stands somewhere in the text, as whole words.
inline bool mentions_category(std::string_view text) {
  auto const words = words_in(text);
  auto const has = [&](std::string_view name) { return words.find(words_in(name)) != words.npos; };
  return std::ranges::any_of(all_categories, [&](category c) {
    auto const title = title_of(c);
    return has(name_of(c)) || has(title) || has(title.substr(0, title.find('/')));
  });
}

inline std::size_t count_of_words(std::string_view text) {
  auto const words = words_in(text);
  return static_cast<std::size_t>(std::ranges::count(words, ' ')) - 1;
}

// Behind a name: "(an address)", ": yes", " - asks for an address".
inline bool only_explains(std::string_view text) { return !denies(text); }
// Names of nothing.
inline bool says_none(std::string_view text) {
  static constexpr std::array some{"none"sv,        "na"sv,         "nothing"sv,      "noneoftheabove"sv,
                                   "noneofthese"sv, "nocategory"sv, "nocategories"sv, "nocategoryapplies"sv,
                                   "noneapply"sv,   "noneapplies"sv};
  return std::ranges::find(some, folded_key(text)) != some.end();
}

// One label: a name, and perhaps what explains it in parentheses.
inline std::optional<category> one_label(std::string_view text) {
  auto const name = bare(text);
  if (auto const c = category_from(name)) return c;
  auto const open = name.find('(');
  if (open == name.npos || open == 0 || !name.ends_with(')') || !only_explains(name.substr(open))) return std::nullopt;
  return category_from(bare(name.substr(0, open)));
}

// The parts of a list of names. A name may have a '/' or an "and" of its own, so that is tried last.
inline std::vector<std::string_view> split(std::string_view text, std::string_view separator) {
  std::vector<std::string_view> out;
  for (;;) {
    auto const stop = text.find(separator);
    out.push_back(text.substr(0, stop));
    if (stop == text.npos) return out;
    text.remove_prefix(stop + separator.size());
  }
}

// All of the text as a list of names; nothing if a part of it is no name.
inline std::optional<category_set> names_in(std::string_view text) {
  if (auto const c = one_label(text)) return category_set{*c};
  for (auto const separator : {"\n"sv, ";"sv, ","sv, "|"sv, " & "sv, " + "sv, " and "sv, " as well as "sv, "/"sv}) {
    if (text.find(separator) == text.npos) continue;
    category_set all;
    for (auto part : split(text, separator)) {
      for (auto const word : {"and "sv, "both "sv, "the "sv})
        while (part.find_first_not_of(' ') != part.npos && part.substr(part.find_first_not_of(' ')).starts_with(word))
          part.remove_prefix(part.find_first_not_of(' ') + word.size());
      if (bare(part).empty()) continue;
      auto const some = names_in(part);
      if (!some) return std::nullopt;
      some->each([&](category c) { all.insert(c); });
    }
    return all.empty() ? std::nullopt : std::optional{all};
  }
  return std::nullopt;
}

// A number of the list that was asked by, from 1.
inline std::optional<category> numbered(std::string_view text) {
  std::size_t number = 0;
  auto const [stop, bad] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (bad != std::errc{} || stop != text.data() + text.size() || number < 1 || number > category_count) return std::nullopt;
  return all_categories[number - 1];
}
inline std::optional<category_set> numbers_in(std::string_view text) {
  category_set all;
  std::string plain{text};
  for (auto& c : plain)
    if ("\n;,[]().#&"sv.find(c) != std::string_view::npos) c = ' ';
  for (auto const word : split(plain, " ")) {
    if (word.empty() || word == "and") continue;
    auto const c = numbered(word);
    if (!c) return std::nullopt;
    all.insert(*c);
  }
  return all.empty() ? std::nullopt : std::optional{all};
}

// Words of a sentence behind which the names stand, and in front of which they do.
inline constexpr std::array links{" is "sv,       " are "sv,        " under "sv, " as "sv,    " to "sv,
                                  " of "sv,       " into "sv,       " in "sv,    " with "sv,  " be "sv,
                                  " category "sv, " categories "sv, " label "sv, " labels "sv};
inline constexpr std::array tails{
    " applies"sv,       " apply"sv,       " is the category"sv, " are the categories"sv, " is the label"sv,
    " is the answer"sv, " is the best"sv, " applies here"sv,    " apply here"sv,         " is the most fitting category"sv};

inline std::optional<category_set> names_of_sentence(std::string_view text) {
  auto const sentence = fmt::format(" {} ", bare(text));
  std::string_view const whole = sentence;
  if (whole.size() > 400 || leaves_doubt(whole)) return std::nullopt;
  std::string lower = sentence;
  for (auto& c : lower) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  for (auto const tail : tails)
    if (std::string_view{lower}.substr(0, lower.size() - 1).ends_with(tail))
      if (auto const some = names_in(whole.substr(0, whole.size() - 1 - tail.size()))) return some;
  for (std::size_t at = 0; at < lower.size(); ++at) {
    if (lower[at] != ' ') continue;
    for (auto const link : links) {
      if (std::string_view{lower}.substr(at, link.size()) != link || mentions_category(whole.substr(0, at + 1))) continue;
      auto rest = bare(whole.substr(at + link.size()));
      for (auto const word : {"the categories "sv, "the category "sv, "both "sv, "the "sv, "category "sv, "a "sv})
        if (rest.starts_with(word)) rest = bare(rest.substr(word.size()));
      for (auto const word : {" categories"sv, " category"sv, " policy"sv})
        if (rest.ends_with(word)) rest = bare(rest.substr(0, rest.size() - word.size()));
      if (auto const some = names_in(rest)) return some;
    }
  }
  return std::nullopt;
}

}  // namespace detail::label_text

}  // namespace ease::inline v1
