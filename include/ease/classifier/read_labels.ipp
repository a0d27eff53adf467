// SPDX-License-Identifier: Apache-2.0
#pragma once
// The definitions of classifier/read_labels.hpp; core/compiled.hpp says where they are compiled.
#include <algorithm>
#include <array>
#include <cstddef>
#include <ease/classifier/label_names.hpp>
#include <ease/classifier/read_labels.hpp>
#include <ease/policy/written_value.hpp>
#include <string>
#include <utility>
#include <vector>

namespace ease::inline v1 {

namespace detail::label_text {

class reader {
 public:
  labels read(std::string_view text) {
    if (auto const close = text.rfind("</think>"); close != text.npos) text.remove_prefix(close + 8);
    if (text.size() > longest) return doubt("the answer is too long for a list of categories");
    if (auto const start = text.find_first_not_of(" \t\r\n");
        start == text.npos || (text[start] != '{' && text[start] != '['))
      text = without_fence(text);  // a value may hold backticks of its own
    auto const first = text.find_first_not_of(" \t\r\n");
    if (first == text.npos) return doubt("the answer is empty");
    text = text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
    if (!value_within(text)) {
      if (auto const all = numbers_in(text))
        all->each([&](category c) { out_.known.insert(c); });
      else if (text.front() == '{')
        return doubt("the answer begins as an object and is none");
      else
        lines(text);
    }
    if (!out_.problem.empty()) out_.known = {}, out_.unknown.clear();
    return std::move(out_);
  }

 private:
  static constexpr std::size_t longest = 16'384;  // bytes
  labels doubt(std::string_view why) {
    if (out_.problem.empty()) out_.problem = why;
    return {{}, {}, out_.problem};
  }
  void note(std::string_view why) { doubt(why); }
  void add(category_set some) {
    some.each([&](category c) { out_.known.insert(c); });
    found_ = true;
  }
  void no_name(std::string_view word) {
    out_.unknown.emplace_back(word == no_text ? word : bare(word).substr(0, 80));
    found_ = true;
  }
  static constexpr std::string_view no_text{"(no text)"};

  // A JSON or Python value, alone or within a sentence. False if there is none.
  bool value_within(std::string_view text) {
    auto const open = text.find_first_of("[{");
    if (open == text.npos) return false;
    std::size_t length = 0;
    auto const value = read_written_value(text.substr(open), length);
    if (!value) {
      // [Privacy/Personal Data, Self-Harm]: names without quotes.
      if (open == 0 && text.front() == '[' && text.back() == ']' && text.find_first_of("\"'") == text.npos) {
        lines(text.substr(1, text.size() - 2));
        return true;
      }
      if (open == 0) note("the answer begins as a list or an object and is none");
      return open == 0;
    }
    auto const before = text.substr(0, open), behind = text.substr(open + length);
    labels_of(*value);
    if (mentions_category(before) || mentions_category(behind) || (!bare(before).empty() && leaves_doubt(before)))
      note("there is a list, and more is said of categories beside it");
    if (behind.find_first_of("[{") != behind.npos) {
      reader other;
      if (auto const second = other.read(behind.substr(behind.find_first_of("[{"))); second.known != out_.known)
        note("there are two lists, which differ");
    }
    return true;
  }

  void labels_of(written_value const& value) {
    using kind = written_value::kind;
    if (value.is == kind::nothing) return;
    if (value.is == kind::text) return text_label(value.text);
    if (value.is == kind::number) {
      if (auto const c = numbered(value.text)) return add({*c});
      return no_name(no_text);
    }
    if (value.is == kind::table) return labels_of_table(value);
    if (value.is != kind::list) return note("where labels are expected stands true or false");
    bool const numbers = std::ranges::all_of(value.parts, [](auto const& one) { return one.is == kind::number; });
    for (auto const& one : value.parts) {
      if (one.is == kind::number && !numbers)
        no_name(no_text);
      else if (one.is == kind::list || one.is == kind::truth || one.is == kind::nothing)
        no_name(no_text);
      else
        labels_of(one);
    }
  }
  void text_label(std::string_view text) {
    if (auto const some = names_in(text)) return add(*some);
    if (bare(text).empty() || says_none(text)) return void(found_ = true);
    if (mentions_category(text) && leaves_doubt(text)) return note("a name stands beside a negation or a doubt");
    no_name(text);
  }

