#pragma once
// Phase 2, step 2 (paper; safety_classification.py): each prompt gets its safety categories, several where several apply. A
// row whose labels cannot all be read is rejected as "unknown_label": it never gets a default policy.
#include <concepts>
#include <cstddef>
#include <ease/labeller/labeller.hpp>
#include <ease/record/fields.hpp>
#include <ease/stage/held.hpp>
#include <ease/stage/pipeline.hpp>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace ease {

template <labeller Labeller>
class classify : public stage<needs<prompt>, adds<categories>> {
  using base = stage<needs<prompt>, adds<categories>>;

 public:
  using typename base::emit;
  using typename base::input;

  template <class L>
    requires std::constructible_from<held<Labeller>, L>
  explicit classify(L&& by) : labeller_{std::forward<L>(by)} {}

  std::size_t window() const { return labeller_->window(); }
  void each_part(auto&& visit) { visit(*labeller_); }

  void operator()(std::span<input const> rows, emit const& done) {
    std::vector<std::string> prompts;
    prompts.reserve(rows.size());
    for (auto const& row : rows) prompts.push_back(get<prompt>(row));
    labeller_->label(prompts, [&](std::size_t i, outcome<labels> said) {
      if (auto* broken = std::get_if<failure>(&said)) return done(i, std::move(*broken));
      auto const& found = std::get<labels>(said);
      if (!found.unknown.empty()) return done(i, rejected{"unknown_label", found.unknown.front()});
      if (found.known.empty()) return done(i, rejected{"no_label"});
      done(i, base::with(found.known));
    });
  }

 private:
  held<Labeller> labeller_;
};
template <class L>
classify(L&&) -> classify<std::remove_cvref_t<L>>;

}  // namespace ease
