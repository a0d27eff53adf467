// SPDX-License-Identifier: Apache-2.0
#pragma once
// What became of the rows of one saved stage, as a value: it is saved with the stage's rows, read back by the next run, and
// printed by the programs. Counts are of rows; times are seconds.

#include <cstddef>
#include <ease/core/compiled.hpp>
#include <ease/io/json/json_members.hpp>
#include <ease/io/rows/read_records.hpp>
#include <ease/journal/openai_usage.hpp>
#include <ease/stage/report.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

namespace ease::inline v1 {

// What a stage used of one remote model.
struct remote_use {
  std::string model{};
  openai_usage usage{};
  std::size_t from_journal{0};   // answers that came from the journal
  std::optional<double> cost{};  // if prices are known

  static constexpr auto members() {
    using r = remote_use;
    return std::tuple{member("model", &r::model), member("usage", &r::usage), member("from_journal", &r::from_journal),
                      member("cost", &r::cost)};
  }
};

struct stage_report {
  std::string step{};   // "diagnosis/2-guard_filter"
  std::string input{};  // how a file of rows was understood; empty behind another stage
  double seconds{0};
  std::vector<rows_read> inputs{};  // the files that were read, those whose rows are left out of a mix or a draw too
  read_counts read{};               // of those whose rows are taken
  run_report rows{};
  std::vector<remote_use> remote{};
  std::string failed_file{};  // where rows that failed stand, if some did
  json_text details{};        // of the stage's own result type: the mix, the training, the table

  static constexpr auto members() {
    using s = stage_report;
    return std::tuple{member("step", &s::step),       member("input", &s::input),
                      member("seconds", &s::seconds), member("inputs", &s::inputs),
                      member("read", &s::read),       member("rows", &s::rows),
                      member("remote", &s::remote),   member("failed_file", &s::failed_file),
                      member("details", &s::details)};
  }

  // One line for a person.
  std::string summary() const;
  // A line for a person if rows failed: how many, why the first did, where they are. Else empty.
  std::string trouble() const;
  // What a person should know of it: notes of its stages, keys of the rows that nothing reads.
  std::string notes() const;
};

// A line about a step's stage, without the stage's name where it repeats that of the step ("generate", "2-generate").
std::string without_name(std::string line, std::string_view step);

// The report as the programs print it: members and what follows from them, and the settings it was made with, a JSON object.
void write_report(json_writer& out, stage_report const& r, std::string_view settings = {});

}  // namespace ease::inline v1

#ifndef EASE_COMPILED
#include <ease/run/folder/stage_report.ipp>
#endif
