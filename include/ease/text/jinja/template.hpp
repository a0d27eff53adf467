// SPDX-License-Identifier: Apache-2.0
#pragma once
// Renders a model's own chat template, so that ours can be compared with it (chat_template.hpp). The subset of Jinja that
// chat templates use: set, if, for, expressions (expression.hpp), transformers' generation, and white space as configured by
// transformers (trim_blocks, lstrip_blocks). Anything else is an error that names it, thrown only where it is reached.
// Non-goals: speed, calls of macros, imports, tools.
#include <algorithm>
#include <cstddef>
#include <ease/core/error.hpp>
#include <ease/core/printable.hpp>
#include <ease/text/jinja/expression.hpp>
#include <ease/text/jinja/value.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ease::inline v1::jinja {

class source {
 public:
  // Throws `error` if the text is no template.
  explicit source(std::string_view text) {
    if (text.ends_with('\n')) text.remove_suffix(1);
    split(text);
    for (std::size_t at = 0; at < parts_.size();) at = close(at, 0);
  }

  std::string render(map const& given) const {
    scopes names;
    for (auto const& [name, v] : given) names.set(name, v);
    std::string out;
    run(0, parts_.size(), names, out);
    return out;
  }

 private:
  struct part {
    bool block{false};            // {% %}; else {{ }} or, without tokens, text
    std::string text{};           // verbatim
    std::vector<token> tokens{};  // of the tag
    std::size_t next{0};          // of a block and its branches: the part that ends or continues it
    std::string_view word() const { return block ? std::string_view{tokens.front().text} : std::string_view{}; }
  };
  static constexpr std::string_view white = " \t\n\r\v\f";

  static std::size_t tag_from(std::string_view text, std::size_t at) {
    for (at = text.find('{', at); at != std::string_view::npos; at = text.find('{', at + 1))
      if (at + 1 < text.size() && (text[at + 1] == '{' || text[at + 1] == '%' || text[at + 1] == '#')) return at;
    return text.size();
  }

  void split(std::string_view text) {
    bool line_starts = true, strip = false;  // what the tag before left to the text behind it
    for (std::size_t at = 0; at < text.size();) {
      std::size_t const open = tag_from(text, at);
      std::string before{text.substr(at, open - at)};
      if (strip) before.erase(0, std::min(before.size(), before.find_first_not_of(white)));
      bool const tag = open < text.size();
      char const kind = tag ? text[open + 1] : ' ', sign = tag && open + 2 < text.size() ? text[open + 2] : ' ';
      if (tag && sign == '-') {
        before.erase(before.find_last_not_of(white) + 1);
      } else if (tag && kind != '{' && sign != '+') {  // a tag alone on its line leaves no indentation
        auto const line = before.rfind('\n');
        auto const start = line == std::string::npos ? 0 : line + 1;
        if ((start > 0 || line_starts) && before.find_first_not_of(" \t", start) == std::string::npos) before.erase(start);
      }
      if (!before.empty()) parts_.push_back({false, std::move(before), {}, 0});
      if (!tag) return;
      at = open + 2 + (sign == '-' || sign == '+' ? 1 : 0);
      if (kind == '#') {
        auto const end = text.find("#}", at);
        if (end == std::string_view::npos) throw error("jinja: a comment has no end");
        strip = text[end - 1] == '-';
        at = end + 2;
      } else {
        part tag_part{kind == '%', {}, {}, 0};
        at = read_tag(text, at, kind == '%' ? "%}" : "}}", tag_part.tokens, strip);
        if (tag_part.tokens.empty()) throw error("jinja: a tag is empty");
        parts_.push_back(std::move(tag_part));
      }
      line_starts = kind != '{' && !strip && at < text.size() && text[at] == '\n';
      if (line_starts) ++at;
    }
  }

