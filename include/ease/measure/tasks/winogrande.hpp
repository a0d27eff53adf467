// SPDX-License-Identifier: Apache-2.0
#pragma once
// WinoGrande: whom or what a blank stands for (Sakaguchi et al. 2019, arXiv 1907.10641), in partial evaluation (Trinh and Le
// 2018, arXiv 1806.02847): each option is put into the blank, and what follows it is scored.
#include <cstddef>
#include <ease/measure/question/task.hpp>
#include <ease/text/unicode/strip.hpp>
#include <string>
#include <string_view>

namespace ease::inline v1 {

struct winogrande {
  static constexpr task_facts facts{
      .name = "winogrande",
      .about = "what a blank stands for",
      .metrics = {"acc", ""},
      .files = {"multiple_choice/winogrande.jsonl", "winogrande.jsonl", "winogrande_1.1/dev.jsonl", "winogrande/dev.jsonl"},
      .shot_files = {"multiple_choice/winogrande_train.jsonl", "winogrande_train.jsonl", "winogrande_1.1/train_xl.jsonl",
                     "winogrande/train_xl.jsonl"},
      .hub = "allenai/winogrande:winogrande_xl/validation",
      .hub_shots = "allenai/winogrande:winogrande_xl/train",
      .rows = "context_options, continuation, gold; or sentence, option1, option2, answer"};

  static choice_question read(task_row const& row) {
    choice_question out;
    if (row.has("context_options")) {
      out = {.choices = row.texts("context_options"), .ending = row.text("continuation")};
      out.gold = row.index("gold", out.choices.size());
      return out;
    }
    auto const sentence = row.text("sentence");
    auto const blank = sentence.find('_');
    if (blank == sentence.npos) row.refuse("sentence", "there is no blank (_) in it");
    auto const begin = sentence.substr(0, blank);
    out = {.choices = {begin + row.text("option1"), begin + row.text("option2")},
           .ending = std::string{stripped(std::string_view{sentence}.substr(blank + 1))}};
    out.gold = row.index("answer", out.choices.size(), 1);
    return out;
  }
};

}  // namespace ease::inline v1
