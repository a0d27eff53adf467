// SPDX-License-Identifier: Apache-2.0
// expect: needs_a_field_nothing_upstream_produces = categories
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

struct keyword_classifier {
  static void classify(std::span<label_request const> prompts, on_done<labels> const& done) {
    for (std::size_t i = 0; i < prompts.size(); ++i) done(i, labels{{category::benign}, {}});
  }
  static std::size_t window() { return 8; }
};

void compose(scripted_generator& slm, std::vector<record<prompt>> const& prompts) {
#ifdef EASE_SHOULD_COMPILE
  auto reasoned_rows = from(prompts) | diagnose(slm) | guard_filter(refusal_judge{}) | classify(keyword_classifier{}) |
                       cot(policy_template{});
#else
  auto reasoned_rows = from(prompts) | diagnose(slm) | guard_filter(refusal_judge{}) | cot(policy_template{});  // <- here
#endif
  for (auto const& row : reasoned_rows) (void)row;
}
