// SPDX-License-Identifier: Apache-2.0
#pragma once
// The ranks of a training job: rendezvous at a c10d TCPStore, a check that all ranks are there and have the same work, and
// all-reduce through a c10d backend (gloo.hpp, nccl.hpp). Non-goal: starting processes.
#include <ATen/ATen.h>
#include <c10/util/Exception.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <ease/core/error.hpp>
#include <ease/train/distributed/lost_rank.hpp>
#include <ease/train/distributed/rank_environment.hpp>
#include <ease/train/distributed/rank_monitor.hpp>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <torch/csrc/distributed/c10d/Backend.hpp>
#include <torch/csrc/distributed/c10d/PrefixStore.hpp>
#include <torch/csrc/distributed/c10d/TCPStore.hpp>
#include <torch/csrc/distributed/c10d/Work.hpp>
#include <utility>
#include <vector>

namespace ease::inline v1 {

namespace detail {

// The first line of what a library says, without its stack trace.
inline std::string first_line(std::exception const& e) {
  auto const* const theirs = dynamic_cast<c10::Error const*>(&e);
  std::string const all = theirs != nullptr ? theirs->what_without_backtrace() : e.what();
  return all.substr(0, all.find('\n'));
}

inline std::chrono::milliseconds milliseconds(double seconds) {
  return std::chrono::milliseconds{static_cast<std::int64_t>(seconds * 1e3)};
}

// Rendezvous with the other ranks at the address of the environment. Throws ease::error when a rank is missing, comes twice,
// or was started with another number of ranks.
inline c10::intrusive_ptr<c10d::Store> meet(rank_environment const& e) {
  auto const limit = milliseconds(e.rendezvous_seconds);
  auto const until = std::chrono::steady_clock::now() + limit;
  c10d::TCPStoreOptions options{};
  options.port = e.port;
  options.isServer = e.rank == 0 && !e.agent_listens;
  options.waitWorkers = false;
  options.timeout = limit;
  if (options.isServer && e.listening_socket >= 0) options.masterListenFd = e.listening_socket;
  c10::intrusive_ptr<c10d::Store> store;
  try {
    store = c10::make_intrusive<c10d::TCPStore>(e.address, options);
  } catch (std::exception const& problem) {
    if (options.isServer) throw error{"rank 0 cannot listen on {}:{}: {}", e.address, e.port, first_line(problem)};
    throw error{
        "rendezvous at {}:{}: rank {} of {} met no rank 0 within {} s: start WORLD_SIZE={} processes, rank 0 on the host "
        "that MASTER_ADDR names; EASE_RENDEZVOUS_SECONDS waits longer",
        e.address,
        e.port,
        e.rank,
        e.size,
        e.rendezvous_seconds,
        e.size};
  }
  store = c10::make_intrusive<c10d::PrefixStore>("ease/" + e.attempt, store);
  auto const key = [](int rank) { return "size of rank " + std::to_string(rank); };
  try {
    if (store->add("count of rank " + std::to_string(e.rank), 1) > 1)
      throw error{"rendezvous at {}:{}: another process is rank {} already: give each process its own RANK", e.address,
                  e.port, e.rank};
    store->set(key(e.rank), std::to_string(e.size));
    std::vector<int> missing;
    for (int rank = 0; rank < e.size; ++rank) missing.push_back(rank);
    while (true) {
      std::erase_if(missing, [&](int rank) {
        if (!store->check({key(rank)})) return false;
        if (auto const theirs = store->get_to_str(key(rank)); theirs != std::to_string(e.size))
          throw error{"rendezvous at {}:{}: rank {} was started with WORLD_SIZE={} and rank {} with WORLD_SIZE={}",
                      e.address,
                      e.port,
                      e.rank,
                      e.size,
                      rank,
                      theirs};
        return true;
      });
      if (missing.empty()) return store;
      if (std::chrono::steady_clock::now() > until) break;
      std::this_thread::sleep_for(std::chrono::milliseconds{20});
    }
    std::string names;
    for (std::size_t i = 0; i < std::min<std::size_t>(missing.size(), 8); ++i)
      names += (i > 0 ? ", " : "") + std::to_string(missing[i]);
    if (missing.size() > 8) names += ", ...";
    throw error{
        "rendezvous at {}:{}: {} of {} ranks came within {} s; missing: rank {}. Start WORLD_SIZE={} processes, or wait "
        "longer with EASE_RENDEZVOUS_SECONDS",
        e.address,
        e.port,
        e.size - static_cast<int>(missing.size()),
        e.size,
        e.rendezvous_seconds,
        names,
        e.size};
  } catch (c10::Error const&) {
    throw error{"rendezvous at {}:{}: the store of rank 0 was gone before all {} ranks had come", e.address, e.port, e.size};
  }
}

}  // namespace detail

class rank_group {
 public:
  using work = c10::intrusive_ptr<c10d::Work>;

