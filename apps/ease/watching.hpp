#pragma once
// Opens models for one step and shows what they are doing while it lasts.
#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <ease/backend/journaled.hpp>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "model.hpp"
#include "progress.hpp"
#include "steps.hpp"
#include "stopping.hpp"

namespace ease::app {

// Shows the progress of whatever models work inside its scope.
class watching {
 public:
  watching(any_model& model, std::string title, std::size_t total, bool quiet)
      : model_{&model}, bar_{std::move(title), total, "rows", quiet} {
    model.watch = [this](model_progress const& p) {
      tokens_ += p.tokens;
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

// Opens a model, watches it for the rest of a step, and keeps what it says in the shelf's journal.
class watching_shelf {
 public:
  watching_shelf(model_shelf& shelf, std::string title, std::size_t total)
      : shelf_{&shelf}, title_{std::move(title)}, total_{total} {}
  journaled<any_model>& operator()(std::string const& name) {
    auto& model = shelf_->open(name);
    watches_.push_back(std::make_unique<watching>(model, title_, total_, shelf_->quiet()));
    kept_.push_back(std::make_unique<journaled<any_model>>(model, shelf_->kept()));
    kept_.back()->on_replay = [&model] {
      stop_if_asked();
      if (model.watch) model.watch({0});
    };
    return *kept_.back();
  }

 private:
  model_shelf* shelf_;
  std::string title_;
  std::size_t total_;
  std::vector<std::unique_ptr<watching>> watches_{};
  std::vector<std::unique_ptr<journaled<any_model>>> kept_{};
};

}  // namespace ease::app
