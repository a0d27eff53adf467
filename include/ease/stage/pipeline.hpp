// SPDX-License-Identifier: Apache-2.0
#pragma once
// A pipeline is a source of records and the stages behind it; it is itself a lazy, single-pass input range of its output
// records, so that std and range-v3 views stand before and behind it:
//
//     for (auto const& row : from(prompts) | diagnose(slm) | guard_filter(guard)) ...
//
// A partial pipeline is the same without a source: `auto const steps = diagnose(slm) | guard_filter(guard);`, later
// `from(rows) | steps`. A composition that cannot work meets one of the deleted operators in stage/composition_error.hpp,
// and the message is theirs.
#include <concepts>
#include <cstddef>
#include <ease/stage/runner.hpp>
#include <iterator>
#include <memory>
#include <optional>
#include <range/v3/range/concepts.hpp>
#include <ranges>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

namespace ease::inline v1 {

template <class Source, class... Stages>
class pipeline;

namespace detail {

// Where a source range lives: a caller's lvalue is referred to, an rvalue is kept. Copies share it.
template <class Range>
std::shared_ptr<std::remove_reference_t<Range>> own_or_refer(Range&& rows) {
  if constexpr (std::is_lvalue_reference_v<Range>)
    return {std::shared_ptr<void>{}, std::addressof(rows)};
  else
    return std::make_shared<std::remove_reference_t<Range>>(std::forward<Range>(rows));
}

struct no_reject_sink {
  void operator()(auto const&...) const {}
};

// Hands rows to two functions: sink(row), and reject_sink(stage, row, why) for those that go no further.
template <class Sink, class RejectSink>
struct to_functions {
  Sink& sink;
  RejectSink& reject_sink;

  template <class Row>
  void out(Row&& row, std::size_t) const {
    sink(row);
  }
  void stopped(auto, std::string_view stage, auto const& row, std::size_t, auto const& why) const
    requires(!std::same_as<RejectSink, no_reject_sink>)
  {
    reject_sink(stage, row, why);
  }
};

template <class Row>
struct to_queue {
  row_queue<Row> ready{};
  void out(Row&& row, std::size_t) { ready.push_back(std::move(row)); }
};

template <class... Stages>
std::tuple<Stages&...> references_to(std::tuple<Stages...>& stages) {
  return std::apply([](auto&... each) { return std::tuple<Stages&...>{each...}; }, stages);
}

// One pass over a pipeline that is iterated: pulls from the source whenever no finished row waits.
template <class Row, class Source, class... Stages>
class pass {
 public:
  using row = Row;

  pass(std::shared_ptr<Source> source, std::tuple<Stages...>& stages, run_report& report)
      : source_{std::move(source)},
        at_{std::ranges::begin(*source_)},
        runner_{references_to(stages), to_queue<Row>{}, report} {}

  // Moves on to the next output row; false at the end.
  bool next() {
    if (!ready().empty()) ready().pop_front();
    while (ready().empty()) {
      if (at_ != std::ranges::end(*source_)) {
        runner_.push(*at_);
        ++at_;
      } else if (!std::exchange(finished_, true)) {
        runner_.finish();
      } else {
        return false;
      }
    }
    return true;
  }
  row& front() { return ready().front(); }

 private:
  row_queue<Row>& ready() { return runner_.exit().ready; }

  std::shared_ptr<Source> source_;
  std::ranges::iterator_t<Source> at_;
  runner<record_of<Source>, to_queue<Row>, Stages...> runner_;
  bool finished_{false};
};

template <class Pass>
class pass_iterator {
 public:
  using value_type = typename Pass::row;
  using difference_type = std::ptrdiff_t;
  using reference = value_type&;
  using pointer = value_type*;
  using iterator_category = std::input_iterator_tag;

  pass_iterator() = default;
  explicit pass_iterator(Pass* running) : running_{running->next() ? running : nullptr} {}

  value_type& operator*() const { return running_->front(); }
  pass_iterator& operator++() {
    if (!running_->next()) running_ = nullptr;
    return *this;
  }
  void operator++(int) { ++*this; }
  friend bool operator==(pass_iterator const& i, std::default_sentinel_t) { return i.running_ == nullptr; }

 private:
  Pass* running_{nullptr};
};

}  // namespace detail

// Its stages, its report and its running pass are its own: a copy starts over and shares the source alone. With a stage that
// cannot be copied it can be moved only. (Moved from or copied while it is iterated, the other one is not being iterated.)
template <class Source, class... Stages>
class pipeline : public std::ranges::view_base {
 public:
  using row = typename detail::row_before<sizeof...(Stages), record_of<Source>, Stages...>::type;
  using record = record_of<Source>;

 private:
  using pass_type = detail::pass<row, Source, Stages...>;

 public:
  pipeline() = default;  // range-v3 asks it of a view; empty, not to be iterated
  pipeline(std::shared_ptr<Source> source, std::tuple<Stages...> stages)
      : source_{std::move(source)}, stages_{std::in_place, std::move(stages)} {}

  // Starts a pass; a second begin() starts another one from the source's begin().
  detail::pass_iterator<pass_type> begin() {
    auto const running = std::make_shared<pass_type>(source_, *stages_, report_);
    pass_.running = running;
    return detail::pass_iterator<pass_type>{running.get()};
  }
  std::default_sentinel_t end() const { return {}; }

