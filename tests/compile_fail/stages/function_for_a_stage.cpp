// SPDX-License-Identifier: Apache-2.0
// expect: a_function_becomes_a_stage_by_filter_or_transform
#include <ease/backend/scripted.hpp>
#include <ease/guard/llama_guard.hpp>
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

void compose(std::vector<record<prompt>> const& prompts) {
#ifdef EASE_SHOULD_COMPILE
  for (auto const& row : from(prompts) | filter<prompt>("empty", 1, [](std::string const& p) { return !p.empty(); }))
    (void)row;
#else
  for (auto const& row : from(prompts) | [](auto const& r) { return !get<prompt>(r).empty(); }) (void)row;  // <- here
#endif
}
