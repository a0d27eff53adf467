// SPDX-License-Identifier: Apache-2.0
#pragma once
// Replies of a chat server, for loopback servers: the answer to a question depends on the question alone.

#include <ease/io/json/json_text.hpp>
#include <ease/io/json/simdjson.hpp>
#include <string>
#include <string_view>

#include "backend/loopback_server.hpp"

namespace ease::test {

// The content of a request's last message.
inline std::string last_content(std::string_view body) {
  simdjson::dom::parser parser;
  simdjson::dom::array const turns = parser.parse(simdjson::padded_string{body})["messages"];
  std::string_view const content = turns.at(turns.size() - 1)["content"];
  return std::string{content};
}

// 7 prompt tokens and 3 of the answer, whatever they say.
inline std::string chat_reply(std::string_view content, std::string_view finish = "stop") {
  std::string out;
  json_writer to{out};
  to.object().key("choices").array().object().key("index").value(0).key("message").object();
  to.key("role").value("assistant").key("content").value(content).end();
  to.key("finish_reason").value(finish).end().end();
  to.key("usage").object().key("prompt_tokens").value(7).key("completion_tokens").value(3).end().end();
  return out;
}

inline reaction echo_back(seen_request const& request) { return {.body = chat_reply("re: " + last_content(request.body))}; }

}  // namespace ease::test
