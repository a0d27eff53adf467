// SPDX-License-Identifier: Apache-2.0
#pragma once
// A row: a set of fields, each present by type. `record<prompt, data_type>` has exactly those; `get<prompt>(row)` reads one.
// A record is an aggregate of its fields and knows nothing of files; reading and writing are io's business.
#include <concepts>
#include <ease/record/field.hpp>
#include <type_traits>
#include <utility>

namespace ease::inline v1 {

template <class F, class... Fs>
inline constexpr bool one_of = (std::same_as<F, Fs> || ...);

template <class... Fs>
struct record : Fs... {
  template <class F>
  static constexpr bool has = one_of<F, Fs...>;

  friend bool operator==(record const&, record const&) = default;
};

namespace detail {
template <class... Fs>
void is_record(record<Fs...> const&);
}

template <class R>
concept some_record = requires(R const& r) { detail::is_record(r); };

// Read this if your compile breaks here: the record has no such field. Which it has stands in the message.
template <class the_record_has_no_such_field, class... Fs>
  requires(!one_of<the_record_has_no_such_field, Fs...>)
auto& get(record<Fs...> const&) = delete;

template <class F, class... Fs>
  requires(one_of<F, Fs...>)
auto const& get(record<Fs...> const& r) {
  return static_cast<F const&>(r).value;
}
template <class F, class... Fs>
  requires(one_of<F, Fs...>)
auto& get(record<Fs...>& r) {
  return static_cast<F&>(r).value;
}

// The fields of both; moved, not copied.
template <class... Fs, class... Gs>
record<Fs..., Gs...> joined(record<Fs...> a, [[maybe_unused]] record<Gs...> b) {
  return {std::move(static_cast<Fs&>(a))..., std::move(static_cast<Gs&>(b))...};
}

namespace detail {
template <class Record, class... Values>
inline constexpr bool converts = false;
template <class... Fs, class... Values>
  requires(sizeof...(Fs) == sizeof...(Values))
inline constexpr bool converts<record<Fs...>, Values...> = (std::is_convertible_v<Values, typename Fs::type> && ...);
}  // namespace detail

// Makes a record from values in the order of its fields: make_record<prompt, id>("...", "7").
template <class... Fs, class... Values>
  requires detail::converts<record<Fs...>, Values...>
record<Fs...> make_record(Values&&... values) {
  return {Fs{{std::forward<Values>(values)}}...};
}
// Read this if your compile breaks here: a value is not of its field's type, or there are fewer or more than fields. The
// usual case is an `answer`, which may be truncated, given where a complete one is asked for.
template <class... Fs, class... values_that_are_not_those_of_the_fields>
  requires(!detail::converts<record<Fs...>, values_that_are_not_those_of_the_fields...>)
record<Fs...> make_record(values_that_are_not_those_of_the_fields const&...) = delete;

}  // namespace ease::inline v1