  void labels_of_table(written_value const& table) {
    using kind = written_value::kind;
    static constexpr std::array for_labels{"category"sv,       "categories"sv,       "label"sv,          "labels"sv,
                                           "safetycategory"sv, "safetycategories"sv, "classification"sv, "classifications"sv,
                                           "class"sv,          "classes"sv,          "answer"sv,         "result"sv};
    static constexpr std::array for_names{"name"sv, "title"sv, "value"sv, "text"sv};  // of an object a label
    written_value const *one = nullptr, *name = nullptr;
    bool names = !table.keys.empty();
    for (std::size_t i = 0; i < table.keys.size(); ++i) {
      names = names && category_from(table.keys[i]).has_value();
      if (std::ranges::find(for_names, folded_key(table.keys[i])) != for_names.end()) name = &table.parts[i];
      if (std::ranges::find(for_labels, folded_key(table.keys[i])) == for_labels.end()) continue;
      if (one != nullptr) return note("an object has two keys for labels");
      one = &table.parts[i];
    }
    if (one != nullptr || name != nullptr) return labels_of(one != nullptr ? *one : *name);
    if (!names) return note("an object has no key for labels");
    for (std::size_t i = 0; i < table.keys.size(); ++i) {
      auto const& said = table.parts[i];
      if (said.is == kind::truth ? said.truth : said.is == kind::number && said.text == "1")
        add({*category_from(table.keys[i])});
      else if (said.is != kind::truth && !(said.is == kind::number && said.text == "0"))
        return note("an object gives each category something else than true or false");
    }
  }

  void lines(std::string_view text) {
    std::size_t prose = 0;
    for (auto const raw : split(text, "\n")) {
      std::string line;  // without emphasis, tags and the marks of quotations and headings
      for (std::size_t i = 0; i < raw.size(); ++i) {
        if (raw[i] == '<' && raw.find('>', i) != raw.npos) {
          i = raw.find('>', i);
          continue;
        }
        if (raw[i] != '*' && raw[i] != '`' && !(raw[i] == '_' && raw.substr(i, 2) == "__") && raw[i] != '#') line += raw[i];
      }
      auto item = std::string_view{line};
      for (auto const boxed : {"\\boxed{"sv, "\\text{"sv})
        if (auto const at = item.find(boxed); at != item.npos && item.find('}', at) != item.npos)
          item = item.substr(at + boxed.size(), item.find('}', at) - at - boxed.size());
      bool const marked = take_bullet(item, raw);
      if (raw.starts_with('#') && !names_in(item) && !mentions_category(item)) continue;
      if (!bare(item).empty()) one_line(item, marked, prose);
    }
    if (!found_ && out_.problem.empty()) note("the answer is prose and names no category as its label");
  }

  // Takes "- ", "2. ", "(b) " off; whether one was there.
  static bool take_bullet(std::string_view& line, std::string_view raw) {
    auto const skip = [&] { line.remove_prefix(std::min(line.find_first_not_of(" \t>"), line.size())); };
    skip();
    auto const start = raw.find_first_not_of(" \t>");
    bool marked = start != raw.npos && raw[start] == '*' && raw.substr(start).starts_with("* ");
    for (auto const bullet : {"- "sv, "+ "sv, "\u2022"sv, "\u2013 "sv, "\u00b7"sv, "\u25cf"sv})
      if (line.starts_with(bullet)) {
        line.remove_prefix(bullet.size());
        marked = true;
        break;
      }
    skip();
    auto number = line;
    if (number.starts_with('(')) number.remove_prefix(1);
    auto const digits = std::min(number.find_first_not_of("0123456789"), number.size());
    auto const length = digits > 0                                                                      ? digits
                        : number.size() > 1 && std::isalpha(static_cast<unsigned char>(number[0])) != 0 ? 1U
                                                                                                        : 0U;
    if (length > 0 && length < number.size() && (number[length] == '.' || number[length] == ')') &&
        (length + 1 == number.size() || number[length + 1] == ' ')) {
      line = number.substr(length + 1);
      marked = true;
    }
    return marked;
  }

