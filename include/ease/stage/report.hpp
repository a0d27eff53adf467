#pragma once
// What became of every row: read = written + rejected + failed, stage by stage. `adds_up` is that equation; a run whose
// report does not add up is a defect of the framework and says so.
#include <fmt/format.h>

#include <cstddef>
#include <ease/io/json_members.hpp>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

namespace ease {

struct stage_count {
  std::string stage;
  std::size_t in{0};
  std::size_t out{0};
  std::map<std::string, std::size_t> rejected{};  // by reason
  std::size_t failed{0};
  std::string first_failure{};  // why the first of those did
  double seconds{0};            // in this stage alone
  std::string note{};  // what a person should know of it, without prompt or answer text: "no answer was judged unsafe"

  static constexpr auto members() {
    using s = stage_count;
    return std::tuple{member("stage", &s::stage),     member("in", &s::in),
                      member("out", &s::out),         member("rejected", &s::rejected),
                      member("failed", &s::failed),   member("first_failure", &s::first_failure),
                      member("seconds", &s::seconds), member("note", &s::note)};
  }

  void reject(std::string const& reason) { ++rejected[reason]; }
  void fail(std::string const& why) {
    if (failed++ == 0) first_failure = why;
  }
  std::size_t rejections() const {
    std::size_t sum = 0;
    for (auto const& [reason, count] : rejected) sum += count;
    return sum;
  }
};

struct run_report {
  std::size_t read{0};
  std::size_t written{0};
  std::vector<stage_count> stages{};

  static constexpr auto members() {
    return std::tuple{member("read", &run_report::read), member("written", &run_report::written),
                      member("stages", &run_report::stages)};
  }

  // A new pass through stages of these names.
  void begin(std::span<std::string_view const> names) {
    *this = {};
    for (auto const name : names) stages.push_back({.stage = std::string{name}});
  }
  std::size_t rejections() const {
    std::size_t sum = 0;
    for (auto const& s : stages) sum += s.rejections();
    return sum;
  }
  std::size_t failures() const {
    std::size_t sum = 0;
    for (auto const& s : stages) sum += s.failed;
    return sum;
  }
  // What stages have to say: "guard_filter: none of 12 answers was judged unsafe ...".
  std::string notes() const {
    std::string all;
    for (auto const& s : stages)
      if (!s.note.empty()) all.append(all.empty() ? "" : "; ").append(s.stage).append(": ").append(s.note);
    return all;
  }
  // Why nothing came out: the notes, and what the stage that let nothing through did with its rows. Empty if something did.
  std::string why_empty() const {
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
  bool adds_up() const {
    for (auto const& s : stages)
      if (s.in != s.out + s.rejections() + s.failed) return false;
    return read == written + rejections() + failures();
  }

  // One line for a person: "100 read, 40 written, 58 rejected (57 safe, 1 unparsed), 2 failed".
  std::string summary() const {
    std::map<std::string, std::size_t> reasons;
    for (auto const& s : stages)
      for (auto const& [reason, count] : s.rejected) reasons[reason] += count;
    std::string list;
    for (auto const& [reason, count] : reasons) list += fmt::format("{}{} {}", list.empty() ? " (" : ", ", count, reason);
    if (!list.empty()) list += ')';
    return fmt::format("{} read, {} written, {} rejected{}, {} failed", read, written, rejections(), list, failures());
  }
};

}  // namespace ease
