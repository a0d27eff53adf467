// SPDX-License-Identifier: Apache-2.0
#pragma once
// Phase 2 of the paper, "calibrate the boundary": the original SLM answers adversarial prompts; where the guard calls its
// answer unsafe lies the vulnerable region, and only there the model is to reason. Those prompts with their reasoning,
// plainly harmful prompts with a direct refusal and general prompts with a direct answer are mixed, and Mreason is trained
// on the mix.
//
//     auto [training, report] = run(calibrate(m, prompts, refusals, general, held_out, options), run_folder{"out"});
#include <cstddef>
#include <ease/method/classify.hpp>
#include <ease/method/finetune.hpp>
#include <ease/method/guard_filter.hpp>
#include <ease/method/mix.hpp>
#include <ease/method/models.hpp>
#include <ease/method/reasoned_rows.hpp>
#include <ease/method/rows/draw.hpp>
#include <ease/method/rows/refuse.hpp>
#include <ease/method/self_response.hpp>
#include <optional>
#include <string>
#include <tuple>
#include <utility>

namespace ease::inline v1 {

struct calibrate_options {
  reasoning_options reasoning{};
  diagnose_options diagnose{};
  guard_filter_options guard{};
  std::string refusal{};  // empty: that of the row's policy
  diagnose_options general{.sampling = {.temperature = 0.0, .max_tokens = 256}};
  draw_options general_rows{};
  std::optional<std::size_t> general_max_prompt_bytes{};  // instead of the reasoning's
  mix_options mix{.min_fraction = 0.5};
  // Rows of each component of the mix; all of them if not said.
  std::optional<std::size_t> vulnerable{}, adversarial_benign{}, harmful{}, general_count{};
};

namespace detail {
template <class Rows>
auto counted(mix_component<Rows> one, std::optional<std::size_t> rows) {
  return rows ? std::move(one).count(*rows) : std::move(one);
}
}  // namespace detail

// The vulnerable region, with its reasoning.
template <class Models, some_rows Prompts>
auto vulnerable_region(Models const& m, Prompts& prompts, calibrate_options const& o) {
  auto only_harmful = o.reasoning.sample;
  only_harmful.benign = 0;
  auto checked = detail::guard_unless_off{m.guard, o.reasoning.check};
  return from(prompts) | at_most_bytes(o.reasoning.max_prompt_bytes) | sample(only_harmful) | diagnose(m.slm, o.diagnose) |
         guard_filter(m.guard, o.guard) | classify_by<record_of<Prompts>>(m.classifier) |
         cot(m.teacher).checked_by(std::move(checked), o.reasoning.cot);
}

// `prompts`: rows with a prompt, its data_type and `vanilla`; `refusals`: plainly harmful prompts; `general`: ordinary ones,
// with their file's number; both with the answer to be trained on where there is one. `held_out`: prompts that must not be
// trained on. `prompts` is read twice.
template <class Models, some_rows Prompts, some_rows Refusals, some_rows General, some_rows HeldOut>
auto calibrate(Models const& m, Prompts& prompts, Refusals& refusals, General& general, HeldOut& held_out,
               calibrate_options const& o) {
  auto vulnerable = vulnerable_region(m, prompts, o);
  auto adversarial_benign = reasoned_benign(m, prompts, o.reasoning);
  auto refused = from(refusals) | refuse(o.refusal);
  auto answered = from(general) | at_most_bytes(o.general_max_prompt_bytes.value_or(o.reasoning.max_prompt_bytes)) |
                  draw(o.general_rows) | self_response(m.slm, o.general);
  auto const& drawn = o.reasoning.sample;
  std::string const from{"phase 2, from data.diagnosis"};
  return mix(detail::drawn_component("vulnerable", from, std::move(vulnerable), drawn.harmful, o.vulnerable),
             detail::drawn_component("adversarial_benign", from, std::move(adversarial_benign), drawn.benign,
                                     o.adversarial_benign),
             detail::counted(component_of("harmful", std::move(refused)).filled_by("phase 2, from data.harmful"), o.harmful),
             detail::counted(component_of("general", std::move(answered)).filled_by("phase 2, from data.general"),
                             o.general_count))
             .options(o.mix)
             .without(held_out) |
         finetune(m.trainer);
}

}  // namespace ease::inline v1
