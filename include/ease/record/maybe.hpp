// SPDX-License-Identifier: Apache-2.0
#pragma once
// A field that a stage reads where a row has it: `stage<needs<prompt, maybe<history>>, ...>`. `get<history>(row)` is then the
// row's value, or the default of the field's type. Nothing in front of the stage has to produce it.
#include <ease/record/field.hpp>
#include <type_traits>

namespace ease::inline v1 {

template <some_field F>
struct maybe {
  using type = typename F::type;

  // What a row without the field is shown as having.
  static F const& absent() {
    static F const none{};
    return none;
  }
};

namespace detail {

// What stands in a list of needed fields: F, or maybe<F>.
template <class Need>
struct need : std::type_identity<Need> {
  static constexpr bool always{true};
};
template <class F>
struct need<maybe<F>> : std::type_identity<F> {
  static constexpr bool always{false};
};
template <class Need>
using field_of_need = typename need<Need>::type;

template <class Need, class Record>
inline constexpr bool meets = !need<Need>::always || Record::template has<field_of_need<Need>>;

}  // namespace detail
}  // namespace ease::inline v1
