// SPDX-License-Identifier: Apache-2.0
#pragma once
// Phase 2, step 2 (paper: "plainly harmful prompt paired with direct refusal"): the answer is the one that stands in the
// row, else the text given here, else the refusal of the first category that the row names. No model is asked.
#include <ease/policy/category.hpp>
#include <ease/record/fields.hpp>
#include <ease/stage/pipeline.hpp>
#include <ease/teacher/policy_template.hpp>
#include <string>
#include <utility>

namespace ease::inline v1 {

class refuse : public stage<needs<prompt, given_target, given_categories>, adds<target>> {
 public:
  static constexpr int version{policy_template::version};

  explicit refuse(std::string text = {}) : text_{std::move(text)} {}

  output operator()(input const& row) const {
    if (auto const& given = get<given_target>(row)) return with(*given);
    if (!text_.empty()) return with(complete_answer{direct{text_}});
    auto harmful = get<given_categories>(row).value_or(category_set{});
    harmful.erase(category::benign);
    return with(complete_answer{
        direct{harmful.empty() ? "I'm sorry, but I can't help with that." : policy_template::refusal(harmful)}});
  }
  void each_part(auto&& visit) { visit(text_); }

 private:
  std::string text_;
};

}  // namespace ease::inline v1