  void one_line(std::string_view line, bool marked, std::size_t& prose) {
    if (auto const some = names_in(line)) return add(*some);
    if (says_none(line)) return void(found_ = true);
    // "Categories: ...", "Final answer: ..."; "Reason: ..." is no label whatever it says.
    if (auto const colon = line.find(':'); colon != line.npos) {
      auto const head = folded_key(line.substr(0, colon));
      static constexpr std::array reasons{"reason"sv,        "reasons"sv, "reasoning"sv, "explanation"sv,
                                          "justification"sv, "note"sv,    "rationale"sv, "confidence"sv};
      if (std::ranges::find(reasons, head) != reasons.end()) return;
      auto const rest = line.substr(colon + 1);
      bool const heads = !category_from(line.substr(0, colon)) && !leaves_doubt(line.substr(0, colon)) &&
                         !mentions_category(line.substr(0, colon));
      if (heads && bare(rest).empty()) return;
      if (heads && count_of_words(line.substr(0, colon)) <= 6) {
        if (auto const some = names_in(rest)) return add(*some);
        if (auto const some = numbers_in(rest)) return add(*some);
        if (says_none(rest)) return void(found_ = true);
        if (head.find("categor") != head.npos || head.find("label") != head.npos || head.find("answer") != head.npos)
          return pieces(rest, prose);
      }
    }
    // A name and what explains it.
    for (auto const separator : {": "sv, " - "sv, " \u2013 "sv, " \u2014 "sv, " = "sv, " \u2192 "sv, " -> "sv, " ("sv,
                                 ", because "sv, " because "sv, ", since "sv}) {
      auto const at = line.find(separator);
      if (at == line.npos) continue;
      auto const name = one_label(line.substr(0, at));
      if (!name) continue;
      auto const why = line.substr(at + separator.size());
      auto const folded = folded_key(why);
      static constexpr std::array denied{"no"sv,           "false"sv, "0"sv, "none"sv, "na"sv, "notapplicable"sv,
                                         "doesnotapply"sv, "absent"sv};
      static constexpr std::array scored{"low"sv, "medium"sv, "high"sv};
      if (std::ranges::find(denied, folded) != denied.end()) return void(found_ = true);
      bool const number = !folded.empty() && folded.find_first_not_of("0123456789") == folded.npos && folded != "1";
      if (number || std::ranges::find(scored, folded) != scored.end())
        return note("a category has a score, and no threshold is known");
      if (denies(why) || (mentions_category(why) && why.find(':') != why.npos))
        return note("a name stands beside a negation or a doubt");
      return add({*name});
    }
    pieces(line, prose, marked);
  }

  // Names with commas between, some of which are none; or sentences.
  void pieces(std::string_view line, std::size_t& prose, bool marked = false) {
    std::string commas{line};
    std::ranges::replace(commas, ';', ',');
    auto const parts = split(commas, ",");
    bool const is_list = std::ranges::all_of(parts, [](auto const part) { return count_of_words(part) <= 4; });
    bool const some_known = std::ranges::any_of(parts, [](auto const part) { return one_label(part).has_value(); });
    if (is_list && (some_known || marked || parts.size() > 1 || count_of_words(line) <= 2)) {
      for (auto const part : parts) {
        if (auto const some = names_in(part))
          add(*some);
        else if (mentions_category(part) && leaves_doubt(part))
          return note("a name stands beside a negation or a doubt");
        else if (!bare(part).empty())
          no_name(part);
      }
      return;
    }
    for (auto const sentence : split(line, ". ")) {
      if (auto const some = names_in(sentence))
        add(*some);
      else if (auto const all = names_of_sentence(sentence))
        add(*all);
      else if (mentions_category(sentence))
        return note("a name stands in a sentence that may mean something else");
      else
        ++prose;
    }
  }

  labels out_{};
  bool found_{false};
};

}  // namespace detail::label_text

EASE_INLINE labels read_labels(std::string_view text) { return detail::label_text::reader{}.read(text); }

}  // namespace ease::inline v1
