// SPDX-License-Identifier: Apache-2.0
#pragma once
// The definitions of record/answer.hpp; core/compiled.hpp says where they are compiled.
#include <ease/record/answer.hpp>

namespace ease::inline v1 {

EASE_INLINE answer parse_answer(std::string_view generated, bool complete) {
  auto const text = detail::trim(generated);
  bool const opened = text.starts_with(think_open);
  auto const close = text.find(think_close);
  if (!complete || (opened && close == std::string_view::npos)) return truncated{std::string{text}};
  if (close == std::string_view::npos) return direct{std::string{text}};
  auto const start = opened ? think_open.size() : 0;
  return reasoned{std::string{detail::trim(text.substr(start, close - start))},
                  std::string{detail::trim(text.substr(close + think_close.size()))}};
}

}  // namespace ease::inline v1
