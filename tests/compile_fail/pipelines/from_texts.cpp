// SPDX-License-Identifier: Apache-2.0
// expect: is_a_range_of_these_and_not_of_records = std::__cxx11::basic_string
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

void compose(std::vector<std::string> const& texts, std::vector<record<prompt>> const& prompts) {
#ifdef EASE_SHOULD_COMPILE
  for (auto const& row : from(prompts)) (void)row, (void)texts;
#else
  for (auto const& row : from(texts)) (void)row, (void)prompts;  // <- here
#endif
}
