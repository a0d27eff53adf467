// SPDX-License-Identifier: Apache-2.0
#pragma once
// A row on its way through a pipeline: one record with a place for every field that some stage adds, filled as the row goes
// on. (A new record at each stage cost half of what the stages themselves did.)
#include <cstddef>
#include <ease/record/record.hpp>
#include <memory>
#include <type_traits>
#include <utility>
#include <vector>

namespace ease::inline v1::detail {

// `Whole`: the record at the end of the pipeline. A field that no stage has added yet holds what the row that was here
// before left there; the types of the stages see to it that nobody reads it.
template <class Whole>
class in_flight {
 public:
  template <class... Fs>
  void add(record<Fs...>&& fields) {
    ((get<Fs>(whole_) = std::move(get<Fs>(fields))), ...);
  }
  // The fields of `Part`, moved out.
  template <class Part>
  Part taken() {
    return moved_out(std::type_identity<Part>{});
  }

  Whole& whole() { return whole_; }
  std::size_t number() const { return number_; }  // the caller's number for the row
  void number(std::size_t of) { number_ = of; }

 private:
  template <class... Fs>
  record<Fs...> moved_out(std::type_identity<record<Fs...>>) {
    return {std::move(static_cast<Fs&>(whole_))...};
  }

  Whole whole_{};
  std::size_t number_{0};
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

// Owns the rows on their way, which are handed from stage to stage by address; a place that has become free takes the next.
template <class Row>
class flights {
 public:
  template <class... Fs>
  Row* begin(record<Fs...>&& fields, std::size_t number) {
    if (free_.empty()) free_.push_back(all_.emplace_back(std::make_unique<Row>()).get());
    auto* const one = free_.back();
    free_.pop_back();
    one->add(std::move(fields));
    one->number(number);
    return one;
  }
  void end(Row* one) { free_.push_back(one); }

 private:
  std::vector<std::unique_ptr<Row>> all_{};
  std::vector<Row*> free_{};
};

}  // namespace ease::inline v1::detail
