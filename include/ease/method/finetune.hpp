// SPDX-License-Identifier: Apache-2.0
#pragma once
// The two trainings of the method. `distill` (phase 1) implants safety reasoning in the original SLM; `finetune` (phase 2)
// calibrates its boundary on the mix. Both are supervised fine-tuning on the completion behind the row's history and prompt;
// they differ in their rows.
// The trainer is a concept here, so that the method knows no tensors: train/sft.hpp has the real one.
#include <concepts>
#include <ease/core/generator.hpp>
#include <ease/record/fields.hpp>
#include <ease/stage/ill_formed_stage.hpp>
#include <ease/stage/owner_or_ref.hpp>
#include <ease/stage/pipeline.hpp>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace ease::inline v1 {

// A direct answer carries no `<think>`; a reasoned one is written with it. That difference is what phase 2 teaches.
struct training_example {
  conversation before;
  complete_answer completion;
};

template <class T>
concept sft_trainer = requires(T& t, std::vector<training_example> const& rows) {
  { t.train(rows) } -> std::same_as<typename T::report>;
};

template <sft_trainer Trainer>
class finetune : public sink<needs<prompt, target, maybe<history>>> {
  using base = sink<needs<prompt, target, maybe<history>>>;

 public:
  using typename base::input;

  template <class T>
    requires std::constructible_from<owner_or_ref<Trainer>, T>
  explicit finetune(T&& by) : trainer_{std::forward<T>(by)} {}

  void operator()(input const& row) {
    rows_.push_back({.before = asked_with(get<history>(row), get<prompt>(row)), .completion = get<target>(row)});
  }
  typename Trainer::report finish() { return trainer_->train(std::exchange(rows_, {})); }

  void each_part(auto&& visit) { visit(*trainer_); }
  // In a run folder (run/run_bound_pipeline.hpp): a trainer that leaves a model has its hash, resumes its own run, and may
  // show its progress.
  std::string content() const
    requires requires(Trainer const& t) { t.content(); }
  {
    return trainer_->content();
  }
  void resume_as(std::string const& run)
    requires requires(Trainer& t) { t.resume_as(run); }
  {
    trainer_->resume_as(run);
  }
  void show_progress(std::string const& title)
    requires requires(Trainer& t) { t.show_progress(title); }
  {
    trainer_->show_progress(title);
  }

 private:
  owner_or_ref<Trainer> trainer_;
  std::vector<training_example> rows_{};
};

namespace detail {
struct no_trainer {
  struct report {};
  report train(std::vector<training_example> const&);
};
}  // namespace detail
template <>
class finetune<detail::no_trainer> : public detail::ill_formed_stage {
 public:
  template <class T, class... Rest, class is_no_trainer = T>
  explicit finetune(T&&, Rest const&...) = delete;
  template <detail::is_const T, class... Rest, class is_const_and_changes_while_it_is_asked = T>
  explicit finetune(T&&, Rest const&...) = delete;
};

template <class T>
  requires sft_trainer<std::remove_cvref_t<T>> && (!detail::is_const<T>)
finetune(T&&) -> finetune<std::remove_cvref_t<T>>;
template <class T>
  requires(!sft_trainer<std::remove_cvref_t<T>> || detail::is_const<T>)
finetune(T&&) -> finetune<detail::no_trainer>;

// Phase 1's training: the same, under its own name.
template <sft_trainer Trainer>
class distill : public finetune<Trainer> {
 public:
  static constexpr std::string_view name{"distill"};
  using finetune<Trainer>::finetune;
};
template <>
class distill<detail::no_trainer> : public detail::ill_formed_stage {
 public:
  template <class T, class... Rest, class is_no_trainer = T>
  explicit distill(T&&, Rest const&...) = delete;
  template <detail::is_const T, class... Rest, class is_const_and_changes_while_it_is_asked = T>
  explicit distill(T&&, Rest const&...) = delete;
};

template <class T>
  requires sft_trainer<std::remove_cvref_t<T>> && (!detail::is_const<T>)
distill(T&&) -> distill<std::remove_cvref_t<T>>;
template <class T>
  requires(!sft_trainer<std::remove_cvref_t<T>> || detail::is_const<T>)
distill(T&&) -> distill<detail::no_trainer>;

}  // namespace ease::inline v1
