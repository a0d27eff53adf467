#pragma once
// Progress of anything that takes longer than two seconds: a bar that redraws itself on a terminal, a plain line every ten
// seconds elsewhere; rate and time left in both. It goes to stderr, so that stdout stays for results.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdio>
#include <string>
#include <utility>

namespace ease {

inline std::string clock_text(double seconds) {
  auto const s = std::lround(seconds);
  return s >= 3600 ? fmt::format("{}:{:02}:{:02}", s / 3600, s / 60 % 60, s % 60) : fmt::format("{}:{:02}", s / 60, s % 60);
}

class progress {
 public:
  // `total` 0: not known. `unit` is what is counted, in the plural.
  progress(std::string title, std::size_t total, std::string unit, bool quiet = false)
      : title_{std::move(title)},
        unit_{std::move(unit)},
        total_{total},
        quiet_{quiet},
        terminal_{::isatty(STDERR_FILENO) == 1} {}
  progress(progress const&) = delete;
  progress& operator=(progress const&) = delete;
  ~progress() { wipe(); }

  void total(std::size_t count) { total_ = count; }
  void add(std::size_t more) { at(done_ + more); }
  void at(std::size_t done) {
    done_ = done;
    if (total_ > 0) total_ = std::max(total_, done_);  // a row may be asked about more than once
    show();
  }
  // Something else worth seeing: tokens a second, the loss.
  void note(std::string text) { note_ = std::move(text); }
  double seconds() const { return std::chrono::duration<double>(clock::now() - start_).count(); }

 private:
  using clock = std::chrono::steady_clock;

  void show() {
    if (quiet_) return;
    auto const now = clock::now();
    auto const run = seconds();
    auto const pause = terminal_ ? 0.2 : 10.0;
    if (run < 2 || std::chrono::duration<double>(now - shown_).count() < pause) return;
    shown_ = now;
    double const rate = run > 0 ? static_cast<double>(done_) / run : 0;
    std::string line = title_ + " ";
    if (total_ > 0) {
      double const share = std::min(1.0, static_cast<double>(done_) / static_cast<double>(total_));
      if (terminal_) {
        auto const full = static_cast<std::size_t>(share * 24);
        line += "[" + std::string(full, '=') + std::string(24 - full, ' ') + "] ";
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
  void wipe() {
    if (std::exchange(drawn_, false)) std::fputs("\r\033[K", stderr);
  }

  std::string title_, unit_, note_{};
  std::size_t total_{0}, done_{0};
  bool quiet_{false}, terminal_{false}, drawn_{false};
  clock::time_point start_{clock::now()}, shown_{};
};

}  // namespace ease
