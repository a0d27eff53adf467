// SPDX-License-Identifier: Apache-2.0
#pragma once
// One saved stage while rows pass through it, whatever their types: its models, its files, its counts.
// For run/saved_stages.hpp; run/segment_worker.hpp has the types.
#include <cstddef>
#include <ease/core/compiled.hpp>
#include <ease/run/folder/run_folder.hpp>
#include <ease/run/stage_work.hpp>
#include <ease/stage/report.hpp>

namespace ease::inline v1::detail {

class stage_worker {
 public:
  // `rows`: how many are to come, for the progress bar. What it is given must outlive it.
  stage_worker(run_folder const& folder, stage_files const& files, std::size_t rows);
  stage_worker(stage_worker const&) = delete;
  stage_worker& operator=(stage_worker const&) = delete;
  virtual ~stage_worker();

  // The rows in front of it are at their end: what waits in windows is done.
  virtual void finish() = 0;

  // Its side files are complete, whatever becomes of its rows.
  void close_sides(bool with_places) { output_.close_sides(with_places); }
  segment_output& output() { return output_; }
  at_work& models() { return models_; }
  run_report& report() { return report_; }

 private:
  segment_output output_;
  at_work models_;
  run_report report_{};
};

// Takes the rows of the saved stage in front of it.
template <class Row>
class takes_rows {
 public:
  virtual void push(Row&& row, std::size_t place) = 0;

 protected:
  ~takes_rows() = default;
};

}  // namespace ease::inline v1::detail

#ifndef EASE_COMPILED
#include <ease/run/stage_worker.ipp>
#endif
