// SPDX-License-Identifier: Apache-2.0
#pragma once
// The definitions of policy/written_value.hpp; core/compiled.hpp says where they are compiled.
#include <algorithm>
#include <array>
#include <ease/policy/written_value.hpp>
#include <utility>

namespace ease::inline v1 {

namespace detail {

class written_reader {
 public:
  explicit written_reader(std::string_view text) : text_{text} {}

  std::size_t used() const { return at_; }
  std::optional<written_value> value(int depth = 0) {
    using kind = written_value::kind;
    skip_space();
    if (at_ == text_.size() || depth > 16) return std::nullopt;
    char const c = text_[at_];
    if (c == '"' || c == '\'') {
      auto read = quoted();
      if (!read) return std::nullopt;
      return written_value{.is = kind::text, .text = *std::move(read)};
    }
    if (c == '[' || c == '(') return list(c == '[' ? ']' : ')', depth);
    if (c == '{') return table(depth);
    return word();
  }

 private:
  void skip_space() {
    while (at_ < text_.size() && std::isspace(static_cast<unsigned char>(text_[at_])) != 0) ++at_;
  }
  bool take(char c) {
    skip_space();
    if (at_ == text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }

  std::optional<std::string> quoted() {
    char const quote = text_[at_++];
    std::string out;
    while (at_ < text_.size() && text_[at_] != quote) {
      if (text_[at_] == '\n') return std::nullopt;
      if (text_[at_] != '\\') {
        out += text_[at_++];
        continue;
      }
      if (++at_ == text_.size()) return std::nullopt;
      char const escaped = text_[at_++];
      if (escaped == 'u') {
        auto const digits = text_.substr(at_, 4);
        if (digits.size() < 4) return std::nullopt;
        at_ += 4;
        unsigned code = 0;
        for (char const d : digits) {
          if (std::isxdigit(static_cast<unsigned char>(d)) == 0) return std::nullopt;
          code = code * 16 + static_cast<unsigned>(d <= '9' ? d - '0' : (d | 0x20) - 'a' + 10);
        }
        out += code < 0x80 ? static_cast<char>(code) : '?';  // no label or verdict has others
      } else {
        out += escaped == 'n' || escaped == 't' || escaped == 'r' ? ' ' : escaped;
      }
    }
    if (at_ == text_.size()) return std::nullopt;
    ++at_;
    return out;
  }

  std::optional<written_value> list(char closer, int depth) {
    written_value out{.is = written_value::kind::list};
    ++at_;
    while (!take(closer)) {
      if (!out.parts.empty() && !take(',')) return std::nullopt;
      if (!out.parts.empty() && take(closer)) return out;
      auto one = value(depth + 1);
      if (!one) return std::nullopt;
      out.parts.push_back(*std::move(one));
    }
    return out;
  }

  std::optional<written_value> table(int depth) {
    written_value out{.is = written_value::kind::table};
    ++at_;
    while (!take('}')) {
      if (!out.parts.empty() && !take(',')) return std::nullopt;
      if (!out.parts.empty() && take('}')) return out;
      auto key = value(depth + 1);
      if (!key || key->is != written_value::kind::text) return std::nullopt;
      if (!take(':')) {  // a set of Python's: {'a', 'b'}
        if (!out.keys.empty()) return std::nullopt;
        out.is = written_value::kind::list;
        out.parts.push_back(*std::move(key));
        while (!take('}')) {
          if (!take(',')) return std::nullopt;
          if (take('}')) return out;
          auto one = value(depth + 1);
          if (!one) return std::nullopt;
          out.parts.push_back(*std::move(one));
        }
        return out;
      }
      auto one = value(depth + 1);
      if (!one) return std::nullopt;
      out.keys.push_back(std::move(key->text));
      out.parts.push_back(*std::move(one));
    }
    return out;
  }

  std::optional<written_value> word() {
    auto const start = at_;
    while (at_ < text_.size() && (std::isalnum(static_cast<unsigned char>(text_[at_])) != 0 ||
                                  std::string_view{"+-."}.find(text_[at_]) != std::string_view::npos))
      ++at_;
    auto const said = text_.substr(start, at_ - start);
    if (said == "null" || said == "None") return written_value{};
    if (said == "true" || said == "True") return written_value{.is = written_value::kind::truth, .truth = true};
    if (said == "false" || said == "False") return written_value{.is = written_value::kind::truth};
    if (!said.empty() && said.find_first_not_of("0123456789+-.eE") == said.npos &&
        said.find_first_of("0123456789") != said.npos)
      return written_value{.is = written_value::kind::number, .text = std::string{said}};
    return std::nullopt;
  }

  std::string_view text_;
  std::size_t at_{0};
};

}  // namespace detail

EASE_INLINE std::optional<written_value> read_written_value(std::string_view text, std::size_t& length) {
  detail::written_reader reader{text};
  auto out = reader.value();
  length = out ? reader.used() : 0;
  return out;
}

EASE_INLINE std::string_view without_fence(std::string_view text) {
  constexpr std::string_view fence = "```";
  auto const open = text.find(fence);
  if (open == text.npos) return text;
  auto inside = text.substr(open + fence.size());
  auto const close = inside.find(fence);
  if (close != inside.npos && inside.find(fence, close + fence.size()) != inside.npos) return text;
  inside = inside.substr(0, close);
  // What language it is: a word that ends the line, or a name known for one.
  auto const stop =
      std::ranges::find_if_not(inside, [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0; });
  auto const language = inside.substr(0, static_cast<std::size_t>(stop - inside.begin()));
  constexpr std::array<std::string_view, 8> known{"json", "python", "py", "text", "txt", "plaintext", "yaml", "markdown"};
  auto const rest = inside.substr(language.size());
  bool const is_known = std::ranges::find(known, folded_key(language)) != known.end();
  return is_known || rest.starts_with('\n') || rest.starts_with("\r\n") ? rest : inside;
}

}  // namespace ease::inline v1
