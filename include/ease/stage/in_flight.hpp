#pragma once
// A row on its way through a pipeline: what came in and, beside it, what each stage has added, made in place. It becomes one
// record where somebody keeps it: at the end, or in a side file. (A new record at each stage cost half of what the stages
// themselves did.)
#include <cstddef>
#include <ease/record/record.hpp>
#include <memory>
#include <optional>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace ease::detail {

template <class Record, class... Outputs>
class in_flight {
 public:
  // Whether some stage, done or to come, adds the field, or the row came with it.
  template <class F>
  static constexpr bool has = Record::template has<F> || (Outputs::template has<F> || ...);

  // `number`: whatever the caller tells its rows apart by.
  in_flight(Record&& row, std::size_t number) : row_{std::move(row)}, number_{number} {}
  // The next row in the same place.
  void restart(Record&& row, std::size_t number) {
    row_ = std::move(row);
    number_ = number;
    std::apply([](auto&... added) { (added.reset(), ...); }, added_);
  }

  std::size_t number() const { return number_; }
  template <std::size_t I>
  auto& added() {
    return std::get<I>(added_);
  }
  // The field, which must be there by now.
  template <class F>
  F const* at() const {
    return found<F, 0>(*this);
  }

  // The row as the record that it is by now; its fields are moved out.
  template <class Whole>
  Whole taken() && {
    return moved_out(std::type_identity<Whole>{});
  }

 private:
  template <class F, std::size_t I, class Self>
  static auto found(Self& self) {
    if constexpr (Record::template has<F>)
      return &static_cast<std::conditional_t<std::is_const_v<Self>, F const, F>&>(self.row_);
    else if constexpr (std::tuple_element_t<I, std::tuple<Outputs...>>::template has<F>)
      return &static_cast<std::conditional_t<std::is_const_v<Self>, F const, F>&>(*std::get<I>(self.added_));
    else
      return found<F, I + 1>(self);
  }
  template <class... Fs>
  record<Fs...> moved_out(std::type_identity<record<Fs...>>) {
    return {std::move(*found<Fs, 0>(*this))...};
  }

  Record row_;
  std::size_t number_;
  std::tuple<std::optional<Outputs>...> added_{};
};

// Rows that wait for somebody to take them, first in, first out. A std::deque costs several times as much to compile, for
// each type of row.
template <class Row>
class row_queue {
 public:
  bool empty() const { return first_ == rows_.size(); }
  Row& front() { return rows_[first_]; }
  void push_back(Row&& one) { rows_.push_back(std::move(one)); }
  void pop_front() {
    if (++first_ < rows_.size()) return;
    rows_.clear();
    first_ = 0;
  }

 private:
  std::vector<Row> rows_{};
  std::size_t first_{0};
};

// Rows on their way are handed from stage to stage by address; a place that has become free takes the next row.
template <class Row>
class flights {
 public:
  using ptr = std::unique_ptr<Row>;

  template <class Record>
  ptr begin(Record&& row, std::size_t number) {
    if (free_.empty()) return std::make_unique<Row>(std::forward<Record>(row), number);
    auto one = std::move(free_.back());
    free_.pop_back();
    one->restart(std::forward<Record>(row), number);
    return one;
  }
  void end(ptr one) { free_.push_back(std::move(one)); }

 private:
  std::vector<ptr> free_{};
};

}  // namespace ease::detail
