// SPDX-License-Identifier: Apache-2.0
#pragma once
// Stages made of functions, for what is said in a line. The fields that a function reads are named, and it gets their
// values; the version is raised when what it does changes, and enters a run folder's identity.
//
//     from(rows) | filter<prompt>("too_long", 1, [](std::string const& p) { return p.size() < 900; })
//     from(rows) | transform<language, prompt>(1, [](std::string const& p) { return language_of(p); })
//
// filter: rows for which the function is false are rejected, with the reason named. transform<F, Ns...>: each row gets the
// field F, whose value the function gives from those of Ns.
#include <concepts>
#include <ease/core/outcome.hpp>
#include <ease/record/view.hpp>
#include <ease/stage/stage.hpp>
#include <functional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace ease::inline v1 {

template <class F, some_field... Reads>
class filter_stage : public stage<needs<Reads...>> {
  using base = stage<needs<Reads...>>;

 public:
  static constexpr std::string_view name{"filter"};
  filter_stage(std::string reason, int version, F keep)
      : reason_{std::move(reason)}, version_{version}, keep_{std::move(keep)} {}

  decision<typename base::output> operator()(typename base::input const& row) {
    if (std::invoke(keep_, get<Reads>(row)...)) return typename base::output{};
    return rejected{reason_};
  }
  void each_part(auto&& visit) { visit(reason_), visit(version_); }

 private:
  std::string reason_;
  int version_;
  F keep_;
};

template <some_field... Reads, class F>
  requires(sizeof...(Reads) > 0) && std::predicate<F&, typename Reads::type const&...>
filter_stage<F, Reads...> filter(std::string reason, int version, F keep) {
  return {std::move(reason), version, std::move(keep)};
}

template <class F, some_field Gives, some_field... Reads>
class transform_stage : public stage<needs<Reads...>, adds<Gives>> {
  using base = stage<needs<Reads...>, adds<Gives>>;

 public:
  static constexpr std::string_view name{"transform"};
  transform_stage(int version, F to) : version_{version}, to_{std::move(to)} {}

  typename base::output operator()(typename base::input const& row) {
    return base::with(std::invoke(to_, get<Reads>(row)...));
  }
  void each_part(auto&& visit) { visit(version_); }

 private:
  int version_;
  F to_;
};

template <some_field Gives, some_field... Reads, class F>
  requires(sizeof...(Reads) > 0) &&
          std::convertible_to<std::invoke_result_t<F&, typename Reads::type const&...>, typename Gives::type>
transform_stage<F, Gives, Reads...> transform(int version, F to) {
  return {version, std::move(to)};
}

}  // namespace ease::inline v1
