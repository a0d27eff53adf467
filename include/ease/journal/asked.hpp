// SPDX-License-Identifier: Apache-2.0
#pragma once
// How a stage holds the model it asks. It is used like the model itself (`slm_->generate(...)`); while a stage of a run
// folder is at work it also keeps each answer in the stage's journal, replays what is there already, and reports each answer
// (progress, tokens, stop signals). A stage, guard, classifier or teacher names its models once, in each_part:
//
//     void each_part(auto&& visit) { visit(options_), visit(slm_); }
//
// and by that its rows survive a kill, its progress is shown and its identity is derived. As in `owner_or_ref`, an lvalue
// model is referred to and must outlive it, an rvalue is kept.
#include <concepts>
#include <cstddef>
#include <ease/core/generator.hpp>
#include <ease/core/identity.hpp>
#include <ease/journal/journaled.hpp>
#include <ease/stage/owner_or_ref.hpp>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace ease::inline v1 {

// The observer of a stage's answers.
struct model_listener {
  journal* kept{nullptr};  // answers go there and come from there
  // An answer has come: the tokens that were generated for it, 0 if it was replayed. What it throws ends the stage.
  std::function<void(std::size_t tokens, bool replayed)> on_answer{};
};

template <class Model>
  requires text_generator<Model> || likelihood_scorer<Model>
class asked {
 public:
  template <class U>
    requires std::same_as<std::remove_cvref_t<U>, Model>
  asked(U&& model)  // NOLINT(bugprone-forwarding-reference-overload): constrained to Model itself
      : model_{std::forward<U>(model)} {}

  asked* operator->() { return this; }
  asked const* operator->() const { return this; }

  void generate(std::span<generation_request const> requests, on_done<completion> const& done)
    requires text_generator<Model>
  {
    if (!kept_) return model_->generate(requests, done);
    pass_on<completion>(done, [&](auto const& each) { kept_->generate(requests, each); });
  }
  void score(std::span<score_request const> requests, on_done<std::vector<continuation_score>> const& done)
    requires likelihood_scorer<Model>
  {
    if (!kept_) return model_->score(requests, done);
    pass_on<std::vector<continuation_score>>(done, [&](auto const& each) { kept_->score(requests, each); });
  }
  std::size_t window() const { return model_->window(); }
  std::string identity() const { return model_->identity(); }

  Model& model() const { return *model_; }
  // From here on `to` is called for each answer; it must live until the next call. Null: nothing is called.
  void listen(model_listener const* to) {
    kept_.reset();
    listener_ = to;
    if (to != nullptr) kept_.emplace(*model_, to->kept);
  }
  // Answers that came from the journal since listen().
  std::size_t replayed() const { return kept_ ? kept_->replayed() : 0; }

 private:
  template <class Answer>
  void pass_on(on_done<Answer> const& done, auto const& ask) {
    auto before = kept_->replayed();
    auto const each = [&](std::size_t i, outcome<Answer>&& what) {
      std::size_t tokens = 0;
      bool const replayed = kept_->replayed() != before;
      before = kept_->replayed();
      if constexpr (std::same_as<Answer, completion>)
        if (auto const* said = std::get_if<completion>(&what); said != nullptr && !replayed)
          tokens = said->completion_tokens;
      done(i, std::move(what));
      if (listener_->on_answer) listener_->on_answer(tokens, replayed);
    };
    ask(each);
  }

  owner_or_ref<Model> model_;
  model_listener const* listener_{nullptr};
  std::optional<journaled<Model>> kept_{};
};

namespace detail {
template <class T>
inline constexpr bool is_asked = false;
template <class Model>
inline constexpr bool is_asked<asked<Model>> = true;
}  // namespace detail

// Calls visit(asked) for each model that a component asks, those of its parts included, in the order of each_part.
template <class Component>
void each_asked(Component& of, auto&& visit) {
  if constexpr (detail::is_asked<std::remove_cvref_t<Component>>)
    visit(of);
  else if constexpr (has_parts<std::remove_cvref_t<Component>>)
    of.each_part([&](auto&& one) { each_asked(one, visit); });
}

}  // namespace ease::inline v1
