// SPDX-License-Identifier: Apache-2.0
#pragma once
// For the tests of stages and of what they ask: prompts, a scripted model that does what a prompt's first word says, and what
// composes with what.
#include <ease/backend/scripted.hpp>
#include <ease/record/fields.hpp>
#include <ease/stage/pipeline.hpp>
#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

namespace test {
using namespace ease;

template <class... Fs>
using rows_with = decltype(from(std::declval<std::vector<record<Fs...>>>()));
template <class Rows, class Stage>
concept composes = requires(Rows rows, Stage stage) { std::move(rows) | std::move(stage); };

inline std::vector<record<prompt>> prompts_of(std::initializer_list<char const*> texts) {
  std::vector<record<prompt>> rows;
  for (auto const* t : texts) rows.push_back(make_record<prompt>(t));
  return rows;
}
inline completion said(std::string text, finish_reason reason = finish_reason::end_of_turn) {
  return {.text = std::move(text), .finish_reason = reason, .prompt_tokens = 3, .completion_tokens = 5};
}
inline scripted_generator obedient() {
  return scripted_generator{[](generation_request const& r) -> outcome<completion> {
                              auto const text = user_text(r.input);
                              if (text.starts_with("refuse")) return said("I'm sorry, but no.");
                              if (text.starts_with("long")) return said("One, two,", finish_reason::max_tokens);
                              if (text.starts_with("huge")) return failure{"the prompt has 9000 tokens, the context 8192"};
                              if (text.starts_with("think")) return said("<think>\nHm.\n</think>\n\nWell.");
                              if (text.starts_with("empty")) return said("");
                              return said("Sure: " + text);
                            },
                            {.order = completion_order::reversed}};
}

}  // namespace test
