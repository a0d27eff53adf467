// SPDX-License-Identifier: Apache-2.0
// expect: is_not_called_with_its_input_giving_its_output = shout
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

struct shout : stage<needs<prompt>, adds<component>> {
#ifdef EASE_SHOULD_COMPILE
  output operator()(input const& row) const { return with(get<prompt>(row) + "!"); }
#else
  std::string operator()(input const& row) const { return get<prompt>(row) + "!"; }
#endif
};

void compose(std::vector<record<prompt>> const& prompts) {
  auto loud = from(prompts) | shout{};  // <- here
  for (auto const& row : loud) (void)row;
}
