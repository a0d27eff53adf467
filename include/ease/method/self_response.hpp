// SPDX-License-Identifier: Apache-2.0
#pragma once
// Phase 2, step 2 (paper: "general task prompt paired with direct response"): the answer is the one that stands in the row,
// else the SLM's own, which must be whole, not empty and no refusal (method/rows/self_response_rows.hpp).
#include <concepts>
#include <cstddef>
#include <ease/method/diagnose.hpp>
#include <ease/method/rows/self_response_rows.hpp>
#include <ease/record/fields.hpp>
#include <ease/stage/ill_formed_stage.hpp>
#include <ease/stage/pipeline.hpp>
#include <span>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace ease::inline v1 {

template <text_generator Model>
class self_response : public stage<needs<prompt, given_target, maybe<history>>, adds<target>> {
  using base = stage<needs<prompt, given_target, maybe<history>>, adds<target>>;

 public:
  using typename base::emit;
  using typename base::input;

  template <class M>
    requires std::constructible_from<asked<Model>, M>
  explicit self_response(M&& slm, diagnose_options options = {}) : ask_{std::forward<M>(slm), std::move(options)} {}

  std::size_t window() const { return ask_.window(); }
  std::size_t most_tokens(std::size_t rows) const { return ask_.most_tokens(rows); }  // run/folder/planned_stage.hpp
  void each_part(auto&& visit) { visit(ask_); }
  void finish(stage_count& counts) { ask_.finish(counts); }

  void operator()(std::span<input const> rows, emit const& done) {
    std::vector<typename diagnose<Model>::input> open;
    std::vector<std::size_t> row_of;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      if (auto const& given = get<given_target>(rows[i])) {
        done(i, base::with(*given));
      } else {
        open.emplace_back(rows[i]);
        row_of.push_back(i);
      }
    }
    if (open.empty()) return;
    ask_(std::span<typename diagnose<Model>::input const>{open},
         [&](std::size_t k, decision<typename diagnose<Model>::output> said) {
           if (auto* broken = std::get_if<failure>(&said)) return done(row_of[k], std::move(*broken));
           auto const& answered = get<response>(std::get<0>(said));
           if (auto const why = reason_to_reject(answered)) return done(row_of[k], *why);
           done(row_of[k], base::with(*complete_part(answered)));
         });
  }

 private:
  diagnose<Model> ask_;
};
template <>
class self_response<detail::no_model> : public detail::ill_formed_stage {
 public:
  template <class T, class... Rest, class is_no_model_that_generates_text = T>
  explicit self_response(T&&, Rest const&...) = delete;
  template <detail::is_const T, class... Rest, class is_const_and_changes_while_it_is_asked = T>
  explicit self_response(T&&, Rest const&...) = delete;
};

template <class M>
  requires text_generator<std::remove_reference_t<M>>
self_response(M&&, diagnose_options = {}) -> self_response<std::remove_cvref_t<M>>;
template <class M, class... Rest>
  requires(!text_generator<std::remove_reference_t<M>>)
self_response(M&&, Rest const&...) -> self_response<detail::no_model>;

}  // namespace ease::inline v1
