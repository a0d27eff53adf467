// SPDX-License-Identifier: Apache-2.0
#pragma once
// What a model said, as a sum type: `direct`, `reasoned` (reasoning, then an answer) or `truncated`. A truncated text can be
// neither an answer nor a training row: what takes an answer takes `complete_answer`, and giving it an `answer` or a
// `truncated` does not compile until the truncated case was handled. The written form is the field's usual one,
// `<think>\n...\n</think>\n\nanswer`. Read are other spellings of the marks too: think_marks.
#include <concepts>
#include <cstddef>
#include <ease/core/compiled.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace ease::inline v1 {

inline constexpr std::string_view think_open = "<think>";
inline constexpr std::string_view think_close = "</think>";

// An answer without reasoning; it carries no think mark.
struct direct {
  std::string text;
  friend bool operator==(direct const&, direct const&) = default;
};

// The reasoning and the answer after it. Neither carries the marks nor the white space around them.
struct reasoned {
  std::string reasoning;
  std::string text;
  friend bool operator==(reasoned const&, reasoned const&) = default;
};

// Generation ended before the answer did: the token limit, the context, or reasoning that was never closed.
struct truncated {
  std::string partial;
  friend bool operator==(truncated const&, truncated const&) = default;
};

using complete_answer = std::variant<direct, reasoned>;
using answer = std::variant<direct, reasoned, truncated>;

inline std::string_view text_of(direct const& a) { return a.text; }
inline std::string_view text_of(reasoned const& a) { return a.text; }
inline std::string_view text_of(complete_answer const& a) {
  return std::visit([](auto const& one) { return text_of(one); }, a);
}

// Read this if your compile breaks here: the value may be truncated. Ask first with `complete_part(a)`, which is nullopt
// then.
template <class a_truncated_text_is_not_an_answer>
  requires(std::same_as<a_truncated_text_is_not_an_answer, truncated> ||
           std::same_as<a_truncated_text_is_not_an_answer, answer>)
std::string_view text_of(a_truncated_text_is_not_an_answer const&) = delete;

inline std::optional<complete_answer> complete_part(answer const& a) {
  if (auto const* d = std::get_if<direct>(&a)) return *d;
  if (auto const* r = std::get_if<reasoned>(&a)) return *r;
  return std::nullopt;
}
// The text of an answer that came to its end, without a copy.
inline std::optional<std::string_view> complete_text(answer const& a) {
  if (auto const* d = std::get_if<direct>(&a)) return d->text;
  if (auto const* r = std::get_if<reasoned>(&a)) return r->text;
  return std::nullopt;
}
inline answer widen(complete_answer a) {
  return std::visit([](auto&& one) -> answer { return std::forward<decltype(one)>(one); }, std::move(a));
}

inline bool thinks(direct const&) { return false; }
inline bool thinks(reasoned const&) { return true; }
inline bool thinks(truncated const& a);
template <class... Alternatives>
bool thinks(std::variant<Alternatives...> const& a) {
  return std::visit([](auto const& one) { return thinks(one); }, a);
}

namespace detail {
inline std::string_view trim(std::string_view s) {
  constexpr std::string_view space = " \t\r\n\f\v";
  auto const first = s.find_first_not_of(space);
  if (first == std::string_view::npos) return {};
  return s.substr(first, s.find_last_not_of(space) - first + 1);
}
}  // namespace detail

// Where the marks of reasoning stand in a text. They are <think>, <thinking>, <thought> and <reasoning> in any case, closed by
// the same word. Only one at the beginning, behind white space, opens reasoning; without it a </think> or </thinking> closes
// reasoning that a chat template had opened.
struct think_marks {
  bool opened{false};                             // the text begins with an opening mark
  std::size_t inside{0};                          // where what it opens begins
  std::size_t close{std::string_view::npos};      // where the closing mark begins; npos: there is none
  std::size_t behind{std::string_view::npos};     // and where it ends
  std::size_t late_open{std::string_view::npos};  // an opening mark that has text in front of it
  bool closed() const { return close != std::string_view::npos; }
};
think_marks find_think_marks(std::string_view text);

inline bool thinks(truncated const& a) { return find_think_marks(a.partial).opened; }

// The text a model generated, read as an answer. `complete` says that the model itself ended its turn. A prefilled `<think>`
// must be put back in front by the caller; a text with only `</think>` is reasoning whose mark the chat template had opened.
answer parse_answer(std::string_view generated, bool complete);

// The written form, of which parse_answer(..., true) is the inverse.
inline std::string written(direct const& a) { return a.text; }
inline std::string written(reasoned const& a) {
  std::string out{think_open};
  out.append("\n").append(a.reasoning).append("\n").append(think_close).append("\n\n").append(a.text);
  return out;
}
inline std::string written(complete_answer const& a) {
  return std::visit([](auto const& one) { return written(one); }, a);
}

}  // namespace ease::inline v1

#ifndef EASE_COMPILED
#include <ease/record/answer.ipp>
#endif
