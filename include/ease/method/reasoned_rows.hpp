// SPDX-License-Identifier: Apache-2.0
#pragma once
// What both phases need: adversarial prompts with safety reasoning in front of the answer. Harmful ones get their
// categories, the teacher's reasoning and its refusal; harmless ones in an unusual frame get reasoning by the benign policy
// and the SLM's own answer to the bare request.
#include <cstddef>
#include <cstdint>
#include <ease/method/classify.hpp>
#include <ease/method/cot.hpp>
#include <ease/method/diagnose.hpp>
#include <ease/method/mix.hpp>
#include <ease/method/models.hpp>
#include <ease/method/rows/prompt_filters.hpp>
#include <ease/method/rows/self_response_rows.hpp>
#include <ease/method/sample.hpp>
#include <ease/teacher/policy_template.hpp>
#include <optional>
#include <string>
#include <tuple>
#include <utility>

namespace ease::inline v1 {

// Options of what both phases do.
struct reasoning_options {
  sample_options sample{};
  std::size_t max_prompt_bytes{SIZE_MAX};  // longer training prompts are left out and counted
  cot_options cot{};
  bool check{true};  // rejection sampling by the guard
  diagnose_options self_responses{.sampling = {.temperature = 0.0, .max_tokens = 256}};

  static constexpr auto options() {
    using o = reasoning_options;
    return std::tuple{part(&o::sample), option("max_prompt_bytes", &o::max_prompt_bytes, "longer prompts are left out"),
                      part(&o::cot), option("check", &o::check, "rejection sampling by the guard"),
                      part(&o::self_responses)};
  }
};

// classify, where rows that bring their categories keep them.
template <class Row, class Classifier>
auto classify_by(Classifier& classifier) {
  if constexpr (Row::template has<given_categories>)
    return classify(classifier, keep_given);
  else
    return classify(classifier);
}

namespace detail {

// A component of drawn prompts; where none is to be drawn, none of its rows is asked for.
template <class Rows>
auto drawn_component(std::string name, std::string filled_by, Rows&& rows, std::size_t drawn,
                     std::optional<std::size_t> count = {}) {
  auto one = component_of(std::move(name), std::forward<Rows>(rows)).filled_by(std::move(filled_by));
  if (drawn == 0) count = 0;
  return count ? std::move(one).count(*count) : std::move(one);
}
inline broken drawn_component(std::string const&, std::string const&, broken, std::size_t, std::optional<std::size_t> = {}) {
  return {};
}

// Rejection sampling is a run-time choice here: a guard that lets all pass, or the real one.
template <guard Guard>
class guard_unless_off {
 public:
  static constexpr std::string_view name{"guard_unless_off"};
  guard_unless_off(Guard& judge, bool on) : judge_{&judge}, on_{on} {}
  void judge(std::span<judge_request const> requests, on_done<verdict> const& done) {
    if (on_) return judge_->judge(requests, done);
    for (std::size_t i = 0; i < requests.size(); ++i) done(i, verdict{safe{}});
  }
  std::size_t window() const { return judge_->window(); }
  void each_part(auto&& visit) {
    visit(on_);
    if (on_) visit(*judge_);
  }
  bool reads_refusals() const { return reads_refusals_only(*judge_); }

 private:
  Guard* judge_;
  bool on_;
};

}  // namespace detail

// classify and cot behind rows of prompts: `from(prompts) | ... | reasoning(m, o)` as in both phases of the paper.
template <class Row, class Models>
auto reasoned_by(Models const& m, reasoning_options const& o) {
  return classify_by<Row>(m.classifier) | cot(m.teacher).checked_by(detail::guard_unless_off{m.guard, o.check}, o.cot);
}

// Harmless prompts in an unusual frame, with reasoning by the benign policy and the model's own answer. Rows need `vanilla`,
// the bare request, where there is one.
template <class Models, class Prompts>
auto reasoned_benign(Models const& m, Prompts& prompts, reasoning_options o) {
  o.sample.harmful = 0;
  return from(prompts) | at_most_bytes(o.max_prompt_bytes) | sample(o.sample) | unwrap{} |
         diagnose(m.slm, o.self_responses, asking<bare_prompt>) | label_benign{} | cot(policy_template{}, keep_answer);
}

}  // namespace ease::inline v1
