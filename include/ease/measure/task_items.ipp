// SPDX-License-Identifier: Apache-2.0
#pragma once
// The definitions of measure/task_items.hpp; core/compiled.hpp says where they are compiled.
#include <algorithm>
#include <ease/core/error.hpp>
#include <ease/measure/task_files.hpp>
#include <ease/measure/task_items.hpp>
#include <iterator>
#include <limits>
#include <string>
#include <utility>
#include <vector>

namespace ease::inline v1 {

namespace detail {

// Rows of one file may be those of several subjects: each says its own.
inline void read_parts(task_kind const& kind, task_file const& file, std::size_t most, std::vector<task_part>& parts) {
  bool const has_parts = kind.description != nullptr;
  std::size_t row_at = 0;
  each_task_row(kind, file, [&](task_row const& row) {
    auto const at = row_at++;
    auto const name = has_parts && file.part.empty() ? row.text("subject") : file.part;
    auto part = std::ranges::find(parts, name, &task_part::name);
    if (part == parts.end()) {
      parts.push_back({.name = name, .file = file.shown.front()});
      part = std::prev(parts.end());
    }
    if (part->items.size() >= most) return;
    try {
      part->items.push_back(kind.read(row));
    } catch (error const& problem) {
      throw error{"{}; a row of {} has {}", problem.what(), kind.facts.name, kind.facts.rows};
    }
    part->rows.push_back(at);
  });
}

}  // namespace detail

EASE_INLINE task_items read_task(task_kind const& kind, task_options const& options) {
  task_items out{.kind = &kind, .shots = options.shots.value_or(kind.facts.shots)};
  for (auto const& file : files_of_task(kind, options.data, false))
    detail::read_parts(kind, file, options.limit.value_or(std::numeric_limits<std::size_t>::max()), out.parts);
  if (out.size() == 0) throw error{"{}: its files hold no question", kind.facts.name};
  std::vector<task_part> shots;
  if (out.shots > 0)
    for (auto const& file : files_of_task(kind, options.data, true)) detail::read_parts(kind, file, out.shots, shots);
  for (auto& part : out.parts) {
    if (kind.description != nullptr) part.before = kind.description(part.name);
    if (out.shots == 0) continue;
    auto const own = std::ranges::find(shots, part.name, &task_part::name);
    auto const there = own == shots.end() ? 0 : own->items.size();
    if (there < out.shots)
      throw error{"{}{}{}: there are {} rows for {} shots; --shots {} takes what is there",
                  kind.facts.name,
                  part.name.empty() ? "" : " ",
                  part.name,
                  there,
                  out.shots,
                  there};
    for (auto const& one : own->items) part.before += shot_of(one);
  }
  return out;
}

}  // namespace ease::inline v1
