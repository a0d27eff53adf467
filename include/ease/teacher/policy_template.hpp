// SPDX-License-Identifier: Apache-2.0
#pragma once
// A teacher without a model: short, regular reasoning from the policies of all the row's categories, then the policy's
// refusal, or for a harmless prompt the model's own answer. Short regular reasoning is as safe as long reasoning and easier
// for a small model to learn (studies of reasoning models' safety data); it never restates the request, which a small model
// would copy instead of judging it.
#include <cstddef>
#include <ease/policy/policy.hpp>
#include <ease/teacher/teacher.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>

namespace ease::inline v1 {

struct policy_template {
  static constexpr int version{2};  // grows with each change of the wording of the reasoning, policies included

  static void write(std::span<reasoning_request const> requests, on_done<answer> const& done) {
    for (std::size_t i = 0; i < requests.size(); ++i) done(i, answer_to(requests[i]));
  }
  static std::size_t window() { return 256; }
  // There are words of refusal here, none that help: what a harmless prompt is answered, the model itself must have said.
  static std::optional<rejected> declines(reasoning_request const& r) {
    if (r.self_response || r.categories != category_set{category::benign}) return std::nullopt;
    return rejected{"benign",
                    "the policy template answers no harmless prompt; with keep_answer the SLM's own answer is kept"};
  }

  static outcome<answer> answer_to(reasoning_request const& r) {
    auto harmful = r.categories;
    harmful.erase(category::benign);
    if (!harmful.empty()) return answer{reasoned{harmful_reasoning(harmful), refusal(harmful)}};
    if (!r.categories.contains(category::benign)) return failure{"the row has no category to write reasoning from"};
    if (!r.self_response) return failure{declines(r)->detail};
    return answer{reasoned{benign_reasoning(), std::string{*r.self_response}}};
  }

  // What is asked, the policy on it, the decision: nothing else. Longer reasoning costs tokens in each training row and each
  // answer, and takes weight from the token that matters, the one that opens it (or does not).
  static std::string harmful_reasoning(category_set harmful) {
    std::string concerns;
    std::string rules;
    harmful.each([&](category c) {
      auto const& p = policy_of(c);
      concerns.append(concerns.empty() ? "" : " and ").append(p.concern);
      rules.append(" ").append(title_of(c)).append(": ").append(p.rules.front());
    });
    return opening("help with " + concerns) + rules + " So I refuse.";
  }
  static std::string benign_reasoning() {
    auto const& p = policy_of(category::benign);
    return opening(p.concern) + " " + std::string{title_of(category::benign)} + ": " + std::string{p.rules[1]} +
           " So I answer.";
  }
  // The refusal of the first category; several reasons in one refusal read badly.
  static std::string refusal(category_set harmful) {
    std::string text;
    harmful.each([&](category c) {
      if (text.empty()) text = policy_of(c).refusal;
    });
    return text;
  }

 private:
  static std::string opening(std::string_view asked) {
    return "An unusual frame. What it really asks for is " + std::string{asked} + ".";
  }
};
static_assert(teacher<policy_template>);

}  // namespace ease::inline v1
