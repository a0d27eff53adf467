// SPDX-License-Identifier: Apache-2.0
#pragma once
// A verdict that cannot be read decides nothing. A few are noise; many mean that the model is no guard, or that prompts were
// written to derail it, and then what is left is no fair sample of the rows.
#include <cstddef>
#include <ease/core/outcome.hpp>
#include <string_view>

namespace ease::inline v1 {

inline constexpr double default_max_unparsed{0.2};  // fraction of the verdicts

// Throws stage_failed if more than the fraction `most` of `judged` verdicts could not be read. `stage` begins the message;
// `failure` is why a verdict among them is missing, if one is.
inline void check_unparsed(std::string_view stage, std::size_t unparsed, std::size_t judged, double most,
                           std::string_view failure = {}) {
  if (static_cast<double>(unparsed) <= most * static_cast<double>(judged)) return;
  if (!failure.empty())
    throw stage_failed{"{}: {} of {} verdicts are missing, more than the allowed fraction of {}; the first failure: {}",
                       stage,
                       unparsed,
                       judged,
                       most,
                       failure};
  throw stage_failed{
      "{}: {} of {} verdicts could not be read, more than the allowed fraction of {}: is the model a guard of this "
      "kind? --max-unparsed, or max_unparsed in [guard], sets the fraction",
      stage, unparsed, judged, most};
}

}  // namespace ease::inline v1
