// SPDX-License-Identifier: Apache-2.0
#pragma once
// GSM8K: school mathematics in words (Cobbe et al. 2021, arXiv 2110.14168). Five worked-out answers stand in front. The result
// is what follows the answer's first "#### " (strict), or its last number (flexible).
#include <algorithm>
#include <cstddef>
#include <ease/measure/question/task.hpp>
#include <string>
#include <string_view>

namespace ease::inline v1 {

struct gsm8k {
  static constexpr task_facts facts{
      .name = "gsm8k",
      .about = "school mathematics, answered in words",
      .metrics = {"strict_match", "flexible_extract"},
      .shots = 5,
      .files = {"gsm8k/test.jsonl", "gsm8k.jsonl", "test.jsonl"},
      .shot_files = {"gsm8k/train.jsonl", "gsm8k/train_200.jsonl", "gsm8k_train.jsonl", "train.jsonl"},
      .hub = "openai/gsm8k:main/test",
      .hub_shots = "openai/gsm8k:main/train",
      .rows = "question, answer"};

  static open_question read(task_row const& row) {
    return {.text = "Question: " + row.text("question") + "\nAnswer:", .answer = row.text("answer")};
  }

  static constexpr std::string_view nothing_found{"[invalid]"};

  // lm-eval's patterns: #### (\-?[0-9\.\,]+), the first; (-?[$0-9.,]{2,})|(-?[0-9]+), the last.
  static std::string extract(std::string_view text, std::size_t which) {
    return std::string{which == 0 ? strict(text) : flexible(text)};
  }

  // exact_match without case, and without commas, dollars, what stands up to the last "#### ", and a full stop at the end.
  static bool equal(std::string_view extracted, std::string_view worked_out) {
    return compared(extracted) == compared(worked_out);
  }

  static constexpr open_rules rules{.stops = {"Question:", "</s>", "<|im_end|>"}, .extract = extract, .equal = equal};

 private:
  static constexpr std::string_view digits{"0123456789"};

  // How much of the text, from `at`, is an optional minus sign and at least `least` of these characters; 0: it is not so.
  static std::size_t number_at(std::string_view text, std::size_t at, std::string_view of, std::size_t least) {
    auto const first = at + (text[at] == '-' ? 1U : 0U);
    auto const end = std::min(text.find_first_not_of(of, first), text.size());
    return first <= text.size() && end >= first + least ? end - at : 0;
  }
  static std::string_view strict(std::string_view text) {
    constexpr std::string_view mark{"#### "};
    for (std::size_t at = 0; (at = text.find(mark, at)) != text.npos; ++at) {
      auto const from = at + mark.size();
      if (from == text.size()) break;
      if (auto const length = number_at(text, from, "0123456789.,", 1); length > 0) return text.substr(from, length);
    }
    return nothing_found;
  }
  static std::string_view flexible(std::string_view text) {
    auto found = nothing_found;
    for (std::size_t at = 0; at < text.size();) {
      auto length = number_at(text, at, "$0123456789.,", 2);
      if (length == 0) length = number_at(text, at, digits, 1);
      if (length > 0) found = text.substr(at, length);
      at += std::max<std::size_t>(length, 1);
    }
    return found;
  }
  static std::string compared(std::string_view text) {
    std::string out;
    for (char const c : text)
      if (c != ',' && c != '$') out += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    if (auto const mark = out.rfind("#### "); mark != out.npos) out.erase(0, mark + 5);
    if (out.ends_with('.')) out.pop_back();
    return out;
  }
};

}  // namespace ease::inline v1
