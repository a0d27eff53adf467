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
#include <ease/record/asked_about.hpp>
#include <ease/record/fields.hpp>
#include <ease/record/prompt_hash.hpp>
#include <ease/stage/pipeline.hpp>
#include <ease/stage/report.hpp>
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
                      option("system_prompt", &g::system_prompt,
                             "For rows that bring no system message of their own; empty: the chat template's own default")
                          .idle([](g const& x) -> std::string_view {
                            return x.plain ? "--plain puts no chat template around the text" : "";
                          }),
                      option("prefill", &g::prefill, "How the answer begins; a row's `response` holds it too"),
                      option("seed", &g::seed, "Seeds the sampling, together with the prompt").idle([](g const& x) {
                        return x.sampling.why_no_draws();
                      }),
                      option("plain", &g::plain, "No chat template: continue the text as it stands")};
  }
};

// `before`: the messages in front of the text. Where no chat template is put around it there is no place for any.
inline generation_request request_for(std::string const& text, generate_options const& o,
                                      std::span<message const> before = {}) {
  generation_request ask{.input = plain_text{text},
                         .prefill = o.prefill,
                         .sampling = o.sampling,
                         .seed = o.seed,
                         .row = prompt_hash(text, before)};
  if (!o.plain) ask.input = asked_about(o.system_prompt, before, text);
  return ask;
}

template <text_generator Model>
class generate : public stage<needs<prompt, maybe<history>>, adds<response, response_tokens>> {
  using base = stage<needs<prompt, maybe<history>>, adds<response, response_tokens>>;

 public:
  using typename base::emit;
  using typename base::input;

  template <class M>
    requires std::constructible_from<asked<Model>, M>
  generate(M&& model, generate_options options) : model_{std::forward<M>(model)}, options_{std::move(options)} {}

  std::size_t window() const { return model_->window(); }

  // The note of a pass in which rows kept their own system message.
  void finish(stage_count& counts) { counts.note = kept_systems(std::exchange(kept_systems_, 0)); }

  void operator()(std::span<input const> rows, emit const& done) {
    std::vector<generation_request> asks;
    std::vector<std::size_t> row_of;
    asks.reserve(rows.size());
    for (std::size_t i = 0; i < rows.size(); ++i) {
      auto const& before = get<history>(rows[i]);
      if (options_.plain && !before.empty()) {
        done(i, rejected{"history", "messages stand in front of the prompt, and plain text has no place for them"});
        continue;
      }
      kept_systems_ += !options_.system_prompt.empty() && has_system(before) ? 1U : 0U;
      asks.push_back(request_for(get<prompt>(rows[i]), options_, before));
      row_of.push_back(i);
    }
    if (asks.empty()) return;
    model_->generate(asks, [&](std::size_t k, outcome<completion> said) {
      auto const i = row_of[k];
      if (auto* broken = std::get_if<failure>(&said)) return done(i, std::move(*broken));
      auto const& c = std::get<completion>(said);
      bool const whole = c.finish_reason == finish_reason::end_of_turn || c.finish_reason == finish_reason::stop_string;
      done(i, base::with(parse_answer(options_.prefill + c.text, whole), c.completion_tokens));
    });
  }

 private:
  asked<Model> model_;
  generate_options options_;
  std::size_t kept_systems_{0};
};
template <class M>
generate(M&&, generate_options) -> generate<std::remove_cvref_t<M>>;

}  // namespace ease::inline v1
