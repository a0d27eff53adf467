// SPDX-License-Identifier: Apache-2.0
// expect: needs_a_field_nothing_upstream_produces = target
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
void compose(std::vector<record<prompt, target>> const& rows) {
#else
void compose(std::vector<record<prompt>> const& rows) {
#endif
  auto work = from(rows) | finetune(counting_trainer{});  // <- here
  (void)work;
}
