// SPDX-License-Identifier: Apache-2.0
#pragma once
// Finds lost ranks by heartbeats: each rank writes a changing number to the store once a second and reads those of the
// others. The end of a process breaks its connections at once, but does not tell which rank it was, and a machine that hangs
// breaks none.
#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <exception>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <torch/csrc/distributed/c10d/Store.hpp>
#include <utility>
#include <vector>

namespace ease::inline v1 {

class rank_monitor {
 public:
  // `store`: a connection of the monitor's own. `keeper`: who runs the store, for the message when it is gone. A rank
  // without a heartbeat for `seconds` is lost, once all ranks have been constructed.
  rank_monitor(c10::intrusive_ptr<c10d::Store> store, std::string keeper, int rank, int size, double seconds)
      : shared_{std::make_shared<state>()} {
    shared_->store = std::move(store);
    shared_->keeper = std::move(keeper);
    shared_->rank = rank;
    shared_->silence = static_cast<int>(seconds / interval.count()) + 1;
    shared_->seen.resize(static_cast<std::size_t>(size));
    for (int i = 0; i < size; ++i) shared_->keys.push_back("alive/" + std::to_string(i));
    shared_->store->set(shared_->keys[static_cast<std::size_t>(rank)], std::string{"0"});
    shared_->touch();
    thread_ = std::thread{[s = shared_] { s->run(); }};
  }
  rank_monitor(rank_monitor const&) = delete;
  rank_monitor& operator=(rank_monitor const&) = delete;
  ~rank_monitor() {
    last_word(std::uncaught_exceptions() > 0 ? "failed, for a reason that it gives itself" : "left");
    // A thread that waits for a store which no longer answers is detached: it holds nothing but its own state.
    std::unique_lock lock{shared_->guard};
    if (shared_->wake.wait_for(lock, std::chrono::seconds{2}, [&] { return shared_->done; })) {
      lock.unlock();
      thread_.join();
    } else {
      thread_.detach();
    }
  }

  // Which rank is lost and why, as one sentence; empty while all are alive.
  std::string lost() const {
    std::lock_guard const lock{shared_->guard};
    if (!shared_->lost.empty()) return shared_->lost;
    auto const silent = state::clock::now().time_since_epoch().count() - shared_->contact.load();
    if (std::chrono::duration<double>(state::clock::duration{silent}) > interval * (shared_->silence + 5))
      return fmt::format("{} does not answer", shared_->keeper);
    return {};
  }

  // An exchange has failed, so a rank is gone: a few seconds without a heartbeat are now enough. Waits for lost() and
  // returns it, or a sentence without a name.
  std::string find_lost(std::string_view symptom) const {
    shared_->suspicious = true;
    auto const until = state::clock::now() + interval * 12;
    while (state::clock::now() < until) {
      if (auto name = lost(); !name.empty()) return name;
      std::this_thread::sleep_for(std::chrono::milliseconds{50});
    }
    return fmt::format("an exchange with the other ranks failed ({})", symptom);
  }

  // Tells the others that this rank ends here, and why.
  void failed(std::string_view why) { last_word("failed: " + std::string{why}); }

 private:
  static constexpr std::chrono::duration<double> interval{1.0};
  static constexpr int suspicious_silence{3};
  static constexpr char const* heard{"heard"};  // that another rank failed, and why

  struct state {
    using clock = std::chrono::steady_clock;
    c10::intrusive_ptr<c10d::Store> store{};
    std::string keeper{}, lost{};
    std::vector<std::string> keys{};
    int rank{0}, silence{0};
    std::vector<std::pair<std::string, int>> seen{};  // of each rank: its number, and for how many polls it has not changed
    std::mutex guard{};
    std::timed_mutex store_guard{};
    std::condition_variable wake{};
    bool done{false};
    std::atomic<bool> stop{false}, suspicious{false};
    std::atomic<clock::rep> contact{0};  // when the store last answered

    void touch() { contact = clock::now().time_since_epoch().count(); }

    void run() {
      std::uint64_t number = 0;
      std::unique_lock lock{guard};
      while (!stop) {
        wake.wait_for(lock, interval, [&] { return stop.load(); });
        if (stop) break;
        lock.unlock();
        std::string found;
        try {
          found = look(++number);
        } catch (std::exception const&) {
          found = keeper + " is gone";
        }
        lock.lock();
        if (lost.empty()) lost = found;
        if (!lost.empty()) break;
      }
      done = true;
      wake.notify_all();
    }

    std::string look(std::uint64_t number) {
      std::lock_guard const lock{store_guard};
      if (stop) return {};
      store->set(keys[static_cast<std::size_t>(rank)], std::to_string(number));
      auto const values = store->multiGet(keys);
      touch();
      for (std::size_t i = 0; i < values.size(); ++i) {
        if (static_cast<int>(i) == rank) continue;
        std::string const value(values[i].begin(), values[i].end());
        auto& [last, unchanged] = seen[i];
        // Counted in polls, not seconds: a rank that was suspended itself must not take all others for lost.
        unchanged = value == last ? unchanged + 1 : 0;
        last = value;
        if (value.starts_with("failed")) {
          store->set(keys[static_cast<std::size_t>(rank)], heard);
          return fmt::format("rank {} {}", i, value);
        }
        if (value == "left" && suspicious) return fmt::format("rank {} ended while others were still training", i);
        if (value == "left") continue;
        if (suspicious && unchanged >= suspicious_silence)
          return fmt::format("rank {} is gone: its process was killed or its machine cannot be reached", i);
        if (unchanged >= silence) return fmt::format("rank {} has shown no sign of life for {} s", i, silence);
      }
      return {};
    }
  };

  void last_word(std::string const& word) {
    {
      std::lock_guard const lock{shared_->guard};
      if (shared_->stop.exchange(true)) return;
    }
    shared_->wake.notify_all();
    std::unique_lock lock{shared_->store_guard, std::defer_lock};
    if (!lock.try_lock_for(std::chrono::seconds{1})) return;
    try {
      shared_->store->set(shared_->keys[static_cast<std::size_t>(shared_->rank)], word);
      // The store ends with the first rank, and messages that the others have not read with it.
      if (shared_->rank == 0 && word.starts_with("failed")) until_heard();
    } catch (std::exception const&) {  // nobody listens any more
    }
  }

  // Waits until no other rank continues training, for at most three polls.
  void until_heard() {
    auto const until = state::clock::now() + interval * 3;
    auto const listens = [](std::vector<std::uint8_t> const& value) {
      std::string const said(value.begin(), value.end());
      return said != heard && said != "left" && !said.starts_with("failed");
    };
    while (state::clock::now() < until) {
      auto const values = shared_->store->multiGet(shared_->keys);
      if (std::none_of(values.begin(), values.end(), listens)) return;
      std::this_thread::sleep_for(std::chrono::milliseconds{50});
    }
  }

  std::shared_ptr<state> shared_;
  std::thread thread_;
};

}  // namespace ease::inline v1
