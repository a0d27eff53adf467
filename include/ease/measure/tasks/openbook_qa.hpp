// SPDX-License-Identifier: Apache-2.0
#pragma once
// OpenBookQA: elementary science, without the book (Mihaylov et al. 2018, arXiv 1809.02789).
#include <ease/measure/question/lettered.hpp>
#include <ease/measure/question/task.hpp>

namespace ease::inline v1 {

struct openbook_qa {
  static constexpr task_facts facts{.name = "openbook_qa",
                                    .about = "elementary science facts put to use",
                                    .files = {"multiple_choice/openbook_qa.jsonl", "openbook_qa.jsonl",
                                              "OpenBookQA-V1-Sep2018/Data/Main/test.jsonl", "Data/Main/test.jsonl"},
                                    .shot_files = {"multiple_choice/openbook_qa_train.jsonl", "openbook_qa_train.jsonl",
                                                   "OpenBookQA-V1-Sep2018/Data/Main/train.jsonl", "Data/Main/train.jsonl"},
                                    .hub = "allenai/openbookqa:main/test",
                                    .hub_shots = "allenai/openbookqa:main/train",
                                    .rows = "query, choices, gold; or question_stem, choices, answerKey"};

  static choice_question read(task_row const& row) {
    if (row.has("query")) {
      choice_question out{.text = row.text("query"), .choices = row.texts("choices")};
      out.gold = row.index("gold", out.choices.size());
      return out;
    }
    if (!row.is_object("question")) return lettered_question(row.text("question_stem"), row, row);
    auto const inner = row.inner("question");  // the authors' own files
    return lettered_question(inner.text("stem"), inner, row);
  }
};

}  // namespace ease::inline v1
