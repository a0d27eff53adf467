// SPDX-License-Identifier: Apache-2.0
// The training as the end of a pipeline: the paper's figure in one expression.
#include <ease/classifier/generative_classifier.hpp>
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

#include "catch.hpp"
#include "method/obedient.hpp"

using namespace test;

// What must not compile.

namespace {
struct counting_trainer {
  struct report {
    std::size_t rows{0};
    std::size_t thinking{0};
  };
  static report train(std::vector<training_example> const& rows) {
    report r{.rows = rows.size()};
    for (auto const& row : rows) r.thinking += thinks(row.completion) ? 1U : 0U;
    return r;
  }
};
static_assert(composes<rows_with<prompt, target>, finetune<counting_trainer>>);
static_assert(
    !composes<rows_with<prompt, response>, finetune<counting_trainer>>);  // an answer that may be truncated is no target
static_assert(!sft_trainer<scripted_generator>);
}  // namespace

TEST_CASE("the paper's figure, from prompts to a trained model") {
  auto slm = obedient();
  auto const prompts = prompts_of({"say a", "refuse b", "say c"});
  scripted_generator writer{[](generation_request const&) -> outcome<completion> { return said("illicit"); }};
  auto vulnerable = from(prompts) | diagnose(slm) | guard_filter(refusal_judge{}) | classify(generative_classifier(writer)) |
                    cot(policy_template{});
  std::vector const refusals{make_record<prompt, target>("say d", complete_answer{direct{"I can't."}})};
  std::vector const general{make_record<prompt, target>("say e", complete_answer{direct{"Paris."}})};
  auto [trained, report] = run(mix(vulnerable, refusals, general) | finetune(counting_trainer{}));
  CHECK(trained.rows == 4);
  CHECK(trained.thinking == 2);
  CHECK(report.adds_up());
}
