// SPDX-License-Identifier: Apache-2.0
#pragma once
// The definitions of log/progress.hpp; core/compiled.hpp says where they are compiled.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <ease/log/progress.hpp>

namespace ease::inline v1 {

EASE_INLINE std::string clock_text(double seconds) {
  auto const s = std::lround(seconds);
  return s >= 3600 ? fmt::format("{}:{:02}:{:02}", s / 3600, s / 60 % 60, s % 60) : fmt::format("{}:{:02}", s / 60, s % 60);
}

EASE_INLINE void progress::show() {
  if (quiet_) return;
  auto const now = clock::now();
  auto const run = seconds();
  auto const pause = terminal_ ? 0.2 : 10.0;
  if (run < 2 || std::chrono::duration<double>(now - shown_).count() < pause) return;
  shown_ = now;
  double const rate = run > 0 ? static_cast<double>(done_) / run : 0;
  std::string line = title_ + " ";
  if (total_ > 0) {
    double const fraction = std::min(1.0, static_cast<double>(done_) / static_cast<double>(total_));
    if (terminal_) {
      line += fmt::format("[{:<24}] ", std::string(static_cast<std::size_t>(fraction * 24), '='));
    }
    line += fmt::format("{}/{} {}", done_, total_, unit_);
    line += fmt::format(", {:.1f}/s", rate);
    if (rate > 0) line += ", " + clock_text(static_cast<double>(total_ - std::min(total_, done_)) / rate) + " left";
  } else {
    line += fmt::format("{} {}, {:.1f}/s, {} so far", done_, unit_, rate, clock_text(run));
  }
  if (!note_.empty()) line += ", " + note_;
  if (terminal_) {
    std::fprintf(stderr, "\r\033[K%s", line.substr(0, 160).c_str());
    drawn_ = true;
  } else {
    std::fprintf(stderr, "%s\n", line.c_str());
  }
  std::fflush(stderr);
}

EASE_INLINE void progress::wipe() {
  if (std::exchange(drawn_, false)) std::fputs("\r\033[K", stderr);
}

EASE_INLINE void progress::at(std::size_t done) {
  done_ = done;
  if (total_ > 0) total_ = std::max(total_, done_);  // a row may be asked about more than once
  show();
}

}  // namespace ease::inline v1
