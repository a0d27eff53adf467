// SPDX-License-Identifier: Apache-2.0
#pragma once
// Finds libease_parquet.so: the file that EASE_PARQUET_LIBRARY names, else where the system looks for a program's libraries (its
// RPATH, LD_LIBRARY_PATH, the system's folders). It is looked for once, and nothing of it stays in a program that opens no Parquet
// file.
#include <dlfcn.h>

#include <cstdlib>
#include <ease/core/error.hpp>
#include <ease/core/printable.hpp>
#include <ease/io/parquet/parquet_library.hpp>
#include <string>
#include <string_view>

namespace ease::inline v1 {

namespace detail {

struct found_parquet {
  parquet_library const* library{nullptr};
  std::string why_not{};  // what the system says of it
};

inline found_parquet const& find_parquet() {
  static auto const found = []() -> found_parquet {
    auto const* const named = std::getenv("EASE_PARQUET_LIBRARY");
    std::string const file = named != nullptr && *named != '\0' ? named : "libease_parquet.so";
    void* const handle = ::dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
    auto const said = [&] {
      auto const* const text = ::dlerror();
      return printable(text == nullptr ? "" : text, 300);
    };
    if (handle == nullptr) return {nullptr, said()};
    void* const symbol = ::dlsym(handle, "ease_parquet_library_1");
    if (symbol == nullptr) return {nullptr, printable(file) + " is of another version of ease"};
    return {reinterpret_cast<decltype(&ease_parquet_library_1)>(symbol)(), {}};
  }();
  return found;
}

}  // namespace detail

inline bool can_use_parquet() { return detail::find_parquet().library != nullptr; }

// Throws ease::error, which `file` begins and which says how to get it, where it is not there.
inline parquet_library const& parquet_for(std::string_view file) {
  auto const& found = detail::find_parquet();
  if (found.library == nullptr)
    throw error{
        "{}: Parquet needs Arrow, which this build does not have ({}): run script/bootstrap and build again, or use "
        "JSON lines (datasets.load_dataset(...).to_json(FILE))",
        file, found.why_not};
  return *found.library;
}

}  // namespace ease::inline v1
