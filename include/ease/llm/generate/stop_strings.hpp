// SPDX-License-Identifier: Apache-2.0
#pragma once
// Finds the first stop string in a text that grows, wherever the tokens are split, and tells how much of the text no later
// match can remove. Non-goal: tokens.
#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ease::inline v1 {

class stop_strings {
 public:
  // Empty strings stop nothing.
  explicit stop_strings(std::vector<std::string> stops) : stops_{std::move(stops)} {
    std::erase_if(stops_, [](std::string const& s) { return s.empty(); });
    for (std::string const& s : stops_) longest_ = std::max(longest_, s.size());
  }

  // Adds to the text; true once a stop string is in it. The text then ends before the first one, and nothing may be added.
  bool push(std::string_view piece) {
    std::size_t const from = text_.size() - std::min(text_.size(), longest_);
    text_ += piece;
    std::size_t first = std::string::npos;
    for (std::string const& s : stops_) first = std::min(first, text_.find(s, from));
    if (first != std::string::npos) text_.resize(first);
    return first != std::string::npos;
  }

  std::string const& text() const { return text_; }

  // The length of the text that is final: all but a tail that may be the beginning of a stop string.
  std::size_t certain() const {
    std::size_t held = 0;
    for (std::string const& s : stops_)
      for (std::size_t n = std::min(s.size() - 1, text_.size()); n > held; --n)
        if (std::string_view{text_}.ends_with(std::string_view{s}.substr(0, n))) held = n;
    return text_.size() - held;
  }

 private:
  std::vector<std::string> stops_;
  std::size_t longest_{0};
  std::string text_{};
};

}  // namespace ease::inline v1
