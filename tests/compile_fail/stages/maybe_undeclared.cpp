// SPDX-License-Identifier: Apache-2.0
// expect: reads_a_field_it_did_not_declare = history
#include <ease/record/fields.hpp>
#include <ease/stage/pipeline.hpp>

using namespace ease;

#ifdef EASE_SHOULD_COMPILE
struct is_first : stage<needs<prompt, maybe<history>>> {
#else
struct is_first : stage<needs<prompt, maybe<component>>> {
#endif
  bool operator()(input const& row) const {
    return get<history>(row).empty();  // <- here
  }
};
