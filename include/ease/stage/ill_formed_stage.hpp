// SPDX-License-Identifier: Apache-2.0
#pragma once
// What becomes of a stage that is made of something it cannot work with: a model where a guard is wanted, a const model. Its
// deduction guide leads to a specialisation of the stage for a type that stands for that (detail::no_model ...), which has
// deleted constructors alone. Their last template parameter is the sentence that says what is wrong:
//
//   is_no_model_that_generates_text = T      T has no generate(requests, done), window() and identity()
//   is_no_guard = T, is_no_classifier ...    made of a model it is one: guard_filter(llama_guard(model))
//   is_const_and_changes_while_it_is_asked   declare the variable without const
//
// What stands behind it in the pipeline is not looked at, so that one mistake is one message.
#include <type_traits>

namespace ease::inline v1::detail {

// A stage that has said its error.
struct ill_formed_stage {
  // Whatever is asked of it after that.
  ill_formed_stage checked_by(auto const&...) const { return {}; }
};

template <class T>
concept is_const = std::is_const_v<std::remove_reference_t<T>>;

}  // namespace ease::inline v1::detail
