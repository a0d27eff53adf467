// SPDX-License-Identifier: Apache-2.0
// expect: an_unparsed_verdict_decides_nothing
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
  for (auto const& row : from(prompts) | diagnose(slm) | guard_filter(refusal_judge{})) {
#ifdef EASE_SHOULD_COMPILE
    if (auto const* bad = std::get_if<unsafe>(&get<judgement>(row))) (void)probability_unsafe(*bad);
#else
    (void)probability_unsafe(get<judgement>(row));  // <- here
#endif
  }
}
