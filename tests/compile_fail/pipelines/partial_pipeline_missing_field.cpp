// SPDX-License-Identifier: Apache-2.0
// expect: needs_a_field_nothing_upstream_produces = prompt
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

void compose(scripted_generator& slm, std::vector<record<prompt>> const& prompts, std::vector<record<id>> const& bare) {
  auto const steps = diagnose(slm) | guard_filter(refusal_judge{});
  (void)prompts, (void)bare;
#ifdef EASE_SHOULD_COMPILE
  auto judged = from(prompts) | steps;
#else
  auto judged = from(bare) | steps;  // <- here
#endif
  for (auto const& row : judged) (void)row;
}
