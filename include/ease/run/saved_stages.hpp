// SPDX-License-Identifier: Apache-2.0
#pragma once
// A pipeline's saved stages, whatever their types: which of them hold, what is done, the marks they leave. For
// run/saved_run.hpp, which says when a stage holds.
#include <cstddef>
#include <cstdint>
#include <ease/core/compiled.hpp>
#include <ease/core/hash.hpp>
#include <ease/run/folder/run_folder.hpp>
#include <ease/run/folder/stage_files.hpp>
#include <ease/run/stage_worker.hpp>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ease::inline v1::detail {

class saved_stages {
 public:
  saved_stages(saved_stages const&) = delete;
  saved_stages& operator=(saved_stages const&) = delete;

 protected:
  explicit saved_stages(run_folder folder) : folder_{std::move(folder)} {}
  ~saved_stages() = default;

  // The next stage, in `file` of the folder.
  void add(hash128 identity, std::string const& file);
  // Does what is not done yet, or tells it where a plan is asked for. `content`: what the source's rows are; `rows`: how
  // many, as far as that is known.
  void run_all(std::string content, std::size_t rows);
  // Which rows of the source those of stage k are; empty where the run is not divided.
  std::vector<std::uint64_t> places_of(std::size_t k) const;
  // What is known of the stages, for those who read their rows.
  std::shared_ptr<std::vector<stage_mark> const> marks() const;
  [[noreturn]] static void takes_no_part(std::string_view stage);

  run_folder folder_;
  std::vector<hash128> identities_{};
  std::vector<stage_files> files_{};
  std::vector<stage_mark> marks_{};

 private:
  // What depends on the types of stage k.
  virtual std::unique_ptr<stage_worker> worker(std::size_t k, std::size_t rows) = 0;
  virtual void connect(std::size_t k, stage_worker& one, stage_worker& next) = 0;  // k hands its rows on to k + 1
  virtual void feed(std::size_t k, stage_worker& one) = 0;                         // the rows that stand in front of k
  virtual void foresee(std::size_t k, planned_stage& told) = 0;  // from `read`: `written` and `tokens`, at most
  virtual void tell_of_source(stage_report& r) const = 0;

  std::string const& input_of(std::size_t k) const { return k == 0 ? content_ : marks_[k - 1].hash; }
  std::size_t rows_before(std::size_t k) const { return k == 0 ? rows_ : marks_[k - 1].report.rows.written; }
  // Whether stage k was done by a run like this, on the rows that stand in front of it; its mark is read then.
  bool holds(std::size_t k);
  void plan();
  // Stages `first` to `last` in one pass.
  void work(std::size_t first, std::size_t last);
  // Ends stage k's files and writes its mark. `seconds`: of the stage, where it worked alone.
  void keep(std::size_t k, stage_worker& done, std::optional<double> seconds);

  std::string content_{};
  std::size_t rows_{0};
};

}  // namespace ease::inline v1::detail

#ifndef EASE_COMPILED
#include <ease/run/saved_stages.ipp>
#endif
