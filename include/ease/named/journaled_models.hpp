// SPDX-License-Identifier: Apache-2.0
#pragma once
// The models of one step from file to file: opened by name from a cache (named/model_cache.hpp), with each answer kept in its
// journal, their progress shown, and the use of remote ones counted.
//
//     journaled_models open{cache, "diagnose"};
//     run(from(rows) | diagnose(open("SmolLM2")), writer);
//     report.remote = open.used();
#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <ease/core/stop_signals.hpp>
#include <ease/journal/journaled.hpp>
#include <ease/log/progress.hpp>
#include <ease/named/model.hpp>
#include <ease/named/model_cache.hpp>
#include <ease/run/folder/stage_report.hpp>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace ease::inline v1 {

// What a remote model did since `before`, and what that cost.
inline remote_use use_of(any_model const& model, std::string name, openai_usage const& before, remote_options const& o) {
  remote_use one;
  one.model = std::move(name);
  if (auto const now = model.usage()) one.usage = now->since(before);
  one.cost = cost_of(one.usage, o);
  return one;
}

// Shows the progress of whatever models work inside its scope.
class watching {
 public:
  // `total`: how many rows there will be, as far as that is known at the time.
  watching(any_model& model, std::string title, std::function<std::size_t()> total, bool quiet)
      : model_{&model}, bar_{std::move(title), 0, "rows", quiet} {
    model.watch = [this, total = std::move(total)](model_progress const& p) {
      tokens_ += p.tokens;
      bar_.total(total());
      if (tokens_ > 0)
        bar_.note(fmt::format("{:.0f} tokens/s", static_cast<double>(tokens_) / std::max(bar_.seconds(), 1e-3)));
      bar_.add(1);
    };
  }
  watching(watching const&) = delete;
  watching& operator=(watching const&) = delete;
  ~watching() { model_->watch = {}; }

 private:
  any_model* model_;
  progress bar_;
  std::size_t tokens_{0};
};

// Opens a model, watches it for the rest of a step, and keeps what it says in the cache's journal.
class journaled_models {
 public:
  explicit journaled_models(model_cache& cache, std::string title, std::size_t total = 0)
      : cache_{&cache}, title_{std::move(title)}, total_{total} {}
  // How many rows there will be is known by this from now on, while the step lasts.
  void expect(std::function<std::size_t()> rows) { expected_ = std::move(rows); }
  journaled<any_model>& operator()(std::string const& name) {
    auto& model = cache_->open(name);
    if (auto const usage = model.usage(); usage && std::ranges::find(remote_, &model, &remote_start::model) == remote_.end())
      remote_.push_back({&model, name, *usage});
    watches_.push_back(std::make_unique<watching>(
        model, title_, [this] { return expected_ ? expected_() : total_; }, cache_->quiet()));
    kept_.push_back(std::make_unique<journaled<any_model>>(model, cache_->kept()));
    opened_.push_back(&model);
    kept_.back()->on_replay = [&model] {
      stop_if_asked();
      if (model.watch) model.watch({0});
    };
    return *kept_.back();
  }

  // What the step has had of remote models so far.
  std::vector<remote_use> used() const {
    std::vector<remote_use> all;
    for (auto const& [model, name, before] : remote_) {
      auto& one = all.emplace_back(use_of(*model, name, before, cache_->remote()));
      for (std::size_t i = 0; i < kept_.size(); ++i)
        if (opened_[i] == model) one.from_journal += kept_[i]->replayed();
    }
    return all;
  }

 private:
  struct remote_start {
    any_model* model;
    std::string name;
    openai_usage before;
  };
  model_cache* cache_;
  std::string title_;
  std::size_t total_;
  std::function<std::size_t()> expected_{};
  std::vector<std::unique_ptr<watching>> watches_{};
  std::vector<std::unique_ptr<journaled<any_model>>> kept_{};
  std::vector<any_model*> opened_{};  // whose each of those is
  std::vector<remote_start> remote_{};
};

}  // namespace ease::inline v1
