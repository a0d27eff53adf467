#pragma once
// Phase 2, step 2 (paper: "general task prompt paired with direct response"): the SLM's own answer becomes the one it is
// trained to give, so that calibration changes when it reasons and not how it answers. A cut-off or empty answer is
// rejected: trained on, it would teach the model to stop in mid-sentence or to say nothing.
#include <ease/record/fields.hpp>
#include <ease/stage/pipeline.hpp>

namespace ease {

struct own_answer : stage<needs<response>, adds<target>> {
  decision<output> operator()(input const& row) const {
    auto const whole = finished_part(get<response>(row));
    if (!whole) return rejected{"cut_off"};
    if (text_of(*whole).empty()) return rejected{"empty"};
    return with(*whole);
  }
};

}  // namespace ease
