// SPDX-License-Identifier: Apache-2.0
#pragma once
// Pushes rows through the stages of one pipeline, once. Rows come out in the order they went in; every row read ends up in
// exactly one of: the output, the rejections, the failures. Batch stages get windows of rows, which stay whole until the
// stage returns; then each goes on. Non-goal: threads. A stage that has concurrency of its own (a device, many connections)
// keeps it inside its batch call.
#include <array>
#include <chrono>
#include <concepts>
#include <cstddef>
#include <ease/core/error.hpp>
#include <ease/stage/compose.hpp>
#include <ease/stage/in_flight.hpp>
#include <ease/stage/report.hpp>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace ease::inline v1::detail {

// The row's type in front of stage I.
template <std::size_t I, class Record, class... Stages>
struct row_before : std::type_identity<Record> {};
template <std::size_t I, class Record, class S, class... Rest>
  requires(I > 0)
struct row_before<I, Record, S, Rest...> : row_before<I - 1, typename flow<Record, S>::type, Rest...> {};

// Which rows of a window the stage has returned.
class window_rows {
 public:
  window_rows(std::string_view stage, std::size_t rows) : stage_{stage}, back_(rows) {}

  // Throws ease::error where the row was never given out, or returned before.
  void hand_back(std::size_t i) {
    if (i >= back_.size() || back_[i] != 0)
      throw error{"stage {}: row {} of a window of {} was returned {}", stage_, i, back_.size(),
                  i < back_.size() ? "twice" : "but never given out"};
    back_[i] = 1;
  }
  bool is_back(std::size_t i) const { return back_[i] != 0; }

 private:
  std::string_view stage_;
  std::vector<unsigned char> back_;
};

// Where rows leave a runner. `out(row, number)` takes those that came through, in the order in which they went in;
// `stopped(number of the stage, its name, row, number, rejected | failure)`, if there is one, those that go no further, with
// the fields they had by then.
template <class Record, class Exit, class... Stages>
class runner {
  template <std::size_t I>
  using row_at = typename row_before<I, Record, Stages...>::type;
  template <std::size_t I>
  using stage_at = std::tuple_element_t<I, std::tuple<Stages...>>;
  static constexpr std::size_t count = sizeof...(Stages);

 public:
  using row = row_at<count>;

  // The stages, the report and what `exit` refers to must outlive it.
  runner(std::tuple<Stages&...> stages, Exit exit, run_report& report)
      : stages_{stages}, exit_{std::move(exit)}, report_{report} {
    static constexpr std::array<std::string_view, count> names{stage_name<Stages>()...};
    report_.begin(names);
  }
  runner(runner const&) = delete;
  runner& operator=(runner const&) = delete;

  void push(Record one, std::size_t number = 0) {
    ++report_.read;
    step<0>(rows_.begin(std::move(one), number));
  }
  // The source is at its end: run what waits in windows.
  void finish() { flush<0>(); }

  Exit& exit() { return exit_; }

 private:
  using flight = in_flight<row>;

  // Charges wall time to the stage that runs, not to the one whose callback it runs in.
  class stage_timer {
   public:
    stage_timer(runner& owner, std::size_t stage) : owner_{owner}, before_{owner.running_} { owner_.charge(stage); }
    ~stage_timer() { owner_.charge(before_); }
    stage_timer(stage_timer const&) = delete;
    stage_timer& operator=(stage_timer const&) = delete;

   private:
    runner& owner_;
    std::size_t before_;
  };
  void charge(std::size_t next) {
    auto const now = std::chrono::steady_clock::now();
    if (running_ < count) report_.stages[running_].seconds += std::chrono::duration<double>(now - since_).count();
    since_ = now;
    running_ = next;
  }

  template <std::size_t I>
  void step(flight* one) {
    if constexpr (I == count) {
      ++report_.written;
      exit_.out(std::move(one->whole()), one->number());
      rows_.end(one);
    } else {
      using S = stage_at<I>;
      auto& stage = std::get<I>(stages_);
      ++report_.stages[I].in;
      if constexpr (batches_rows<S>) {
        auto& window = std::get<I>(windows_);
        window.push_back(one);
        if (window.size() >= static_cast<std::size_t>(stage.window())) run_window<I>();
      } else {
        auto result = [&] {
          stage_timer const mine{*this, I};
          return stage(typename S::input{one->whole(), std::type_identity<row_at<I>>{}});
        }();
        if constexpr (filters_rows<S>)
          route<I>(one, result ? decision<record<>>{record<>{}} : decision<record<>>{rejected{"filtered"}});
        else
          route<I>(one, decision<typename S::output>{std::move(result)});
      }
    }
  }

