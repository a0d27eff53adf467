#pragma once
// Each stage of the method from file to file: what the commands `ease diagnose`, `ease guard-filter` ... do. A step is a
// typed pipeline between a reader and writers; everything it did is in its step_report.
#include <cstddef>
#include <cstdint>
#include <ease/io/journal.hpp>
#include <ease/method/diagnose.hpp>
#include <ease/method/evaluate.hpp>
#include <ease/method/mix.hpp>
#include <ease/method/sample.hpp>
#include <ease/run/stage_report.hpp>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "boundary.hpp"
#include "choices.hpp"
#include "files.hpp"
#include "model.hpp"
#include "scores.hpp"
#include "train.hpp"

namespace ease::app {

// The rows that each step reads.
struct maybe_class : field<"class", std::optional<std::string>> {};
struct maybe_type : field<"data_type", std::optional<prompt_kind>> {};
using typed_rows = input_rows<prompt, data_type, other_keys>;
using prompt_rows = input_rows<prompt, other_keys>;
using answered_rows = input_rows<prompt, response, other_keys>;
using labelled_rows = input_rows<prompt, categories, other_keys>;
using labelled_answered_rows = input_rows<prompt, categories, response, other_keys>;
using training_rows = input_rows<prompt, target>;
using bare_prompts = input_rows<prompt>;
using boundary_prompt_rows = input_rows<prompt, maybe_type>;
using evaluation_rows = input_rows<prompt, maybe_class, maybe_type, other_keys>;

// Models by name, opened once and shared until `clear`; and the journal of what they say, which appears when one is opened.
class model_shelf {
 public:
  explicit model_shelf(model_options options) : options_{std::move(options)} {}
  // What models say from here on is kept in a file, and not asked for again. An empty path: not kept.
  void keep_in(std::filesystem::path path) {
    journal_.reset();
    journal_path_ = std::move(path);
  }
  journal* kept() {
    if (!journal_ && !journal_path_.empty()) journal_.emplace(journal_path_);
    return journal_ ? &*journal_ : nullptr;
  }
  // Nothing more is kept; the file stays, or goes where all that was asked for was had.
  void keep_no_more(bool file_stays) {
    if (journal_ && file_stays) journal_->sync();
    journal_.reset();
    std::error_code ignored;
    if (!file_stays && !journal_path_.empty()) std::filesystem::remove(journal_path_, ignored);
    journal_path_.clear();
  }
  any_model& open(std::string const& name);
  // Of those that were opened, in that order.
  std::vector<std::string> const& identities() const { return identities_; }
  void clear() { open_.clear(); }
  remote_options const& remote() const { return options_.remote; }
  void quiet(bool yes) { quiet_ = yes; }
  bool quiet() const { return quiet_; }

 private:
  model_options options_;
  bool quiet_{false};
  std::filesystem::path journal_path_{};
  std::optional<journal> journal_{};
  std::map<std::string, std::unique_ptr<any_model>> open_{};
  std::vector<std::string> identities_{};
};

// A stage's report, and what the command needs beside it to write a part's manifest (sharding.hpp).
struct step_report : stage_report {
  explicit step_report(std::string name = {}) { step = std::move(name); }

  evaluation scores{};                    // of `evaluate` alone
  std::vector<std::size_t> first_rows{};  // of the input, in each of its classes
  std::size_t input_rows{0};              // that could be read, those of other parts included
  std::vector<placed_file> files{};       // what a stage that works row by row has written, its output first
  std::string failed_verdict{};           // why the first of an evaluation's verdicts failed, if one did

  std::string json(std::string const& settings) const;  // `settings`: of the command, as a JSON object
  void log() const;                                     // as an event
  // As stage_report::trouble, and also if only verdicts failed.
  std::string trouble() const;
  // Rows went missing for other reasons than the method's: bad rows or failures.
  bool troubled() const { return read.rejected > 0 || rows.failures() > 0; }
};

step_report sample_step(input_options const& in, std::string const& out, sample_options const& options);

// Failed rows go to `failed`.
step_report diagnose_step(input_options const& in, std::string const& out, std::string const& failed,
                          std::string const& model, diagnose_options const& options, model_shelf& shelf);

struct guard_files {
  std::string unsafe, safe, unparsed, failed;
};
step_report guard_filter_step(input_options const& in, guard_files const& out, guard_choice const& guard,
                              model_shelf& shelf);

step_report classify_step(input_options const& in, std::string const& out, std::string const& rejects,
                          labeller_choice const& labeller, model_shelf& shelf);

// `keep_answer`: harmless prompts keep the response that stands in the row.
step_report cot_step(input_options const& in, std::string const& out, std::string const& rejects,
                     teacher_choice const& teacher, guard_choice const& guard, bool keep_answer, model_shelf& shelf);

struct mix_arm {
  std::string name;
  input_options in;
  std::optional<std::size_t> count{};
  std::optional<double> weight{};
};
struct mix_result {
  step_report report;
  mix_report arms;
};
mix_result mix_step(std::vector<mix_arm> const& arms, std::vector<input_options> const& evaluation, std::string const& out,
                    std::uint64_t seed);

// Trains `model` on rows of prompt and completion; the new model is written to `out`.
step_report train_step(std::string const& title, input_options const& in, std::string const& model, std::string const& out,
                       train_options const& options, bool quiet);

// Prompts that tell where the boundary should lie.
struct boundary_source {
  input_options in;
  bool thinks{false};
  std::optional<prompt_kind> only{};  // rows of this data_type
};
struct boundary_draw {
  std::size_t rows_per_file{100};
  std::uint64_t seed{42};
  std::string system_prompt{};
  std::vector<std::string> leave_out{};  // files of prompts not to use: trained on, or evaluated on
};
struct boundary_result {
  step_report report;
  boundary_report boundary;
};
// Moves the boundary of `model`; the new model is written to `out`.
boundary_result boundary_step(std::vector<boundary_source> const& sources, boundary_draw const& draw,
                              std::string const& model, std::string const& out, boundary_options const& options);

// What train_step would do and take.
train_plan plan_step(input_options const& in, std::string const& model, train_options const& options);

// The table is in the report. `answers`, `failed`: where the answers are kept, row by row, and the rows without; empty for
// nowhere.
step_report evaluate_step(std::vector<input_options> const& in, std::string const& answers, std::string const& failed,
                          std::string const& model, diagnose_options const& options,
                          std::optional<guard_choice> const& guard, model_shelf& shelf,
                          std::string const& title = "evaluate");

}  // namespace ease::app
