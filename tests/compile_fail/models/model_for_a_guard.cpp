// SPDX-License-Identifier: Apache-2.0
// expect: is_no_guard = ease::v1::scripted_generator
#include <ease/backend/scripted.hpp>
#include <ease/guard/refusal_judge.hpp>
#include <ease/classifier/generative_classifier.hpp>
#include <ease/method/classify.hpp>
#include <ease/method/cot.hpp>
#include <ease/method/diagnose.hpp>
#include <ease/method/finetune.hpp>
#include <ease/method/guard_filter.hpp>
#include <ease/stage/run.hpp>
#include <ease/teacher/model_teacher.hpp>
#include <string>
#include <vector>

using namespace ease;

void compose(scripted_generator& slm, std::vector<record<prompt>> const& prompts) {
#ifdef EASE_SHOULD_COMPILE
  for (auto const& row : from(prompts) | diagnose(slm) | guard_filter(refusal_judge{})) (void)row;
#else
  for (auto const& row : from(prompts) | diagnose(slm) | guard_filter(slm)) (void)row;  // <- here
#endif
}
