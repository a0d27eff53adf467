#pragma once
// Phase 2, step 1 (paper, "vulnerable region identification"; generate_response.py): the original SLM answers each prompt.
// What it could not finish stays `cut_off`; a prompt that does not fit is a failure, never shortened in silence.
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <ease/backend/generator.hpp>
#include <ease/record/fields.hpp>
#include <ease/record/row_key.hpp>
#include <ease/stage/held.hpp>
#include <ease/stage/pipeline.hpp>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace ease {

struct diagnose_options {
  sampling how{.temperature = 0.7, .top_p = 1.0, .max_tokens = 512};  // as published
  std::string system_prompt{};                                        // empty: the template's own default
  std::uint64_t seed{42};
};

template <text_generator Model>
class diagnose : public stage<needs<prompt>, adds<response, response_tokens>> {
  using base = stage<needs<prompt>, adds<response, response_tokens>>;

 public:
  using typename base::emit;
  using typename base::input;

  template <class M>
    requires std::constructible_from<held<Model>, M>
  explicit diagnose(M&& slm, diagnose_options options = {}) : slm_{std::forward<M>(slm)}, options_{std::move(options)} {}

  std::size_t window() const { return slm_->window(); }

  void operator()(std::span<input const> rows, emit const& done) {
    std::vector<generation_request> asks;
    asks.reserve(rows.size());
    for (auto const& row : rows) {
      conversation turns;
      if (!options_.system_prompt.empty()) turns.push_back({role::system, options_.system_prompt});
      turns.push_back({role::user, get<prompt>(row)});
      asks.push_back(
          {.input = std::move(turns), .how = options_.how, .seed = options_.seed, .row = row_key(get<prompt>(row))});
    }
    slm_->generate(asks, [&](std::size_t i, outcome<completion> said) {
      if (auto* broken = std::get_if<failure>(&said)) return done(i, std::move(*broken));
      auto const& c = std::get<completion>(said);
      bool const complete = c.why == finish_reason::end_of_turn || c.why == finish_reason::stop_string;
      done(i, base::with(parse_answer(c.text, complete), c.completion_tokens));
    });
  }

 private:
  held<Model> slm_;
  diagnose_options options_;
};
template <class M>
diagnose(M&&, diagnose_options = {}) -> diagnose<std::remove_cvref_t<M>>;

}  // namespace ease
