#pragma once
// Which guard, labeller and teacher a command line or a TOML file asks for: names at run time, types from here on. Each
// `with_...` calls its argument with the chosen one, so that the pipelines behind it are the same typed ones a C++ user
// writes.
#include <cstdint>
#include <ease/core/option.hpp>
#include <ease/guard/llama_guard.hpp>
#include <ease/guard/prompted_judge.hpp>
#include <ease/guard/refusal_judge.hpp>
#include <ease/guard/unparsed_limit.hpp>
#include <ease/io/error.hpp>
#include <ease/labeller/by_answer.hpp>
#include <ease/labeller/by_likelihood.hpp>
#include <ease/method/cot.hpp>
#include <ease/teacher/model_teacher.hpp>
#include <ease/teacher/policy_template.hpp>
#include <memory>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "model.hpp"

namespace ease::app {

struct guard_choice {
  std::string kind{"refusal"};
  std::string model{};
  double threshold{0.5};
  double max_unparsed{default_max_unparsed};

  static constexpr std::string_view asks_nothing(guard_choice const& g) {
    return g.kind == "refusal" ? "the guard 'refusal' asks no model and reads every answer; choose llama-guard or judge"
                               : "";
  }
  static constexpr auto options() {
    using g = guard_choice;
    return std::tuple{
        option("kind", &g::kind, "refusal (stock phrases, no model), llama-guard, or judge (any chat model)",
               one_of_words{"refusal", "llama-guard", "judge"}),
        option("model", &g::model, "The guard's model: PATH or openai:MODEL@URL").path().idle(asks_nothing),
        option("threshold", &g::threshold, "Unsafe from this probability on", between{0.0, 1.0}).idle(asks_nothing),
        option("max_unparsed", &g::max_unparsed, "Fail if a larger share of the verdicts cannot be read", between{0.0, 1.0})
            .idle(asks_nothing)};
  }
};
struct labeller_choice {
  std::string kind{"likelihood"};
  std::string model{};
  double threshold{0.3};

  static constexpr auto options() {
    using l = labeller_choice;
    return std::tuple{
        option("kind", &l::kind,
               "likelihood (of each category's name; nothing to parse) or answer (the model writes a list)",
               one_of_words{"likelihood", "answer"}),
        option("model", &l::model, "The labelling model: PATH or openai:MODEL@URL").path(),
        option("threshold", &l::threshold, "likelihood: share from which a further label is kept", between{0.0, 1.0})
            .idle([](l const& x) -> std::string_view {
              return x.kind == "answer" ? "the labeller 'answer' has no threshold" : "";
            })};
  }
};
struct teacher_choice {
  std::string kind{"policy"};
  std::string model{};
  model_teacher_options how{};
  bool check{true};
  cot_options cot{};

  static constexpr std::string_view asks_nothing(teacher_choice const& t) {
    return t.kind == "policy" ? "the teacher 'policy' asks no model" : "";
  }
  static constexpr auto options() {
    using t = teacher_choice;
    return std::tuple{option("kind", &t::kind, "policy (a short trace from the policy text), or model (a reasoning model)",
                             one_of_words{"policy", "model"}),
                      option("model", &t::model, "The teacher: PATH or openai:MODEL@URL").path().idle(asks_nothing),
                      part(&t::how).idle(asks_nothing),
                      option("check", &t::check, "Rejection sampling: the guard judges what the teacher wrote"),
                      part(&t::cot).idle([](t const& x) -> std::string_view {
                        return x.check ? "" : "check is false: every trace is taken";
                      })};
  }
};
// The phrase judge reads everything; what it calls unparsed is an empty answer, which is no fault of its.
inline double max_unparsed_of(guard_choice const& guard) { return guard.kind == "refusal" ? 1.0 : guard.max_unparsed; }

// The models that a guard asks.
inline std::vector<std::string> models_of(guard_choice const& guard) {
  if (guard.kind == "refusal") return {};
  return {guard.model};
}
inline std::string needed_model(std::string const& model, char const* what) {
  if (model.empty()) throw error{"{}: name its model: a folder, a .gguf file or openai:MODEL@URL", what};
  return model;
}

// `open` gives the any_model of a name; the caller decides whether models are shared.
template <class Open, class Use>
auto with_guard(guard_choice const& choice, Open&& open, Use&& use) {
  if (choice.kind == "refusal") return use(refusal_judge{});
  if (choice.kind == "llama-guard")
    return use(llama_guard(open(needed_model(choice.model, "guard llama-guard")), {.threshold = choice.threshold}));
  if (choice.kind == "judge")
    return use(prompted_judge(open(needed_model(choice.model, "guard judge")), {.threshold = choice.threshold}));
  throw error{"guard \"{}\" is not known; choose refusal, llama-guard or judge", choice.kind};
}

template <class Open, class Use>
auto with_labeller(labeller_choice const& choice, Open&& open, Use&& use) {
  if (choice.kind == "likelihood")
    return use(by_likelihood(open(needed_model(choice.model, "labeller likelihood")), {.threshold = choice.threshold}));
  if (choice.kind == "answer") return use(by_answer(open(needed_model(choice.model, "labeller answer"))));
  throw error{"labeller \"{}\" is not known; choose likelihood or answer", choice.kind};
}

template <class Open, class Use>
auto with_teacher(teacher_choice const& choice, Open&& open, Use&& use) {
  if (choice.kind == "policy") return use(policy_template{});
  if (choice.kind == "model") return use(model_teacher(open(needed_model(choice.model, "teacher model")), choice.how));
  throw error{"teacher \"{}\" is not known; choose policy or model", choice.kind};
}

}  // namespace ease::app
