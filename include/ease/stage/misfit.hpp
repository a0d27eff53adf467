#pragma once
// Read this if your compile breaks here. Two things were joined that do not fit; the deleted operator's last template
// parameter is the sentence that says why, and its value is the field or stage meant:
//
//   needs_a_field_nothing_upstream_produces = F   add a stage before it that adds F, or read F from the file
//   adds_a_field_upstream_already_produces = F    the row has an F: drop the second stage, or give its field another name
//   is_not_called_with_its_input_giving_its_output = S   see stage/stage.hpp for the four call signatures
//
// Each returns `broken`, which swallows what follows, so that one mistake is one message.
#include <ease/stage/pipeline.hpp>
#include <type_traits>

namespace ease {

struct broken {
  broken* begin() { return this; }
  broken* end() { return this; }
  // Whatever is asked of it after the error.
  broken count(auto const&) const { return {}; }
  broken weight(auto const&) const { return {}; }
  broken options(auto const&) const { return {}; }
  broken seed(auto const&) const { return {}; }
  broken without(auto const&) const { return {}; }
};
template <class F>
typename F::type const& get(broken const&);
template <class Next>
  requires(some_stage<Next> || some_ending<Next>)
broken operator|(broken, Next const&);

template <class S>
concept some_step = some_stage<S> || some_ending<S>;

namespace detail {
template <class Rows, class... Stages>
concept miscalled = some_rows<Rows> && !std::is_void_v<typename misfit_of<Rows, Stages...>::miscalled>;
template <class Rows, class... Stages>
concept has_gap = some_rows<Rows> && !std::is_void_v<typename misfit_of<Rows, Stages...>::gap>;
template <class Rows, class... Stages>
concept has_clash = some_rows<Rows> && !std::is_void_v<typename misfit_of<Rows, Stages...>::clash>;
}  // namespace detail

template <class Rows, some_step Stage,
          class is_not_called_with_its_input_giving_its_output = typename detail::misfit_of<Rows, Stage>::miscalled>
  requires detail::miscalled<Rows, Stage>
broken operator|(Rows const&, Stage const&) = delete;

template <class Rows, some_step Stage,
          class needs_a_field_nothing_upstream_produces = typename detail::misfit_of<Rows, Stage>::gap>
  requires detail::has_gap<Rows, Stage>
broken operator|(Rows const&, Stage const&) = delete;

template <class Rows, some_step Stage,
          class adds_a_field_upstream_already_produces = typename detail::misfit_of<Rows, Stage>::clash>
  requires detail::has_clash<Rows, Stage>
broken operator|(Rows const&, Stage const&) = delete;

// The same for a recipe that meets its source: the stage meant is found inside it.
template <class Rows, class... Stages, class Stage = typename detail::misfit_of<Rows, Stages...>::stage,
          class needs_a_field_nothing_upstream_produces = typename detail::misfit_of<Rows, Stages...>::gap>
  requires detail::has_gap<Rows, Stages...>
broken operator|(Rows const&, recipe<Stages...> const&) = delete;

template <class Rows, class... Stages, class Stage = typename detail::misfit_of<Rows, Stages...>::stage,
          class adds_a_field_upstream_already_produces = typename detail::misfit_of<Rows, Stages...>::clash>
  requires detail::has_clash<Rows, Stages...>
broken operator|(Rows const&, recipe<Stages...> const&) = delete;

// And for a wrongly called stage in a recipe.
template <some_stage First, some_stage Second,
          class is_not_called_with_its_input_giving_its_output =
              std::conditional_t<runnable_stage<First>, detail::miscalled_alone<Second>, First>>
  requires(!std::is_void_v<is_not_called_with_its_input_giving_its_output>)
broken operator|(First const&, Second const&) = delete;

}  // namespace ease
