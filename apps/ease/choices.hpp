#pragma once
// Which guard, labeller and teacher a command line or a TOML file asks for: names at run time, types from here on. Each
// `with_...` calls its argument with the chosen one, so that the pipelines behind it are the same typed ones a C++ user
// writes.
#include <cstdint>
#include <ease/guard/llama_guard.hpp>
#include <ease/guard/prompted_judge.hpp>
#include <ease/guard/refusal_judge.hpp>
#include <ease/guard/unparsed_limit.hpp>
#include <ease/io/error.hpp>
#include <ease/labeller/by_answer.hpp>
#include <ease/labeller/by_likelihood.hpp>
#include <ease/teacher/model_teacher.hpp>
#include <ease/teacher/policy_template.hpp>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "model.hpp"

namespace ease::app {

struct guard_choice {
  std::string kind{"refusal"};  // refusal | llama-guard | judge
  std::string model{};
  double threshold{0.5};
  double max_unparsed{default_max_unparsed};  // a larger share of verdicts that cannot be read fails the stage
};
struct labeller_choice {
  std::string kind{"likelihood"};  // likelihood | answer
  std::string model{};
  double threshold{0.3};
};
struct teacher_choice {
  std::string kind{"policy"};  // policy | model
  std::string model{};
  sampling how{.temperature = 0.7, .max_tokens = 2048};
  std::uint64_t seed{42};
  bool check{true};  // rejection sampling by the guard
  std::uint64_t tries{3};
  double trace_threshold{0.5};  // of the guard's probability for the trace of a refusal
};
// The phrase judge reads everything; what it calls unparsed is an empty answer, which is no fault of its.
inline double max_unparsed_of(guard_choice const& guard) { return guard.kind == "refusal" ? 1.0 : guard.max_unparsed; }

// The models that a guard asks.
inline std::vector<std::string> models_of(guard_choice const& guard) {
  if (guard.kind == "refusal") return {};
  return {guard.model};
}
// Why a guard has no verdict that cannot be read; empty if it may have some.
inline std::string reads_all(guard_choice const& guard) {
  return guard.kind == "refusal" ? "the guard 'refusal' reads every answer" : "";
}

inline std::string needed_model(std::string const& model, char const* what) {
  if (model.empty()) throw error{"{}: name its model: a folder, a .gguf file or openai:MODEL@URL", what};
  return model;
}

// What rows of the policy template depend on, in the keys of a run.
inline std::string policy_key() { return fmt::format("policy template {}", policy_template::version); }

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
  if (choice.kind == "model")
    return use(model_teacher(open(needed_model(choice.model, "teacher model")), {.how = choice.how, .seed = choice.seed}));
  throw error{"teacher \"{}\" is not known; choose policy or model", choice.kind};
}

}  // namespace ease::app
