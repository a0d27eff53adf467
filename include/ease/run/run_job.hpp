// SPDX-License-Identifier: Apache-2.0
#pragma once
// A pipeline with an ending (a training, a table) in a run folder: its rows are saved like any others, and the ending's
// result is kept with its report, if the type of the result can be written and read (io/json/json_members.hpp). A result
// that still holds is given again without work; an ending that leaves files says whether they are still there, by
// `bool still_there() const`, and is told the run's identity before it works, by `void resume_as(std::string)`.
#include <chrono>
#include <ease/run/saved_run.hpp>
#include <string>
#include <type_traits>
#include <utility>

namespace ease {

namespace detail {

template <class T>
concept can_be_kept = requires(json_writer& out, T const& value, simdjson::ondemand::value in) {
  json_codec<T>::write(out, value);
  { json_codec<T>::read(in) } -> std::same_as<T>;
};

template <class Pipeline, class Ending>
class saved_job {
  using result = decltype(std::declval<Ending&>().finish());

 public:
  saved_job(job<Pipeline, Ending>& what, run_folder folder) : what_{&what}, folder_{std::move(folder)} {}

  ran<result> run() {
    if (!folder_.options().part.is_whole())
      throw error{"{} takes all rows: run the parts without it, put them together, and run it on the whole",
                  stage_name<Ending>()};
    auto rows = ease::run(std::move(what_->rows), folder_);
    auto const files = folder_.files(std::string{stage_name<Ending>()});
    bool const planning = bool{folder_.options().plan};
    if (planning && (folder_.options().fresh || rows.content() == not_known_yet)) return plan(files, rows.count());
    identity id;
    id.add(rows.run_identity());
    id.add_component(what_->end);
    if constexpr (can_be_kept<result>)
      if (auto mark = files.read_mark(); mark && mark->identity == id.text() && mark->input == rows.content() && there()) {
        if (planning)
          folder_.options().plan({.step = files.step(), .done = true, .ending = true, .read = rows.count()});
        else
          folder_.done(mark->report, true);
        return {from_json_text<result>(mark->report.details.text, files.mark().string()), mark->report.rows};
      }
    if (planning) return plan(files, rows.count());
    return work(rows, files, id.text());
  }

 private:
  ran<result> plan(stage_files const& files, std::size_t rows) const {
    folder_.options().plan({.step = files.step(), .ending = true, .read = rows});
    return {result{}, {}};
  }
  bool there() const {
    if constexpr (requires { what_->end.still_there(); })
      return what_->end.still_there();
    else
      return true;
  }
  // A result that another run may complete (some verdicts failed) is not kept.
  bool unfinished(result const& got) const {
    if constexpr (requires { what_->end.unfinished(got); })
      return what_->end.unfinished(got);
    else
      return false;
  }
  template <class Rows>
  ran<result> work(Rows& rows, stage_files const& files, std::string const& id) {
    auto const start = std::chrono::steady_clock::now();
    if (folder_.options().models != nullptr) folder_.options().models->next_stage();
    if (folder_.options().on_tick) folder_.options().on_tick();
    files.make_folders();
    folder_.begin(files);
    at_work listening{folder_, files, rows.count()};
    listening.listen_to(what_->end);
    if constexpr (requires { what_->end.resume_as(id); }) what_->end.resume_as(id);
    run_report counts;
    for (auto const& one : rows) {
      ++counts.read;
      what_->end(typename Ending::input{one});
    }
    counts.written = counts.read;
    auto got = what_->end.finish();
    listening.sync();
    stage_mark mark{.identity = id, .input = rows.content(), .report = {.step = files.step(), .rows = counts}};
    mark.report.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    mark.report.remote = listening.remote();
    if constexpr (can_be_kept<result>) {
      mark.report.details.text = to_json_text(got);
      if (!unfinished(got)) files.write_mark(mark);
    }
    folder_.done(mark.report, false);
    return {std::move(got), counts};
  }

  job<Pipeline, Ending>* what_;
  run_folder folder_;
};

// The first of the stages and the ending that does not say what it depends on.
template <class Job>
struct unidentified_in;
template <class Source, class... Stages, class Ending>
struct unidentified_in<job<pipeline<Source, Stages...>, Ending>> : unidentified<Stages..., Ending> {};

}  // namespace detail

// As run(pipeline, folder), and then the ending: {result, report}.
template <class Pipeline, class Ending>
  requires std::is_void_v<typename detail::unidentified_in<job<Pipeline, Ending>>::type>
auto run(job<Pipeline, Ending> what, run_folder const& folder) {
  return detail::saved_job<Pipeline, Ending>{what, folder}.run();
}

// Read this if your compile breaks here: see run/saved_run.hpp; the ending must say what it depends on too.
template <class Pipeline, class Ending,
          class has_neither_a_version_nor_parts = typename detail::unidentified_in<job<Pipeline, Ending>>::type>
  requires(!std::is_void_v<has_neither_a_version_nor_parts>)
broken run(job<Pipeline, Ending> const& what, run_folder const& folder) = delete;

}  // namespace ease
