// SPDX-License-Identifier: Apache-2.0
#pragma once
// How a stage holds what it works with (a model, a guard, a writer): an lvalue is referred to and must outlive the stage, an
// rvalue is kept. Either way the stage stays cheap to copy, and its type prints as `diagnose<torch_generator<cpu>>`.
#include <concepts>
#include <memory>
#include <type_traits>
#include <utility>

namespace ease::inline v1 {

template <class T>
class owner_or_ref {
 public:
  template <class U>
    requires std::same_as<std::remove_cvref_t<U>, T>
  owner_or_ref(U&& thing) {  // NOLINT(bugprone-forwarding-reference-overload): constrained to T itself
    if constexpr (std::is_lvalue_reference_v<U>)
      thing_ = std::shared_ptr<T>{std::shared_ptr<void>{}, std::addressof(thing)};
    else
      thing_ = std::make_shared<T>(std::forward<U>(thing));
  }
  T& operator*() const { return *thing_; }
  T* operator->() const { return thing_.get(); }

 private:
  std::shared_ptr<T> thing_;
};

}  // namespace ease::inline v1
