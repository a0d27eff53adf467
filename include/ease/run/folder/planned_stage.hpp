// SPDX-License-Identifier: Apache-2.0
#pragma once
// What a stage would do, reported before anything runs (`plan` of run_folder_options, run/folder/run_folder.hpp). Rows and
// tokens of stages that are still to be done are bounds: at most so many. A stage says what it knows of them by
//
//     std::size_t most_rows(std::size_t rows_in) const     that come out of it; without it as many as go in
//     std::size_t most_tokens(std::size_t rows_in) const   that its models generate; without it none
#include <algorithm>
#include <cstddef>
#include <string>
#include <tuple>

namespace ease::inline v1 {

struct planned_stage {
  std::string step{};  // "calibrate/vulnerable/2-diagnose"
  bool done{false};    // by an earlier run, and it holds
  bool sink{false};    // takes all rows: a training, a table
  std::size_t read{0}, written{0};
  std::size_t tokens{0};
};

namespace detail {

template <class Stage>
std::size_t most_rows_of(Stage const& stage, std::size_t rows) {
  if constexpr (requires { stage.most_rows(rows); })
    return std::min(rows, stage.most_rows(rows));
  else
    return rows;
}
template <class Stage>
std::size_t most_tokens_of(Stage const& stage, std::size_t rows) {
  if constexpr (requires { stage.most_tokens(rows); })
    return stage.most_tokens(rows);
  else
    return 0;
}

// The rows of a source: as many as a range has, as a stage before is going to leave, or as a mix takes of its components.
template <class Range>
std::size_t rows_to_come(Range& range) {
  if constexpr (requires { range.run_identity(), range.count(); }) {
    return range.count();
  } else if constexpr (requires { range.components(); }) {
    std::size_t sum = 0;
    auto const add = [&](auto const& component) {
      auto const there = rows_to_come(component.rows());
      sum += component.count() ? std::min(there, *component.count()) : there;
    };
    if constexpr (requires { range.components().size(); })
      for (auto const& component : range.components()) add(component);
    else
      std::apply([&](auto const&... component) { (add(component), ...); }, range.components());
    return sum;
  } else {
    std::size_t count = 0;
    for (auto&& row : range) (void)row, ++count;
    return count;
  }
}

// In place of what a stage's rows are, while they are not there.
inline std::string const not_known_yet{"not known yet"};

}  // namespace detail
}  // namespace ease::inline v1
