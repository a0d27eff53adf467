// SPDX-License-Identifier: Apache-2.0
// expect: has_a_field_whose_type_has_no_json_codec = size_class
#include <array>
#include <ease/run/saved_run.hpp>
#include <string_view>
#include <vector>

using namespace ease;

enum class length { brief, long_winded };
#ifdef EASE_SHOULD_COMPILE
constexpr auto words_of(length) { return std::array<std::string_view, 2>{"brief", "long-winded"}; }
#endif

struct size_class : field<"size", length> {};
;
struct measure_length : stage<needs<prompt>, adds<size_class>> {
  static constexpr int version{1};
  output operator()(input const& row) const {
    return with(get<prompt>(row).size() < 100 ? length::brief : length::long_winded);
  }
};

void compose(std::vector<record<prompt>> const& prompts) {
  run(from(prompts) | measure_length{}, run_folder{"out"});  // <- here
}
