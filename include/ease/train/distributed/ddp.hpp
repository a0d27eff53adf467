// SPDX-License-Identifier: Apache-2.0
#pragma once
// Data parallel training as a type: trainer<ddp<gloo>> on CPUs, trainer<ddp<nccl>> on CUDA devices, one process a rank.
// Every rank holds all weights; gradients are all-reduced in buckets while the backward pass still computes others. Not
// c10d's Reducer: that copies gradients into buckets of its own, supports the weights' dtype only and divides by the number
// of ranks, where adamw already keeps all gradients in one tensor, in mixed precision in float32, scaled for the whole step.
#include <ATen/ATen.h>

#include <concepts>
#include <cstdint>
#include <ease/train/distributed/data_parallel.hpp>
#include <ease/train/distributed/gradient_buckets.hpp>
#include <ease/train/distributed/rank_group.hpp>
#include <ease/train/ops/optimizer.hpp>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

namespace ease::inline v1 {

// A c10d backend: the device of its tensors, and how ranks connect after the rendezvous.
template <class B>
concept exchange_backend = requires(c10::intrusive_ptr<c10d::Store> store, rank_environment const& environment) {
  { B::device() } -> std::same_as<at::Device>;
  { B::connect(store, environment) } -> std::convertible_to<c10::intrusive_ptr<c10d::Backend>>;
};

template <exchange_backend Backend>
struct ddp {
  static constexpr std::string_view name{Backend::name};
  static at::Device device() { return Backend::device(); }
  // Joins the other ranks; the group lives as long as somebody holds it. See rank_group for errors.
  static std::shared_ptr<rank_group> join() { return rank_group::shared(&Backend::connect); }
};

template <class Backend>
class data_parallel<ddp<Backend>> {
 public:
  static at::Device device() { return Backend::device(); }
  std::size_t rank() const { return group_->rank(); }
  std::size_t size() const { return group_->size(); }
  void sum(at::Tensor& values) { group_->await(group_->start_sum(values)); }
  void check() { group_->check(); }
  void agree(std::string_view what, std::uint64_t value) { group_->agree(what, value); }
  void failed(std::string_view why) { group_->failed(why); }

  // 25 MiB as in DistributedDataParallel: large enough for the network's bandwidth, small enough to be sent early.
  std::int64_t bucket_bytes{std::int64_t{25} << 20U};

  // The next backward pass is the step's last: its gradients are sent as they are computed.
  void begin_exchange(adamw& optimizer) {
    if (!optimizer.watched()) {
      buckets_.emplace(optimizer.sizes(), bucket_bytes / optimizer.flat_gradient().element_size());
      optimizer.on_gradient([this, &optimizer](std::size_t i) {
        if (open_) buckets_->arrived(i, sender(optimizer));
      });
    }
    buckets_->start();
    open_ = true;
  }

  // No backward pass follows. On return the flat gradient is the sum over all ranks.
  void finish_exchange(adamw& optimizer) {
    if (!open_) begin_exchange(optimizer);  // a rank without rows
    open_ = false;
    buckets_->finish(sender(optimizer));
    for (auto const& one : sent_) group_->await(one);
    sent_.clear();
  }

 private:
  auto sender(adamw& optimizer) {
    return [this, &optimizer](gradient_buckets::range const& r) {
      sent_.push_back(group_->start_sum(optimizer.flat_gradient().narrow(0, r.begin, r.end - r.begin)));
    };
  }

  std::shared_ptr<rank_group> group_{ddp<Backend>::join()};
  std::optional<gradient_buckets> buckets_{};
  std::vector<rank_group::work> sent_{};
  bool open_{false};
};

}  // namespace ease::inline v1
