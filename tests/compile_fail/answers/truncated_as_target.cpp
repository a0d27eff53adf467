// SPDX-License-Identifier: Apache-2.0
// expect: values_that_are_not_those_of_the_fields_it_adds
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

struct keep_own : stage<needs<prompt, response>, adds<target>> {
  decision<output> operator()(input const& row) const {
#ifdef EASE_SHOULD_COMPILE
    if (auto const done = complete_part(get<response>(row))) return with(*done);
    return rejected{"truncated"};
#else
    return with(get<response>(row));  // <- here
#endif
  }
};
