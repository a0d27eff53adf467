// SPDX-License-Identifier: Apache-2.0
#pragma once
// How a mix is drawn, and what became of the rows of its arms.
#include <cstddef>
#include <cstdint>
#include <ease/core/option.hpp>
#include <ease/io/json/json_members.hpp>
#include <string>
#include <tuple>
#include <vector>

namespace ease {

struct arm_report {
  std::string name;
  std::size_t read{0};
  std::size_t taken{0};
  std::size_t not_needed{0};  // over the arm's count or weight
  std::size_t repeated{0};
  std::size_t in_evaluation{0};
  double share{0};  // of the whole mix

  static constexpr auto members() {
    using a = arm_report;
    return std::tuple{member("arm", &a::name),
                      member("read", &a::read),
                      member("taken", &a::taken),
                      member("share", &a::share),
                      member("not_needed", &a::not_needed),
                      member("repeated", &a::repeated),
                      member("in_evaluation", &a::in_evaluation)};
  }
};
using mix_report = std::vector<arm_report>;

// As a stage's details: {"arms": [...]}.
struct mix_details {
  mix_report arms{};
  static constexpr auto members() { return std::tuple{member("arms", &mix_details::arms)}; }
};

struct mix_options {
  std::uint64_t seed{42};  // which rows, and their order
  double min_share{0};     // of an arm's count

  static constexpr auto options() {
    return std::tuple{option("seed", &mix_options::seed, "which rows are taken, and their order"),
                      option("min_share", &mix_options::min_share,
                             "an arm that is empty, or has less than this share of the rows asked for, is an error "
                             "(0: never)",
                             between{0.0, 1.0})};
  }
};

}  // namespace ease
