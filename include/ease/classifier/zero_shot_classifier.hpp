// SPDX-License-Identifier: Apache-2.0
#pragma once
// Labels by the likelihood of each category's name as the model's answer: nothing to parse, works with any local chat model.
// A label's score is its mean log-probability a token, less that for a prompt without content (contextual calibration, Zhao
// et al. 2021, arXiv 2102.09690), since small models prefer some words whatever the prompt. Categories whose probability in
// the softmax over scores reaches `threshold` are kept, the best one always.
#include <algorithm>
#include <array>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <ease/classifier/classifier.hpp>
#include <ease/core/error.hpp>
#include <ease/journal/asked.hpp>
#include <ease/record/asked_about.hpp>
#include <optional>
#include <span>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace ease::inline v1 {

struct zero_shot_classifier_options {
  double threshold{0.3};

  static constexpr auto options() {
    return std::tuple{option("threshold", &zero_shot_classifier_options::threshold,
                             "Categories with this probability (softmax over the scores) are kept", between<double>{0, 1})};
  }
};

template <likelihood_scorer Model>
class zero_shot_classifier {
 public:
  static constexpr int version{1};  // grows with each change of the question's wording

  template <class M>
    requires std::constructible_from<asked<Model>, M>
  explicit zero_shot_classifier(M&& model, zero_shot_classifier_options options = {})
      : model_{std::forward<M>(model)}, options_{options} {}

  void classify(std::span<label_request const> requests, on_done<labels> const& done) {
    if (!prior_) prior_ = learn_prior();
    std::vector<score_request> questions;
    questions.reserve(requests.size());
    for (auto const& r : requests) questions.push_back(question(r));
    model_->score(questions, [&](std::size_t i, outcome<std::vector<continuation_score>> scored) {
      if (auto const* broken = std::get_if<failure>(&scored)) return done(i, *broken);
      auto score = per_token(std::get<0>(scored));
      if (!any_known(score)) return done(i, failure{"no category's name is a likely answer: they cannot be compared"});
      for (std::size_t c = 0; c < category_count; ++c) score[c] -= (*prior_)[c];
      done(i, labels{chosen(score), {}});
    });
  }
  std::size_t window() const { return model_->window(); }
  void each_part(auto&& visit) { visit(options_), visit(model_); }

 private:
  using scores = std::array<double, category_count>;

  static score_request question(label_request const& r) {
    std::string ask = r.before.empty()
                          ? "Which kind of request is the text between the lines of equals signs? The kinds are: "
                          : "Which kind of request is the user's last message between the lines of equals signs? "
                            "The kinds are: ";
    for (auto c : all_categories) ask.append(c == all_categories.front() ? "" : ", ").append(title_of(c));
    ask.append(".\n==========\n");
    if (!r.before.empty()) ask.append(quoted_turns(r.before, "----------")).append("USER:\n");
    ask.append(r.prompt).append("\n==========\nAnswer with the kind only.");
    score_request q{.input = conversation{{role::user, std::move(ask)}}, .continuations = {}};
    for (auto c : all_categories) q.continuations.emplace_back(title_of(c));
    return q;
  }
  static scores per_token(std::vector<continuation_score> const& scored) {
    scores out{};
    for (std::size_t c = 0; c < category_count; ++c)
      out[c] = scored[c].logprob / static_cast<double>(std::max<std::size_t>(1, scored[c].tokens));
    return out;
  }
  static bool any_known(scores const& of) {
    return std::any_of(of.begin(), of.end(), [](double s) { return std::isfinite(s); });
  }
  scores learn_prior() {
    scores prior{};
    std::optional<std::string> trouble;
    std::vector<score_request> const empty{question({"N/A"})};
    model_->score(empty, [&](std::size_t, outcome<std::vector<continuation_score>> scored) {
      if (auto const* broken = std::get_if<failure>(&scored))
        trouble = broken->what;
      else
        prior = per_token(std::get<0>(scored));
    });
    if (!trouble && !any_known(prior)) trouble = "no category's name is a likely answer";
    if (trouble)
      throw error{
          "zero_shot_classifier: the classifier's model cannot score a question: {}; generative_classifier (--classifier "
          "generative) asks for a list",
          *trouble};
    return prior;
  }
  category_set chosen(scores const& score) const {
    double const best = *std::max_element(score.begin(), score.end());
    double sum = 0;
    for (double s : score) sum += std::exp(s - best);
    category_set set;
    for (auto c : all_categories) {
      double const s = score[static_cast<std::size_t>(c)];
      if (s == best || std::exp(s - best) / sum >= options_.threshold) set.insert(c);
    }
    if (set.size() > 1) set.erase(category::benign);  // harmless and harmful at once is harmful
    return set;
  }

  asked<Model> model_;
  zero_shot_classifier_options options_;
  std::optional<scores> prior_{};
};
template <class M>
zero_shot_classifier(M&&, zero_shot_classifier_options = {}) -> zero_shot_classifier<std::remove_cvref_t<M>>;

}  // namespace ease::inline v1
