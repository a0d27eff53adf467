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

namespace ease::inline v1 {

// Its texts belong to the caller and stay until `write` returns.
struct reasoning_request {
  std::string_view prompt;
  category_set categories;
  std::optional<std::string_view> self_response{};  // the SLM's own answer: kept as the answer of a harmless prompt
  std::uint64_t attempt{0};                         // rejection sampling asks again with the next number
  std::span<message const> before{};                // the messages in front of the prompt
};

// The teacher's answer may be truncated, or come without reasoning: the stage rejects both.
template <class T>
concept teacher = requires(T& t, std::span<reasoning_request const> requests, on_done<answer> const& done) {
  t.write(requests, done);
  { std::as_const(t).window() } -> std::convertible_to<std::size_t>;
};

// Why the teacher has nothing to write on a request, whoever asks and however often: the row is rejected and the teacher is
// not asked. A teacher may say so by `std::optional<rejected> declines(reasoning_request const&) const`; most never do.
template <teacher T>
std::optional<rejected> declines(T const& t, reasoning_request const& request) {
  if constexpr (requires {
                  { t.declines(request) } -> std::same_as<std::optional<rejected>>;
                })
    return t.declines(request);
  else
    return std::nullopt;
}

namespace detail {
// Stands for the argument of a stage that was given something else (stage/ill_formed_stage.hpp).
struct no_teacher {
  void write(std::span<reasoning_request const>, on_done<answer> const&);
  std::size_t window() const;
};
}  // namespace detail

}  // namespace ease::inline v1
