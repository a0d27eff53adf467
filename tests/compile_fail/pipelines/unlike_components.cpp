// SPDX-License-Identifier: Apache-2.0
// expect: a_component_lacks_a_field_every_component_must_have = target
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

struct counting_trainer {
  struct report {
    std::size_t rows;
  };
  static report train(std::vector<training_example> const& rows) { return {rows.size()}; }
};

#ifdef EASE_SHOULD_COMPILE
using direct_row = record<prompt, target>;
#else
using direct_row = record<prompt, response>;
#endif
void compose(std::vector<record<prompt, target>> const& reasoned_rows, std::vector<direct_row> const& direct_rows) {
  auto work = mix(reasoned_rows, direct_rows) | finetune(counting_trainer{});  // <- here
  (void)work;
}
