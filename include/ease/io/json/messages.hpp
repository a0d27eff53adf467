// SPDX-License-Identifier: Apache-2.0
#pragma once
// Messages in JSON. We write {"role": "user", "content": "..."}, with "train": false at an assistant's message that never
// counts in the loss. Read are the names that data sets use:
//
//   role        role or from; system, developer (as system); user, human, prompter; assistant, gpt, chatgpt, bot, model
//   text        content, value or text: a string, or a list of parts that are all text
//   reasoning   reasoning_content, reasoning or thinking of an assistant: it is the same as <think> ... </think> in its text
//   training    weight, loss_weight, loss_scale (0 or 1); train, training, trainable, trained, loss, loss_mask, step_loss_mask
//               (true or 1: it counts); masked, mask (true or 1: it does not)
//
// {"human": "...", "assistant": "..."} is a turn of each. Tools are refused by name: `tool_calls`, and the roles tool, function,
// ipython, observation and the like. Any other key is told in `not_used`.
#include <ease/core/compiled.hpp>
#include <ease/core/conversation.hpp>
#include <ease/io/json/json_codec.hpp>
#include <string>
#include <vector>

namespace ease::inline v1 {

struct message_list {
  conversation turns{};
  std::vector<std::string> not_used{};  // keys of messages that nothing reads, as often as they stand there
  std::string untrained_by{};           // the key that last said that a message does not count in the loss
};

// A list of messages, or of [question, answer] pairs. A system message whose text is null is none. Throws bad_value; the
// order of the roles is not looked at.
message_list read_messages(simdjson::ondemand::value value);

// Throws bad_value unless a system message stands in front alone and the others are a user's and an assistant's in turns.
void check_turns(conversation const& turns);

template <>
struct json_codec<conversation> {
  static constexpr bool cell_is_json = true;
  static conversation read(simdjson::ondemand::value value) { return read_messages(value).turns; }
  static void write(json_writer& out, conversation const& turns);
};

}  // namespace ease::inline v1

#ifndef EASE_COMPILED
#include <ease/io/json/messages.ipp>
#endif
