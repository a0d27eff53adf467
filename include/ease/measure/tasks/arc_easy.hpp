// SPDX-License-Identifier: Apache-2.0
#pragma once
// ARC, the easy set: grade-school science (Clark et al. 2018, arXiv 1803.05457).
#include <ease/measure/question/lettered.hpp>
#include <ease/measure/question/task.hpp>
#include <string>

namespace ease::inline v1 {

struct arc_easy {
  static constexpr task_facts facts{
      .name = "arc_easy",
      .about = "grade-school science",
      .files = {"multiple_choice/arc_easy.jsonl", "arc_easy.jsonl", "ARC-Easy/ARC-Easy-Test.jsonl"},
      .shot_files = {"multiple_choice/arc_easy_train.jsonl", "arc_easy_train.jsonl", "ARC-Easy/ARC-Easy-Train.jsonl"},
      .hub = "allenai/ai2_arc:ARC-Easy/test",
      .hub_shots = "allenai/ai2_arc:ARC-Easy/train",
      .rows = "query, choices, gold; or question, choices, answerKey"};

  static choice_question read(task_row const& row) {
    if (row.has("query")) {
      choice_question out{.text = row.text("query") + "\nAnswer:", .choices = row.texts("choices")};
      out.gold = row.index("gold", out.choices.size());
      return out;
    }
    auto const asked = [](std::string const& text) { return "Question: " + text + "\nAnswer:"; };
    if (!row.is_object("question")) return lettered_question(asked(row.text("question")), row, row);
    auto const inner = row.inner("question");  // the authors' own files
    return lettered_question(asked(inner.text("stem")), inner, row);
  }
};

}  // namespace ease::inline v1
