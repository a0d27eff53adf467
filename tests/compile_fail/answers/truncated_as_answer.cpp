// SPDX-License-Identifier: Apache-2.0
// expect: a_truncated_text_is_not_an_answer = std::variant<direct, reasoned, truncated>
#include <ease/backend/scripted.hpp>
#include <ease/guard/refusal_judge.hpp>
#include <ease/method/classify.hpp>
#include <ease/method/cot.hpp>
#include <ease/method/diagnose.hpp>
#include <ease/method/finetune.hpp>
#include <ease/method/guard_filter.hpp>
#include <ease/method/mix.hpp>
#include <ease/stage/run.hpp>
#include <ease/teacher/policy_template.hpp>
#include <vector>

using namespace ease;

void compose(scripted_generator& slm, std::vector<record<prompt>> const& prompts) {
  for (auto const& row : from(prompts) | diagnose(slm)) {
#ifdef EASE_SHOULD_COMPILE
    if (auto const done = complete_part(get<response>(row))) (void)text_of(*done);
#else
    (void)text_of(get<response>(row));  // <- here
#endif
  }
}
