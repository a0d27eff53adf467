// SPDX-License-Identifier: Apache-2.0
#pragma once
// How a pipeline is cut into stages whose rows are saved: one for each batch stage, with the cheap stages behind it (and,
// for the first, those in front of it). A pipeline without batch stages is saved as a whole.
#include <array>
#include <cstddef>
#include <ease/stage/runner.hpp>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

namespace ease::inline v1::detail {

template <class... Stages>
struct segments {
  static constexpr std::size_t stages = sizeof...(Stages);
  static constexpr std::size_t batches = (std::size_t{batches_rows<Stages> ? 1U : 0U} + ... + 0U);
  static constexpr std::size_t count = batches == 0 ? 1 : batches;

  // bounds[k] to bounds[k + 1]: the stages of segment k.
  static constexpr std::array<std::size_t, count + 1> bounds = [] {
    std::array<std::size_t, count + 1> out{};
    [[maybe_unused]] std::size_t at = 0, seen = 0;
    (
        [&] {
          if (batches_rows<Stages> && seen++ > 0) out[seen - 1] = at;
          ++at;
        }(),
        ...);
    out[count] = stages;
    return out;
  }();

  static constexpr std::size_t segment_of(std::size_t stage) {
    std::size_t k = 0;
    while (k + 1 < count && stage >= bounds[k + 1]) ++k;
    return k;
  }

  // The name of a segment is that of its batch stage, else of its last stage; empty without stages.
  static std::string_view name([[maybe_unused]] std::size_t segment) {
    std::string_view found;
    [[maybe_unused]] std::size_t at = 0;
    [[maybe_unused]] bool named = false;
    (
        [&] {
          if (segment_of(at++) == segment && !named) {
            found = stage_name<Stages>();
            named = batches_rows<Stages>;
          }
        }(),
        ...);
    return found;
  }
  // The name of its file: numbered where there are several.
  static std::string file_name(std::size_t segment) {
    return (count == 1 ? std::string{} : std::to_string(segment + 1) + "-") + std::string{name(segment)};
  }
};

template <class S>
concept takes_all_rows = requires { requires S::takes_all_rows; };

}  // namespace ease::inline v1::detail
