#pragma once
// One saved stage (run/segments.hpp) while rows pass through it: its models, its files, its counts. Where rows pass through
// several at once, each hands on to the `next` one.
#include <cstddef>
#include <ease/io/event_log.hpp>
#include <ease/record/shard.hpp>
#include <ease/run/stage_work.hpp>
#include <ease/stage/run.hpp>
#include <functional>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

namespace ease::detail {

// Rows that go no further: to the side files and the log.
struct folder_side {
  segment_output* output;
  event_log* log;

  template <std::size_t I, class Row, class Why>
  void stopped(std::integral_constant<std::size_t, I>, std::string_view stage, Row const& row, Why const& why) const {
    output->stop(stage, row, why);
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

// The fields of `row` that Fs names, moved out of it.
template <class... Fs, class Row>
record<Fs...> picked(std::type_identity<record<Fs...>>, Row&& row) {
  return {std::move(static_cast<Fs&>(row))...};
}

// In and Out: the rows in front of the stages and behind them.
template <class In, class Out, class... Stages>
class segment_worker {
  using placed = decltype(joined(std::declval<In>(), std::declval<record<row_position>>()));

 public:
  using next_worker = std::function<void(Out&&, std::size_t place)>;

  // `rows`: how many are to come, for the progress bar. What it is given must outlive it.
  segment_worker(run_folder const& folder, stage_files const& files, std::size_t rows, std::tuple<Stages&...> stages,
                 next_worker next = {})
      : output_{files},
        listening_{std::apply(
            [&](auto&... each) {
              return at_work{folder, files, rows, each...};
            },
            stages)},
        runner_{stages, folder_side{&output_, folder.options().log}, report_},
        next_{std::move(next)} {}
  segment_worker(segment_worker const&) = delete;
  segment_worker& operator=(segment_worker const&) = delete;

  void push(In&& row, std::size_t place) {
    runner_.push(joined(std::move(row), make_record<row_position>(place)));
    drain();
  }
  void finish() {
    runner_.finish();
    drain();
  }
  // Its side files are complete, whatever becomes of its rows.
  void close_sides(bool with_places) { output_.close_sides(with_places); }

  segment_output& output() { return output_; }
  at_work& models() { return listening_; }
  run_report const& report() const { return report_; }

 private:
  void drain() {
    for (auto& ready = runner_.ready(); !ready.empty(); ready.pop_front()) {
      auto& row = ready.front();
      output_.rows(row);
      if (!next_) continue;
      auto const place = get<row_position>(row);
      next_(picked(std::type_identity<Out>{}, std::move(row)), place);
    }
  }

  segment_output output_;
  at_work listening_;
  run_report report_{};
  runner<placed, folder_side, Stages...> runner_;
  next_worker next_;
};

}  // namespace ease::detail
