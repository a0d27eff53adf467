// SPDX-License-Identifier: Apache-2.0
#pragma once
// Read this if your compile breaks here. Two things were joined that do not fit; the deleted operator's last template
// parameter is the sentence that says why, and its value is the field or stage meant:
//
//   needs_a_field_nothing_upstream_produces = F   add a stage before it that adds F, or read F from the file
//   adds_a_field_upstream_already_produces = F    the row has an F: drop the second stage, or give its field another name
//   is_not_called_with_its_input_giving_its_output = S   see stage/stage.hpp for the four call signatures
//   is_a_range_of_these_and_not_of_records = T    make records of them: records<prompt>(texts)
//   a_function_becomes_a_stage_by_filter_or_transform = F   see stage/function_stages.hpp
//   is_neither_a_stage_nor_a_sink = T          behind a `|` stands a stage: diagnose(slm), guard_filter(guard), ...
//
// Each returns `broken`, which swallows what follows, so that one mistake is one message.
#include <concepts>
#include <ease/stage/function_stages.hpp>
#include <ease/stage/ill_formed_stage.hpp>
#include <ease/stage/pipeline.hpp>
#include <ranges>
#include <type_traits>

namespace ease::inline v1 {

struct broken {
  broken* begin() { return this; }
  broken* end() { return this; }
  // Whatever is asked of it after the error.
  broken count(auto const&) const { return {}; }
  broken filled_by(auto const&) const { return {}; }
  broken weight(auto const&) const { return {}; }
  broken options(auto const&) const { return {}; }
  broken seed(auto const&) const { return {}; }
  broken without(auto const&) const { return {}; }
};
template <class F>
typename F::type const& get(broken const&);
template <class Next>
  requires(some_stage<Next> || some_sink<Next>)
broken operator|(broken, Next const&);

template <class S>
concept some_step = some_stage<S> || some_sink<S>;

// A stage that has said its error already (stage/ill_formed_stage.hpp).
template <class Left, std::derived_from<detail::ill_formed_stage> IllFormed>
broken operator|(Left const&, IllFormed const&) {
  return {};
}

namespace detail {
template <class R>
concept range_of_other_things = std::ranges::input_range<R> && !some_rows<R>;
template <class R>
struct element_of : std::type_identity<void> {};
template <range_of_other_things R>
struct element_of<R> : std::type_identity<std::remove_cvref_t<std::ranges::range_reference_t<R>>> {};
}  // namespace detail

template <class Rows, some_step Stage,
          class is_a_range_of_these_and_not_of_records = typename detail::element_of<Rows const>::type>
  requires detail::range_of_other_things<Rows const>
broken operator|(Rows const&, Stage const&) = delete;
template <class Rows, class is_a_range_of_these_and_not_of_records = typename detail::element_of<Rows const>::type>
  requires detail::range_of_other_things<Rows const>
broken from(Rows const&) = delete;

// A function is no stage: it does not say which fields it reads.
template <class Rows, class a_function_becomes_a_stage_by_filter_or_transform>
  requires(some_rows<Rows> && !some_step<a_function_becomes_a_stage_by_filter_or_transform> &&
           std::invocable<a_function_becomes_a_stage_by_filter_or_transform const&, record_of<Rows>&>)
broken operator|(Rows const&, a_function_becomes_a_stage_by_filter_or_transform const&) = delete;

// A number, a text, a record or other rows.
template <class Rows, class is_neither_a_stage_nor_a_sink>
  requires(some_rows<Rows> && !some_step<is_neither_a_stage_nor_a_sink> &&
           (std::is_scalar_v<is_neither_a_stage_nor_a_sink> || some_record<is_neither_a_stage_nor_a_sink> ||
            std::ranges::range<is_neither_a_stage_nor_a_sink const>) &&
           !std::invocable<is_neither_a_stage_nor_a_sink const&, record_of<Rows>&>)
broken operator|(Rows const&, is_neither_a_stage_nor_a_sink const&) = delete;

namespace detail {
template <class Rows, class... Stages>
concept has_wrong_call = some_rows<Rows> && !std::is_void_v<typename composition_error_of<Rows, Stages...>::wrong_call>;
template <class Rows, class... Stages>
concept has_gap = some_rows<Rows> && !std::is_void_v<typename composition_error_of<Rows, Stages...>::gap>;
template <class Rows, class... Stages>
concept has_clash = some_rows<Rows> && !std::is_void_v<typename composition_error_of<Rows, Stages...>::clash>;
}  // namespace detail

template <
    class Rows, some_step Stage,
    class is_not_called_with_its_input_giving_its_output = typename detail::composition_error_of<Rows, Stage>::wrong_call>
  requires detail::has_wrong_call<Rows, Stage>
broken operator|(Rows const&, Stage const&) = delete;

template <class Rows, some_step Stage,
          class needs_a_field_nothing_upstream_produces = typename detail::composition_error_of<Rows, Stage>::gap>
  requires detail::has_gap<Rows, Stage>
broken operator|(Rows const&, Stage const&) = delete;

template <class Rows, some_step Stage,
          class adds_a_field_upstream_already_produces = typename detail::composition_error_of<Rows, Stage>::clash>
  requires detail::has_clash<Rows, Stage>
broken operator|(Rows const&, Stage const&) = delete;

// The same for a partial pipeline that meets its source: the stage meant is found inside it.
template <class Rows, class... Stages, class Stage = typename detail::composition_error_of<Rows, Stages...>::stage,
          class needs_a_field_nothing_upstream_produces = typename detail::composition_error_of<Rows, Stages...>::gap>
  requires detail::has_gap<Rows, Stages...>
broken operator|(Rows const&, partial_pipeline<Stages...> const&) = delete;

template <class Rows, class... Stages, class Stage = typename detail::composition_error_of<Rows, Stages...>::stage,
          class adds_a_field_upstream_already_produces = typename detail::composition_error_of<Rows, Stages...>::clash>
  requires detail::has_clash<Rows, Stages...>
broken operator|(Rows const&, partial_pipeline<Stages...> const&) = delete;

// And for a wrongly called stage in a partial pipeline.
template <some_stage First, some_stage Second,
          class is_not_called_with_its_input_giving_its_output =
              std::conditional_t<runnable_stage<First>, detail::wrong_call_alone<Second>, First>>
  requires(!std::is_void_v<is_not_called_with_its_input_giving_its_output>)
broken operator|(First const&, Second const&) = delete;

}  // namespace ease::inline v1
