// SPDX-License-Identifier: Apache-2.0
// expect: values_that_are_not_those_of_the_fields = {std::variant<direct, reasoned, truncated>}
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

record<target> keep(record<prompt, response> const& row) {
#ifdef EASE_SHOULD_COMPILE
  return make_record<target>(complete_part(get<response>(row)).value());
#else
  return make_record<target>(get<response>(row));  // <- here
#endif
}
