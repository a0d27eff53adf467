// SPDX-License-Identifier: Apache-2.0
#pragma once
// The model's answers to prompts it was not trained on, and the table over them: think rate, refusals, attack success and
// tokens by class. Rows need a prompt and what tells its class (method/rows/prompt_class.hpp).
//
//     auto [before, report] = run(measure(slm, held_out), run_folder{"out"}.at("before"));
#include <ease/method/diagnose.hpp>
#include <ease/method/evaluate.hpp>
#include <ease/method/rows/prompt_class.hpp>

namespace ease::inline v1 {

template <text_generator Slm, some_rows HeldOut>
auto measure(Slm& slm, HeldOut& held_out,
             diagnose_options const& options = {.sampling = {.temperature = 0, .max_tokens = 512}}) {
  return from(held_out) | classed{} | diagnose(slm, options) | evaluate();
}
// Attack success by a guard too; a larger fraction of unread verdicts than `max_unparsed` is an error.
template <text_generator Slm, some_rows HeldOut, guard Guard>
auto measure(Slm& slm, HeldOut& held_out, diagnose_options const& options, Guard& judge, double max_unparsed = 1.0) {
  return from(held_out) | classed{} | diagnose(slm, options) | evaluate(judge, max_unparsed);
}

}  // namespace ease::inline v1
