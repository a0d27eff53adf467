// SPDX-License-Identifier: Apache-2.0
#pragma once
// A plan of a whole run for a person or a program: stage by stage and phase by phase, what it would take
// (run/folder/planned_stage.hpp says what a folder knows of its stages).
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <ease/io/json/json_members.hpp>
#include <ease/log/amounts.hpp>
#include <ease/log/size_text.hpp>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

namespace ease::inline v1 {

// What the time of a stage is: none to speak of; a bound, where each answer fills its limit; an estimate by rows of usual
// length, of trainings and of what models read and do not write; or not known, since a server does the work. All but the last
// follow from how fast this machine multiplies matrices now.
enum class time_is : std::uint8_t { none, bound, estimate, unknown };
constexpr auto words_of(time_is) { return std::array<std::string_view, 4>{"none", "bound", "estimate", "unknown"}; }

// Rows and generated tokens are bounds, at most so many; memory and time follow from them.
struct stage_plan {
  std::string stage{};
  bool done{false};
  std::size_t rows{0}, tokens{0};
  double gigabytes{0}, seconds{0};
  time_is time{time_is::none};

  static constexpr auto members() {
    using s = stage_plan;
    return std::tuple{member("stage", &s::stage),   member("done", &s::done),           member("rows", &s::rows),
                      member("tokens", &s::tokens), member("gigabytes", &s::gigabytes), member("seconds", &s::seconds),
                      member("time", &s::time)};
  }
};

// The stages under one name: before, implant, calibrate, a later step, after.
struct phase_plan {
  std::string phase{};
  double seconds{0}, training_seconds{0};  // of what is still to be done, as far as it is known; of that the trainings
  std::size_t unknown{0};                  // stages whose time is not

  static constexpr auto members() {
    using p = phase_plan;
    return std::tuple{member("phase", &p::phase), member("seconds", &p::seconds),
                      member("training_seconds", &p::training_seconds), member("unknown", &p::unknown)};
  }
};

struct run_plan {
  std::int64_t parameters{0};
  std::string precision{};
  double disk_gigabytes{0};  // of the trained models
  double seconds{0};         // of what is still to be done
  std::vector<phase_plan> phases{};
  std::vector<stage_plan> stages{};
  std::vector<std::string> missing{};  // what a stage to come would stop for, and the way out

  void add_missing(std::string const& what) {
    if (!what.empty() && std::ranges::find(missing, what) == missing.end()) missing.push_back(what);
  }
  static constexpr auto members() {
    using p = run_plan;
    return std::tuple{member("parameters", &p::parameters),
                      member("precision", &p::precision),
                      member("disk_gigabytes", &p::disk_gigabytes),
                      member("seconds", &p::seconds),
                      member("phases", &p::phases),
                      member("stages", &p::stages),
                      member("missing", &p::missing)};
  }
  std::string table() const;
};

inline std::string run_plan::table() const {
  auto out = fmt::format("{:<40}{:<8}{:>8}{:>12}{:>10}{:>10}\n", "stage", "", "rows", "tokens", "memory", "time");
  for (auto const& s : stages) {
    auto const bound = [&](std::size_t n) { return n == 0 ? std::string{} : (s.done ? "" : "<= ") + fmt::format("{}", n); };
    out += fmt::format("{:<40}{:<8}{:>8}{:>12}{:>10}{:>10}\n", s.stage, s.done ? "done" : "", bound(s.rows), bound(s.tokens),
                       s.gigabytes > 0 ? size_text(static_cast<std::uint64_t>(s.gigabytes * 1e9)) : std::string{},
                       s.time == time_is::unknown ? "?"
                       : s.seconds > 0            ? (s.time == time_is::bound ? "<= " : "~ ") + time_text(s.seconds)
                                                  : std::string{});
  }
  std::size_t unknown = 0;
  for (auto const& p : phases) {
    unknown += p.unknown;
    out += fmt::format("{:<40}{}{}{}\n", p.phase, p.seconds > 0 ? "about " + time_text(p.seconds) : "no time to speak of",
                       p.training_seconds > 0 ? fmt::format(", of which training {}", time_text(p.training_seconds)) : "",
                       p.unknown > 0 ? ", and " + counted(p.unknown, "stage") + " on servers" : std::string{});
  }
  for (auto const& what : missing) out += fmt::format("missing: {}\n", what);
  return out +
         fmt::format(
             "{} parameters in {}; {} of disk for the trained models; about {} to go{}, if nothing else "
             "runs. Times are by how fast this machine multiplies matrices now: <= where every answer fills its limit, "
             "~ an estimate by rows of usual length, ? a server's, which is not known\n",
             parameters_text(static_cast<std::uint64_t>(parameters)), precision,
             size_text(static_cast<std::uint64_t>(disk_gigabytes * 1e9)), time_text(seconds),
             unknown > 0 ? " and what " + counted(unknown, "stage") + " on servers " + (unknown == 1 ? "takes" : "take")
                         : std::string{});
}

}  // namespace ease::inline v1
