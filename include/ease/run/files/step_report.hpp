// SPDX-License-Identifier: Apache-2.0
#pragma once
// What a stage from file to file did (run/files/pipe.hpp), as a program reports and logs it.
#include <cstddef>
#include <ease/core/compiled.hpp>
#include <ease/io/json/json_members.hpp>
#include <ease/log/event_log.hpp>
#include <ease/method/evaluate.hpp>
#include <ease/run/files/input_rows.hpp>
#include <ease/run/folder/stage_report.hpp>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace ease::inline v1 {

// A model as a report names it.
struct reported_model {
  std::string model{};                  // as it was named: a path, ADAPTER?base=BASE, a hub's name, openai:MODEL@URL
  std::string name{};                   // "model", or "adapter on model"; empty: remote
  std::string base{};                   // what it is, or its adapters are merged into: ORG/NAME, a folder or a .gguf file
  std::string commit{};                 // of a base of the hub; empty: of another
  std::vector<std::string> adapters{};  // their folders, in the order in which they are merged

  static constexpr auto members() {
    using m = reported_model;
    return std::tuple{member("model", &m::model), member("name", &m::name), member("base", &m::base),
                      member("commit", &m::commit), member("adapters", &m::adapters)};
  }
};

// A stage's report, and what the command needs beside it to write a shard's manifest (run/files/sharding.hpp).
struct step_report : stage_report {
  explicit step_report(std::string name = {}) { step = std::move(name); }

  evaluation scores{};                    // of `evaluate` alone
  std::vector<std::size_t> first_rows{};  // of the input, in each of its classes
  std::size_t input_rows{0};              // that could be read, those of other shards included
  std::vector<placed_file> files{};       // what a stage that works row by row has written, its output first
  std::vector<reported_model> models{};   // that the command asks or trains
  std::string first_bad_row{};            // what is wrong with it, where no file has the bad rows
  std::string missing_verdicts{};         // what is to be told of an evaluation's (guard/missing_verdicts.hpp)
  std::string failed_verdict{};           // why the first of them failed, if one did: another run may get it

  std::string json(std::string const& settings) const;  // `settings`: of the command, as a JSON object
  void log(event_log& into) const;                      // as an event
  // As stage_report::trouble, and of verdicts that are missing.
  std::string trouble() const;
  // Every row was rejected, and not because an answer is safe: whatever reads the output finds nothing.
  bool nothing_left() const;
  // Rows or verdicts went missing for other reasons than the method's: bad rows or failures. Or none is left.
  bool troubled() const { return read.rejected > 0 || rows.failures() > 0 || nothing_left() || !missing_verdicts.empty(); }
  bool may_be_retried() const { return rows.failures() > 0 || !failed_verdict.empty(); }
};

}  // namespace ease::inline v1

#ifndef EASE_COMPILED
#include <ease/run/files/step_report.ipp>
#endif
