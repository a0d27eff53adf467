#pragma once
// The definitions of run/saved_stages.hpp; core/compiled.hpp says where they are compiled.
#include <ease/io/error.hpp>
#include <ease/run/saved_stages.hpp>
#include <utility>

namespace ease::detail {

EASE_INLINE void saved_stages::add(hash128 identity, std::string const& file) {
  identities_.push_back(identity);
  files_.push_back(folder_.files(file));
  marks_.emplace_back();
}

EASE_INLINE bool saved_stages::holds(std::size_t k, std::string const& input) {
  auto mark = files_[k].read_mark();
  if (!mark || mark->part != folder_.options().part.text() || mark->identity != hex(identities_[k]) ||
      mark->input != input || mark->report.rows.failures() > 0 || !files_[k].has_rows_of(*mark))
    return false;
  marks_[k] = *std::move(mark);
  return true;
}

EASE_INLINE stage_mark saved_stages::mark_of(std::size_t k, std::string const& input, segment_output& out, at_work& models,
                                             run_report const& counts, std::optional<double> seconds) const {
  bool const divided = !folder_.options().part.is_whole();
  models.sync();
  out.rows.close();
  out.close_sides(divided);
  if (divided) write_places(out.files.places(out.rows.path()), out.rows.places());
  stage_mark mark{.identity = hex(identities_[k]),
                  .input = input,
                  .hash = out.rows.hash(),
                  .bytes = out.rows.bytes(),
                  .modified = stage_files::time_of(out.rows.path()),
                  .part = folder_.options().part.text(),
                  .report = {}};
  auto& r = mark.report;
  r.rows = counts;
  for (auto const& stage : counts.stages) r.seconds += stage.seconds;
  if (seconds) r.seconds = *seconds;
  r.step = out.files.step();
  r.remote = models.remote();
  if (out.failures) r.failed_file = out.files.failed().string();
  return mark;
}

EASE_INLINE void saved_stages::keep(std::size_t k, stage_mark mark) {
  files_[k].write_mark(mark);
  folder_.done(mark.report, false);
  marks_[k] = std::move(mark);
}

EASE_INLINE std::vector<std::uint64_t> saved_stages::places_of(std::size_t k) const {
  if (folder_.options().part.is_whole()) return {};
  return read_places(files_[k].places(files_[k].rows()));
}

EASE_INLINE void saved_stages::takes_no_part(std::string_view stage) {
  throw error{
      "stage {} takes all rows at once and cannot work on a part of them: run what stands in front of it whole, and divide "
      "what follows",
      stage};
}

}  // namespace ease::detail
