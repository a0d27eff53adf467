// SPDX-License-Identifier: Apache-2.0
#pragma once
// The definitions of run/files/step_report.hpp; core/compiled.hpp says where they are compiled.
#include <fmt/format.h>

#include <ease/io/json/json_text.hpp>
#include <ease/run/files/step_report.hpp>

namespace ease::inline v1 {

EASE_INLINE std::string step_report::json(std::string const& settings) const {
  std::string out;
  json_writer w{out, bad_utf8::replace};
  write_report(w, *this, settings);
  if (models.empty()) return out;
  out.pop_back();  // the object's end
  return out += ",\"models\":" + to_json_text(models) + "}";
}

EASE_INLINE bool step_report::nothing_left() const {
  if (rows.read == 0 && read.given == 0 && read.rejected == 0 && read.left_out > 0) return true;
  if (rows.read == 0 || rows.written > 0 || rows.failures() > 0 || rows.rejections() == 0) return false;
  for (auto const& s : rows.stages)
    if (s.rejected.contains("safe")) return false;
  return true;
}

EASE_INLINE std::string step_report::trouble() const {
  if (rows.read == 0 && nothing_left())
    return fmt::format("{}: none of the {} rows of the input is one that was asked for", step, read.left_out);
  if (nothing_left())
    return fmt::format("{}: none of {} rows is left: {}", step, rows.read, without_name(rows.why_empty(), step));
  auto line = stage_report::trouble();
  if (!missing_verdicts.empty()) line += (line.empty() ? step + ": " : "; ") + missing_verdicts;
  return line;
}

EASE_INLINE void step_report::log(event_log& into) const {
  for (auto const& s : rows.stages)
    for (auto const& [reason, count] : s.rejected)
      into.write(log_level::info, "rejected", {{"step", step}, {"stage", s.stage}, {"reason", reason}, {"rows", count}});
  into.write(troubled() ? log_level::warn : log_level::info, "step",
             {{"step", step},
              {"read", rows.read},
              {"written", rows.written},
              {"rejected", rows.rejections()},
              {"failed", rows.failures()},
              {"bad_rows", read.rejected},
              {"seconds", seconds}});
}

}  // namespace ease::inline v1
