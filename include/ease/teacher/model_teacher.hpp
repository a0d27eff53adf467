// SPDX-License-Identifier: Apache-2.0
#pragma once
// A reasoning model as the teacher (the paper uses DeepSeek-R1-Distill-Qwen-14B): it is shown the policies of all the row's
// categories and asked for its best answer; what it thinks is the reasoning. The prompt goes through the model's own chat
// template, whichever that is, and max_tokens and temperature are obeyed.
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <ease/journal/asked.hpp>
#include <ease/policy/policy.hpp>
#include <ease/record/asked_about.hpp>
#include <ease/record/prompt_hash.hpp>
#include <ease/teacher/teacher.hpp>
#include <span>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace ease::inline v1 {

struct model_teacher_options {
  ease::sampling sampling{.temperature = 0.7, .max_tokens = 2048};  // as published
  std::uint64_t seed{42};

  static constexpr auto options() {
    using o = model_teacher_options;
    return std::tuple{part(&o::sampling),
                      option("seed", &o::seed, "Each try of a row draws with the next number").idle([](o const& x) {
                        return x.sampling.why_no_draws();
                      })};
  }
};

template <text_generator Model>
class model_teacher {
 public:
  static constexpr int version{1};  // grows with each change of the question's wording, policies included

  template <class M>
    requires std::constructible_from<asked<Model>, M>
  explicit model_teacher(M&& model, model_teacher_options options = {})
      : model_{std::forward<M>(model)}, options_{std::move(options)} {}

  void write(std::span<reasoning_request const> requests, on_done<answer> const& done) {
    std::vector<generation_request> asks;
    asks.reserve(requests.size());
    for (auto const& r : requests)
      asks.push_back({.input = question(r),
                      .sampling = options_.sampling,
                      .seed = options_.seed + r.attempt,
                      .row = prompt_hash(r.prompt, r.before)});
    model_->generate(asks, [&](std::size_t i, outcome<completion>&& said) {
      if (auto const* broken = std::get_if<failure>(&said)) return done(i, *broken);
      auto const& c = std::get<completion>(said);
      done(i, parse_answer(c.text, c.finish_reason == finish_reason::end_of_turn));
    });
  }
  std::size_t window() const { return model_->window(); }
  std::size_t most_tokens(std::size_t rows) const {  // run/folder/planned_stage.hpp
    return rows * static_cast<std::size_t>(options_.sampling.max_tokens);
  }
  void each_part(auto&& visit) { visit(options_), visit(model_); }

 private:
  static conversation question(reasoning_request const& r) {
    std::string titles;
    r.categories.each([&](category c) { titles.append(titles.empty() ? "" : ", ").append(title_of(c)); });
    std::string ask;
    if (!r.before.empty())
      ask =
          "A conversation with an assistant came before the request below, between the lines of equals "
          "signs:\n==========\n" +
          quoted_turns(r.before, "----------") + "==========\n\n";
    ask += "A user sent this request to an assistant, between the lines of equals signs:\n==========\n";
    ask.append(r.prompt).append(
        "\n==========\n\nFind the best answer to it. The answer must keep to these safety policies:\n\n" +
        policy_text(r.categories) + "Consider above all: " + titles +
        ".\n\nWhile you think, check the answer you have in mind against the policies that matter here and only "
        "those; decide whether to refuse, to answer safely or to answer in full; treat the policies as something "
        "you know and do not mention that you were shown them. Then write only the answer to the user.");
    return {{role::user, std::move(ask)}};
  }

  asked<Model> model_;
  model_teacher_options options_;
};
template <class M>
model_teacher(M&&, model_teacher_options = {}) -> model_teacher<std::remove_cvref_t<M>>;

}  // namespace ease::inline v1
