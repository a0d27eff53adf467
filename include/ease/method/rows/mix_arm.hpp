// SPDX-License-Identifier: Apache-2.0
#pragma once
// One arm of a mix: rows under a name, with the count or the weight that is wanted of them.
//
//     arm_of("reason", rows)   arm_of("reason", rows).count(150)   arm_of("reason", rows).weight(2)
#include <cmath>
#include <concepts>
#include <cstddef>
#include <ease/core/error.hpp>
#include <ease/record/fields.hpp>
#include <ease/stage/pipeline.hpp>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

namespace ease {

using mixed_row = record<prompt, target, arm>;

template <class Rows>
class arm_of_rows {
 public:
  using rows_type = Rows;
  arm_of_rows(std::string name, std::shared_ptr<Rows> rows) : name_{std::move(name)}, rows_{std::move(rows)} {}

  arm_of_rows count(std::size_t rows) && {
    count_ = rows;
    return std::move(*this);
  }
  arm_of_rows weight(double share) && {
    if (!(share > 0) || !std::isfinite(share)) throw error{"mix: the weight of arm {} must be a positive number", name_};
    weight_ = share;
    return std::move(*this);
  }

  std::string const& name() const { return name_; }
  std::optional<std::size_t> count() const { return count_; }
  std::optional<double> weight() const { return weight_; }
  Rows& rows() const { return *rows_; }
  // The same arm with other rows: those that a run folder keeps.
  template <class Others>
  arm_of_rows<Others> with_rows(Others rows) const {
    arm_of_rows<Others> out{name_, std::make_shared<Others>(std::move(rows))};
    if (count_) out = std::move(out).count(*count_);
    if (weight_) out = std::move(out).weight(*weight_);
    return out;
  }

 private:
  std::string name_;
  std::shared_ptr<Rows> rows_;
  std::optional<std::size_t> count_{};
  std::optional<double> weight_{};
};

template <class Rows>
  requires some_rows<std::remove_reference_t<Rows>>
auto arm_of(std::string name, Rows&& rows) {
  return arm_of_rows<std::remove_reference_t<Rows>>{std::move(name), detail::hold(std::forward<Rows>(rows))};
}

// An arm of rows that do not compose: the composition has its error already.
inline broken arm_of(std::string const&, broken) { return {}; }

namespace detail {
template <class A>
inline constexpr bool is_arm = false;
template <class Rows>
inline constexpr bool is_arm<arm_of_rows<Rows>> = true;

template <class A>
struct arm_row {
  using type = record_of<std::remove_reference_t<A>>;
};
template <class Rows>
struct arm_row<arm_of_rows<Rows>> {
  using type = record_of<Rows>;
};
template <class A>
concept some_arm = is_arm<std::remove_cvref_t<A>> || some_rows<std::remove_reference_t<A>>;

// The first field that some arm lacks of those a training row is made of; void if all have all.
template <class... Arms>
struct lacking : std::type_identity<void> {};
template <class A, class... Rest>
struct lacking<A, Rest...> {
  using gap = typename missing<needs<prompt, target>, typename arm_row<std::remove_cvref_t<A>>::type>::type;
  using type = typename std::conditional_t<std::is_void_v<gap>, lacking<Rest...>, std::type_identity<gap>>::type;
};
template <class... Arms>
concept alike = (some_arm<Arms> && ...) && std::is_void_v<typename lacking<Arms...>::type>;
}  // namespace detail

}  // namespace ease
