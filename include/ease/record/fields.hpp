// SPDX-License-Identifier: Apache-2.0
#pragma once
// THE data dictionary: one type a field, with its JSON key. A new field is a line here (or in your own namespace).
#include <array>
#include <cstddef>
#include <cstdint>
#include <ease/core/conversation.hpp>
#include <ease/policy/category.hpp>
#include <ease/record/answer.hpp>
#include <ease/record/field.hpp>
#include <ease/record/verdict.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ease::inline v1 {

// WildJailbreak's four kinds of prompt (arXiv 2406.18510): plain or adversarial, harmful or benign.
enum class prompt_kind : std::uint8_t { vanilla_harmful, vanilla_benign, adversarial_harmful, adversarial_benign };

// JSON members that no stage names, as they stood in the file: (key, raw JSON). They travel to the output.
using raw_members = std::vector<std::pair<std::string, std::string>>;

struct id : field<"id", std::string> {};
// The messages in front of the prompt: a system message, then earlier turns. Rows without any say nothing of it in files.
struct history : field<"history", conversation> {
  static constexpr bool absent_if_empty{true};
};
struct prompt : field<"prompt", std::string> {};
struct data_type : field<"data_type", prompt_kind> {};
struct response : field<"response", answer> {};                     // what the SLM answered
struct response_tokens : field<"response_tokens", std::size_t> {};  // generated for it, reasoning and end-of-turn included
struct judgement : field<"verdict", verdict> {};                    // what the guard says of (prompt, response)
struct categories : field<"categories", category_set> {};           // safety categories of the prompt
struct target : field<"completion", complete_answer> {};            // what the SLM is trained to answer
struct component : field<"component", std::string> {                // which component of the mix a training row came from
  static constexpr std::string_view formerly = "arm";
};
struct prompt_class : field<"class", std::string> {};  // which row of the evaluation's table a prompt belongs to

// What a file may say of a prompt before any stage has. Each is kept under a key of its own, so that a stage's result can
// be in the same row.
struct given_categories : field<"given_categories", std::optional<category_set>> {
  static constexpr std::string_view read_from = "categories";
};
struct given_target : field<"given_completion", std::optional<complete_answer>> {
  static constexpr std::string_view read_from = "completion";
};
struct given_class : field<"given_class", std::optional<std::string>> {
  static constexpr std::string_view read_from = "class";
  static constexpr bool written = false;  // `prompt_class` has it
};
struct given_data_type : field<"given_data_type", std::optional<prompt_kind>> {
  static constexpr std::string_view read_from = "data_type";
};
struct vanilla : field<"vanilla", std::optional<std::string>> {};  // the bare request inside a wrapped prompt
struct bare_prompt : field<"bare_prompt", std::string> {};         // that, or the prompt itself where there is none
struct file_number : field<"file_number", std::size_t> {};         // which of several files a row came from, from 0

struct other_keys : field<"*", raw_members> {};

// The keys that files of ours hold.
// `teacher_prompt`: what the published scripts keep of how their teacher was asked (io/schemas/scripts.hpp).
inline constexpr std::array<std::string_view, 16> own_keys{
    id::key,           prompt::key,          history::key, data_type::key,  response::key,     response_tokens::key,
    judgement::key,    categories::key,      target::key,  component::key,  prompt_class::key, given_categories::key,
    given_target::key, given_data_type::key, vanilla::key, "teacher_prompt"};

}  // namespace ease::inline v1
