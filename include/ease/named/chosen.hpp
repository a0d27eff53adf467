// SPDX-License-Identifier: Apache-2.0
#pragma once
// The guard, the classifier and the teacher that the settings name, each one of a closed set: what is called is decided once
// a window, and the typed pipelines behind them are those that a C++ user writes.
#include <ease/core/identity.hpp>
#include <ease/guard/guard.hpp>
#include <ease/named/classifiers.hpp>
#include <ease/named/guards.hpp>
#include <ease/named/named_model.hpp>
#include <ease/named/teachers.hpp>
#include <ease/run/folder/planned_stage.hpp>
#include <ease/teacher/teacher.hpp>
#include <optional>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>

namespace ease::inline v1 {

class chosen_guard {
 public:
  static constexpr std::string_view name{"guard"};
  chosen_guard(guard_choice const& choice, named_models& models)
      : one_{with_guard(choice, models, [](auto g) { return any{std::move(g)}; })} {}

  void judge(std::span<judge_request const> requests, on_done<verdict> const& done) {
    std::visit(
        [&]<class G>(G& g) {
          g.judge(requests, [&](std::size_t i, outcome<verdict>&& said) {
            if (auto* v = std::get_if<verdict>(&said)) name_judge(*v, ease::detail::short_name<G>());
            done(i, std::move(said));
          });
        },
        one_);
  }
  std::size_t window() const {
    return std::visit([](auto const& g) { return static_cast<std::size_t>(g.window()); }, one_);
  }
  bool reads_refusals() const {
    return std::visit([](auto const& g) { return reads_refusals_only(g); }, one_);
  }
  void each_part(auto&& visit) {
    std::visit([&](auto& g) { visit(g); }, one_);
  }

 private:
  using any = variant_of<guard_kinds, guard_choice, named_model&>;
  any one_;
};

class chosen_classifier {
 public:
  static constexpr std::string_view name{"classifier"};
  chosen_classifier(classifier_choice const& choice, named_models& models)
      : one_{with_classifier(choice, models, [](auto c) { return any{std::move(c)}; })} {}

  void classify(std::span<label_request const> requests, on_done<labels> const& done) {
    std::visit([&](auto& l) { l.classify(requests, done); }, one_);
  }
  std::size_t window() const {
    return std::visit([](auto const& l) { return static_cast<std::size_t>(l.window()); }, one_);
  }
  void each_part(auto&& visit) {
    std::visit([&](auto& l) { visit(l); }, one_);
  }

 private:
  using any = variant_of<classifier_kinds, classifier_choice, named_model&>;
  any one_;
};

class chosen_teacher {
 public:
  static constexpr std::string_view name{"teacher"};
  chosen_teacher(teacher_choice const& choice, named_models& models)
      : one_{with_teacher(choice, models, [](auto t) { return any{std::move(t)}; })} {}

  void write(std::span<reasoning_request const> requests, on_done<answer> const& done) {
    std::visit([&](auto& t) { t.write(requests, done); }, one_);
  }
  std::size_t most_tokens(std::size_t rows) const {
    return std::visit([&](auto const& t) { return ease::detail::most_tokens_of(t, rows); }, one_);
  }
  std::optional<rejected> declines(reasoning_request const& request) const {
    return std::visit([&](auto const& t) { return ease::declines(t, request); }, one_);
  }
  std::size_t window() const {
    return std::visit([](auto const& t) { return static_cast<std::size_t>(t.window()); }, one_);
  }
  void each_part(auto&& visit) {
    std::visit([&](auto& t) { visit(t); }, one_);
  }

 private:
  using any = variant_of<teacher_kinds, teacher_choice, named_model&>;
  any one_;
};

}  // namespace ease::inline v1
