// SPDX-License-Identifier: Apache-2.0
#pragma once
// A pipeline with a sink (a training, a table) in a run folder: its rows are saved like any others, and the sink's
// result is kept with its report, if the type of the result can be written and read (io/json/json_members.hpp). A result
// that still holds is given again without work. A sink that leaves files has a hash of them, `std::string content() const`
// ("" if there are none): files that are gone or changed are made again. It is told the run's identity before it works, by
// `void resume_as(std::string)`; a sink that works for long has `void show_progress(std::string title)`, which is called
// where the folder's options ask for progress.
#include <chrono>
#include <ease/run/saved_run.hpp>
#include <string>
#include <type_traits>
#include <utility>

namespace ease::inline v1 {

namespace detail {

template <class T>
concept can_be_kept = requires(json_writer& out, T const& value, simdjson::ondemand::value in) {
  json_codec<T>::write(out, value);
  { json_codec<T>::read(in) } -> std::same_as<T>;
};

template <class Pipeline, class Sink>
class saved_bound_pipeline {
  using result = decltype(std::declval<Sink&>().finish());

 public:
  saved_bound_pipeline(bound_pipeline<Pipeline, Sink>& what, run_folder folder) : what_{&what}, folder_{std::move(folder)} {}

  ran<result> run() {
    if (!folder_.options().shard.is_whole())
      throw error{"{} takes all rows: run the shards without it, put them together, and run it on the whole",
                  stage_name<Sink>()};
    auto rows = ease::run(std::move(what_->rows), folder_);
    auto const files = folder_.files(std::string{stage_name<Sink>()});
    bool const planning = bool{folder_.options().plan};
    if (planning && (folder_.options().fresh || rows.content() == not_known_yet)) return plan(files, rows.count());
    identity id;
    id.add(rows.run_identity());
    id.add_component(what_->end);
    if constexpr (can_be_kept<result>)
      if (auto mark = files.read_mark();
          mark && mark->identity == id.text() && mark->input == rows.content() && left_as_told(*mark)) {
        if (planning)
          folder_.options().plan({.step = files.step(), .done = true, .sink = true, .read = rows.count()});
        else
          folder_.done(mark->report, true);
        return {from_json_text<result>(mark->report.details.text, files.mark().string()), mark->report.rows};
      }
    if (planning) return plan(files, rows.count());
    return work(rows, files, id.text());
  }

 private:
  ran<result> plan(stage_files const& files, std::size_t rows) const {
    folder_.options().plan({.step = files.step(), .sink = true, .read = rows});
    return {result{}, {}};
  }
  // Whether what the sink left is there, and as it left it.
  bool left_as_told(stage_mark const& mark) const {
    if constexpr (requires { what_->end.content(); }) {
      auto const now = what_->end.content();
      bool const same = !now.empty() && (mark.hash.empty() || now == mark.hash);  // earlier versions kept no hash of it
      if (auto* const log = folder_.options().log; !same && log != nullptr)
        log->write(log_level::warn, "output_changed", {{"step", mark.report.step}});
      return same;
    } else {
      return true;
    }
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
    if constexpr (requires { what_->end.show_progress(files.step()); })
      if (folder_.options().progress) what_->end.show_progress(files.step());
    run_report counts;
    for (auto const& one : rows) {
      ++counts.read;
      what_->end(typename Sink::input{one});
    }
    counts.written = counts.read;
    auto got = what_->end.finish();
    listening.sync();
    stage_mark mark;
    mark.identity = id;
    mark.input = rows.content();
    mark.report.step = files.step();
    mark.report.rows = counts;
    mark.report.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    mark.report.remote = listening.remote();
    if constexpr (can_be_kept<result>) {
      mark.report.details.text = to_json_text(got);
      if constexpr (requires { what_->end.content(); }) mark.hash = what_->end.content();
      if (!unfinished(got)) files.write_mark(mark);
    }
    folder_.done(mark.report, false);
    return {std::move(got), counts};
  }

  bound_pipeline<Pipeline, Sink>* what_;
  run_folder folder_;
};

// The first of the stages and the sink that does not say what it depends on.
template <class Job>
struct unidentified_in;
template <class Source, class... Stages, class Sink>
struct unidentified_in<bound_pipeline<pipeline<Source, Stages...>, Sink>> : unidentified<Stages..., Sink> {};

}  // namespace detail

// As run(pipeline, folder), and then the sink: {result, report}.
template <class Pipeline, class Sink>
  requires std::is_void_v<typename detail::unidentified_in<bound_pipeline<Pipeline, Sink>>::type>
auto run(bound_pipeline<Pipeline, Sink> what, run_folder const& folder) {
  return detail::saved_bound_pipeline<Pipeline, Sink>{what, folder}.run();
}

// Read this if your compile breaks here: see run/saved_run.hpp; the sink must say what it depends on too.
template <class Pipeline, class Sink,
          class has_neither_a_version_nor_parts = typename detail::unidentified_in<bound_pipeline<Pipeline, Sink>>::type>
  requires(!std::is_void_v<has_neither_a_version_nor_parts>)
broken run(bound_pipeline<Pipeline, Sink> const& what, run_folder const& folder) = delete;

}  // namespace ease::inline v1
