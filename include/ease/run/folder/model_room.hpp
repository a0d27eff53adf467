// SPDX-License-Identifier: Apache-2.0
#pragma once
// Models that are opened when a stage first asks them, and freed before another local one is loaded:
//
//     model_room room;
//     late_model<torch_generator<cpu>> slm{{.identity = "SmolLM2 ...", .window = 256, .rows_are_independent = [] { return
//     true; }},
//                                          [] { return std::make_unique<torch_generator<cpu>>(...); }, room};
//
// What a late model says of itself is known before it is open, so that a run folder whose answers are all there opens none.
#include <cstddef>
#include <cstdint>
#include <ease/core/generator.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace ease::inline v1 {

class model_room {
 public:
  // `keep_all`: everything fits at once, nothing is freed.
  explicit model_room(bool keep_all = false) : keep_all_{keep_all} {}
  model_room(model_room const&) = delete;
  model_room& operator=(model_room const&) = delete;

  // A stage begins: models that it does not ask may be freed.
  void next_stage() { ++stage_; }
  // Frees what no running stage asks: before a training, which needs the memory itself.
  void clear() {
    ++stage_;
    make_place();
  }

 private:
  template <class Model>
  friend class late_model;
  struct tenant {
    void const* who;
    std::uint64_t used_in;
    std::function<void()> leave;
  };
  // A local model is about to be loaded.
  void make_place() {
    if (keep_all_) return;
    for (auto& t : tenants_)
      if (t.used_in != stage_) t.leave();
    std::erase_if(tenants_, [&](tenant const& t) { return t.used_in != stage_; });
  }
  void enter(void const* who, std::function<void()> leave) { tenants_.push_back({who, stage_, std::move(leave)}); }
  void use(void const* who) {
    for (auto& t : tenants_)
      if (t.who == who) t.used_in = stage_;
  }
  void gone(void const* who) {
    std::erase_if(tenants_, [&](tenant const& t) { return t.who == who; });
  }

  bool keep_all_;
  std::uint64_t stage_{0};
  std::vector<tenant> tenants_{};
};

// What is known of a model before it is open.
struct late_model_facts {
  std::string identity{};  // all that its answers depend on: the files' content, the dtype, the chat template
  std::size_t window{256};
  std::function<bool()> rows_are_independent{[] { return false; }};  // journal/journaled.hpp
  bool is_local{true};                                               // takes memory here
};

template <class Model>
class late_model {
 public:
  late_model(late_model_facts facts, std::function<std::unique_ptr<Model>()> open, model_room& room)
      : facts_{std::move(facts)}, open_{std::move(open)}, room_{&room} {}
  late_model(late_model const&) = delete;
  late_model& operator=(late_model const&) = delete;
  ~late_model() { room_->gone(this); }

  void generate(std::span<generation_request const> requests, on_done<completion> const& done)
    requires text_generator<Model>
  {
    if (!requests.empty()) opened().generate(requests, done);
  }
  void score(std::span<score_request const> requests, on_done<std::vector<continuation_score>> const& done)
    requires likelihood_scorer<Model>
  {
    if (!requests.empty()) opened().score(requests, done);
  }
  std::size_t window() const { return facts_.window; }
  std::string identity() const { return facts_.identity; }
  bool rows_are_independent() const { return facts_.rows_are_independent(); }

  bool is_open() const { return model_ != nullptr; }
  Model& opened() {
    if (!model_) {
      if (facts_.is_local) room_->make_place();
      model_ = open_();
      if (facts_.is_local) room_->enter(this, [this] { model_.reset(); });
    }
    room_->use(this);
    return *model_;
  }
  // What was used of a remote model: so far nothing, where it was never opened because a journal had all its answers.
  auto usage() const
    requires requires(Model const& m) { m.usage(); }
  {
    using result = decltype(std::declval<Model const&>().usage());
    if (model_) return result{model_->usage()};
    if constexpr (requires { typename std::remove_cvref_t<result>::value_type; })
      return facts_.is_local ? result{} : result{std::in_place};
    else
      return std::remove_cvref_t<result>{};
  }

 private:
  late_model_facts facts_;
  std::function<std::unique_ptr<Model>()> open_;
  model_room* room_;
  std::unique_ptr<Model> model_{};
};

}  // namespace ease::inline v1
