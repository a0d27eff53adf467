// SPDX-License-Identifier: Apache-2.0
#pragma once
// What a stage is shown of a row: exactly the fields it declared in `needs<...>`, by reference. Reading another field does
// not compile, so a stage's contract is the whole truth about what it reads. A `maybe<F>` among them is read as F.
#include <ease/record/maybe.hpp>
#include <ease/record/record.hpp>
#include <tuple>
#include <type_traits>

namespace ease::inline v1 {

template <class... Needs>
class view {
 public:
  template <some_record Record>
    requires(detail::meets<Needs, Record> && ...)
  explicit view(Record const& row) : view{row, std::type_identity<Record>{}} {}

  // Of a row that has places for more fields than those of `Known`: what no stage has added yet is absent.
  template <some_record Record, some_record Known>
    requires(detail::meets<Needs, Known> && ...)
  view(Record const& row, std::type_identity<Known>) : fields_{field_in<Needs, Known>(row)...} {}

  // Fewer fields of another view.
  template <class... Others>
    requires((!detail::need<Needs>::always || one_of<Needs, Others...>) && ...)
  explicit view(view<Others...> const& row) : fields_{field_in<Needs>(row)...} {}

  template <class F>
  F const* at() const {
    return std::get<F const*>(fields_);
  }
  template <class F>
  auto const& read() const {
    return std::get<F const*>(fields_)->value;
  }

 private:
  template <class Need, class Known>
  static auto const* field_in(auto const& row) {
    using F = detail::field_of_need<Need>;
    if constexpr (Known::template has<F>)
      return &static_cast<F const&>(row);
    else
      return &Need::absent();
  }
  template <class Need, class... Others>
  static auto const* field_in(view<Others...> const& row) {
    using F = detail::field_of_need<Need>;
    if constexpr (one_of<F, detail::field_of_need<Others>...>)
      return row.template at<F>();
    else
      return &Need::absent();
  }

  std::tuple<detail::field_of_need<Needs> const*...> fields_;
};

// Read this if your compile breaks here: the stage reads a field that is not in its needs<...>. Add it there.
template <class reads_a_field_it_did_not_declare, class... Needs>
  requires(!one_of<reads_a_field_it_did_not_declare, detail::field_of_need<Needs>...>)
typename reads_a_field_it_did_not_declare::type const& get(view<Needs...> const&) = delete;

template <class F, class... Needs>
  requires(one_of<F, detail::field_of_need<Needs>...>)
auto const& get(view<Needs...> const& row) {
  return row.template read<F>();
}

// A field of a row, or the default of its type where the row's record has no such field.
template <some_field F, some_record Record>
typename F::type const& get_or_default([[maybe_unused]] Record const& row) {
  if constexpr (Record::template has<F>)
    return get<F>(row);
  else
    return maybe<F>::absent().value;
}

}  // namespace ease::inline v1
