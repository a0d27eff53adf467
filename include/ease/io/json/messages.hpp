// SPDX-License-Identifier: Apache-2.0
#pragma once
// Messages in JSON. We write {"role": "user", "content": "..."}, with "train": false at an assistant's message that never
// counts in the loss, and calls of tools as OpenAI's API has them. Read are the names that data sets use:
//
//   role        role or from; system, developer (as system); user, human, prompter; assistant, gpt, chatgpt, bot, model; tool,
//               function, ipython, observation, tool_response; function_call (an assistant's, its text is the calls as JSON)
//   text        content, value or text: a string, or a list of parts that are all text
//   reasoning   of an assistant, under one of the names of record/row_words.hpp: the same as <think> ... </think> in its text
//   training    the names of record/row_words.hpp, with 0, 1, true or false; what only looks like one is refused
//   tools       tool_calls [{"id": ..., "function": {"name": ..., "arguments": ...}}], function_call; tool_call_id
//
// {"human": "...", "assistant": "..."} is a turn of each. Any other key is told in `not_used`.
#include <ease/core/compiled.hpp>
#include <ease/core/conversation.hpp>
#include <ease/io/json/json_codec.hpp>
#include <optional>
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

// Throws bad_value unless a system message stands in front alone and the others are a user's and an assistant's in turns; a
// tool's messages stand behind an assistant's, and behind them an assistant's.
void check_turns(conversation const& turns);

// One message as an object without what says whether it is trained; the caller ends the object.
void write_message(json_writer& out, message const& one);

namespace detail {
// What a switch says, as a number: 0 and 1 for false and true, which may be texts, as cells of tables are. None if it is no
// switch at all.
std::optional<double> read_switch(simdjson::ondemand::value value);
}  // namespace detail

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
