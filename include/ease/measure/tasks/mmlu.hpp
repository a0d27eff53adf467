// SPDX-License-Identifier: Apache-2.0
#pragma once
// MMLU: 57 subjects (Hendrycks et al. 2021, arXiv 2009.03300). Five shots of the subject's dev rows stand in front of each
// question, and the letter is scored. A group's accuracy is that of its questions: the subjects' mean, weighted by size.
#include <algorithm>
#include <cstddef>
#include <ease/measure/question/task.hpp>
#include <ease/text/unicode/strip.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace ease::inline v1 {

struct mmlu {
  static constexpr task_facts facts{.name = "mmlu",
                                    .about = "knowledge of 57 subjects",
                                    .metrics = {"acc", ""},
                                    .shots = 5,
                                    .files = {"mmlu/test/*_test.csv", "test/*_test.csv", "mmlu/test/*.csv"},
                                    .shot_files = {"mmlu/dev/*_dev.csv", "dev/*_dev.csv", "mmlu/dev/*.csv"},
                                    .hub = "cais/mmlu:all/test",
                                    .hub_shots = "cais/mmlu:all/dev",
                                    .rows = "question, choice0 to choice3, answer; or question, choices, answer",
                                    .columns = "question,choice0,choice1,choice2,choice3,answer"};

  static std::string description(std::string_view subject) {
    std::string name{subject};
    std::ranges::replace(name, '_', ' ');
    return "The following are multiple choice questions (with answers) about " + name + ".\n\n";
  }

  static choice_question read(task_row const& row) {
    static std::vector<std::string> const letters{"A", "B", "C", "D"};
    std::vector<std::string> texts;
    if (row.has("choices")) {
      texts = row.texts("choices");
    } else {
      for (char const* const column : {"choice0", "choice1", "choice2", "choice3"}) texts.push_back(row.text(column));
    }
    if (texts.size() != letters.size()) row.refuse("choices", "there must be four");
    choice_question out{.text = std::string{stripped(row.text("question"))}, .choices = letters};
    for (std::size_t i = 0; i < letters.size(); ++i) out.text += "\n" + letters[i] + ". " + texts[i];
    out.text += "\nAnswer:";
    out.gold = gold_of(row, letters);
    return out;
  }

 private:
  // A letter in the authors' files, else a number from 0.
  static std::size_t gold_of(task_row const& row, std::vector<std::string> const& letters) {
    if (row.is_text("answer"))
      if (auto const at = std::ranges::find(letters, row.text("answer")); at != letters.end())
        return static_cast<std::size_t>(at - letters.begin());
    return row.index("answer", letters.size());
  }
};

}  // namespace ease::inline v1
