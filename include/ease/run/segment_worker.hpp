#pragma once
// A saved stage's own stages (run/segments.hpp), with the types of their rows.
#include <cstddef>
#include <ease/io/event_log.hpp>
#include <ease/run/stage_worker.hpp>
#include <ease/stage/runner.hpp>
#include <string_view>
#include <tuple>
#include <utility>

namespace ease::detail {

// Where a saved stage's rows go: those that came through to its file and to the next stage, the others to the side files and
// the log.
template <class Out>
struct to_files {
  segment_output* output{nullptr};
  event_log* log{nullptr};
  takes_rows<Out>* next{nullptr};  // where rows pass through several at once

  void out(Out&& row, std::size_t place) {
    output->rows(row, place);
    if (next != nullptr) next->push(std::move(row), place);
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
class segment_worker final : public stage_worker, public takes_rows<In> {
 public:
  segment_worker(run_folder const& folder, stage_files const& files, std::size_t rows, std::tuple<Stages&...> stages)
      : stage_worker{folder, files, rows}, runner_{stages, to_files<Out>{&output(), folder.options().log}, report()} {
    std::apply([&](auto&... each) { (models().listen_to(each), ...); }, stages);
  }

  void hand_on_to(takes_rows<Out>& next) { runner_.exit().next = &next; }
  void push(In&& row, std::size_t place) override { runner_.push(std::move(row), place); }
  void finish() override { runner_.finish(); }

 private:
  runner<In, to_files<Out>, Stages...> runner_;
};

}  // namespace ease::detail
