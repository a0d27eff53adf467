// SPDX-License-Identifier: Apache-2.0
#pragma once
// The one exception of the framework. Its text is a single line that names the place (file, line, field) and the way out;
// it never quotes prompt or answer text, so that it can be logged and shared.
#include <fmt/format.h>

#include <stdexcept>
#include <string>
#include <utility>

namespace ease::inline v1 {

struct error : std::runtime_error {
  using std::runtime_error::runtime_error;

  template <class First, class... Rest>
  explicit error(fmt::format_string<First, Rest...> form, First&& first, Rest&&... rest)
      : std::runtime_error{fmt::format(form, std::forward<First>(first), std::forward<Rest>(rest)...)} {}
};

// What a user said is wrong, as against what a file holds: programs end with the status of wrong usage.
struct usage_error : error {
  using error::error;
};

}  // namespace ease::inline v1
