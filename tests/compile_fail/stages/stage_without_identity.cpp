// SPDX-License-Identifier: Apache-2.0
// expect: has_neither_a_version_nor_parts = is_short
#include <ease/run/saved_run.hpp>
#include <vector>

using namespace ease;

struct is_short : stage<needs<prompt>> {
#ifdef EASE_SHOULD_COMPILE
  static constexpr int version{1};
#endif
  bool operator()(input const& row) const { return get<prompt>(row).size() < 100; }
};

void compose(std::vector<record<prompt>> const& prompts) {
  run(from(prompts) | is_short{}, run_folder{"out"});  // <- here
}
