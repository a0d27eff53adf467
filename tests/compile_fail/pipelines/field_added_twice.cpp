// SPDX-License-Identifier: Apache-2.0
// expect: adds_a_field_upstream_already_produces = response
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
#ifdef EASE_SHOULD_COMPILE
  auto answered = from(prompts) | diagnose(slm);
#else
  auto answered = from(prompts) | diagnose(slm) | diagnose(slm) | guard_filter(refusal_judge{});  // <- here
#endif
  for (auto const& row : answered) (void)row;
}
