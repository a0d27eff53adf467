// SPDX-License-Identifier: Apache-2.0
// A reasoning model as the teacher: what it is shown.
#include <ease/method/cot.hpp>
#include <ease/stage/run.hpp>
#include <ease/teacher/model_teacher.hpp>
#include <vector>

#include "catch.hpp"
#include "method/obedient.hpp"

using namespace test;

// What must not compile.
template <class Model>
concept makes_a_teacher = requires(Model& model) { model_teacher(model); };
static_assert(makes_a_teacher<scripted_generator>);
static_assert(!makes_a_teacher<scripted_scorer>);  // it writes nothing
static_assert(teacher<model_teacher<scripted_generator>> && !teacher<scripted_generator>);

TEST_CASE("the model teacher is shown every policy of the row, and obeys its options") {
  generation_request seen;
  scripted_generator model{[&](generation_request const& r) -> outcome<completion> {
    seen = r;
    return said("<think>\nNo.\n</think>\n\nNo.");
  }};
  auto const rows = std::vector{make_record<prompt, categories>("x", category_set{category::violence, category::privacy})};
  run(from(rows) | cot(model_teacher(model, {.sampling = {.temperature = 0.2, .max_tokens = 33}})), [](auto const&) {});
  auto const text = user_text(seen.input);
  CHECK(text.find(policy_of(category::violence).objective) != std::string::npos);
  CHECK(text.find(policy_of(category::privacy).objective) != std::string::npos);
  CHECK(text.find(policy_of(category::sexual).objective) == std::string::npos);
  CHECK(seen.sampling.max_tokens == 33);
  CHECK(seen.sampling.temperature == 0.2);
}
