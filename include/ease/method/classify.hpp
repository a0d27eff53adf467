// SPDX-License-Identifier: Apache-2.0
#pragma once
// Phase 2, step 2 (paper; safety_classification.py): each prompt gets its safety categories, several where several apply. A
// row with a label that names no category is rejected as "unknown_label", one whose labels cannot be read or may mean two
// things as "unparsed": it never gets a default policy.
#include <fmt/format.h>

#include <concepts>
#include <cstddef>
#include <ease/classifier/classifier.hpp>
#include <ease/core/printable.hpp>
#include <ease/policy/category.hpp>
#include <ease/record/fields.hpp>
#include <ease/stage/ill_formed_stage.hpp>
#include <ease/stage/owner_or_ref.hpp>
#include <ease/stage/pipeline.hpp>
#include <ease/stage/report.hpp>
#include <optional>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace ease::inline v1 {

struct ask_all_t {};
struct keep_given_t {};
struct know_benign_t {};
inline constexpr keep_given_t keep_given{};  // a row that brings its categories keeps them; the others are asked about
// As safety_classification.py: a row whose data_type is benign has that category; the others are asked about.
inline constexpr know_benign_t know_benign{};

// For rows that may say it, under the key that `data_type` has.
struct known_data_type : field<"data_type", std::optional<prompt_kind>> {};

namespace detail {
template <class Given>
struct classify_stage : std::type_identity<stage<needs<prompt, maybe<history>>, adds<categories>>> {};
template <>
struct classify_stage<keep_given_t>
    : std::type_identity<stage<needs<prompt, given_categories, maybe<history>>, adds<categories>>> {};
template <>
struct classify_stage<know_benign_t>
    : std::type_identity<stage<needs<prompt, known_data_type, maybe<history>>, adds<categories>>> {};
}  // namespace detail

template <classifier Classifier, class Given = ask_all_t>
class classify : public detail::classify_stage<Given>::type {
  static constexpr bool keeps = std::same_as<Given, keep_given_t>;
  static constexpr bool knows_benign = std::same_as<Given, know_benign_t>;
  using base = typename detail::classify_stage<Given>::type;

 public:
  using typename base::emit;
  using typename base::input;

  template <class L>
    requires std::constructible_from<owner_or_ref<Classifier>, L>
  explicit classify(L&& by, Given = {}) : classifier_{std::forward<L>(by)} {}

  std::size_t window() const { return classifier_->window(); }
  void each_part(auto&& visit) {
    visit(keeps);
    if constexpr (knows_benign) visit(knows_benign);
    visit(*classifier_);
  }

  void operator()(std::span<input const> rows, emit const& done) {
    std::vector<label_request> requests;
    std::vector<std::size_t> row_of;
    requests.reserve(rows.size());
    for (std::size_t i = 0; i < rows.size(); ++i) {
      if constexpr (keeps) {
        if (auto const& given = get<given_categories>(rows[i]); given && !given->empty()) {
          done(i, base::with(*given));
          continue;
        }
      }
      if constexpr (knows_benign) {
        auto const kind = get<known_data_type>(rows[i]);
        if (kind == prompt_kind::adversarial_benign || kind == prompt_kind::vanilla_benign) {
          done(i, base::with(category_set{category::benign}));
          continue;
        }
      }
      requests.push_back({get<prompt>(rows[i]), get<history>(rows[i])});
      row_of.push_back(i);
    }
    if (requests.empty()) return;
    classifier_->classify(requests, [&](std::size_t k, outcome<labels>&& said) {
      auto const i = row_of[k];
      if (auto* broken = std::get_if<failure>(&said)) return done(i, std::move(*broken));
      auto const& found = std::get<labels>(said);
      ++seen_.asked;
      if (!found.problem.empty()) {
        if (seen_.unparsed++ == 0) seen_.problem = found.problem;
        return done(i, rejected{"unparsed", found.problem});
      }
      seen_.read += found.unknown.empty() && !found.known.empty() ? 1U : 0U;
      if (!found.unknown.empty()) {
        if (seen_.unknown++ == 0) seen_.label = printable(found.unknown.front(), 40);
        return done(i, rejected{"unknown_label", found.unknown.front()});
      }
      if (found.known.empty()) return done(i, rejected{"no_label"});
      done(i, base::with(found.known));
    });
  }

  // The note of a pass in which answers could not be read.
  void finish(stage_count& counts) {
    auto const seen = std::exchange(seen_, {});
    if (seen.unparsed > 0)
      counts.note = fmt::format("{} of {} answers could not be read as labels, the first because {}", seen.unparsed,
                                seen.asked, seen.problem);
    else if (seen.asked > 0 && seen.read == 0)
      counts.note = fmt::format("none of {} answers gave labels that are known", seen.asked);
    if (seen.unknown > 0)
      counts.note += fmt::format("{}{} of {} answers have a label that names no category, the first \"{}\"",
                                 counts.note.empty() ? "" : "; ", seen.unknown, seen.asked, seen.label);
  }

 private:
  // The answers of one pass.
  struct tally {
    std::size_t asked{0}, read{0}, unparsed{0}, unknown{0};
    std::string problem{}, label{};
  };

  owner_or_ref<Classifier> classifier_;
  tally seen_{};
};
template <class Given>
class classify<detail::no_classifier, Given> : public detail::ill_formed_stage {
 public:
  template <class T, class... Rest, class is_no_classifier = T>
  explicit classify(T&&, Rest const&...) = delete;
  template <detail::is_const T, class... Rest, class is_const_and_changes_while_it_is_asked = T>
  explicit classify(T&&, Rest const&...) = delete;
};

template <class L>
  requires classifier<std::remove_cvref_t<L>> && (!detail::is_const<L>)
classify(L&&) -> classify<std::remove_cvref_t<L>>;
template <class L>
  requires classifier<std::remove_cvref_t<L>> && (!detail::is_const<L>)
classify(L&&, keep_given_t) -> classify<std::remove_cvref_t<L>, keep_given_t>;
template <class L>
  requires classifier<std::remove_cvref_t<L>> && (!detail::is_const<L>)
classify(L&&, know_benign_t) -> classify<std::remove_cvref_t<L>, know_benign_t>;
template <class L, class... Rest>
  requires(!classifier<std::remove_cvref_t<L>> || detail::is_const<L>)
classify(L&&, Rest const&...) -> classify<detail::no_classifier>;

}  // namespace ease::inline v1
