// SPDX-License-Identifier: Apache-2.0
// expect: is_const_and_changes_while_it_is_asked = const ease::v1::scripted_generator
#include <ease/backend/scripted.hpp>
#include <ease/classifier/generative_classifier.hpp>
#include <ease/guard/llama_guard.hpp>
#include <ease/guard/refusal_judge.hpp>
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

void compose(scripted_generator const& fixed, scripted_generator& slm, std::vector<record<prompt>> const& prompts) {
#ifdef EASE_SHOULD_COMPILE
  for (auto const& row : from(prompts) | diagnose(slm)) (void)row, (void)fixed;
#else
  for (auto const& row : from(prompts) | diagnose(fixed)) (void)row, (void)slm;  // <- here
#endif
}
