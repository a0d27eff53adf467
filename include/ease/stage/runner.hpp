#pragma once
// Pushes rows through the stages of one pipeline, once. Rows come out in the order they went in; every row read ends up in
// exactly one of: the output, the rejections, the failures. Batch stages get windows of rows, which stay whole until the
// stage returns; then each goes on. Non-goal: threads. A stage that has concurrency of its own (a device, many connections)
// keeps it inside its batch call.
#include <chrono>
#include <cstddef>
#include <deque>
#include <ease/io/error.hpp>
#include <ease/stage/compose.hpp>
#include <ease/stage/report.hpp>
#include <optional>
#include <span>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace ease::detail {

// The row's type in front of stage I.
template <std::size_t I, class Record, class... Stages>
struct row_before : std::type_identity<Record> {};
template <std::size_t I, class Record, class S, class... Rest>
  requires(I > 0)
struct row_before<I, Record, S, Rest...> : row_before<I - 1, typename flow<Record, S>::type, Rest...> {};

struct no_side {
  void operator()(auto const&...) const {}
};

template <class Record, class Side, class... Stages>
class runner {
  template <std::size_t I>
  using row_at = typename row_before<I, Record, Stages...>::type;
  template <std::size_t I>
  using stage_at = std::tuple_element_t<I, std::tuple<Stages...>>;
  static constexpr std::size_t count = sizeof...(Stages);

 public:
  using row = row_at<count>;

  // The stages, the report and what `side` refers to must outlive it. `side(stage, row, rejected | failure)` gets each row
  // that goes no further; one that has `stopped(number of the stage, name, row, why)` and `passed(number of the stage, row)`
  // is told which stage that was, and of each row that a stage lets through.
  runner(std::tuple<Stages&...> stages, Side side, run_report& report)
      : stages_{stages}, side_{std::move(side)}, report_{report} {
    report_ = {};
    (report_.stages.push_back({.stage = std::string{stage_name<Stages>()}}), ...);
  }
  runner(runner const&) = delete;
  runner& operator=(runner const&) = delete;

  void push(Record one) {
    ++report_.read;
    step<0>(std::move(one));
  }
  // The source is at its end: run what waits in windows.
  void finish() { flush<0>(); }

  std::deque<row>& ready() { return ready_; }

 private:
  // Charges wall time to the stage that runs, not to the one whose callback it runs in.
  class turn {
   public:
    turn(runner& owner, std::size_t stage) : owner_{owner}, before_{owner.running_} { owner_.charge(stage); }
    ~turn() { owner_.charge(before_); }
    turn(turn const&) = delete;
    turn& operator=(turn const&) = delete;

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
  void step(row_at<I> one) {
    if constexpr (I == count) {
      ++report_.written;
      ready_.push_back(std::move(one));
    } else {
      using S = stage_at<I>;
      auto& stage = std::get<I>(stages_);
      ++report_.stages[I].in;
      if constexpr (batches_rows<S>) {
        auto& window = std::get<I>(windows_);
        window.push_back(std::move(one));
        if (window.size() >= static_cast<std::size_t>(stage.window())) run_window<I>();
      } else {
        auto result = [&] {
          turn const mine{*this, I};
          return stage(typename S::input{one});
        }();
        if constexpr (filters_rows<S>)
          settle<I>(std::move(one), result ? decision<record<>>{record<>{}} : decision<record<>>{rejected{"filtered"}});
        else
          settle<I>(std::move(one), decision<typename S::output>{std::move(result)});
      }
    }
  }

  template <std::size_t I>
  void settle(row_at<I> one, decision<typename stage_at<I>::output> what) {
    auto& counts = report_.stages[I];
    if (auto* added = std::get_if<0>(&what)) {
      ++counts.out;
      auto longer = joined(std::move(one), std::move(*added));
      if constexpr (requires { side_.passed(std::integral_constant<std::size_t, I>{}, std::as_const(longer)); })
        side_.passed(std::integral_constant<std::size_t, I>{}, std::as_const(longer));
      step<I + 1>(std::move(longer));
    } else if (auto const* no = std::get_if<rejected>(&what)) {
      ++counts.rejected[no->reason];
      stop<I>(one, *no);
    } else if (auto* found = std::get_if<3>(&what)) {
      ++counts.rejected[found->why.reason];
      auto const whole = joined(std::move(one), std::move(found->added));
      stop<I>(whole, found->why);
    } else {
      if (counts.failed++ == 0) counts.first_failure = std::get<failure>(what).what;
      stop<I>(one, std::get<failure>(what));
    }
  }
  template <std::size_t I>
  void stop(auto const& one, auto const& why) {
    constexpr auto stage = stage_name<stage_at<I>>();
    if constexpr (requires { side_.stopped(std::integral_constant<std::size_t, I>{}, stage, one, why); })
      side_.stopped(std::integral_constant<std::size_t, I>{}, stage, one, why);
    else
      side_(stage, one, why);
  }

  template <std::size_t I>
  void run_window() {
    using S = stage_at<I>;
    auto rows = std::exchange(std::get<I>(windows_), {});
    std::vector<typename S::input> shown;
    shown.reserve(rows.size());
    for (auto const& one : rows) shown.emplace_back(one);
    std::vector<std::optional<decision<typename S::output>>> done(rows.size());
    typename S::emit const emit = [&](std::size_t i, decision<typename S::output> what) {
      if (i >= rows.size() || done[i])
        throw error{"stage {}: row {} of a window of {} was handed back {}", stage_name<S>(), i, rows.size(),
                    i < rows.size() ? "twice" : "but never given out"};
      done[i] = std::move(what);
    };
    {
      turn const mine{*this, I};
      std::get<I>(stages_)(std::span<typename S::input const>{shown}, emit);
    }
    // Only now: until it returns, the stage may read any row it was shown. The output keeps the input's order.
    for (std::size_t i = 0; i < rows.size(); ++i)
      settle<I>(std::move(rows[i]), done[i] ? std::move(*done[i]) : failure{"the stage gave no answer for this row"});
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

  template <class Sequence>
  struct window_tuple;
  template <std::size_t... Is>
  struct window_tuple<std::index_sequence<Is...>> : std::type_identity<std::tuple<std::vector<row_at<Is>>...>> {};

  std::tuple<Stages&...> stages_;
  Side side_;
  run_report& report_;
  typename window_tuple<std::make_index_sequence<count>>::type windows_{};
  std::deque<row> ready_{};
  std::size_t running_{count};
  std::chrono::steady_clock::time_point since_{std::chrono::steady_clock::now()};
};

}  // namespace ease::detail
