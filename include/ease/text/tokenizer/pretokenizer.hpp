// SPDX-License-Identifier: Apache-2.0
#pragma once
// Cuts text into the pieces that are merged one by one: a chain of steps, each as in a tokenizer.json, each applied to every
// piece of the step before. Non-goal: `add_prefix_space` and the sentencepiece-like steps; the method's models have neither.
#include <cstddef>
#include <cstdint>
#include <ease/text/unicode/regex.hpp>
#include <ease/text/unicode/scanner.hpp>
#include <ease/text/unicode/unicode.hpp>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace ease::inline v1 {

enum class split_behavior : std::uint8_t { removed, isolated, merged_with_previous, merged_with_next, contiguous };

struct pretokenizer_step {
  std::string pattern{};  // of `Split`; empty for `Digits`, which takes numbers apart from the rest
  split_behavior behavior{split_behavior::isolated};  // of what matches; for digits isolated (one by one) or contiguous
  bool invert{false};
  friend bool operator==(pretokenizer_step const&, pretokenizer_step const&) = default;

  static pretokenizer_step digits(bool individual) {
    return {{}, individual ? split_behavior::isolated : split_behavior::contiguous, false};
  }
  static pretokenizer_step split(std::string_view pattern) {
    return {std::string{pattern}, split_behavior::isolated, false};
  }
};

class pretokenizer {
 public:
  pretokenizer() = default;
  // Throws `error` if a pattern does not compile.
  explicit pretokenizer(std::vector<pretokenizer_step> const& steps) {
    for (auto const& step : steps) {
      bool const isolated = step.behavior == split_behavior::isolated && !step.invert;
      if (step.pattern.empty()) {
        steps_.emplace_back(digits_step{isolated});
      } else if (auto const known = scanner::of(step.pattern); known && isolated) {
        steps_.emplace_back(*known);
      } else {
        steps_.emplace_back(pattern_step{regex{step.pattern}, step.behavior, step.invert});
      }
    }
  }

  // Calls emit(std::string_view) for each piece, in order; no piece is empty. `text` must be valid UTF-8.
  template <class Emit>
  void split(std::string_view text, Emit&& emit) const {
    if (!text.empty()) run(0, text, emit);
  }

 private:
  struct digits_step {
    bool individual;
  };
  struct pattern_step {
    regex pattern;
    split_behavior behavior;
    bool invert;
  };

  template <class Emit>
  void run(std::size_t step, std::string_view piece, Emit& emit) const {
    if (step == steps_.size()) return emit(piece);
    auto const on = [&](std::string_view part) { run(step + 1, part, emit); };
    std::visit([&](auto const& how) { apply(how, piece, on); }, steps_[step]);
  }

  template <class Next>
  static void apply(scanner const& how, std::string_view text, Next const& next) {
    for (std::size_t at = 0; at < text.size();) {
      auto const end = how.piece_end(text, at);
      next(text.substr(at, end - at));
      at = end;
    }
  }

  template <class Next>
  static void apply(digits_step const& how, std::string_view text, Next const& next) {
    std::size_t start = 0;
    bool in_digits = false;
    for (std::size_t at = 0; at < text.size();) {
      auto const c = code_point_at(text, at);
      bool const digit = is_numeric(c.value);
      if (at > start && (digit != in_digits || (digit && how.individual))) {
        next(text.substr(start, at - start));
        start = at;
      }
      in_digits = digit;
      at += c.bytes;
    }
    if (start < text.size()) next(text.substr(start));
  }

  template <class Next>
  static void apply(pattern_step const& how, std::string_view text, Next const& next) {
    struct part {
      std::size_t begin, end;
      bool matched;
    };
    part held{0, 0, false};  // kept back until it is known whether the next one joins it; empty at first
    auto const give = [&] {
      if (held.begin < held.end && (how.behavior != split_behavior::removed || !held.matched))
        next(text.substr(held.begin, held.end - held.begin));
    };
    auto const put = [&](part p) {
      if (p.begin == p.end) return;
      p.matched = p.matched != how.invert;
      if (held.begin < held.end && joins(how.behavior, held.matched, p.matched)) {
        held = {held.begin, p.end, p.matched};
      } else {
        give();
        held = p;
      }
    };
    std::size_t at = 0;
    how.pattern.for_each_match(text, [&](std::size_t begin, std::size_t end) {
      put({at, begin, false});
      put({begin, end, true});
      at = end;
    });
    put({at, text.size(), false});
    give();
  }

  static bool joins(split_behavior how, bool left_matched, bool right_matched) {
    switch (how) {
      case split_behavior::contiguous:
        return left_matched == right_matched;
      case split_behavior::merged_with_previous:
        return right_matched && !left_matched;
      case split_behavior::merged_with_next:
        return left_matched && !right_matched;
      default:
        return false;
    }
  }

  std::vector<std::variant<digits_step, scanner, pattern_step>> steps_;
};

}  // namespace ease::inline v1
