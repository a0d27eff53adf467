// SPDX-License-Identifier: Apache-2.0
#pragma once
// A stage's base class is its contract, in one line:
//
//     struct classify : stage<needs<prompt, response>, adds<categories>> { ... };
//
// It is shown a view of exactly the fields it needs and returns exactly those it adds; a field it reads where rows have it is
// `maybe<F>` (record/maybe.hpp). Its call signature says what it is:
//
//     output           operator()(input);                             each row gets the fields
//     decision<output> operator()(input);                             ... or is rejected with a reason, or fails
//     bool             operator()(input);                             keeps or rejects rows (adds nothing)
//     void             operator()(std::span<input const>, emit const&);   many rows at once, returned in completion order
//
// A batch stage also says how many rows it wants at once: `std::size_t window() const` (SIZE_MAX: all of them). It may call
// emit in any order, once a row; the pipeline restores the input's order, and every row it was shown stays whole until the
// call returns. A stage may have `void finish(stage_count&)`, which is called at the end of a pass: it can add a note.
#include <concepts>
#include <cstddef>
#include <ease/core/function_ref.hpp>
#include <ease/core/outcome.hpp>
#include <ease/record/view.hpp>
#include <span>
#include <string_view>
#include <type_traits>
#include <utility>

namespace ease::inline v1 {

template <class... Fs>
struct needs {};
template <class... Fs>
struct adds {};

template <class Needs, class Adds = adds<>>
struct stage;

template <class... Ns, class... As>
struct stage<needs<Ns...>, adds<As...>> {
  static_assert((some_field<As> && ...),
                "adds<...> names the fields that every row gets: maybe<F> stands in needs<...> alone");

  using needed_fields = needs<Ns...>;
  using added_fields = adds<As...>;
  using input = view<Ns...>;
  using output = record<As...>;
  using emit = function_ref<void(std::size_t, decision<output>)>;

  // The stage's output from one value a field, in the order of adds<...>.
  template <class... Values>
    requires detail::converts<output, Values...>
  static output with(Values&&... values) {
    return {As{{std::forward<Values>(values)}}...};
  }
  // Read this if your compile breaks here: a value is not of its field's type. The usual case is an `answer`, which may be
  // truncated, given where a complete one is asked for.
  template <class... values_that_are_not_those_of_the_fields_it_adds>
    requires(!detail::converts<output, values_that_are_not_those_of_the_fields_it_adds...>)
  static output with(values_that_are_not_those_of_the_fields_it_adds const&...) = delete;
};

template <class S>
concept some_stage = requires {
  typename S::needed_fields;
  typename S::added_fields;
  typename S::input;
  typename S::output;
};

template <class S>
concept maps_rows = requires(S& s, typename S::input const& row) {
  { s(row) } -> std::same_as<typename S::output>;
};
template <class S>
concept decides_rows = requires(S& s, typename S::input const& row) {
  { s(row) } -> std::same_as<decision<typename S::output>>;
};
template <class S>
concept filters_rows = std::same_as<typename S::output, record<>> && requires(S& s, typename S::input const& row) {
  { s(row) } -> std::same_as<bool>;
};
template <class S>
concept batches_rows = requires(S& s, std::span<typename S::input const> rows, typename S::emit const& done) {
  { s(rows, done) } -> std::same_as<void>;
  { std::as_const(s).window() } -> std::convertible_to<std::size_t>;
};
template <class S>
concept runnable_stage = some_stage<S> && (maps_rows<S> || decides_rows<S> || filters_rows<S> || batches_rows<S>);

// A sink takes every row and gives one result: `void operator()(input)` for each, then `auto finish()` once.
template <class Needs>
struct sink;
template <class... Ns>
struct sink<needs<Ns...>> {
  using needed_fields = needs<Ns...>;
  using added_fields = adds<>;
  using input = view<Ns...>;
  using sink_of_a_pipeline = void;
};
template <class E>
concept some_sink = requires {
  typename E::needed_fields;
  typename E::sink_of_a_pipeline;
};
template <class E>
concept runnable_sink = some_sink<E> && requires(E& e, typename E::input const& row) {
  { e(row) } -> std::same_as<void>;
  e.finish();
};

// The name a stage has in reports: its own `static constexpr std::string_view name`, or that of its type.
template <class S>
consteval std::string_view stage_name() {
  if constexpr (requires { S::name; }) {
    return S::name;
  } else {
    std::string_view full = __PRETTY_FUNCTION__;
    auto const from = full.find("S = ") + 4;
    full = full.substr(from, full.find_first_of("<;]", from) - from);
    auto const colons = full.rfind("::");
    return colons == std::string_view::npos ? full : full.substr(colons + 2);
  }
}

}  // namespace ease::inline v1
