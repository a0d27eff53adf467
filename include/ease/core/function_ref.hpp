// SPDX-License-Identifier: Apache-2.0
#pragma once
// A callable that belongs to the caller: two pointers, no copy, no allocation. For parameters that are called before the
// function returns; it must not be kept longer, and a temporary lambda must not be given a name as one. (C++26 has
// std::function_ref.)
#include <concepts>
#include <memory>
#include <type_traits>
#include <utility>

namespace ease::inline v1 {

template <class Signature>
class function_ref;

template <class Result, class... Args>
class function_ref<Result(Args...)> {
 public:
  template <class F>
    requires(!std::same_as<std::remove_cvref_t<F>, function_ref> && std::is_invocable_r_v<Result, F&, Args...>)
  function_ref(F&& callable) noexcept  // NOLINT(bugprone-forwarding-reference-overload): its own type is excluded
      : object_{const_cast<void*>(static_cast<void const*>(std::addressof(callable)))},
        call_{[](void* object, Args&&... args) -> Result {
          return (*static_cast<std::remove_reference_t<F>*>(object))(std::forward<Args>(args)...);
        }} {}

  Result operator()(Args... args) const { return call_(object_, std::forward<Args>(args)...); }

 private:
  void* object_;
  Result (*call_)(void*, Args&&...);
};

}  // namespace ease::inline v1
