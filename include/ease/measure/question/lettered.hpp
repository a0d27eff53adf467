// SPDX-License-Identifier: Apache-2.0
#pragma once
// Questions whose choices have letters, as ARC and OpenBookQA publish them: the key is "A" or, in some rows, "1".
#include <cstddef>
#include <ease/measure/question/question.hpp>
#include <ease/measure/question/task_row.hpp>
#include <ease/text/unicode/strip.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ease::inline v1 {

// `labels` and `key` of one row; throws ease::error if the key is none of them.
inline std::size_t index_of_label(task_row const& row, std::vector<std::string> const& labels, std::string_view key) {
  auto const wanted = row.text(key);
  auto const letter = stripped(wanted);
  for (std::size_t i = 0; i < labels.size(); ++i)
    if (labels[i] == letter) return i;
  row.refuse(key, "it is none of the choices' labels");
}

// {"choices": {"text": [...], "label": [...]}} of the hub, or the authors' {"choices": [{"text": ..., "label": ...}]}.
// `row` holds the choices, `keyed` the answer's key.
inline choice_question lettered_question(std::string question_text, task_row const& row, task_row const& keyed) {
  choice_question out{.text = std::move(question_text)};
  std::vector<std::string> labels;
  if (row.is_list("choices")) {
    for (auto const& one : row.rows("choices")) {
      out.choices.push_back(one.text("text"));
      labels.push_back(one.text("label"));
    }
  } else {
    auto const choices = row.inner("choices");
    out.choices = choices.texts("text");
    labels = choices.texts("label");
    if (labels.size() != out.choices.size()) row.refuse("choices", "not as many labels as texts");
  }
  out.gold = index_of_label(keyed, labels, "answerKey");
  return out;
}

}  // namespace ease::inline v1
