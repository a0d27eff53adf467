// SPDX-License-Identifier: Apache-2.0
#pragma once
// What can become of a row: a result, a reasoned rejection (a decision of the method: "safe", "benign"), or a failure
// (something went wrong: the server refused, the prompt is too long). Rejections and failures go to a side output and are
// counted separately.
#include <ease/core/error.hpp>
#include <string>
#include <variant>

namespace ease::inline v1 {

struct rejected {
  std::string reason;    // one of few words, counted in the report: "safe", "unparsed"
  std::string detail{};  // for the side output, never for a log
  friend bool operator==(rejected const&, rejected const&) = default;
};

struct failure {
  std::string what;  // one line, without prompt or answer text
  friend bool operator==(failure const&, failure const&) = default;
};

// A rejection with what the stage found: the row reaches the side output with those fields.
template <class T>
struct rejected_with {
  rejected rejection;
  T added;
};

// What a stage's finish() throws when its rows are not worth processing further; the rows it rejected are kept.
struct stage_failed : error {
  using error::error;
};

template <class T>
using outcome = std::variant<T, failure>;

template <class T>
using decision = std::variant<T, rejected, failure, rejected_with<T>>;

}  // namespace ease::inline v1
