// SPDX-License-Identifier: Apache-2.0
#pragma once
// The labellers that can be named. A new one is an entry of `labeller_kinds`.
#include <ease/labeller/by_answer.hpp>
#include <ease/labeller/by_likelihood.hpp>
#include <string>
#include <string_view>
#include <tuple>

#include "kinds.hpp"

namespace ease::app {

inline constexpr std::tuple labeller_kinds{
    named_kind{"likelihood", "of each category's name; nothing to parse", true,
               [](auto const& open, auto const& how) { return by_likelihood(open(), {.threshold = how.threshold}); }},
    named_kind{"answer", "the model writes a list", true, [](auto const& open, auto const&) { return by_answer(open()); }}};

struct labeller_choice {
  std::string kind{"likelihood"};
  std::string model{};
  double threshold{0.3};

  static constexpr auto options() {
    using l = labeller_choice;
    return std::tuple{
        option("kind", &l::kind, help_of<labeller_kinds>, names_of<labeller_kinds>),
        option("model", &l::model, "The labelling model: PATH or openai:MODEL@URL").path(),
        option("threshold", &l::threshold, "likelihood: share from which a further label is kept", between{0.0, 1.0})
            .idle([](l const& x) -> std::string_view {
              return x.kind == "answer" ? "the labeller 'answer' has no threshold" : "";
            })};
  }
};

template <class Open, class Use>
auto with_labeller(labeller_choice const& choice, Open&& open, Use&& use) {
  return with_kind(labeller_kinds, "labeller", choice, open, use);
}

}  // namespace ease::app
