// SPDX-License-Identifier: Apache-2.0
#pragma once
// The definitions of measure/answers/answer_class.hpp; core/compiled.hpp says where they are compiled.
#include <algorithm>
#include <ease/measure/answers/answer_class.hpp>
#include <ease/measure/answers/fitted_card.hpp>

namespace ease::inline v1 {

EASE_INLINE answer_class class_of_answer(answer_signs const& signs, answer_card const& card) {
  if (signs.short_refusal || signs.turns_the_question) return answer_class::refused;
  auto sums = card.start;
  for (std::size_t i = 0; i < answer_numbers; ++i)
    for (std::size_t c = 0; c < answer_classes; ++c) sums[c] += signs.values[i] * card.points[i][c];
  return static_cast<answer_class>(std::ranges::max_element(sums) - sums.begin());
}

EASE_INLINE answer_class class_of_answer(std::string_view asks, std::string_view said, bool harmful) {
  static answer_card const card = [] {
    answer_card from;
    for (std::size_t c = 0; c < answer_classes; ++c) from.start[c] = fitted_start[c];
    for (std::size_t i = 0; i < answer_numbers; ++i)
      for (std::size_t c = 0; c < answer_classes; ++c) from.points[i][c] = fitted_points[i].points[c];
    return from;
  }();
  return class_of_answer(read_signs(asks, said, harmful), card);
}

}  // namespace ease::inline v1
