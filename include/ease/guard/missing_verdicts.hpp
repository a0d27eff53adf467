// SPDX-License-Identifier: Apache-2.0
#pragma once
// Verdicts that decide nothing, as a person is told of them where they are fewer than what guard/unparsed_limit.hpp allows: a rate
// over verdicts of which none could be read says nothing, and those that failed may come in another run.
#include <fmt/format.h>

#include <cstddef>
#include <string>

namespace ease::inline v1 {

struct missing_verdicts {
  std::size_t asked{0}, unread{0};  // of one judge; those that failed are unread too
  std::string first_failure{};      // why one of them failed, if one did

  // Empty: nothing is to be told.
  std::string text() const {
    auto const why = first_failure.empty() ? std::string{} : "; the first failure: " + first_failure;
    if (asked > 0 && unread == asked)
      return fmt::format("none of {} verdicts could be read{}", asked,
                         why.empty() ? ": is the model a guard of this kind?" : why);
    return why.empty() ? why : fmt::format("{} of {} verdicts are missing{}", unread, asked, why);
  }
};

}  // namespace ease::inline v1
