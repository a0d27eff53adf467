// SPDX-License-Identifier: Apache-2.0
#pragma once
// One component of a mix: rows under a name, with the count or the weight that is wanted of them.
//
//     component_of("reason", rows)   component_of("reason", rows).count(150)   component_of("reason", rows).weight(2)
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

namespace ease::inline v1 {

using mixed_row = record<history, prompt, target, component>;

template <class Rows>
class mix_component {
 public:
  using rows_type = Rows;
  mix_component(std::string name, std::shared_ptr<Rows> rows) : name_{std::move(name)}, rows_{std::move(rows)} {}

  mix_component count(std::size_t rows) && {
    count_ = rows;
    return std::move(*this);
  }
  mix_component weight(double parts) && {
    if (!(parts > 0) || !std::isfinite(parts))
      throw usage_error{"mix: the weight of component {} must be a positive number", name_};
    weight_ = parts;
    return std::move(*this);
  }

  // What its rows come from, for messages: "phase 2, from data.harmful". The mix does not depend on it.
  mix_component filled_by(std::string what) && {
    filled_by_ = std::move(what);
    return std::move(*this);
  }

  std::string const& name() const { return name_; }
  std::string const& filled_by() const { return filled_by_; }
  std::optional<std::size_t> count() const { return count_; }
  std::optional<double> weight() const { return weight_; }
  Rows& rows() const { return *rows_; }
  // The same component with other rows: those that a run folder keeps.
  template <class Others>
  mix_component<Others> with_rows(Others rows) const {
    mix_component<Others> out{name_, std::make_shared<Others>(std::move(rows))};
    if (count_) out = std::move(out).count(*count_);
    if (weight_) out = std::move(out).weight(*weight_);
    out = std::move(out).filled_by(filled_by_);
    return out;
  }

 private:
  std::string name_, filled_by_{};
  std::shared_ptr<Rows> rows_;
  std::optional<std::size_t> count_{};
  std::optional<double> weight_{};
};

template <class Rows>
  requires some_rows<std::remove_reference_t<Rows>>
auto component_of(std::string name, Rows&& rows) {
  return mix_component<std::remove_reference_t<Rows>>{std::move(name), detail::own_or_refer(std::forward<Rows>(rows))};
}

// A component of rows that do not compose: the composition has its error already.
inline broken component_of(std::string const&, broken) { return {}; }

namespace detail {
template <class A>
inline constexpr bool is_component = false;
template <class Rows>
inline constexpr bool is_component<mix_component<Rows>> = true;

template <class A>
struct component_row {
  using type = record_of<std::remove_reference_t<A>>;
};
template <class Rows>
struct component_row<mix_component<Rows>> {
  using type = record_of<Rows>;
};
template <class A>
concept some_component = is_component<std::remove_cvref_t<A>> || some_rows<std::remove_reference_t<A>>;

// The first field that some component lacks of those a training row is made of; void if all have all.
template <class... Components>
struct lacking : std::type_identity<void> {};
template <class A, class... Rest>
struct lacking<A, Rest...> {
  using gap = typename missing<needs<prompt, target>, typename component_row<std::remove_cvref_t<A>>::type>::type;
  using type = typename std::conditional_t<std::is_void_v<gap>, lacking<Rest...>, std::type_identity<gap>>::type;
};
template <class... Components>
concept alike = (some_component<Components> && ...) && std::is_void_v<typename lacking<Components...>::type>;
}  // namespace detail

}  // namespace ease::inline v1
