// SPDX-License-Identifier: Apache-2.0
#pragma once
// The definitions of stage/report.hpp; core/compiled.hpp says where they are compiled.
#include <fmt/format.h>

#include <ease/stage/report.hpp>

namespace ease::inline v1 {

EASE_INLINE void run_report::begin(std::span<std::string_view const> names) {
  *this = {};
  for (auto const name : names) stages.push_back({.stage = std::string{name}});
}

EASE_INLINE std::size_t run_report::rejections() const {
  std::size_t sum = 0;
  for (auto const& s : stages) sum += s.rejections();
  return sum;
}

EASE_INLINE std::size_t run_report::failures() const {
  std::size_t sum = 0;
  for (auto const& s : stages) sum += s.failed;
  return sum;
}

EASE_INLINE std::string run_report::notes() const {
  std::string all;
  for (auto const& s : stages)
    if (!s.note.empty()) all.append(all.empty() ? "" : "; ").append(s.stage).append(": ").append(s.note);
  return all;
}

EASE_INLINE void run_report::add_note(std::string const& more) {
  if (more.empty()) return;
  if (stages.empty()) stages.push_back({.stage = "output", .in = written, .out = written});
  auto& note = stages.back().note;
  note.append(note.empty() ? "" : "; ").append(more);
}

EASE_INLINE std::string run_report::why_empty() const {
  if (written > 0) return {};
  auto why = notes();
  for (auto const& s : stages) {
    if (s.in == 0 || s.out > 0) continue;
    why += fmt::format("{}{}: {} rows in, none out", why.empty() ? "" : "; ", s.stage, s.in);
    for (auto const& [reason, count] : s.rejected) why += fmt::format(", {} {}", count, reason);
    if (s.failed > 0) why += fmt::format(", {} failed: {}", s.failed, s.first_failure);
  }
  return why;
}

EASE_INLINE bool run_report::adds_up() const {
  for (auto const& s : stages)
    if (s.in != s.out + s.rejections() + s.failed) return false;
  return read == written + rejections() + failures();
}

EASE_INLINE std::string run_report::summary() const {
  std::map<std::string, std::size_t> reasons;
  for (auto const& s : stages)
    for (auto const& [reason, count] : s.rejected) reasons[reason] += count;
  std::string list;
  for (auto const& [reason, count] : reasons) list += fmt::format("{}{} {}", list.empty() ? " (" : ", ", count, reason);
  if (!list.empty()) list += ')';
  std::string judged;
  for (auto const& s : stages)
    for (auto const& [name, count] : s.verdicts())
      judged += fmt::format("{}{} {}", judged.empty() ? "; judged: " : ", ", count, name);
  return fmt::format("{} read, {} written, {} rejected{}, {} failed{}", read, written, rejections(), list, failures(),
                     judged);
}

}  // namespace ease::inline v1
