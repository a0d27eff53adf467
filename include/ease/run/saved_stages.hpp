#pragma once
// What a pipeline in a run folder knows of its saved stages, whatever their types: files, identities, marks. For
// run/saved_run.hpp.
#include <cstddef>
#include <cstdint>
#include <ease/core/compiled.hpp>
#include <ease/core/hash.hpp>
#include <ease/io/read_options.hpp>
#include <ease/run/run_folder.hpp>
#include <ease/run/stage_files.hpp>
#include <ease/run/stage_work.hpp>
#include <ease/stage/report.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ease::detail {

class saved_stages {
 protected:
  explicit saved_stages(run_folder folder) : folder_{std::move(folder)} {}

  // The next stage, in `file` of the folder.
  void add(hash128 identity, std::string const& file);
  // Whether stage k was done by a run like this, on rows with the hash `input`; its mark is read then.
  bool holds(std::size_t k, std::string const& input);
  // Ends stage k's files and gives its mark. `seconds`: of the segment, where it worked alone.
  stage_mark mark_of(std::size_t k, std::string const& input, segment_output& out, at_work& models, run_report const& counts,
                     std::optional<double> seconds) const;
  void keep(std::size_t k, stage_mark mark);
  // Which rows of the source those of stage k are; empty where the run is not divided.
  std::vector<std::uint64_t> places_of(std::size_t k) const;
  [[noreturn]] static void takes_no_part(std::string_view stage);

  run_folder folder_;
  std::vector<hash128> identities_{};
  std::vector<stage_files> files_{};
  std::vector<stage_mark> marks_{};
};

}  // namespace ease::detail

#ifndef EASE_COMPILED
#include <ease/run/saved_stages.ipp>
#endif
