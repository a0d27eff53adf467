// SPDX-License-Identifier: Apache-2.0
#pragma once
// The chat families there are. Adding one: its file beside this one, and its name in the list. A family is a type with
//
//     static constexpr std::string_view name;                      // as users type it
//     static bool wrote(std::string_view jinja);                   // whether a model's own template is this family's
//     FAMILY(tokenizer const&, chat_options const&);               // throws if a special token is missing
//     void history(chat_writer&, conversation const&) const;       // all turns
//     void open_answer(chat_writer&) const;                        // up to where the model answers
//     void complete(chat_writer&, complete_answer const&) const;          // an answer and the end of its turn
//     std::vector<std::string_view> stop_tokens() const;             // tokens that end a turn
//     std::string identity() const;
//
// and, where it applies, `takes_system = false`, bos(), date() and pinned(jinja) as llama3.hpp has them, writes_tools(compared)
// if `history` writes messages of tools (compared: the model's own template was, and is, equal), and
//
//     static chat_options read(std::string_view rendered, tokenizer const&, chat_options);  // facts of a template by what it
//                                                                                           // makes of a user's message "a"
#include <ease/text/chat/chatml.hpp>
#include <ease/text/chat/llama3.hpp>
#include <ease/text/chat/llama_guard3.hpp>
#include <ease/text/chat/qwen2_5.hpp>
#include <ease/text/chat/r1_distill.hpp>
#include <ease/text/chat/smollm2.hpp>
#include <variant>

namespace ease::inline v1 {

using chat_families = std::variant<smollm2_chat, qwen2_5_chat, llama3_chat, r1_distill_chat, llama_guard3_chat, chatml_chat>;

}  // namespace ease::inline v1
