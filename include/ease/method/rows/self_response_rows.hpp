// SPDX-License-Identifier: Apache-2.0
#pragma once
// Phase 2, step 2 (paper: "general task prompt paired with direct response"): the SLM's own answer becomes the one it is
// trained to give, so that calibration changes when it reasons and not how it answers. A truncated or empty answer is
// rejected: trained on, it would teach the model to stop in mid-sentence or to say nothing. So is a refusal: these prompts
// are harmless.
#include <ease/policy/refusal.hpp>
#include <ease/record/fields.hpp>
#include <ease/stage/pipeline.hpp>
#include <optional>

namespace ease::inline v1 {

// Why an answer to a harmless prompt is not worth keeping; nullopt if it is.
inline std::optional<rejected> reason_to_reject(answer const& said) {
  auto const whole = complete_part(said);
  if (!whole) return rejected{"truncated"};
  if (text_of(*whole).empty()) return rejected{"empty"};
  if (is_refusal(text_of(*whole))) return rejected{"refusal"};
  return std::nullopt;
}

struct response_as_target : stage<needs<response>, adds<target>> {
  static constexpr int version{1};
  decision<output> operator()(input const& row) const {
    if (auto const why = reason_to_reject(get<response>(row))) return *why;
    return with(*complete_part(get<response>(row)));
  }
};

// Marks prompts that are known to be harmless (their data_type says so) as benign; no model is asked.
struct label_benign : stage<needs<response>, adds<categories>> {
  static constexpr int version{1};
  decision<output> operator()(input const& row) const {
    if (auto const why = reason_to_reject(get<response>(row))) return *why;
    return with(category_set{category::benign});
  }
};

// The bare request is what the model answers: an answer to the wrapped prompt would play the wrapper's part.
struct unwrap : stage<needs<prompt, vanilla>, adds<bare_prompt>> {
  static constexpr int version{1};
  output operator()(input const& row) const {
    auto const& bare = get<vanilla>(row);
    return with(bare && !bare->empty() ? *bare : get<prompt>(row));
  }
};

}  // namespace ease::inline v1
