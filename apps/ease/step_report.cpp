// SPDX-License-Identifier: Apache-2.0
#include "step_report.hpp"

#include <fmt/format.h>

#include <ease/io/json/json_text.hpp>

#include "logs.hpp"

namespace ease::app {

std::string step_report::json(std::string const& settings) const {
  std::string out;
  json_writer w{out, bad_utf8::replace};
  write_report(w, *this, settings);
  return out;
}

std::string step_report::trouble() const {
  if (rows.failures() == 0 && !failed_verdict.empty())
    return fmt::format("{}: not all verdicts could be had; the first failed: {}", step, failed_verdict);
  return stage_report::trouble();
}

void step_report::log() const {
  for (auto const& s : rows.stages)
    for (auto const& [reason, count] : s.rejected)
      logs().write(log_level::info, "rejected", {{"step", step}, {"stage", s.stage}, {"why", reason}, {"rows", count}});
  logs().write(troubled() ? log_level::warn : log_level::info, "step",
               {{"step", step},
                {"read", rows.read},
                {"written", rows.written},
                {"rejected", rows.rejections()},
                {"failed", rows.failures()},
                {"bad_rows", read.rejected},
                {"seconds", seconds}});
}

}  // namespace ease::app
