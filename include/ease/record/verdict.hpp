// SPDX-License-Identifier: Apache-2.0
#pragma once
// A guard's judgement, as a sum type: `safe`, `unsafe` (with the hazard codes it named) or `unparsed`. They are counted
// apart: an output that cannot be read decides nothing, in particular it is not `unsafe`. Each carries the name of its
// judge; a guard may leave that to the stage that asks it (method/guard_filter.hpp).
#include <concepts>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace ease::inline v1 {

// `probability_unsafe` is the judge's own, in [0, 1]; nullopt: the judge says yes or no and has none.
struct safe {
  std::optional<double> probability_unsafe{};
  std::string judge{};
  friend bool operator==(safe const&, safe const&) = default;
};

struct unsafe {
  std::optional<double> probability_unsafe{};
  std::vector<std::string> hazards{};  // the guard's own codes, e.g. "S1"; empty if it named none
  std::string judge{};
  friend bool operator==(unsafe const&, unsafe const&) = default;
};

struct unparsed {
  std::string reason;  // what could not be read, without the judged text
  std::string judge{};
  friend bool operator==(unparsed const&, unparsed const&) = default;
};

using verdict = std::variant<safe, unsafe, unparsed>;

inline std::optional<double> probability_unsafe(safe const& v) { return v.probability_unsafe; }
inline std::optional<double> probability_unsafe(unsafe const& v) { return v.probability_unsafe; }

// Read this if your compile breaks here: the verdict may be unparsed. Ask first with std::get_if<safe> / <unsafe>.
template <class an_unparsed_verdict_decides_nothing>
  requires(std::same_as<an_unparsed_verdict_decides_nothing, unparsed> ||
           std::same_as<an_unparsed_verdict_decides_nothing, verdict>)
std::optional<double> probability_unsafe(an_unparsed_verdict_decides_nothing const&) = delete;

constexpr std::string_view name_of(safe const&) { return "safe"; }
constexpr std::string_view name_of(unsafe const&) { return "unsafe"; }
constexpr std::string_view name_of(unparsed const&) { return "unparsed"; }
inline std::string_view name_of(verdict const& v) {
  return std::visit([](auto const& one) { return name_of(one); }, v);
}

// Who judged; empty if the verdict does not say.
inline std::string const& judge_of(verdict const& v) {
  return std::visit([](auto const& one) -> std::string const& { return one.judge; }, v);
}
// Gives the verdict its judge's name, unless it carries one already.
inline void name_judge(verdict& v, std::string_view judge) {
  std::visit(
      [&](auto& one) {
        if (one.judge.empty()) one.judge = judge;
      },
      v);
}

}  // namespace ease::inline v1