  // Reads the tokens up to the end of the tag; returns the position behind it.
  static std::size_t read_tag(std::string_view text, std::size_t at, std::string_view end, std::vector<token>& out,
                              bool& strip) {
    auto const among = [&](std::size_t i, std::string_view some) {
      return i < text.size() && some.find(text[i]) < some.size();
    };
    auto const digit = [&](std::size_t i) { return among(i, "0123456789"); };
    auto const letter = [&](std::size_t i) {
      return i < text.size() && (text[i] == '_' || ((text[i] | 0x20) >= 'a' && (text[i] | 0x20) <= 'z'));
    };
    for (int braces = 0; at < text.size();) {
      if (among(at, white)) {
        ++at;
        continue;
      }
      strip = text[at] == '-' && text.substr(at + 1).starts_with(end);
      if (strip || (braces == 0 && text.substr(at).starts_with(end))) return at + end.size() + (strip ? 1 : 0);
      std::size_t const start = at;
      if (letter(at)) {
        while (letter(at) || digit(at)) ++at;
        out.push_back({token_kind::name, std::string{text.substr(start, at - start)}});
      } else if (digit(at)) {
        while (digit(at)) ++at;
        if (at - start > 15) throw error("jinja: a number is too long");
        out.push_back({token_kind::number, std::string{text.substr(start, at - start)}});
      } else if (text[at] == '\'' || text[at] == '"') {
        std::string content;
        for (++at; at < text.size() && text[at] != text[start]; ++at) {
          if (text[at] != '\\' || at + 1 == text.size()) {
            content.push_back(text[at]);
            continue;
          }
          char const escaped = text[++at];
          constexpr std::string_view known = R"(nrt\'")", meant = "\n\r\t\\'\"";
          auto const which = known.find(escaped);
          if (which == std::string_view::npos)
            throw error("jinja: the escape \\{} is not known here", printable({&escaped, 1}));
          content.push_back(meant[which]);
        }
        if (at == text.size()) break;
        ++at;
        out.push_back({token_kind::text, std::move(content)});
      } else {
        auto const two = text.substr(at, 2);
        at += two == "==" || two == "!=" || two == "<=" || two == ">=" ? 2 : 1;
        braces += text[start] == '{' ? 1 : text[start] == '}' ? -1 : 0;
        out.push_back({token_kind::sign, std::string{text.substr(start, at - start)}});
      }
    }
    throw error("jinja: a tag has no end");
  }

  // Links the block that opens at `at` to where it continues and ends; returns the part behind it.
  std::size_t close(std::size_t at, int depth) {
    if (depth > 64) throw error("jinja: blocks are nested too deeply");
    auto const word = std::string{parts_[at].word()};
    if (word != "if" && word != "for" && word != "macro" && word != "generation") {
      if (parts_[at].block && word != "set") throw error("jinja: '{}' is not understood here", printable(word));
      return at + 1;
    }
    std::size_t branch = at;
    for (++at; at < parts_.size();) {
      auto const here = parts_[at].word();
      if ((here == "else" && (word == "if" || word == "for")) || (here == "elif" && word == "if")) {
        parts_[branch].next = at;
        branch = at++;
      } else if (here == "end" + word) {
        parts_[branch].next = at;
        return at + 1;
      } else {
        at = close(at, depth + 1);
      }
    }
    throw error("jinja: '{}' has no end", word);
  }

  // The end tag of the block that opens at `at`.
  std::size_t end_of(std::size_t at) const {
    while (!parts_[at].word().starts_with("end")) at = parts_[at].next;
    return at;
  }

  void run(std::size_t at, std::size_t end, scopes& names, std::string& out) const {
    while (at < end) {
      part const& p = parts_[at];
      names.left().spend(16 + p.text.size());
      if (!p.block) {
        out += p.tokens.empty() ? p.text : written(expression{p.tokens, names}.whole());
        ++at;
      } else if (p.word() == "set") {
        assign(p, names);
        ++at;
      } else if (p.word() == "if") {
        std::size_t branch = at;
        while (parts_[branch].word() != "endif" && parts_[branch].word() != "else" &&
               !truth(expression{parts_[branch].tokens, names, 1}.whole()))
          branch = parts_[branch].next;
        if (parts_[branch].word() != "endif") run(branch + 1, parts_[branch].next, names, out);
        at = end_of(at) + 1;
      } else if (p.word() == "generation") {  // transformers': what an assistant says
        run(at + 1, p.next, names, out);
        at = p.next + 1;
      } else if (p.word() == "macro") {  // a call of it is an error
        at = p.next + 1;
      } else {
        loop(at, names, out);
        at = end_of(at) + 1;
      }
    }
  }

  static void assign(part const& p, scopes& names) {
    auto const& t = p.tokens;
    auto const is = [&](std::size_t i, std::string_view text) { return i < t.size() && t[i].text == text; };
    if (t.size() > 3 && is(2, "=")) return names.set(t[1].text, expression{t, names, 3}.whole());
    if (t.size() > 5 && is(2, ".") && is(4, "=")) {  // of a namespace, which outlives the loop it is set in
      auto v = expression{t, names, 5}.whole();
      // Fields outlive what they are set from: a list that reaches its own namespace would never be freed.
      if (v.depth > 1 || v.as_map()) throw error("jinja: this form of set is not known here");
      value const whole = names.find(t[1].text);
      auto* const fields = whole.as_map();
      if (!fields) throw error("jinja: {} is no namespace", printable(t[1].text));
      for (auto& [key, old] : *fields)
        if (key == t[3].text) return void(old = std::move(v));
      fields->emplace_back(t[3].text, std::move(v));
      return;
    }
    throw error("jinja: this form of set is not known here");
  }

  // {% for a in items if condition %}, {% for a, b in pairs %}
  void loop(std::size_t at, scopes& names, std::string& out) const {
    part const& p = parts_[at];
    std::vector<std::string> targets;
    std::size_t i = 1;
    for (; i < p.tokens.size() && p.tokens[i].text != "in"; ++i)
      if (p.tokens[i].kind == token_kind::name) targets.push_back(p.tokens[i].text);
    // The list ends at an `if` of its own, which is no conditional expression here.
    auto const condition = std::find_if(p.tokens.begin(), p.tokens.end(),
                                        [](token const& t) { return t.kind == token_kind::name && t.text == "if"; });
    std::vector<token> const of_list(p.tokens.begin(), condition);
    value const all = expression{of_list, names, i + 1}.whole();
    if (targets.empty() || targets.size() > 2 || !all.as_list()) throw error("jinja: this form of for is not known here");
    auto const name = [&](value const& one) {
      if (targets.size() == 1) return names.set(targets[0], one);
      auto const* const two = one.as_list();
      if (!two || two->size() != 2) throw error("jinja: for needs pairs here");
      names.set(targets[0], (*two)[0]);
      names.set(targets[1], (*two)[1]);
    };
    list kept;
    for (value const& one : *all.as_list()) {
      names.left().spend(16);
      names.open();
      name(one);
      if (condition == p.tokens.end() ||
          truth(expression{p.tokens, names, static_cast<std::size_t>(condition - p.tokens.begin()) + 1}.whole()))
        kept.push_back(one);
      names.close();
    }
    for (std::size_t k = 0; k < kept.size(); ++k) {
      names.left().spend(64);
      names.open();
      auto const count = [](std::size_t n) { return value{static_cast<std::int64_t>(n)}; };
      names.set("loop", of(map{{"index", count(k + 1)},
                               {"index0", count(k)},
                               {"first", {k == 0}},
                               {"last", {k + 1 == kept.size()}},
                               {"length", count(kept.size())},
                               {"previtem", k > 0 ? kept[k - 1] : value{}},
                               {"nextitem", k + 1 < kept.size() ? kept[k + 1] : value{}}}));
      name(kept[k]);
      run(at + 1, p.next, names, out);
      names.close();
    }
    if (auto const other = p.next; kept.empty() && parts_[other].word() == "else")
      run(other + 1, parts_[other].next, names, out);
  }

  std::vector<part> parts_;
};

}  // namespace ease::inline v1::jinja
