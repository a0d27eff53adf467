// SPDX-License-Identifier: Apache-2.0
#pragma once
// What writes the safety reasoning for a prompt and its categories. One file a teacher: model_teacher.hpp (a reasoning
// model), policy_template.hpp (no model).
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <ease/core/generator.hpp>
#include <ease/core/outcome.hpp>
#include <ease/policy/category.hpp>
#include <ease/record/answer.hpp>
#include <optional>
#include <span>
#include <string_view>
#include <utility>

namespace ease {

// Its texts belong to the caller and stay until `write` returns.
struct trace_request {
  std::string_view prompt;
  category_set categories;
  std::optional<std::string_view> own_answer{};  // what the SLM itself answers: kept as the answer of a harmless prompt
  std::uint64_t attempt{0};                      // rejection sampling asks again with the next number
};

// The teacher's answer may be cut off, or come without reasoning: the stage rejects both.
template <class T>
concept teacher = requires(T& t, std::span<trace_request const> requests, on_done<answer> const& done) {
  t.write(requests, done);
  { std::as_const(t).window() } -> std::convertible_to<std::size_t>;
};

// Why the teacher has nothing to write on a request, whoever asks and however often: the row is rejected and the teacher is
// not asked. A teacher may say so by `std::optional<rejected> declines(trace_request const&) const`; most never do.
template <teacher T>
std::optional<rejected> declines(T const& t, trace_request const& request) {
  if constexpr (requires {
                  { t.declines(request) } -> std::same_as<std::optional<rejected>>;
                })
    return t.declines(request);
  else
    return std::nullopt;
}

namespace detail {
// What a stage is told to be made of that was given something else (stage/unfit.hpp).
struct no_teacher {
  void write(std::span<trace_request const>, on_done<answer> const&);
  std::size_t window() const;
};
}  // namespace detail

}  // namespace ease
