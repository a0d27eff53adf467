// SPDX-License-Identifier: Apache-2.0
#pragma once
// A saved stage's own stages (run/segments.hpp), with the types of their rows.
#include <cstddef>
#include <ease/run/stage_worker.hpp>
#include <ease/stage/runner.hpp>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

namespace ease::inline v1::detail {

// Where a saved stage's rows go: those that came through to its file and to the next stage, the others to the side files and
// the log.
template <class Out>
struct to_files {
  segment_output* output{nullptr};
  takes_rows<Out>* next{nullptr};  // where rows pass through several at once

  void out(Out&& row, std::size_t place) {
    output->rows(row, place);
    if (next != nullptr) next->push(std::move(row), place);
  }
  void stopped(auto, std::string_view stage, auto const& row, std::size_t place, auto const& why) const {
    using row_type = std::remove_cvref_t<decltype(row)>;
    std::string_view text;
    if constexpr (row_type::template has<prompt>) text = get<prompt>(row);
    output->stop(stage, fields_of<row_type>(), &row, place, text, why);
  }
};

// In and Out: the rows in front of the stages and behind them.
template <class In, class Out, class... Stages>
class segment_worker final : public stage_worker, public takes_rows<In> {
 public:
  segment_worker(run_folder const& folder, stage_files const& files, std::size_t rows, std::tuple<Stages&...> stages)
      : stage_worker{folder, files, rows}, runner_{stages, to_files<Out>{&output()}, report()} {
    std::apply([&](auto&... each) { (models().listen_to(each), ...); }, stages);
  }

  void hand_on_to(takes_rows<Out>& next) { runner_.exit().next = &next; }
  void push(In&& row, std::size_t place) override { runner_.push(std::move(row), place); }
  void finish() override { runner_.finish(); }

 private:
  runner<In, to_files<Out>, Stages...> runner_;
};

}  // namespace ease::inline v1::detail
