// SPDX-License-Identifier: Apache-2.0
#pragma once
// How a mix is drawn, and what became of the rows of its components.
#include <fmt/format.h>

#include <cstddef>
#include <cstdint>
#include <ease/core/option.hpp>
#include <ease/io/json/json_members.hpp>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

namespace ease::inline v1 {

struct component_report {
  std::string name;
  std::size_t read{0};
  std::size_t taken{0};
  std::size_t not_needed{0};  // over the component's count or weight
  std::size_t repeated{0};
  std::size_t in_evaluation{0};
  double fraction{0};  // of the whole mix

  // For a person, where it has fewer rows than were asked for (none: all there are), or none at all; else empty.
  std::string lack(std::optional<std::size_t> asked) const {
    auto const wanted = asked.value_or(SIZE_MAX);
    if (wanted != SIZE_MAX && taken < wanted)
      return fmt::format("component {} has {} of the {} rows asked for", name, taken, wanted);
    return wanted == SIZE_MAX && taken == 0 ? fmt::format("component {} is empty", name) : std::string{};
  }
  static constexpr auto members() {
    using c = component_report;
    return std::tuple{member("component", &c::name),
                      member("read", &c::read),
                      member("taken", &c::taken),
                      member("fraction", &c::fraction),
                      member("not_needed", &c::not_needed),
                      member("repeated", &c::repeated),
                      member("in_evaluation", &c::in_evaluation)};
  }
};
using mix_report = std::vector<component_report>;

// As a stage's details: {"components": [...]}.
struct mix_details {
  mix_report components{};
  static constexpr auto members() { return std::tuple{member("components", &mix_details::components)}; }
};

struct mix_options {
  std::uint64_t seed{42};  // which rows, and their order
  double min_fraction{0};  // of a component's count

  static constexpr auto options() {
    return std::tuple{option("seed", &mix_options::seed, "which rows are taken, and their order"),
                      option("min_fraction", &mix_options::min_fraction,
                             "a component that is empty, or has less than this fraction of the rows asked for, is an error "
                             "(0: never)",
                             between{0.0, 1.0})
                          .formerly("min_share")};
  }
};

}  // namespace ease::inline v1