  template <std::size_t I>
  void route(flight* one, decision<typename stage_at<I>::output>&& what) {
    if (auto* added = std::get_if<0>(&what)) {
      one->add(std::move(*added));
      pass<I>(one);
    } else {
      stop<I>(one, what);
    }
  }
  // The stage has added its fields.
  template <std::size_t I>
  void pass(flight* one) {
    ++report_.stages[I].out;
    step<I + 1>(one);
  }
  template <std::size_t I>
  void stop(flight* one, decision<typename stage_at<I>::output>& what) {
    auto& counts = report_.stages[I];
    if (auto const* no = std::get_if<rejected>(&what)) {
      counts.reject(no->reason);
      tell_rejects<I, I>(*one, *no);
    } else if (auto* found = std::get_if<3>(&what)) {
      counts.reject(found->rejection.reason);
      one->add(std::move(found->added));
      tell_rejects<I, I + 1>(*one, found->rejection);
    } else {
      counts.fail(std::get<failure>(what).what);
      tell_rejects<I, I>(*one, std::get<failure>(what));
    }
    rows_.end(one);
  }
  // Stage I lets the row go no further; it has the fields of the first `Done` stages.
  template <std::size_t I, std::size_t Done>
  void tell_rejects(flight& one, auto const& why) {
    constexpr auto which = std::integral_constant<std::size_t, I>{};
    if constexpr (requires(row_at<Done> const& whole) { exit_.stopped(which, std::string_view{}, whole, 0, why); }) {
      auto const whole = one.template taken<row_at<Done>>();
      exit_.stopped(which, stage_name<stage_at<I>>(), whole, one.number(), why);
    }
  }

  template <std::size_t I>
  void run_window() {
    using S = stage_at<I>;
    using result = decision<typename S::output>;
    auto& window = std::get<I>(windows_);
    auto rows = std::exchange(window, {});
    std::vector<typename S::input> shown;
    shown.reserve(rows.size());
    for (auto* const one : rows) shown.emplace_back(one->whole(), std::type_identity<row_at<I>>{});
    window_rows given{stage_name<S>(), rows.size()};
    std::vector<std::unique_ptr<result>> stopped(rows.size());  // why each of these goes no further
    auto const emit = [&](std::size_t i, result&& what) {
      given.hand_back(i);
      if (auto* added = std::get_if<0>(&what))
        rows[i]->add(std::move(*added));
      else
        stopped[i] = std::make_unique<result>(std::move(what));
    };
    {
      stage_timer const mine{*this, I};
      std::get<I>(stages_)(std::span<typename S::input const>{shown}, emit);
    }
    // Only now: until it returns, the stage may read any row it was shown. The output keeps the input's order.
    for (std::size_t i = 0; i < rows.size(); ++i) {
      if (!given.is_back(i)) stopped[i] = std::make_unique<result>(failure{"the stage gave no answer for this row"});
      if (stopped[i] == nullptr)
        pass<I>(rows[i]);
      else
        stop<I>(rows[i], *stopped[i]);
    }
    rows.clear();
    window = std::move(rows);  // for the next window's rows
  }
  template <std::size_t I>
  void flush() {
    if constexpr (I < count) {
      if constexpr (batches_rows<stage_at<I>>)
        if (!std::get<I>(windows_).empty()) run_window<I>();
      if constexpr (requires { std::get<I>(stages_).finish(report_.stages[I]); })
        std::get<I>(stages_).finish(report_.stages[I]);
      flush<I + 1>();
    }
  }

  std::tuple<Stages&...> stages_;
  Exit exit_;
  run_report& report_;
  flights<flight> rows_{};
  std::array<std::vector<flight*>, count> windows_{};  // of batch stages
  std::size_t running_{count};
  std::chrono::steady_clock::time_point since_{std::chrono::steady_clock::now()};
};

}  // namespace ease::inline v1::detail
