// SPDX-License-Identifier: Apache-2.0
#pragma once
// A model answers each row's prompt, asked as a helper and not as a stage of the method: also without a chat template, or
// with the beginning of the answer given. That beginning is part of the `response`.
//
//     from(prompts) | generate(model, {.prefill = "Sure"})
#include <concepts>
#include <cstdint>
#include <ease/core/generator.hpp>
#include <ease/core/option.hpp>
#include <ease/journal/asked.hpp>
#include <ease/record/fields.hpp>
#include <ease/record/prompt_hash.hpp>
#include <ease/stage/pipeline.hpp>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace ease::inline v1 {

struct generate_options {
  ease::sampling sampling{.temperature = 0.7, .max_tokens = 512};
  std::string system_prompt{};  // empty: the chat template's own
  std::string prefill{};        // how the answer begins
  std::uint64_t seed{42};
  bool plain{false};  // no chat template: the text is continued as it stands

  static constexpr auto options() {
    using g = generate_options;
    return std::tuple{part(&g::sampling),
                      option("system_prompt", &g::system_prompt, "Empty: the chat template's own default")
                          .idle([](g const& x) -> std::string_view {
                            return x.plain ? "--plain puts no chat template around the text" : "";
                          }),
                      option("prefill", &g::prefill, "How the answer begins; a row's `response` holds it too"),
                      option("seed", &g::seed, "Seeds the sampling, together with the prompt"),
                      option("plain", &g::plain, "No chat template: continue the text as it stands")};
  }
};

inline generation_request request_for(std::string const& text, generate_options const& o) {
  generation_request ask{
      .input = plain_text{text}, .prefill = o.prefill, .sampling = o.sampling, .seed = o.seed, .row = prompt_hash(text)};
  if (o.plain) return ask;
  conversation turns;
  if (!o.system_prompt.empty()) turns.push_back({role::system, o.system_prompt});
  turns.push_back({role::user, text});
  ask.input = std::move(turns);
  return ask;
}

template <text_generator Model>
class generate : public stage<needs<prompt>, adds<response, response_tokens>> {
  using base = stage<needs<prompt>, adds<response, response_tokens>>;

 public:
  using typename base::emit;
  using typename base::input;

  template <class M>
    requires std::constructible_from<asked<Model>, M>
  generate(M&& model, generate_options options) : model_{std::forward<M>(model)}, options_{std::move(options)} {}

  std::size_t window() const { return model_->window(); }

  void operator()(std::span<input const> rows, emit const& done) {
    std::vector<generation_request> asks;
    asks.reserve(rows.size());
    for (auto const& row : rows) asks.push_back(request_for(get<prompt>(row), options_));
    model_->generate(asks, [&](std::size_t i, outcome<completion> said) {
      if (auto* broken = std::get_if<failure>(&said)) return done(i, std::move(*broken));
      auto const& c = std::get<completion>(said);
      bool const whole = c.finish_reason == finish_reason::end_of_turn || c.finish_reason == finish_reason::stop_string;
      done(i, base::with(parse_answer(options_.prefill + c.text, whole), c.completion_tokens));
    });
  }

 private:
  asked<Model> model_;
  generate_options options_;
};
template <class M>
generate(M&&, generate_options) -> generate<std::remove_cvref_t<M>>;

}  // namespace ease::inline v1
