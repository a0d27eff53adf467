// SPDX-License-Identifier: Apache-2.0
#pragma once
// The rows that the commands of the stages read.
#include <ease/method/classify.hpp>
#include <ease/method/rows/prompt_class.hpp>
#include <ease/record/fields.hpp>
#include <ease/run/files/input_rows.hpp>
#include <optional>
#include <string>

namespace ease::app {

struct maybe_class : field<"class", std::optional<std::string>> {};
using maybe_type = known_data_type;
using typed_rows = input_rows<history, prompt, data_type, other_keys>;
using kind_rows = input_rows<history, prompt, known_data_type, other_keys>;
using prompt_rows = input_rows<history, prompt, other_keys>;
using answered_rows = input_rows<history, prompt, response, other_keys>;
using classified_rows = input_rows<history, prompt, categories, other_keys>;
using classified_answered_rows = input_rows<history, prompt, categories, response, other_keys>;
using training_rows = input_rows<history, prompt, target>;
using bare_prompts = input_rows<history, prompt>;
using threshold_prompt_rows = input_rows<history, prompt, maybe_type>;
using evaluation_rows = input_rows<history, prompt, maybe_class, maybe_type, other_keys>;

}  // namespace ease::app
