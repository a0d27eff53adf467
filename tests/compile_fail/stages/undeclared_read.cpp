// SPDX-License-Identifier: Apache-2.0
// expect: reads_a_field_it_did_not_declare = response
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

#ifdef EASE_SHOULD_COMPILE
struct is_long : stage<needs<prompt, response>> {
#else
struct is_long : stage<needs<prompt>> {
#endif
  bool operator()(input const& row) const {
    return thinks(get<response>(row));  // <- here
  }
};
