// SPDX-License-Identifier: Apache-2.0
// expect: reads_a_field_it_did_not_declare = maybe<history>
#include <ease/record/fields.hpp>
#include <ease/stage/pipeline.hpp>

using namespace ease;

struct is_first : stage<needs<prompt, maybe<history>>> {
  bool operator()(input const& row) const {
#ifdef EASE_SHOULD_COMPILE
    return get<history>(row).empty();
#else
    return get<maybe<history>>(row).empty();  // <- here
#endif
  }
};
