// SPDX-License-Identifier: Apache-2.0
#pragma once
// What the names of keys say, of rows and of messages: the lists are here and nowhere else. Case does not count, nor how words
// are parted: `systemPrompt`, `System prompt` and `system_prompt` are one name.
#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <string_view>

namespace ease::inline v1::detail {

// Keys of reasoning, of messages and of servers' replies, in the order in which they are looked at; `reasoning_details` holds
// pieces, each with one of the keys of `reasoning_pieces`.
inline constexpr std::array reasoning_names{"reasoning_content", "reasoning", "reasoning_text", "thinking",
                                            "thinking_blocks"};
inline constexpr char const* reasoning_list = "reasoning_details";
inline constexpr std::array reasoning_pieces{"text", "summary"};
inline bool says_reasoning(std::string_view key) {
  return key == reasoning_list || std::ranges::find(reasoning_names, key) != reasoning_names.end();
}

// The words of a name in lower case with `_` between them.
inline std::string words_of_name(std::string_view name) {
  std::string out;
  bool lower = false;  // the character before is a small letter or a digit
  for (char const c : name) {
    bool const upper = c >= 'A' && c <= 'Z';
    bool const parts = c == ' ' || c == '-' || c == '.' || c == '_';
    if ((parts || (upper && lower)) && !out.empty() && !out.ends_with('_')) out += '_';
    if (!parts) out += upper ? static_cast<char>(c - 'A' + 'a') : c;
    lower = !parts && !upper;
  }
  while (out.ends_with('_')) out.pop_back();
  return out;
}
inline bool is_one_of(std::string_view word, auto const& words) {
  return std::ranges::find(words, word) != std::ranges::end(words);
}

// A column with the row's system message.
inline bool says_system(std::string_view key) {
  static constexpr std::array<std::string_view, 17> names{"system",
                                                          "system_prompt",
                                                          "system_message",
                                                          "system_msg",
                                                          "system_text",
                                                          "system_content",
                                                          "sys",
                                                          "sys_prompt",
                                                          "sys_message",
                                                          "sys_msg",
                                                          "system_instruction",
                                                          "system_instructions",
                                                          "developer",
                                                          "developer_prompt",
                                                          "developer_message",
                                                          "system_prompt_text",
                                                          "prompt_system"};
  return is_one_of(words_of_name(key), names);
}

// A column with something that the model should have been given, and is not by any stage here.
inline bool says_given(std::string_view key) {
  static constexpr std::array<std::string_view, 29> names{
      "tool",     "tools",     "functions", "available_tools", "tool_definitions", "function_definitions",
      "image",    "images",    "image_url", "image_urls",      "image_path",       "image_paths",
      "video",    "videos",    "audio",     "audios",          "context",          "contexts",
      "document", "documents", "passage",   "passages",        "knowledge",        "instructions",
      "preamble", "persona",   "few_shot",  "examples",        "system_role"};
  return is_one_of(words_of_name(key), names);
}

// What that is, by which a person decides what to do with it.
enum class given_kind { text, tools, media, examples };
inline given_kind given_kind_of(std::string_view key) {
  static constexpr std::array<std::string_view, 6> tools{
      "tool", "tools", "functions", "available_tools", "tool_definitions", "function_definitions"};
  static constexpr std::array<std::string_view, 2> examples{"few_shot", "examples"};
  auto const name = words_of_name(key);
  if (is_one_of(name, tools)) return given_kind::tools;
  if (is_one_of(name, examples)) return given_kind::examples;
  for (auto const* const medium : {"image", "video", "audio"})
    if (name.starts_with(medium)) return given_kind::media;
  return given_kind::text;
}

// What a key says of training on an answer.
enum class training_key {
  none,
  on,       // true or 1: it is trained
  off,      // true or 1: it is not
  unknown,  // it has a word of these, and more
};
inline training_key training_key_of(std::string_view key) {
  static constexpr std::array<std::string_view, 19> on{
      "weight",         "loss_weight",  "loss_scale",     "sample_weight", "train",         "training", "trainable",
      "trained",        "do_train",     "to_train",       "is_trained",    "train_on",      "loss",     "loss_mask",
      "step_loss_mask", "compute_loss", "calculate_loss", "has_loss",      "message_weight"};
  static constexpr std::array<std::string_view, 11> off{"mask",        "masked",    "ignore",           "ignored",
                                                        "ignore_loss", "no_loss",   "no_train",         "skip_train",
                                                        "mask_out",    "is_masked", "exclude_from_loss"};
  static constexpr std::array<std::string_view, 11> parts{"train", "training", "trained", "trainable", "weight", "weights",
                                                          "loss",  "mask",     "masks",   "masked",    "ignore"};
  auto const name = words_of_name(key);
  if (is_one_of(name, on)) return training_key::on;
  if (is_one_of(name, off)) return training_key::off;
  for (std::string_view rest{name}; !rest.empty();) {
    auto const word = rest.substr(0, rest.find('_'));
    if (is_one_of(word, parts)) return training_key::unknown;
    rest.remove_prefix(std::min(rest.size(), word.size() + 1));
  }
  return training_key::none;
}

// A row's key that says, by true or false, whether its answer is a good one (unpaired preferences).
inline bool says_preferred(std::string_view key) {
  static constexpr std::array<std::string_view, 7> names{"label",     "kto_tag",      "desirable", "is_desirable",
                                                         "preferred", "is_preferred", "is_chosen"};
  return is_one_of(words_of_name(key), names);
}

}  // namespace ease::inline v1::detail
