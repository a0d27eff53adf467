// SPDX-License-Identifier: Apache-2.0
#pragma once
// The compile-time walk over a pipeline's stages: which fields a row has where, and the first composition error. Its results
// are types that the errors of stage/pipeline.hpp print, so their names are words of a sentence.
#include <concepts>
#include <cstddef>
#include <ease/stage/stage.hpp>
#include <ranges>
#include <type_traits>

namespace ease::inline v1 {

// Any input range of records can stand in front of a stage: a vector, a reader, a std or range-v3 view, another pipeline.
template <class R>
concept some_rows = std::ranges::input_range<R> && some_record<std::remove_cvref_t<std::ranges::range_reference_t<R>>>;

template <class R>
using record_of = std::remove_cvref_t<std::ranges::range_reference_t<R>>;

namespace detail {

template <class Record, class... Stages>
struct flow : std::type_identity<Record> {};
template <class Record, class S, class... Rest>
struct flow<Record, S, Rest...>
    : flow<decltype(joined(std::declval<Record>(), std::declval<typename S::output>())), Rest...> {};

// The first field of the list that the record lacks (or, for `repeated`, already has); void if none.
template <class List, class Record>
struct missing : std::type_identity<void> {};
template <template <class...> class List, class F, class... Fs, class Record>
struct missing<List<F, Fs...>, Record>
    : std::conditional_t<meets<F, Record>, missing<List<Fs...>, Record>, std::type_identity<F>> {};

template <class List, class Record>
struct repeated : std::type_identity<void> {};
template <template <class...> class List, class F, class... Fs, class Record>
struct repeated<List<F, Fs...>, Record>
    : std::conditional_t<Record::template has<F>, std::type_identity<F>, repeated<List<Fs...>, Record>> {};

struct fits {
  using stage = void;
  using wrong_call = void;
  using gap = void;
  using clash = void;
};
template <class Stage>
struct wrongly_called : fits {
  using stage = Stage;
  using wrong_call = Stage;
};
template <class Stage, class Field>
struct lacks : fits {
  using stage = Stage;
  using gap = Field;
};
template <class Stage, class Field>
struct repeats : fits {
  using stage = Stage;
  using clash = Field;
};

// The first stage that does not fit behind rows of type Record, and why.
template <class Record, class... Stages>
struct composition_error : std::type_identity<fits> {};

template <class Record, class S, class... Rest>
consteval auto find_composition_error_of_step() {
  using gap = typename missing<typename S::needed_fields, Record>::type;
  using clash = typename repeated<typename S::added_fields, Record>::type;
  if constexpr (!(runnable_stage<S> || runnable_sink<S>))
    return std::type_identity<wrongly_called<S>>{};
  else if constexpr (!std::is_void_v<gap>)
    return std::type_identity<lacks<S, gap>>{};
  else if constexpr (!std::is_void_v<clash>)
    return std::type_identity<repeats<S, clash>>{};
  else if constexpr (some_sink<S>)
    return std::type_identity<fits>{};
  else
    return std::type_identity<typename composition_error<typename flow<Record, S>::type, Rest...>::type>{};
}
template <class Record, class S, class... Rest>
consteval auto find_composition_error() {
  if constexpr (some_stage<S> || some_sink<S>)
    return find_composition_error_of_step<Record, S, Rest...>();
  else
    return std::type_identity<fits>{};  // asked while the compiler tries an operator| that is not ours
}
template <class Record, class S, class... Rest>
struct composition_error<Record, S, Rest...> : decltype(find_composition_error<Record, S, Rest...>()) {};

// A stage used before its source is known: only its call can be wrong yet.
template <class S>
using wrong_call_alone = std::conditional_t<runnable_stage<S>, void, S>;

}  // namespace detail
}  // namespace ease::inline v1