  // `connect(store, environment)` makes the c10d backend after the rendezvous.
  template <class Connect>
  rank_group(rank_environment environment, Connect const& connect) : environment_{std::move(environment)} {
    store_ = detail::meet(environment_);
    auto const keeper =
        environment_.agent_listens ? "the rendezvous store at " + environment_.address : std::string{"rank 0"};
    monitor_.emplace(store_->clone(), keeper, environment_.rank, environment_.size, environment_.silence_seconds);
    try {
      backend_ = connect(store_, environment_);
    } catch (c10::Error const& problem) {
      throw lost_rank{"ranks cannot connect: {}", monitor_->find_lost(detail::first_line(problem))};
    }
  }
  rank_group(rank_group const&) = delete;
  rank_group& operator=(rank_group const&) = delete;
  ~rank_group() {
    // After a failure the backend's threads may wait for the lost rank for ever, and its destructor for them.
    if (broken_) static_cast<void>(backend_.release());
  }

  // The group of this process, made on the first call and shared while anybody holds it. Throws ease::error where the
  // environment names no ranks.
  template <class Connect>
  static std::shared_ptr<rank_group> shared(Connect const& connect) {
    static std::weak_ptr<rank_group> known;
    if (auto held = known.lock()) return held;
    auto environment = rank_environment::read();
    if (!environment)
      throw error{
          "no ranks: the environment sets neither RANK nor WORLD_SIZE; start the program with torchrun or `ease --nproc N`, "
          "or train with one process"};
    auto const made = std::make_shared<rank_group>(std::move(*environment), connect);
    known = made;
    return made;
  }

  rank_environment const& environment() const { return environment_; }
  std::size_t rank() const { return static_cast<std::size_t>(environment_.rank); }
  std::size_t size() const { return static_cast<std::size_t>(environment_.size); }

  // Starts an all-reduce (sum) of `values`, contiguous, in place. They must not be touched until await(). All ranks must
  // call this, await() and agree() in the same order.
  work start_sum(at::Tensor const& values) {
    std::vector<at::Tensor> one{values};
    try {
      return backend_->allreduce(one);
    } catch (std::exception const& problem) {
      fail(detail::first_line(problem));
    }
  }

  // Throws lost_rank, which names the rank, when the exchange cannot complete.
  void await(work const& exchange) {
    auto pause = std::chrono::microseconds{20};
    while (!exchange->isCompleted()) {
      if (pause == longest_pause)
        if (auto const who = monitor_->lost(); !who.empty()) throw_lost(who);
      std::this_thread::sleep_for(pause);
      pause = std::min(pause * 2, longest_pause);
    }
    try {
      exchange->wait();
    } catch (std::exception const& problem) {
      fail(detail::first_line(problem));
    }
  }

  // Throws lost_rank if a rank is lost. To be called regularly during long work of this rank's own.
  void check() {
    if (auto const who = monitor_->lost(); !who.empty()) throw_lost(who);
  }

  // Throws ease::error unless all ranks hold the same `value`; `what` names it.
  void agree(std::string_view what, std::uint64_t value) {
    auto const key = [&](int rank) { return fmt::format("{} {} of rank {}", what, agreements_, rank); };
    try {
      store_->set(key(environment_.rank), std::to_string(value));
      for (int rank = 0; rank < environment_.size; ++rank) {
        while (!store_->check({key(rank)})) {
          check();
          std::this_thread::sleep_for(std::chrono::milliseconds{5});
        }
        if (store_->get_to_str(key(rank)) != std::to_string(value))
          throw error{
              "rank {} and rank {} do not have the same {}: start all ranks with the same options, on the same files",
              environment_.rank, rank, what};
      }
    } catch (c10::Error const& problem) {
      fail(detail::first_line(problem));
    }
    ++agreements_;
  }

  // Tells the others why this rank ends.
  void failed(std::string_view why) {
    broken_ = true;
    monitor_->failed(why);
  }

 private:
  static constexpr std::chrono::microseconds longest_pause{500};

  [[noreturn]] void fail(std::string const& symptom) { throw_lost(monitor_->find_lost(symptom)); }
  [[noreturn]] void throw_lost(std::string const& who) {
    broken_ = true;
    throw lost_rank{"training stopped on rank {}: {}", environment_.rank, who};
  }

  rank_environment environment_;
  c10::intrusive_ptr<c10d::Store> store_{};
  std::optional<rank_monitor> monitor_{};
  c10::intrusive_ptr<c10d::Backend> backend_{};
  std::size_t agreements_{0};
  bool broken_{false};
};

}  // namespace ease::inline v1
