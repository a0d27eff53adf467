// SPDX-License-Identifier: Apache-2.0
#pragma once
// Numbers of JSON, and the words that Python's json module writes beside them.
#include <charconv>
#include <cmath>
#include <cstdint>
#include <limits>
#include <string_view>
#include <system_error>

namespace ease::parquet {

struct json_number {
  bool is_whole{false};  // an integer of 64 bits, in `whole`, or in `large` where it is beyond the signed ones
  bool beyond_signed{false};
  bool is_real{false};  // else, if a double holds it, in `real`
  std::int64_t whole{0};
  std::uint64_t large{0};
  double real{0};
};

inline json_number number_in(std::string_view token) {
  json_number out;
  auto const* const end = token.data() + token.size();
  auto const takes_all = [&](auto& value) {
    auto const [stop, bad] = std::from_chars(token.data(), end, value);
    return bad == std::errc{} && stop == end;
  };
  if (token.find_first_of(".eE") == token.npos) {
    out.is_whole = takes_all(out.whole);
    out.beyond_signed = !out.is_whole && takes_all(out.large);
    out.is_whole = out.is_whole || out.beyond_signed;
    if (out.is_whole) return out;
  }
  constexpr auto infinity = std::numeric_limits<double>::infinity();
  if (token == "NaN")
    out.is_real = true, out.real = std::numeric_limits<double>::quiet_NaN();
  else if (token == "Infinity" || token == "-Infinity")
    out.is_real = true, out.real = token.front() == '-' ? -infinity : infinity;
  else
    out.is_real = takes_all(out.real) && token.find_first_of(".eE") != token.npos;
  return out;
}

}  // namespace ease::parquet
