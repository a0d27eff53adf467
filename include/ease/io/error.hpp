#pragma once
// The one exception of the framework. Its text is a single line that names the place (file, line, field) and the way out;
// it never quotes prompt or answer text, so that it can be logged and shared.
#include <fmt/format.h>

#include <stdexcept>
#include <string>
#include <utility>

namespace ease {

struct error : std::runtime_error {
  using std::runtime_error::runtime_error;

  template <class... Args>
  explicit error(fmt::format_string<Args...> form, Args&&... args)
    requires(sizeof...(Args) > 0)
      : std::runtime_error{fmt::format(form, std::forward<Args>(args)...)} {}
};

}  // namespace ease
