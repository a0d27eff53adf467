#pragma once
// Phase 2, step 1 (paper; filter_unsafe.py): the guard judges each (prompt, answer). In diagnosis the unsafe rows go on,
// they are the vulnerable region; `keep = kept::safe` is the rejection sampling of phase 1. The other two outcomes are
// rejections with a reason of their own, "safe" (or "unsafe") and "unparsed", and reach the side output.
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <ease/guard/guard.hpp>
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

enum class kept : std::uint8_t { unsafe, safe };

template <guard Guard>
class guard_filter : public stage<needs<prompt, response>, adds<judgement>> {
  using base = stage<needs<prompt, response>, adds<judgement>>;

 public:
  using typename base::emit;
  using typename base::input;

  template <class G>
    requires std::constructible_from<held<Guard>, G>
  explicit guard_filter(G&& judge, kept keep = kept::unsafe) : guard_{std::forward<G>(judge)}, keep_{keep} {}

  std::size_t window() const { return guard_->window(); }
  void each_part(auto&& visit) { visit(keep_), visit(*guard_); }

  void operator()(std::span<input const> rows, emit const& done) {
    std::vector<judge_request> asks;
    asks.reserve(rows.size());
    for (auto const& row : rows) asks.push_back({get<prompt>(row), judged_text(get<response>(row))});
    guard_->judge(asks, [&](std::size_t i, outcome<verdict> judged) {
      if (auto* broken = std::get_if<failure>(&judged)) return done(i, std::move(*broken));
      auto& v = std::get<verdict>(judged);
      if (auto const* unread = std::get_if<unparsed>(&v)) return done(i, rejected{"unparsed", unread->why});
      bool const bad = std::holds_alternative<unsafe>(v);
      if (bad == (keep_ == kept::unsafe)) return done(i, base::with(std::move(v)));
      done(i, rejected{std::string{name_of(v)}});
    });
  }

 private:
  held<Guard> guard_;
  kept keep_;
};
template <class G>
guard_filter(G&&, kept = kept::unsafe) -> guard_filter<std::remove_cvref_t<G>>;

}  // namespace ease