  // Pushes every row through: sink(row) for each that comes out, reject_sink(stage, row, rejected | failure) for each that
  // does not.
  template <class Sink, class RejectSink = detail::no_reject_sink>
  run_report const& each(Sink&& sink, RejectSink reject_sink = {}) {
    using exit = detail::to_functions<std::remove_reference_t<Sink>, RejectSink>;
    detail::runner<record, exit, Stages...> running{detail::references_to(*stages_), exit{sink, reject_sink}, report_};
    for (auto&& one : *source_) running.push(std::forward<decltype(one)>(one));
    running.finish();
    return report_;
  }

  // What became of the rows of this pipeline's last (or running) pass.
  run_report const& report() const { return report_; }
  std::string why_empty() const { return report_.why_empty(); }

  // The same source with one more stage.
  template <class Stage>
  pipeline<Source, Stages..., Stage> then(Stage next) && {
    return {std::move(source_), std::tuple_cat(*std::move(stages_), std::tuple<Stage>{std::move(next)})};
  }
  template <class Stage>
  pipeline<Source, Stages..., Stage> then(Stage next) const& {
    return {source_, std::tuple_cat(*stages_, std::tuple<Stage>{std::move(next)})};
  }

  // For what runs pipelines in ways of its own (run/folder/run_folder.hpp).
  Source& source() const { return *source_; }
  std::shared_ptr<Source> const& shared_source() const { return source_; }
  std::tuple<Stages...>& stages() { return *stages_; }

 private:
  struct own_pass {
    // Of no type of its own: what a pass is made of is then compiled for pipelines that are iterated, and not for each piece
    // of one.
    std::shared_ptr<void> running{};
    own_pass() = default;
    own_pass(own_pass const&) {}
    own_pass(own_pass&& other) noexcept { other.running.reset(); }
    own_pass& operator=(own_pass const& other) {
      if (this != &other) running.reset();
      return *this;
    }
    own_pass& operator=(own_pass&& other) noexcept {
      running.reset(), other.running.reset();
      return *this;
    }
    ~own_pass() = default;
  };

  std::shared_ptr<Source> source_;
  std::optional<std::tuple<Stages...>> stages_;
  run_report report_{};
  own_pass pass_{};  // after what it refers to
};

template <class... Stages>
struct partial_pipeline {
  std::tuple<Stages...> stages;
};

// A source: any input range of records. An lvalue must outlive the pipeline; an rvalue is kept by it.
template <class Range>
  requires some_rows<std::remove_reference_t<Range>>
auto from(Range&& rows) {
  return pipeline<std::remove_reference_t<Range>>{detail::own_or_refer(std::forward<Range>(rows)), {}};
}

namespace detail {
template <class P>
inline constexpr bool is_pipeline = false;
template <class Source, class... Stages>
inline constexpr bool is_pipeline<pipeline<Source, Stages...>> = true;

template <class Left>
auto as_pipeline(Left&& left) {
  if constexpr (is_pipeline<std::remove_cvref_t<Left>>)
    return std::forward<Left>(left);
  else
    return from(std::forward<Left>(left));
}

// Not a range of rows: nothing, since another operator reports it.
template <class Left, class... Stages>
struct composition_error_behind : std::type_identity<fits> {};
template <some_rows Left, class... Stages>
struct composition_error_behind<Left, Stages...> : composition_error<record_of<Left>, Stages...> {};
template <class Left, class... Stages>
using composition_error_of = typename composition_error_behind<std::remove_reference_t<Left>, Stages...>::type;

template <class Left, class... Stages>
concept composes =
    some_rows<std::remove_reference_t<Left>> && std::is_void_v<typename composition_error_of<Left, Stages...>::stage>;
}  // namespace detail

template <class Left, some_stage Stage>
  requires detail::composes<Left, Stage>
auto operator|(Left&& left, Stage stage) {
  return detail::as_pipeline(std::forward<Left>(left)).then(std::move(stage));
}

template <class Left, class... Stages>
  requires detail::composes<Left, Stages...>
auto operator|(Left&& left, partial_pipeline<Stages...> steps) {
  return std::apply([&](auto&... stage) { return (detail::as_pipeline(std::forward<Left>(left)) | ... | std::move(stage)); },
                    steps.stages);
}

template <runnable_stage First, runnable_stage Second>
partial_pipeline<First, Second> operator|(First first, Second second) {
  return {std::tuple<First, Second>{std::move(first), std::move(second)}};
}
template <class... Stages, runnable_stage Next>
partial_pipeline<Stages..., Next> operator|(partial_pipeline<Stages...> steps, Next next) {
  return {std::tuple_cat(std::move(steps.stages), std::tuple<Next>{std::move(next)})};
}

// A pipeline with its sink: run(bound) runs it.
template <class Pipeline, class Sink>
struct bound_pipeline {
  Pipeline rows;
  Sink end;
};

template <class Left, some_sink Sink>
  requires detail::composes<Left, Sink>
auto operator|(Left&& left, Sink end) {
  auto rows = detail::as_pipeline(std::forward<Left>(left));
  return bound_pipeline<decltype(rows), Sink>{std::move(rows), std::move(end)};
}

}  // namespace ease::inline v1

// A pipeline is a view in both libraries' sense; its copies share the source.
template <class Source, class... Stages>
inline constexpr bool ranges::enable_view<ease::pipeline<Source, Stages...>> = true;

// The sentences of the errors belong to operator|: nobody should get it without them.
#include <ease/stage/composition_error.hpp>
