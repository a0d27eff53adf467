// SPDX-License-Identifier: Apache-2.0
#pragma once
// Runs a pipeline to its end, with a sink for the rows it rejects:
//
//     auto report = run(from(prompts) | diagnose(slm) | guard_filter(guard), writer, rejects);
//     auto [result, report] = run(mix(...) | finetune(trainer));
//
// `writer(row)` gets each output row; `reject_sink(stage, row, why)` each row that was rejected or failed, with the fields
// it had by then.
#include <concepts>
#include <ease/core/error.hpp>
#include <ease/stage/pipeline.hpp>
#include <type_traits>
#include <utility>

namespace ease::inline v1 {

template <class Result>
struct ran {
  Result result;
  run_report report;
};

namespace detail {
inline run_report const& checked(run_report const& report) {
  if (!report.adds_up())
    throw error{"rows do not add up: {} (a defect of the framework, please report it)", report.summary()};
  return report;
}
}  // namespace detail

template <class Rows, class Sink, class RejectSink = detail::no_reject_sink>
  requires some_rows<std::remove_reference_t<Rows>> && std::invocable<Sink&, record_of<std::remove_reference_t<Rows>>&>
run_report run(Rows&& rows, Sink&& sink, RejectSink reject_sink = {}) {
  auto steps = detail::as_pipeline(std::forward<Rows>(rows));
  return detail::checked(steps.each(std::forward<Sink>(sink), std::move(reject_sink)));
}

template <class Pipeline, class Sink, class RejectSink = detail::no_reject_sink>
auto run(bound_pipeline<Pipeline, Sink> work, RejectSink reject_sink = {}) {
  auto const& report = work.rows.each([&](auto const& row) { work.end(typename Sink::input{row}); }, std::move(reject_sink));
  detail::checked(report);
  return ran<decltype(work.end.finish())>{work.end.finish(), report};
}

// Read this if your compile breaks here: rows that come out must go somewhere. Give a function that takes them, or a run
// folder that keeps them (run/folder/run_folder.hpp); to go through them yourself, write for (auto const& row : rows).
template <class Rows, class needs_a_function_that_takes_the_rows_or_a_run_folder = record_of<std::remove_reference_t<Rows>>>
  requires some_rows<std::remove_reference_t<Rows>>
run_report run(Rows&& rows) = delete;

}  // namespace ease::inline v1
