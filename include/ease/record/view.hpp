// SPDX-License-Identifier: Apache-2.0
#pragma once
// What a stage is shown of a row: exactly the fields it declared in `needs<...>`, by reference. Reading another field does
// not compile, so a stage's contract is the whole truth about what it reads.
#include <ease/record/record.hpp>
#include <tuple>

namespace ease::inline v1 {

template <class... Fs>
class view {
 public:
  template <some_record Record>
    requires(Record::template has<Fs> && ...)
  explicit view(Record const& row) : fields_{&static_cast<Fs const&>(row)...} {}

  // Fewer fields of another view.
  template <class... Gs>
    requires(one_of<Fs, Gs...> && ...)
  explicit view(view<Gs...> const& row) : fields_{row.template at<Fs>()...} {}

  template <class F>
  F const* at() const {
    return std::get<F const*>(fields_);
  }
  template <class F>
  auto const& read() const {
    return std::get<F const*>(fields_)->value;
  }

 private:
  std::tuple<Fs const*...> fields_;
};

// Read this if your compile breaks here: the stage reads a field that is not in its needs<...>. Add it there.
template <class reads_a_field_it_did_not_declare, class... Fs>
  requires(!one_of<reads_a_field_it_did_not_declare, Fs...>)
typename reads_a_field_it_did_not_declare::type const& get(view<Fs...> const&) = delete;

template <class F, class... Fs>
  requires(one_of<F, Fs...>)
auto const& get(view<Fs...> const& row) {
  return row.template read<F>();
}

}  // namespace ease::inline v1
