// SPDX-License-Identifier: Apache-2.0
#pragma once
// Which row of the evaluation's table a prompt belongs to: its "class", or what its "data_type" says, or "all".
#include <ease/record/fields.hpp>
#include <ease/stage/pipeline.hpp>
#include <string>
#include <string_view>

namespace ease::inline v1 {

constexpr std::string_view class_of(prompt_kind kind) {
  switch (kind) {
    case prompt_kind::adversarial_harmful:
      return "jailbreak";
    case prompt_kind::vanilla_harmful:
      return "harmful";
    case prompt_kind::vanilla_benign:
      return "benign";
    case prompt_kind::adversarial_benign:
      return "adversarial_benign";
  }
  return "all";
}

struct classed : stage<needs<given_class, given_data_type>, adds<prompt_class>> {
  static constexpr int version{1};
  output operator()(input const& row) const {
    if (auto const& given = get<given_class>(row))
      return with(*given == "wrapped_benign" ? "adversarial_benign" : *given);  // its former name
    if (auto const kind = get<given_data_type>(row)) return with(std::string{class_of(*kind)});
    return with(std::string{"all"});
  }
};

}  // namespace ease::inline v1
