// SPDX-License-Identifier: Apache-2.0
#pragma once
// Progress of anything that takes longer than two seconds: a bar that redraws itself on a terminal, a plain line every ten
// seconds elsewhere; rate and time left in both. It goes to stderr, so that stdout stays for results.
#include <unistd.h>

#include <chrono>
#include <cstddef>
#include <ease/core/compiled.hpp>
#include <string>
#include <utility>

namespace ease::inline v1 {

std::string clock_text(double seconds);

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
  void at(std::size_t done);
  // Something else worth seeing: tokens a second, the loss.
  void note(std::string text) { note_ = std::move(text); }
  double seconds() const { return std::chrono::duration<double>(clock::now() - start_).count(); }

 private:
  using clock = std::chrono::steady_clock;

  void show();
  void wipe();

  std::string title_, unit_, note_{};
  std::size_t total_{0}, done_{0};
  bool quiet_{false}, terminal_{false}, drawn_{false};
  clock::time_point start_{clock::now()}, shown_{};
};

}  // namespace ease::inline v1

#ifndef EASE_COMPILED
#include <ease/log/progress.ipp>
#endif
