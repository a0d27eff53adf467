// SPDX-License-Identifier: Apache-2.0
#pragma once
// Phase 1 of the paper, "implant safety reasoning": adversarial prompts get their categories, the teacher writes reasoning
// that knows the policies of those categories, the guard rejects what is unsafe, and the original SLM is trained on it. What
// comes out is Mreason, which can reason about safety everywhere; phase 2 (method/calibrate.hpp) teaches it where.
//
//     auto [training, report] = run(implant(m, prompts, held_out, options), run_folder{"out"}.at("implant"));
#include <cstdint>
#include <ease/method/finetune.hpp>
#include <ease/method/mix.hpp>
#include <ease/method/models.hpp>
#include <ease/method/reasoned_rows.hpp>
#include <string>
#include <tuple>

namespace ease::inline v1 {

struct implant_options {
  reasoning_options reasoning{};
  mix_options mix{.min_fraction = 0.5};

  static constexpr auto options() { return std::tuple{part(&implant_options::reasoning), part(&implant_options::mix)}; }
};

// `prompts`: rows with a prompt, its data_type and `vanilla`, read twice; `held_out`: prompts that must not be trained on.
template <class Models, some_rows Prompts, some_rows HeldOut>
auto implant(Models const& m, Prompts& prompts, HeldOut& held_out, implant_options const& o) {
  auto only_harmful = o.reasoning.sample;
  only_harmful.benign = 0;
  auto harmful = from(prompts) | at_most_bytes(o.reasoning.max_prompt_bytes) | sample(only_harmful) |
                 reasoned_by<record_of<Prompts>>(m, o.reasoning);
  auto benign = reasoned_benign(m, prompts, o.reasoning);
  std::string const from{"phase 1, from data.reasoning, else data.diagnosis"};
  return mix(detail::drawn_component("harmful", from, std::move(harmful), o.reasoning.sample.harmful),
             detail::drawn_component("adversarial_benign", from, std::move(benign), o.reasoning.sample.benign))
             .options(o.mix)
             .without(held_out) |
         distill(m.trainer);
}

// Phase 1 from rows that have their reasoning already, such as the 10 000 that the authors released: nothing is drawn,
// classified or asked of a teacher. `rows`: with a prompt and its completion.
template <class Trainer, some_rows Rows, some_rows HeldOut>
auto implant_reasoned(Trainer& trainer, Rows& rows, HeldOut& held_out, mix_options const& o) {
  return mix(component_of("reasoned", rows).filled_by("phase 1, from data.reasoned")).options(o).without(held_out) |
         distill(trainer);
}

}  // namespace ease::inline v1
