// SPDX-License-Identifier: Apache-2.0
// expect: the_record_has_no_such_field = categories
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
    (void)get<response>(row);
#else
    (void)get<categories>(row);  // <- here
#endif
  }
}
