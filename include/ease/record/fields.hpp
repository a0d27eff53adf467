#pragma once
// THE data dictionary: one type a field, its JSON key beside it. A new field is a line here (or in your own namespace).
#include <cstddef>
#include <cstdint>
#include <ease/policy/category.hpp>
#include <ease/record/answer.hpp>
#include <ease/record/field.hpp>
#include <ease/record/verdict.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ease {

// WildJailbreak's four kinds of prompt (arXiv 2406.18510): plain or adversarial, harmful or benign.
enum class prompt_kind : std::uint8_t { vanilla_harmful, vanilla_benign, adversarial_harmful, adversarial_benign };

// JSON members that no stage names, as they stood in the file: (key, raw JSON). They travel to the output.
using raw_members = std::vector<std::pair<std::string, std::string>>;

struct id : field<"id", std::string> {};
struct prompt : field<"prompt", std::string> {};
struct system_prompt : field<"system_prompt", std::string> {};
struct data_type : field<"data_type", prompt_kind> {};
struct response : field<"response", answer> {};                     // what the SLM answered
struct response_tokens : field<"response_tokens", std::size_t> {};  // generated for it, reasoning and end-of-turn included
struct judgement : field<"verdict", verdict> {};                    // what the guard says of (prompt, response)
struct categories : field<"categories", category_set> {};           // safety categories of the prompt
struct target : field<"completion", finished> {};                   // what the SLM is trained to answer
struct arm : field<"arm", std::string> {};                          // which arm of the mix a training row came from
struct prompt_class : field<"class", std::string> {};  // which row of the evaluation's table a prompt belongs to
struct other_keys : field<"*", raw_members> {};

}  // namespace ease
