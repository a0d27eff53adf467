// SPDX-License-Identifier: Apache-2.0
#pragma once
// When each part of a flat gradient may be all-reduced: a backward pass computes gradients from the last layer to the first,
// so buckets start at the end of the tensor, and a bucket is sent as soon as it and those before it are complete. All ranks
// thus send the same buckets in the same order, whatever their rows. Non-goal: the exchange itself.
#include <cstddef>
#include <cstdint>
#include <ease/core/error.hpp>
#include <span>
#include <vector>

namespace ease::inline v1 {

class gradient_buckets {
 public:
  struct range {
    std::int64_t begin{0}, end{0};  // of the flat gradient, in numbers
  };

  // `sizes`: elements of each parameter's gradient, in their order in the flat tensor. A bucket is closed once it has
  // `numbers` elements; a parameter is never split.
  gradient_buckets(std::span<std::int64_t const> sizes, std::int64_t numbers) : bucket_of_(sizes.size()) {
    std::int64_t end = 0;
    for (auto const size : sizes) end += size;
    auto begin = end;
    members_.push_back(0);
    for (auto i = sizes.size(); i-- > 0;) {
      begin -= sizes[i];
      bucket_of_[i] = members_.size() - 1;
      ++members_.back();
      if (end - begin < numbers && i > 0) continue;
      ranges_.push_back({begin, end});
      end = begin;
      if (i > 0) members_.push_back(0);
    }
    start();
  }

  // A new backward pass: nothing has arrived.
  void start() {
    missing_ = members_;
    arrived_.assign(bucket_of_.size(), false);
    next_ = 0;
  }

  // The gradient of parameter `i` is complete: calls send(range) for each bucket that may be sent now. Throws ease::error
  // when it arrives a second time, since its bucket may have been sent already.
  template <class Send>
  void arrived(std::size_t i, Send&& send) {
    if (arrived_.at(i))
      throw error{"parameter {} got two gradients in one backward pass: its sum over ranks would be wrong", i};
    arrived_[i] = true;
    --missing_[bucket_of_[i]];
    for (; next_ < ranges_.size() && missing_[next_] == 0; ++next_) send(ranges_[next_]);
  }

  // The backward pass is over: sends the remaining buckets, whose missing gradients are zero.
  template <class Send>
  void finish(Send&& send) {
    for (; next_ < ranges_.size(); ++next_) send(ranges_[next_]);
  }

  std::span<range const> ranges() const { return ranges_; }

 private:
  std::vector<std::size_t> bucket_of_, members_{}, missing_{};  // by parameter; by bucket
  std::vector<range> ranges_{};
  std::vector<bool> arrived_{};
  std::size_t next_{0};  // the first bucket that was not sent
};

}  // namespace ease::inline v1
