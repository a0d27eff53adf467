#pragma once
// A guard's judgement, as a sum type: `safe`, `unsafe` (with the hazard codes it named) or `unparsed`. They are counted
// apart: an output that cannot be read decides nothing, in particular it is not `unsafe`.
#include <concepts>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace ease {

// `probability_unsafe` is the judge's own, in [0, 1]; a judge that only says yes or no gives 0 or 1.
struct safe {
  double probability_unsafe{0};
  friend bool operator==(safe const&, safe const&) = default;
};

struct unsafe {
  double probability_unsafe{1};
  std::vector<std::string> hazards{};  // the guard's own codes, e.g. "S1"; empty if it named none
  friend bool operator==(unsafe const&, unsafe const&) = default;
};

struct unparsed {
  std::string why;  // what could not be read, without the judged text
  friend bool operator==(unparsed const&, unparsed const&) = default;
};

using verdict = std::variant<safe, unsafe, unparsed>;

inline double probability_unsafe(safe const& v) { return v.probability_unsafe; }
inline double probability_unsafe(unsafe const& v) { return v.probability_unsafe; }

// Read this if your compile breaks here: the verdict may be unparsed. Ask first with std::get_if<safe> / <unsafe>.
template <class an_unparsed_verdict_decides_nothing>
  requires(std::same_as<an_unparsed_verdict_decides_nothing, unparsed> ||
           std::same_as<an_unparsed_verdict_decides_nothing, verdict>)
double probability_unsafe(an_unparsed_verdict_decides_nothing const&) = delete;

constexpr std::string_view name_of(safe const&) { return "safe"; }
constexpr std::string_view name_of(unsafe const&) { return "unsafe"; }
constexpr std::string_view name_of(unparsed const&) { return "unparsed"; }
inline std::string_view name_of(verdict const& v) {
  return std::visit([](auto const& one) { return name_of(one); }, v);
}

}  // namespace ease
