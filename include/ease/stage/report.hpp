// SPDX-License-Identifier: Apache-2.0
#pragma once
// What became of every row: read = written + rejected + failed, stage by stage. `adds_up` is that equation; a run whose
// report does not add up is a defect of the framework and says so.

#include <cstddef>
#include <ease/core/compiled.hpp>
#include <ease/io/json/json_members.hpp>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

namespace ease::inline v1 {

struct stage_count {
  std::string stage;
  std::size_t in{0};
  std::size_t out{0};
  std::map<std::string, std::size_t> rejected{};  // by reason
  std::size_t failed{0};
  std::string first_failure{};  // why the first of those did
  double seconds{0};            // in this stage alone
  std::string note{};     // what a person should know of it, without prompt or answer text: "no answer was judged unsafe"
  std::string verdict{};  // of the rows that go on, where all have one: "unsafe"

  static constexpr auto members() {
    using s = stage_count;
    return std::tuple{
        member("stage", &s::stage),       member("in", &s::in),         member("out", &s::out),
        member("rejected", &s::rejected), member("failed", &s::failed), member("first_failure", &s::first_failure),
        member("seconds", &s::seconds),   member("note", &s::note),     member("verdict", &s::verdict)};
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
  // Rows by their verdict, those that no row has too; empty where the stage gives none, or rows of several verdicts go on.
  std::map<std::string, std::size_t> verdicts() const {
    if (verdict.empty()) return {};
    std::map<std::string, std::size_t> all{{verdict, out}};
    for (auto const* one : {"safe", "unsafe", "unparsed"}) {
      auto const found = rejected.find(one);
      all[one] += found == rejected.end() ? 0 : found->second;
    }
    return all;
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
  void begin(std::span<std::string_view const> names);
  std::size_t rejections() const;
  std::size_t failures() const;
  // What stages have to say: "guard_filter: none of 12 answers was judged unsafe ...".
  std::string notes() const;
  // Something more to say behind the last stage's own note, such as of the file of its rows; an empty text is nothing.
  void add_note(std::string const& more);
  // Why nothing came out: the notes, and what the stage that let nothing through did with its rows. Empty if something did.
  std::string why_empty() const;
  bool adds_up() const;

  // One line for a person: "100 read, 40 written, 58 rejected (57 safe, 1 unparsed), 2 failed".
  std::string summary() const;
};

}  // namespace ease::inline v1

#ifndef EASE_COMPILED
#include <ease/stage/report.ipp>
#endif
