// SPDX-License-Identifier: Apache-2.0
// expect: maybe<F> stands in needs<...> alone
#include <ease/record/fields.hpp>
#include <ease/stage/pipeline.hpp>

using namespace ease;

#ifdef EASE_SHOULD_COMPILE
struct name_it : stage<needs<prompt>, adds<component>> {
#else
struct name_it : stage<needs<prompt>, adds<maybe<component>>> {  // <- here
#endif
  static constexpr int version{1};
};
