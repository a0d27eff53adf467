#pragma once
// One saved stage (run/segments.hpp) while rows pass through it: its models, its files, its counts. Where rows pass through
// several at once, each hands on to the `next` one.
#include <cstddef>
#include <ease/io/event_log.hpp>
#include <ease/run/stage_work.hpp>
#include <ease/stage/run.hpp>
#include <functional>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

namespace ease::detail {

// Where a saved stage's rows go: those that came through to its file and to the next stage, the others to the side files and
// the log.
template <class Out>
struct to_files {
  using next_worker = std::function<void(Out&&, std::size_t place)>;

  segment_output* output{nullptr};
  event_log* log{nullptr};
  next_worker next{};

  void out(Out&& row, std::size_t place) {
    output->rows(row, place);
    if (next) next(std::move(row), place);
  }
  template <class Row, class Why>
  void stopped(auto, std::string_view stage, Row const& row, std::size_t place, Why const& why) const {
    output->stop(stage, row, place, why);
    if (log == nullptr) return;
    auto const text = [&] {
      if constexpr (Row::template has<prompt>)
        return std::string_view{get<prompt>(row)};
      else
        return std::string_view{};
    }();
    if constexpr (requires { why.what; })
      log->write(log_level::warn, "row_failed", {{"stage", stage}, {"why", why.what}, row_says("prompt", text)});
    else
      log->write(log_level::debug, "row_rejected", {{"stage", stage}, {"why", why.reason}, row_says("prompt", text)});
  }
};

// In and Out: the rows in front of the stages and behind them.
template <class In, class Out, class... Stages>
class segment_worker {
 public:
  using next_worker = typename to_files<Out>::next_worker;

  // `rows`: how many are to come, for the progress bar. What it is given must outlive it.
  segment_worker(run_folder const& folder, stage_files const& files, std::size_t rows, std::tuple<Stages&...> stages,
                 next_worker next = {})
      : output_{files},
        listening_{std::apply(
            [&](auto&... each) {
              return at_work{folder, files, rows, each...};
            },
            stages)},
        runner_{stages, to_files<Out>{&output_, folder.options().log, std::move(next)}, report_} {}
  segment_worker(segment_worker const&) = delete;
  segment_worker& operator=(segment_worker const&) = delete;

  void push(In&& row, std::size_t place) { runner_.push(std::move(row), place); }
  void finish() { runner_.finish(); }
  // Its side files are complete, whatever becomes of its rows.
  void close_sides(bool with_places) { output_.close_sides(with_places); }

  segment_output& output() { return output_; }
  at_work& models() { return listening_; }
  run_report const& report() const { return report_; }

 private:
  segment_output output_;
  at_work listening_;
  run_report report_{};
  runner<In, to_files<Out>, Stages...> runner_;
};

}  // namespace ease::detail
