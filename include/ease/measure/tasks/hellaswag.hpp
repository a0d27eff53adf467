// SPDX-License-Identifier: Apache-2.0
#pragma once
// HellaSwag: how a scene goes on (Zellers et al. 2019, arXiv 1905.07830). The validation rows, cleaned as lm-eval cleans them:
// the second sentence is capitalised as Python does it, marks of WikiHow go, and of two spaces one. acc_norm counts the
// characters of the cleaned ending.
#include <cstddef>
#include <ease/measure/question/capitalised.hpp>
#include <ease/measure/question/task.hpp>
#include <ease/text/unicode/strip.hpp>
#include <string>
#include <string_view>
#include <utility>

namespace ease::inline v1 {

struct hellaswag {
  static constexpr task_facts facts{
      .name = "hellaswag",
      .about = "how a scene goes on",
      .files = {"multiple_choice/hellaswag.jsonl", "hellaswag.jsonl", "hellaswag/hellaswag_val.jsonl",
                "hellaswag_val.jsonl"},
      .shot_files = {"multiple_choice/hellaswag_train.jsonl", "hellaswag/hellaswag_train.jsonl", "hellaswag_train.jsonl"},
      .hub = "Rowan/hellaswag:/validation",
      .hub_shots = "Rowan/hellaswag:/train",
      .rows = "activity_label, ctx_a, ctx_b, endings, label; or query, choices, gold"};

  static std::string cleaned(std::string_view text) {
    auto out = replaced(std::string{stripped(text)}, " [title]", ". ");
    for (std::size_t open = 0; (open = out.find('[', open)) != out.npos;) {
      auto const close = out.find_first_of("]\n", open);  // what is in brackets stands on one line
      if (close == out.npos) break;
      out[close] == ']' ? void(out.erase(open, close + 1 - open)) : void(++open);
    }
    return replaced(std::move(out), "  ", " ");
  }

  static choice_question read(task_row const& row) {
    choice_question out;
    if (row.has("query")) {  // cleaned already
      out = {.text = row.text("query"), .choices = row.texts("choices")};
      out.gold = row.index("gold", out.choices.size());
      return out;
    }
    out.text = cleaned(row.text("activity_label") + ": " + row.text("ctx_a") + " " + capitalised(row.text("ctx_b")));
    for (auto const& ending : row.texts("endings")) out.choices.push_back(cleaned(ending));
    out.gold = row.index("label", out.choices.size());
    return out;
  }

 private:
  static std::string replaced(std::string text, std::string_view what, std::string_view by) {
    for (std::size_t at = 0; (at = text.find(what, at)) != text.npos; at += by.size()) text.replace(at, what.size(), by);
    return text;
  }
};

}  // namespace ease::inline v1
