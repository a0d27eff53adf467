// SPDX-License-Identifier: Apache-2.0
#pragma once
// A saved stage while it works: what its models are asked and answer (journal, progress, use of servers), and the files its
// rows go to. For run/saved_run.hpp.
#include <algorithm>
#include <cstddef>
#include <ease/core/compiled.hpp>
#include <ease/io/rows/side_row.hpp>
#include <ease/journal/asked.hpp>
#include <ease/log/progress.hpp>
#include <ease/run/folder/run_folder.hpp>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ease::inline v1::detail {

// A stage's models while it runs: its journal, its progress bar, its use of remote models.
class at_work {
 public:
  at_work(run_folder const& folder, stage_files const& files, std::size_t rows);
  // To the models that a stage or a sink asks.
  void listen_to(auto& component) {
    each_asked(component, [&](auto& model) { add(model); });
  }
  at_work(at_work const&) = delete;
  at_work& operator=(at_work const&) = delete;
  ~at_work();

  std::vector<remote_use> remote() const;
  void sync();

 private:
  struct any_asked {
    any_asked() = default;
    any_asked(any_asked const&) = delete;
    any_asked& operator=(any_asked const&) = delete;
    virtual ~any_asked() = default;
    virtual void forget() = 0;
    virtual std::optional<remote_use> used() const = 0;
    model_listener listener{};
  };
  template <class Model>
  struct one_asked : any_asked {
    explicit one_asked(asked<Model>& to) : model{&to} {
      if constexpr (requires { to.model().usage(); }) before = usage_now();
    }
    void forget() override { model->listen(nullptr); }
    std::optional<remote_use> used() const override {
      if constexpr (requires { model->model().usage(); }) {
        auto const now = usage_now();
        if (!now) return std::nullopt;
        remote_use use;
        use.model = model->identity();
        use.usage = before ? now->since(*before) : *now;
        use.from_journal = model->replayed();
        if (use.usage.requests == 0 && use.from_journal == 0) return std::nullopt;
        if constexpr (requires { model->model().cost_of(use.usage); }) use.cost = model->model().cost_of(use.usage);
        return use;
      } else {
        return std::nullopt;
      }
    }
    std::optional<openai_usage> usage_now() const {
      if constexpr (requires { model->model().usage(); })
        return model->model().usage();
      else
        return std::nullopt;
    }
    asked<Model>* model;
    std::optional<openai_usage> before{};
  };

  template <class Model>
  void add(asked<Model>& model) {
    if (!kept_) kept_.emplace(files_.journal());
    auto one = std::make_unique<one_asked<Model>>(model);
    bool const counts_rows = models_.empty();
    one->listener = {
        .kept = &*kept_, .on_answer = [this, counts_rows](std::size_t tokens, bool) {
          if (folder_->options().on_tick) folder_->options().on_tick();
          tokens_ += tokens;
          if (tokens_ > 0)
            bar_.note(fmt::format("{:.0f} tokens/s", static_cast<double>(tokens_) / std::max(bar_.seconds(), 1e-3)));
          bar_.add(counts_rows ? 1 : 0);
        }};
    model.listen(&one->listener);
    models_.push_back(std::move(one));
  }

  run_folder const* folder_;
  stage_files files_;
  progress bar_;
  std::size_t tokens_{0};
  std::optional<journal> kept_{};
  std::vector<std::unique_ptr<any_asked>> models_{};
};

// The outputs of one segment while it runs.
struct segment_output {
  segment_output(stage_files names, event_log* log);
  segment_output(segment_output const&) = delete;
  segment_output& operator=(segment_output const&) = delete;
  ~segment_output();

  stage_files files;
  kept_writer rows;
  std::optional<kept_writer> rejects{}, failures{};
  event_log* log{nullptr};

  // A row that goes no further, as its fields stand: to a side file, and to the log if there is one. `prompt`: of the row.
  void stop(std::string_view stage, field_table const& fields, void const* row, std::size_t place, std::string_view prompt,
            rejected const& why);
  void stop(std::string_view stage, field_table const& fields, void const* row, std::size_t place, std::string_view prompt,
            failure const& why);
  void close_sides(bool with_places);

 private:
  static void side(std::optional<kept_writer>& to, std::filesystem::path const& path, std::string const& line,
                   std::size_t place);
  void close(std::optional<kept_writer>& one, std::filesystem::path const& path, bool with_places) const;
};

}  // namespace ease::inline v1::detail

#ifndef EASE_COMPILED
#include <ease/run/stage_work.ipp>
#endif
