// SPDX-License-Identifier: Apache-2.0
#pragma once
// PIQA: which of two ways reaches a goal (Bisk et al. 2020, arXiv 1911.11641). The validation rows: labels of the test rows
// are not published.
#include <ease/measure/question/task.hpp>
#include <string>

namespace ease::inline v1 {

struct piqa {
  static constexpr task_facts facts{
      .name = "piqa",
      .about = "physical common sense",
      .files = {"multiple_choice/piqa.jsonl", "piqa.jsonl", "piqa/valid.jsonl", "physicaliqa-train-dev/dev.jsonl"},
      .shot_files = {"multiple_choice/piqa_train.jsonl", "piqa_train.jsonl", "piqa/train.jsonl",
                     "physicaliqa-train-dev/train.jsonl"},
      .hub = "baber/piqa:/validation",
      .hub_shots = "baber/piqa:/train",
      .rows = "query, choices, gold; or goal, sol1, sol2, label"};

  static choice_question read(task_row const& row) {
    choice_question out;
    if (row.has("query")) {
      out = {.text = row.text("query"), .choices = row.texts("choices")};
      if (out.text.ends_with('\n')) out.text.pop_back();
      out.text += "\nAnswer:";
    } else {
      out = {.text = "Question: " + row.text("goal") + "\nAnswer:", .choices = {row.text("sol1"), row.text("sol2")}};
    }
    out.gold = row.index(row.has("query") ? "gold" : "label", out.choices.size());
    return out;
  }
};

}  // namespace ease::inline v1
