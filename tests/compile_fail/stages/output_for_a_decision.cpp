// SPDX-License-Identifier: Apache-2.0
// expect: could not convert
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

struct short_ones : stage<needs<prompt>, adds<component>> {
#ifdef EASE_SHOULD_COMPILE
  decision<output> operator()(input const& row) const {
    if (get<prompt>(row).size() > 80) return rejected{"long"};
#else
  output operator()(input const& row) const {
    if (get<prompt>(row).size() > 80) return rejected{"long"};  // <- here
#endif
    return with("short");
  }
};
