// SPDX-License-Identifier: Apache-2.0
#pragma once
// The classifiers that can be named. A new one is an entry of `classifier_kinds`.
#include <ease/classifier/generative_classifier.hpp>
#include <ease/classifier/zero_shot_classifier.hpp>
#include <ease/named/kinds.hpp>
#include <string>
#include <string_view>
#include <tuple>

namespace ease::inline v1 {

inline constexpr std::tuple classifier_kinds{
    named_kind{
        "zero-shot", "by the likelihood of each category's name; nothing to parse", kind_facts{},
        [](auto const& open, auto const& choice) { return zero_shot_classifier(open(), {.threshold = choice.threshold}); }},
    named_kind{"generative", "the model writes a list", kind_facts{.gives_probability = false},
               [](auto const& open, auto const&) { return generative_classifier(open()); }}};

namespace detail {
inline constexpr std::string_view the_classifier{"the classifier '"}, has_no_threshold{"' has no threshold"};
}  // namespace detail

struct classifier_choice {
  std::string kind{"zero-shot"};
  std::string model{};
  double threshold{0.3};

  static constexpr auto options() {
    using c = classifier_choice;
    return std::tuple{
        option("kind", &c::kind, help_of<classifier_kinds>, names_of<classifier_kinds>)
            .formerly("", "likelihood=zero-shot,answer=generative"),
        option("model", &c::model, "The classifier's model: ORG/NAME, PATH or openai:MODEL@URL").path(),
        option("threshold", &c::threshold, "zero-shot: probability from which a further category is kept", between{0.0, 1.0})
            .idle([](c const& x) -> std::string_view {
              return facts_of(classifier_kinds, x.kind).gives_probability
                         ? std::string_view{}
                         : text_about<classifier_kinds, detail::the_classifier, detail::has_no_threshold>(x.kind);
            })};
  }
};

template <class Open, class Use>
auto with_classifier(classifier_choice const& choice, Open&& open, Use&& use) {
  return with_kind(classifier_kinds, "classifier", choice, open, use);
}

}  // namespace ease::inline v1
